"""Responses as bytes: status line, fields, framing and body (RFC 9112 sections 4 to 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from webfoot.server.protocol.errors import LocalFault
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail

_REASONS: Final[dict[int, str]] = {status.value: status.phrase for status in HTTPStatus}
_STATUS_LINES: Final[dict[int, bytes]] = {
    status: f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\n".encode() for status in range(100, 600)
}
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# What a response field means to the framing. Filled with every harmless name that was seen and found to be a token, so
# that the check is paid once per name and not once per response; bounded, since names can come from user input.
_PLAIN, _LENGTH, _CODING, _CONNECTION, _DATE, _SERVER = range(6)
_MEANING: dict[bytes, int] = {
    b"content-length": _LENGTH,
    b"transfer-encoding": _CODING,
    b"connection": _CONNECTION,
    b"keep-alive": _CODING,
    b"date": _DATE,
    b"server": _SERVER,
}
_MEANING_LIMIT = 2048
_OURS: Final = frozenset((_CODING, _CONNECTION))  # hop by hop: the connection is ours, not the application's


class ResponseHead:
    """A response head on its way to the wire: encoded but for the framing, which the first body part decides.

    length: the Content-Length that the application declared, None if it left the framing to us.
    """

    __slots__ = ("_fields", "close", "has_date", "has_server", "length", "status")

    def __init__(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises LocalFault for what must not be sent."""
        if type(status) is not int or not 200 <= status <= 599:
            raise LocalFault("status", "RFC 9110 section 15", f"the response status must be 200 to 599, not {status!r}")
        self.status = status
        self.length: int | None = None
        self.close = self.has_date = self.has_server = False
        fields = [_STATUS_LINES[status]]
        try:
            for name, value in headers:
                meaning = _MEANING.get(name)
                if meaning is None:
                    meaning = _meaning_of(name)
                if meaning:
                    self._interpret(meaning, name, value)
                    if meaning in _OURS or (meaning == _LENGTH and status == 204):
                        continue  # RFC 9110 section 8.6: no Content-Length in a 204
                fields.append(b"%b: %b\r\n" % (name, value))
        except (TypeError, ValueError):
            raise LocalFault(
                "headers", "ASGI HTTP 2.5 'Response Start'", "response headers must be pairs of bytes (name, value)"
            ) from None
        block = self._fields = b"".join(fields)
        # One look at the whole block finds CR, LF and NUL in any value (RFC 9110 section 5.5: response splitting).
        if block.count(b"\n") != len(fields) or block.count(b"\r") != len(fields) or b"\0" in block:
            raise LocalFault("header-value", "RFC 9110 section 5.5", "a response header's value holds CR, LF or NUL")

    def _interpret(self, meaning: int, name: bytes, value: bytes) -> None:
        if meaning == _LENGTH:
            if self.length is not None or not value.isdigit() or len(value) > 18:
                raise LocalFault(
                    "content-length", "RFC 9110 section 8.6", f"content-length must be one number, not {value[:40]!r}"
                )
            self.length = int(value)
        elif meaning == _CONNECTION:
            self.close = self.close or b"close" in (one.strip().lower() for one in value.split(b","))
        elif meaning == _DATE:
            self.has_date = True
        elif meaning == _SERVER:
            self.has_server = True

    def encode(self, framing: bytes, close: bytes, defaults: bytes, trail: Trail | None) -> bytes:
        """The head with its framing fields, Connection field, default fields (Date, Server...) and final empty line."""
        head = b"".join((self._fields, framing, close, defaults, b"\r\n"))
        if trail is not None:
            trail.mark("bytes_encoded", framing=framing.strip().decode() or "none", size=len(head), status=self.status)
        return head


def _meaning_of(name: bytes) -> int:
    """Classify a field name not seen before, whatever its case. Raises LocalFault if it is no token."""
    if not isinstance(name, bytes) or not _TOKEN.fullmatch(name):
        raise LocalFault(
            "header-name", "RFC 9110 section 5.1", f"a response header's name must be a token, not {name!r:.60}"
        )
    meaning = _MEANING.get(name.lower(), _PLAIN)
    if len(_MEANING) < _MEANING_LIMIT:
        _MEANING[name] = meaning
    return meaning


class BodyWriter:
    """How the body of one response is delimited (RFC 9112 section 6.3), decided when its first part is at hand.

    way: "none" (HEAD, 204, 304) | "length" | "chunks" | "close" (HTTP/1.0, length not known beforehand).
    """

    __slots__ = ("_left", "way")

    def __init__(self) -> None:
        self.way = "none"
        self._left = 0

    def begin(self, request: Head, answer: ResponseHead, data: bytes, more: bool) -> tuple[bytes, bytes]:
        """(framing field for the head, the first bytes after the head). Raises LocalFault."""
        if request.method == "HEAD" or answer.status == 204 or answer.status == 304:
            self.way = "none"
            if request.method == "HEAD" and data and not more and answer.length is None:
                return b"content-length: %d\r\n" % len(data), b""  # as GET would say (RFC 9110 section 9.3.2)
            return b"", b""
        if answer.length is not None:
            self.way = "length"
            self._left = answer.length
            return b"", self.encode(data, more)
        if not more:
            self.way = "length"
            self._left = 0
            return b"content-length: %d\r\n" % len(data), data
        if request.version == "1.1":
            self.way = "chunks"
            return b"transfer-encoding: chunked\r\n", self.encode(data, more)
        self.way = "close"
        return b"", data

    def encode(self, data: bytes, more: bool) -> bytes:
        """The bytes of a further part. Raises LocalFault when the body breaks its promise (RFC 9110 section 8.6)."""
        if self.way == "length":
            self._left -= len(data)
            if self._left < 0:
                raise LocalFault(
                    "body-longer", "RFC 9110 section 8.6", "the response body is longer than its content-length"
                )
            if self._left > 0 and not more:
                raise LocalFault(
                    "body-shorter", "RFC 9110 section 8.6", "the response body is shorter than its content-length"
                )
            return data
        if self.way == "chunks":
            end = b"" if more else b"0\r\n\r\n"
            return b"%x\r\n%b\r\n%b" % (len(data), data, end) if data else end
        return data if self.way == "close" else b""
