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
_PLAIN, _LENGTH, _HOP_BY_HOP, _CONNECTION, _UPGRADE, _DATE, _SERVER, _PERSONAL = range(8)
_MEANING: dict[bytes, int] = {
    b"content-length": _LENGTH,
    b"transfer-encoding": _HOP_BY_HOP,
    b"keep-alive": _HOP_BY_HOP,
    b"connection": _CONNECTION,
    b"upgrade": _UPGRADE,
    b"date": _DATE,
    b"server": _SERVER,
    b"set-cookie": _PERSONAL,
}
_MEANING_LIMIT: Final = 2048

_LAST_CHUNK: Final = b"0\r\n\r\n"
_EARLY_HINTS: Final = b"HTTP/1.1 103 Early Hints\r\n"
BODILESS: Final = frozenset((204, 205, 304))
"""The statuses whose responses have no body, whatever the application sends (RFC 9110 section 6.4.1)."""

CONTROLS: Final = bytes((*range(9), *range(10, 32), 127))
"""What no field value may hold: all controls but HTAB (RFC 9110 section 5.5)."""


class ResponseHead:
    """What the application said about its response, checked and encoded but for the framing and the server's fields.

    length: the declared Content-Length, None if the application left the framing to us.
    has_trailers: fields follow the body, which only chunks can do; so a declared length is held, but not sent (a
        message has one or the other, RFC 9112 section 6.2).
    is_usual: nothing in it asks for special treatment, so that the way of most responses needs only one question.
    """

    __slots__ = (
        "block",
        "closes",
        "has_date",
        "has_server",
        "has_trailers",
        "is_personal",
        "is_usual",
        "length",
        "offers_upgrade",
        "status",
    )

    def __init__(self, status: int, headers: Iterable[tuple[bytes, bytes]], has_trailers: bool = False) -> None:
        """Raises LocalFault for what is not to be sent."""
        if not isinstance(status, int) or status not in _STATUS_LINES:
            raise LocalFault("status", "RFC 9110 section 15", f"the response status must be 200 to 599, not {status!r}")
        self.status = status
        self.has_trailers = has_trailers and status not in BODILESS
        self.length: int | None = None
        self.closes = self.has_date = self.has_server = self.is_personal = self.offers_upgrade = False
        lines = [_STATUS_LINES[status]]
        try:
            for name, value in headers:
                meaning = _MEANING.get(name)
                if meaning is None:
                    meaning = _meaning_of(name)
                if meaning and not self._interpret(meaning, value):
                    continue
                lines += (name, b": ", value, b"\r\n")
            if self.offers_upgrade:
                lines += (b"connection", b": ", b"upgrade", b"\r\n")
            block = self.block = b"".join(lines)
        except (TypeError, ValueError, AttributeError):
            reason = "response headers must be pairs of bytes (name, value)"
            raise LocalFault("headers", "ASGI HTTP 2.5 'Response Start'", reason) from None
        # One look at the whole block: without controls it is shorter by a CRLF for each line, and by no more than that,
        # or one stands in a value (RFC 9110 section 5.5: response splitting).
        if len(block.translate(None, CONTROLS)) != len(block) - (len(lines) + 3) // 4 * 2:
            reason = "a response header's value holds CR, LF, NUL or another control character"
            raise LocalFault("header-value", "RFC 9110 section 5.5", reason)
        self.is_usual = not (self.closes or self.has_date or self.has_server or status in BODILESS)

    def _interpret(self, meaning: int, value: bytes) -> bool:
        """Take note of a field that concerns the server. False if it is not to be sent as it stands."""
        if meaning == _LENGTH:
            if self.length is not None or not value.isdigit() or len(value) > 18:
                reason = f"content-length must be one number, not {value[:40]!r}"
                raise LocalFault("content-length", "RFC 9110 section 8.6", reason)
            self.length = int(value)
            # Section 8.6: not in a 204, not beside chunks; section 15.3.6: only 0 in a 205.
            return self.status not in (204, 205) and not self.has_trailers
        if meaning == _DATE:
            self.has_date = True
        elif meaning == _SERVER:
            self.has_server = True
        elif meaning == _PERSONAL:
            self.is_personal = True
        elif meaning == _UPGRADE:
            self.offers_upgrade = True  # RFC 9110 section 7.8: Connection has to name it
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

        "none"     HEAD, 204, 205, 304
        "length"   the application declared content-length, or the whole body is at hand
        "chunks"   HTTP/1.1, length not known beforehand
        "close"    HTTP/1.0, length not known beforehand
    """

    __slots__ = ("_left", "_trailers", "framing")

    def __init__(self) -> None:
        self.framing = "none"
        self._left: int | None = None  # of the promised bytes; None without a promise
        self._trailers: bytes | None = None  # None: they are not for this client

    def frame(self, request: Head, head: ResponseHead, size: int, more: bool) -> bytes:
        """Decide the framing for a body that begins with `size` bytes; returns the framing field for the head."""
        declared = head.length
        self._left = self._trailers = None
        if head.status in BODILESS:
            self.framing = "none"
            return b"content-length: 0\r\n" if head.status == 205 else b""  # RFC 9110 section 15.3.6
        if request.method == "HEAD":
            self.framing = "none"
            # What GET would have said (RFC 9110 section 9.3.2), if that is known.
            return b"content-length: %d\r\n" % size if declared is None and size and not more else b""
        if head.has_trailers:
            self.framing = "chunks"
            self._left = declared
            self._trailers = b""
            return b"transfer-encoding: chunked\r\n"
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
            self._count(len(data), more)
            return data
        if framing == "chunks":
            if self._left is not None:
                self._count(len(data), more)
            end = b"" if more else _LAST_CHUNK
            return b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end
        return data if framing == "close" else b""

    def around(self, size: int, more: bool) -> tuple[bytes, bytes]:
        """What goes over the wire before and behind a part of `size` bytes. Raises LocalFault as `part` does."""
        self._count(size, more)
        if self.framing != "chunks":
            return b"", b""
        end = b"" if more else _LAST_CHUNK
        return (b"%x\r\n" % size, b"\r\n" + end) if size else (b"", end)

    def _count(self, size: int, more: bool) -> None:
        """Hold the body to its declared length, if there is one."""
        if self._left is None:
            return
        left = self._left = self._left - size
        if left < 0 or (left and not more):
            how = "longer" if left < 0 else "shorter"
            reason = f"the response body is {how} than its content-length"
            raise LocalFault(f"body-{how}", "RFC 9110 section 8.6", reason)

    def trail(self, lines: bytes) -> None:
        """Keep encoded trailer fields for the end of the body."""
        if self._trailers is not None:
            self._trailers += lines

    def end(self) -> bytes:
        """What ends a body whose last part did not: the last chunk, with the trailer fields. Raises LocalFault."""
        self._count(0, False)
        return b"0\r\n%b\r\n" % (self._trailers or b"") if self.framing == "chunks" else b""


def join_head(head: ResponseHead, fields: bytes, body: bytes, framing: str, trail: Trail | None) -> bytes:
    """The complete head and the first bytes of the body, for one write. `fields`: the server's own."""
    if trail is not None and (head.status >= 400 or not trail.is_light):
        trail.mark("bytes_encoded", framing=framing, size=len(head.block) + len(fields) + 2, status=head.status)
    return b"".join((head.block, fields, b"\r\n", body))


def encode_hint(links: Iterable[bytes]) -> bytes:
    """A 103 with a Link field for each of `links`, b"" if there are none (RFC 8297). Raises LocalFault."""
    lines: list[bytes] = []
    try:
        for link in links:
            if len(link.translate(None, CONTROLS)) != len(link):
                reason = "a link of an early hint holds CR, LF, NUL or another control character"
                raise LocalFault("header-value", "RFC 9110 section 5.5", reason)
            lines += (b"link: ", link, b"\r\n")
        return b"".join((_EARLY_HINTS, *lines, b"\r\n")) if lines else b""
    except (TypeError, AttributeError):
        reason = "the links of an early hint must be an iterable of bytes"
        raise LocalFault("links", "ASGI 'Early Hints'", reason) from None


def _meaning_of(name: bytes) -> int:
    """Classify a field name not seen before, whatever its case. Raises LocalFault if it is no token."""
    if not isinstance(name, bytes) or not _TOKEN.fullmatch(name):
        reason = f"a response header's name must be a token, not {name!r:.60}"
        raise LocalFault("header-name", "RFC 9110 section 5.1", reason)
    meaning = _MEANING.get(name.lower(), _PLAIN)
    if len(_MEANING) < _MEANING_LIMIT:
        _MEANING[name] = meaning
    return meaning
