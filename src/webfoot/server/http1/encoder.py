"""Responses as bytes: status line, fields, framing and body (RFC 9112 sections 4 to 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from webfoot.server.protocol.errors import LocalFault
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail

_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES: Final = {
    status: f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\n".encode() for status in range(200, 600)
}
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# What a field means to the server. Filled with every name that was seen and found to be a token, so that the check is
# paid once per name and not once per response; bounded, since names can come from user input.
_PLAIN, _LENGTH, _HOP_BY_HOP, _CONNECTION, _DATE, _SERVER, _PERSONAL = range(7)
_MEANING: dict[bytes, int] = {
    b"content-length": _LENGTH,
    b"transfer-encoding": _HOP_BY_HOP,
    b"keep-alive": _HOP_BY_HOP,
    b"connection": _CONNECTION,
    b"date": _DATE,
    b"server": _SERVER,
    b"set-cookie": _PERSONAL,
}
_MEANING_LIMIT: Final = 2048

_LAST_CHUNK: Final = b"0\r\n\r\n"


class ResponseHead:
    """What the application said about its response, checked and encoded but for the framing and the server's fields.

    length: the declared Content-Length, None if the application left the framing to us.
    is_usual: nothing in it asks for special treatment, so that the way of most responses needs only one question.
    """

    __slots__ = ("block", "closes", "has_date", "has_server", "is_personal", "is_usual", "length", "status")

    def __init__(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises LocalFault for what is not to be sent."""
        if not isinstance(status, int) or status not in _STATUS_LINES:
            raise LocalFault("status", "RFC 9110 section 15", f"the response status must be 200 to 599, not {status!r}")
        self.status = status
        self.length: int | None = None
        self.closes = self.has_date = self.has_server = self.is_personal = False
        lines = [_STATUS_LINES[status]]
        try:
            for name, value in headers:
                meaning = _MEANING.get(name)
                if meaning is None:
                    meaning = _meaning_of(name)
                if meaning and not self._interpret(meaning, value):
                    continue
                lines += (name, b": ", value, b"\r\n")
            block = self.block = b"".join(lines)
        except (TypeError, ValueError):
            reason = "response headers must be pairs of bytes (name, value)"
            raise LocalFault("headers", "ASGI HTTP 2.5 'Response Start'", reason) from None
        # One look at the whole block finds CR, LF and NUL in any value (RFC 9110 section 5.5: response splitting).
        count = (len(lines) + 3) // 4
        if block.count(b"\n") != count or block.count(b"\r") != count or 0 in block:
            raise LocalFault("header-value", "RFC 9110 section 5.5", "a response header's value holds CR, LF or NUL")
        self.is_usual = not (self.closes or self.has_date or self.has_server or status in (204, 304))

    def _interpret(self, meaning: int, value: bytes) -> bool:
        """Take note of a field that concerns the server. False if it is not to be sent as it stands."""
        if meaning == _LENGTH:
            if self.length is not None or not value.isdigit() or len(value) > 18:
                reason = f"content-length must be one number, not {value[:40]!r}"
                raise LocalFault("content-length", "RFC 9110 section 8.6", reason)
            self.length = int(value)
            return self.status != 204  # section 8.6: not in a 204
        if meaning == _DATE:
            self.has_date = True
        elif meaning == _SERVER:
            self.has_server = True
        elif meaning == _PERSONAL:
            self.is_personal = True
        else:  # hop by hop: the connection is ours, not the application's
            if meaning == _CONNECTION and b"close" in (one.strip().lower() for one in value.split(b",")):
                self.closes = True
            return False
        return True


# Applications send the same few heads again and again. Bounded: when it is full it begins anew.
_seen: dict[tuple[object, ...], ResponseHead] = {}
_SEEN_LIMIT: Final = 1024
_SEEN_SIZE: Final = 1024


def encode_head(status: int, headers: Iterable[tuple[bytes, bytes]]) -> ResponseHead:
    """The head for `status` and `headers`, from memory if the same was sent before. Raises LocalFault."""
    if type(headers) is not list and type(headers) is not tuple:
        return ResponseHead(status, headers)
    try:
        head = _seen.get(key := (status, *headers))
    except TypeError:  # something in it cannot be hashed, a pair that is a list for example
        return ResponseHead(status, headers)
    if head is None:
        head = ResponseHead(status, headers)
        if not head.is_personal and len(head.block) <= _SEEN_SIZE:
            if len(_seen) >= _SEEN_LIMIT:
                _seen.clear()
            _seen[key] = head
    return head


class BodyWriter:
    """How the bodies of a connection's responses are delimited, one after the other (RFC 9112 section 6.3).

    The framing is decided when the first part is there, because only then is it known whether it is the whole body:

        "none"     HEAD, 204, 304
        "length"   the application declared content-length, or the whole body is at hand
        "chunks"   HTTP/1.1, length not known beforehand
        "close"    HTTP/1.0, length not known beforehand
    """

    __slots__ = ("_left", "framing")

    def __init__(self) -> None:
        self.framing = "none"
        self._left = 0

    def frame(self, request: Head, head: ResponseHead, size: int, more: bool) -> bytes:
        """Decide the framing for a body that begins with `size` bytes; returns the framing field for the head."""
        declared = head.length
        if head.status == 204 or head.status == 304:
            self.framing = "none"
            return b""
        if request.method == "HEAD":
            self.framing = "none"
            # What GET would have said (RFC 9110 section 9.3.2), if that is known.
            return b"content-length: %d\r\n" % size if declared is None and size and not more else b""
        if declared is not None or not more:
            self.framing = "length"
            self._left = size if declared is None else declared
            return b"content-length: %d\r\n" % size if declared is None else b""
        if request.version == "1.1":
            self.framing = "chunks"
            return b"transfer-encoding: chunked\r\n"
        self.framing = "close"
        return b""

    def part(self, data: bytes, more: bool) -> bytes:
        """A body part as it goes over the wire. Raises LocalFault when the body breaks its promise (RFC 9110 8.6)."""
        framing = self.framing
        if framing == "length":
            left = self._left = self._left - len(data)
            if left < 0 or (left and not more):
                how = "longer" if left < 0 else "shorter"
                reason = f"the response body is {how} than its content-length"
                raise LocalFault(f"body-{how}", "RFC 9110 section 8.6", reason)
            return data
        if framing == "chunks":
            end = b"" if more else _LAST_CHUNK
            return b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end
        return data if framing == "close" else b""


def join_head(head: ResponseHead, fields: bytes, body: bytes, framing: str, trail: Trail | None) -> bytes:
    """The complete head and the first bytes of the body, for one write. `fields`: the server's own."""
    if trail is not None:
        trail.mark("bytes_encoded", framing=framing, size=len(head.block) + len(fields) + 2, status=head.status)
    return b"".join((head.block, fields, b"\r\n", body))


def _meaning_of(name: bytes) -> int:
    """Classify a field name not seen before, whatever its case. Raises LocalFault if it is no token."""
    if not isinstance(name, bytes) or not _TOKEN.fullmatch(name):
        reason = f"a response header's name must be a token, not {name!r:.60}"
        raise LocalFault("header-name", "RFC 9110 section 5.1", reason)
    meaning = _MEANING.get(name.lower(), _PLAIN)
    if len(_MEANING) < _MEANING_LIMIT:
        _MEANING[name] = meaning
    return meaning
