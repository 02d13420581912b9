"""The response on its way to the wire: what an exchange says becomes a head, a framed body, a file, trailers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.http1.encoder import BodyWriter, ResponseHead, encode_head, encode_hint, join_head
from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.http1.persistence import why_closed_after
from webfoot.server.http1.trailers import encode_trailers, takes_trailers
from webfoot.server.protocol.errors import LocalFault
from webfoot.server.protocol.events import Head

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Exchange, Wire
    from webfoot.trail import Trail

_NOT_COPIED: Final = 32 * 1024
"""Bytes from which on a body costs more to be copied behind its head than to be written for itself."""


class Answering:
    """The side of a connection that writes responses: the way from `Stream` to `Wire` (`webfoot.server.protocol.face`).

    `_ending` is None while the connection may be kept alive, else the reason why it will be closed after the response.
    `_answer`: a head that is encoded and held back until the first part of the body. `_reader` is there while the
    request body still comes in, `_held` is what came behind it, `_eof`: nothing more comes.
    """

    __slots__ = (
        "_answer",
        "_ending",
        "_eof",
        "_head",
        "_held",
        "_reader",
        "_writer",
        "exchange",
        "service",
        "state",
        "trail",
        "wire",
    )

    wire: Wire
    service: Service
    trail: Trail | None
    state: str
    exchange: Exchange | None
    _head: Head | None
    _held: bytes | bytearray
    _reader: LengthReader | ChunkedReader | None
    _answer: ResponseHead | None
    _writer: BodyWriter
    _ending: str | None
    _eof: bool

    def _end_response(self) -> None:
        """The response is complete."""
        raise NotImplementedError

    def abandon(self, reason: str) -> None:
        """The response cannot be completed."""
        raise NotImplementedError

    def hint(self, links: Iterable[bytes]) -> None:
        request, lines = self._head, encode_hint(links)
        # RFC 9110 section 15.2: a client of HTTP/1.0 knows no interim responses.
        if lines and request is not None and request.version == "1.1" and self.state in ("respond", "body"):
            self.wire.write(lines)

    def respond(self, status: int, headers: Iterable[tuple[bytes, bytes]], trailers: bool = False) -> None:
        if trailers and self._head is not None and takes_trailers(self._head):
            self._answer = ResponseHead(status, headers, has_trailers=True)
        else:
            self._answer = encode_head(status, headers)

    def send_body(self, data: bytes, more: bool) -> None:
        if self.state != "respond" and self.state != "body":
            raise ClientDisconnected("the connection was closed before the response was complete")
        answer = self._answer
        if answer is not None:
            self._send_first(answer, data, more)
        else:
            part = self._writer.part(data, more)
            if more:
                if part:
                    self.wire.write_soon(part)
            elif part:
                self.wire.write(part)
        if not more:
            self._end_response()

    def _send_first(self, answer: ResponseHead, data: bytes, more: bool) -> None:
        """It is known now whether the whole body is at hand: decide the framing, write head and body as one."""
        request, writer = self._head, self._writer
        assert request is not None
        if (
            answer.length == len(data)
            and not more
            and answer.is_usual
            and self.state == "respond"
            and request.is_usual
            and self._ending is None
            and not self._eof
        ):
            # The usual case, a whole body of declared length: nothing is left to decide.
            fields, how = self.service.all_fields, "length"
        else:
            framing = self._frame(answer, len(data), more)
            data = writer.part(data, more)
            fields = framing + self._other_fields(answer, request)
            how = writer.framing
        self._answer = None
        if len(data) > _NOT_COPIED:
            self.wire.write(join_head(answer, fields, b"", how, self.trail))
            self.wire.write(data)
            return
        first = join_head(answer, fields, data, how, self.trail)
        if more:
            self.wire.write_soon(first)
        else:
            self.wire.write(first)

    def _frame(self, answer: ResponseHead, size: int, more: bool) -> bytes:
        """Decide how the body is delimited that begins with `size` bytes; the field that says so."""
        request, writer = self._head, self._writer
        assert request is not None
        field = writer.frame(request, answer, size, more)
        if size and writer.framing == "none" and request.method != "HEAD":
            self.service.warn_of_dropped_body(answer.status, request)
        return field

    def _other_fields(self, answer: ResponseHead, request: Head) -> bytes:
        """The fields that the server adds, less the framing. From here on the response has begun."""
        fields = self._persistence(answer, request) + self.service.default_fields(answer)
        request.expects_continue = False
        return fields

    async def send_file(self, file: int, offset: int, count: int, more: bool) -> None:
        if self.state != "respond" and self.state != "body":
            raise ClientDisconnected("the connection was closed before the response was complete")
        request, writer, answer = self._head, self._writer, self._answer
        assert request is not None
        framing = self._frame(answer, count, more) if answer is not None else b""
        before, after = writer.around(count, more)
        if answer is not None:
            fields = framing + self._other_fields(answer, request)
            self._answer = None
            before = join_head(answer, fields, before, writer.framing, self.trail)
        if before:
            self.wire.write(before)
        if count and writer.framing != "none":
            await self._send_contents(file, offset, count)
        if after:
            self.wire.write(after)
        if not more:
            self._end_response()

    async def _send_contents(self, file: int, offset: int, count: int) -> None:
        """The `count` bytes of the file that the client was promised, or the end of the connection."""
        try:
            sent = await self.wire.send_file(file, offset, count)
        except OSError as error:
            gone = isinstance(error, ClientDisconnected)
            reason = "the client left in the middle of a file" if gone else f"a file cannot be read: {error.strerror}"
            self.abandon(reason)
            if gone:
                raise
            raise LocalFault("file", "ASGI 'Extensions'", reason) from error
        except asyncio.CancelledError:
            self.abandon("the application gave up in the middle of a file")
            raise
        if self.state != "respond" and self.state != "body":
            raise ClientDisconnected("the connection was closed before the response was complete")
        if sent < count:
            reason = f"a file ended {count - sent} bytes before the size that it had when its sending began"
            self.abandon(reason)
            raise LocalFault("file", "RFC 9110 section 8.6", reason)

    def send_trailers(self, fields: Iterable[tuple[bytes, bytes]], more: bool) -> None:
        if self.state != "respond" and self.state != "body":
            raise ClientDisconnected("the connection was closed before the response was complete")
        writer = self._writer
        writer.trail(encode_trailers(fields))
        if not more:
            end = writer.end()
            if end:
                self.wire.write(end)
            self._end_response()

    def _persistence(self, answer: ResponseHead, request: Head) -> bytes:
        """The Connection field (RFC 9112 section 9.3)."""
        if self._ending is None and self._eof and not self._held:
            self._ending = "the client closed its side"
        if self._ending is None:
            limit = self.service.options.limit_discard
            self._ending = why_closed_after(answer, self._writer, request, self._reader, limit)
        if self._ending is not None:
            return b"connection: close\r\n"
        return b"" if request.version == "1.1" else b"connection: keep-alive\r\n"
