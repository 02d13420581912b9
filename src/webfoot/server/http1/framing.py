"""Where a request body ends: RFC 9112 sections 6 and 7, once for both parsers.

A reader takes bytes and gives the body's bytes back; it never holds more than one incomplete line. `received` counts
the body's bytes so far. It is done when `rest` is not None: those bytes belong to the next message.
"""

from __future__ import annotations

import re
from typing import Final

from webfoot.server.http1.grammar import TOKEN, read_field_line
from webfoot.server.protocol.errors import RemoteFault

# RFC 9112 section 7.1, with a bound on the size (2^60); RFC 9110 section 5.6.4 for the quoted strings of extensions.
_QUOTED: Final = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"'
_CHUNK_HEADER: Final = re.compile(
    rb"([0-9A-Fa-f]{1,15})((?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*)" % (TOKEN, TOKEN, _QUOTED)
)
# What nearly all of them are, at half of the cost: a body may be all small chunks.
_PLAIN_CHUNK_HEADER: Final = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n")
# A proxy that merges trailers into the head, as it must not (RFC 9110 section 6.5.1), would frame the message anew.
_FRAMING_FIELDS: Final = frozenset((b"content-length", b"transfer-encoding"))
_CRLF: Final = b"\r\n"

_LINE_LIMIT = 4096
_EXTENSION_LIMIT = 65536


class LengthReader:
    """A body of known length (Content-Length). Nothing can follow it, trailer fields neither."""

    __slots__ = ("_left", "received", "rest")

    trailers: Final = ()

    def __init__(self, length: int) -> None:
        self._left = length
        self.received = 0
        self.rest: bytes | None = None

    def read(self, data: bytes) -> list[bytes]:
        """The parts of the body in `data`."""
        left = self._left
        size = len(data)
        self.received += min(size, left)
        if size < left:
            self._left = left - size
            return [data]
        if size == left:
            self.rest = b""
            return [data]
        self.rest = data[left:]
        return [data[:left]]


class ChunkedReader:
    """A body in the chunked transfer coding, trailer section included.

    trailers: the fields after the last chunk, names lower-case. They are kept apart from the request's own fields, as
    RFC 9110 section 6.5.1 wants: nobody asked for them, so nobody may mistake them for headers.
    """

    __slots__ = ("_awaiting", "_left", "_line", "_most_trailers", "_overhead", "received", "rest", "trailers")

    def __init__(self, most_trailers: int = 100) -> None:
        self._most_trailers = most_trailers
        self._awaiting = "size"  # "size" line | chunk "data" | "data end" CRLF | "trailer" line
        self._left = 0
        self._line = b""
        self._overhead = 0
        self.received = 0
        self.rest: bytes | None = None
        self.trailers: list[tuple[bytes, bytes]] = []

    def read(self, data: bytes) -> list[bytes]:
        """The parts of the body in `data`. Raises RemoteFault (400, or 431 for an overlong trailer section)."""
        parts: list[bytes] = []
        position = 0
        size = len(data)
        while position < size:
            if self._awaiting == "data":
                end = min(size, position + self._left)
                parts.append(data[position:end])
                self.received += end - position
                self._left -= end - position
                position = end
                if not self._left:
                    self._awaiting = "data end"
                    if data.startswith(_CRLF, position):
                        position += 2
                        self._awaiting = "size"
                continue
            if self._awaiting == "data end":
                position = self._end_chunk(data, position)
                continue
            if self._awaiting == "size" and not self._line:
                match = _PLAIN_CHUNK_HEADER.match(data, position)
                if match is not None:
                    position = match.end()
                    self._begin_chunk(int(match[1], 16))
                    continue
            line, position = self._read_line(data, position)
            if line is None:
                break
            if self._awaiting == "size":
                self._read_chunk_header(line)
            elif line:
                self._add_trailer(line)
            else:
                self.rest = data[position:]
                break
        return parts

    def _end_chunk(self, data: bytes, position: int) -> int:
        """Pass the CRLF behind the data of a chunk; returns the position after what there is of it."""
        seen = len(self._line)
        end = self._line + data[position : position + 2 - seen]
        if end == _CRLF:
            self._line = b""
            self._awaiting = "size"
        elif _CRLF.startswith(end):
            self._line = end
        else:
            reason = "no CRLF stands where a chunk should end: its size is wrong, or its line end"
            raise RemoteFault(400, "chunk-end", "RFC 9112 section 7.1", reason)
        return position + len(end) - seen

    def _read_line(self, data: bytes, position: int) -> tuple[bytes | None, int]:
        """The next line without its CRLF and the position after it; None while it is incomplete."""
        end = data.find(b"\n", position)
        if end < 0:
            self._line += data[position:]
            self._check_line(self._line)
            return None, len(data)
        line = self._line + data[position:end]
        self._line = b""
        self._check_line(line)
        if self._awaiting == "trailer":
            self._overhead += len(line)
            if self._overhead > _EXTENSION_LIMIT:
                raise self._too_long()
        if not line.endswith(b"\r"):
            raise _bare_line_end()
        return line[:-1], end + 1

    def _check_line(self, line: bytes) -> None:
        """`line`: as far as it has come, without its LF. What comes first in it is found first, however it is cut."""
        if -1 < line.find(b"\r", 0, _LINE_LIMIT) < len(line) - 1:
            raise _bare_line_end()
        if len(line) > _LINE_LIMIT:
            raise self._too_long()

    def _read_chunk_header(self, line: bytes) -> None:
        match = _CHUNK_HEADER.fullmatch(line)
        if match is None:
            raise RemoteFault(
                400, "chunk-size", "RFC 9112 section 7.1", "a chunk does not begin with its size in hexadecimal"
            )
        # Extensions carry nothing for us, but a sender must not keep us reading them for ever (RFC 9112 section 7.1.1).
        self._overhead += len(match[2])
        if self._overhead > _EXTENSION_LIMIT and match[2]:
            raise RemoteFault(400, "chunk-extensions", "RFC 9112 section 7.1.1", "the chunk extensions are too long")
        self._begin_chunk(int(match[1], 16))

    def _begin_chunk(self, size: int) -> None:
        self._left = size
        self._awaiting = "data" if size else "trailer"
        if not size:
            self._overhead = 0

    def _add_trailer(self, line: bytes) -> None:
        field = read_field_line(line)
        if field is None:
            raise RemoteFault(400, "trailer", "RFC 9112 section 7.1.2", "a trailer field is malformed")
        if field[0] in _FRAMING_FIELDS:
            reason = "Content-Length or Transfer-Encoding stands behind the body that it is about"
            raise RemoteFault(400, "trailer-field", "RFC 9110 section 6.5.1", reason)
        if len(self.trailers) >= self._most_trailers:
            reason = f"the request has more than {self._most_trailers} trailer fields"
            raise RemoteFault(431, "trailers", "RFC 6585 section 5", reason)
        self.trailers.append(field)

    def _too_long(self) -> RemoteFault:
        if self._awaiting == "trailer":
            return RemoteFault(431, "trailer-size", "RFC 6585 section 5", "the trailer section is too long")
        return RemoteFault(400, "chunk-line", "RFC 9112 section 7.1", "a line of the chunked body is too long")


def _bare_line_end() -> RemoteFault:
    reason = "a line of the chunked body ends in a bare CR or a bare LF, not in CRLF"
    return RemoteFault(400, "chunk-line-end", "RFC 9112 section 7.1", reason)
