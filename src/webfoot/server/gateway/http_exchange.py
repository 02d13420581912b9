"""One request and its response, in ASGI's terms: the application's `receive` and `send`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Final

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.states import HTTP_SEND, explain
from webfoot.asgi.types import ClientDisconnected, Message
from webfoot.server.gateway.calling import SORRY
from webfoot.server.gateway.events import as_bytes, as_list
from webfoot.server.gateway.http_files import EndlessPart, FilePart, open_path, part_of
from webfoot.server.gateway.request_body import RequestBody
from webfoot.server.gateway.scope import build_http_scope
from webfoot.server.logs.entry import Entry
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

# While a file is on its way nothing else may be sent: what is asked for then waits for its end.
_SEND: Final = {**HTTP_SEND, "file": {}}
_NEVER_OFFERED: Final = ("http.response.push", "http.response.debug")  # the second while nobody watches


class HttpExchange(RequestBody):
    """Runs the application for one request. What comes in is the base's; this is what goes out, and how it all ends.

    `_sent` is a state of `asgi.states.HTTP_SEND`, or "file" while one is on its way. `_streaming`: the head is on the
    wire. `_status`, `_size`: those of the response, for the access log.
    """

    __slots__ = ("_headers", "_size", "_status", "_streaming")

    # Told to whoever holds the very `send` of this object: a layer in between may not know http.response.zerocopysend.
    takes_open_files = True

    def __init__(self, stream: Stream, service: Service, head: Head, trail: Trail | None) -> None:
        self.stream = stream
        self.service = service
        self.head = head
        self.trail = trail
        self.began = service.now
        self.request_id = ""
        self._started = perf_counter() if service.logs_access else 0.0
        self._task: asyncio.Task[None] | None = None
        # what comes in
        self._body = "coming" if head.body_length else "complete"
        self._parts = None
        self._buffered = 0
        self._trailers = ()
        self._left = self._lost = False
        self._news = None
        # what goes out
        self._sent = "start"
        self._status = 0
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._size = 0
        self._streaming = self._winding_up = False

    def begin(self) -> None:
        service = self.service
        service.running.add(self)
        self._call(build_http_scope(self.head, self.stream.wire, service, self.trail))

    @property
    def name(self) -> str:
        return f"{self.head.method} {self.head.path.decode('ascii', 'replace')}"

    # How the application ends.

    def _finish(self) -> None:
        if self._lost:
            return
        if self._body == "disconnected":
            self._give_up()
            return
        done = "without a response" if self._sent == "start" else "before the response was complete"
        self._answer_failure(f"the application returned {done}", None)

    def _fail(self, error: BaseException) -> None:
        if (self._lost or self._body == "disconnected") and tells_of_disconnect(error):
            self._give_up()
        else:
            self._answer_failure(f"the application raised {type(error).__name__}", error)

    def _give_up(self) -> None:
        reason = "the client left, and the application gave up"
        log.debug("%s: %s", self.name, reason)
        if not self._lost:
            self.stream.abandon(reason)

    def _answer_failure(self, reason: str, error: BaseException | None) -> None:
        """With what is still possible: a 500, or a response that breaks off."""
        answered = self._sent == "done"
        self._report(reason, error, None if answered else 500)
        if answered or self._lost:
            return
        if self._streaming:
            self.stream.abandon(reason)
        else:
            self._status = 500
            self.stream.respond(500, self._sorry_headers())
            self._send_part(SORRY, False)
            self._sent = "done"
            self._end()

    def _abandon(self, reason: str) -> None:
        if self._sent != "done" and not self._lost:
            self.stream.abandon(reason)

    def _end_stream(self) -> None:
        if self._sent in ("body", "body+trailers", "trailers"):
            self._send_part(b"", False)
            self._sent = "done"
            self._end()

    # What the application calls.

    async def send(self, message: Message) -> None:
        if self._lost and not (self._winding_up and _is_last(message)):
            raise ClientDisconnected("the client has gone; nothing more can be sent to it")
        try:
            kind = message["type"]
            state = _SEND[self._sent].get(kind)
        except (KeyError, TypeError):
            raise LocalFault("event", "ASGI 'Events'", "an event is a dict with a str under 'type'") from None
        if state is None:
            if self._sent == "file":
                await self._file_sent()
                return await self.send(message)
            raise self._illegal(kind)
        if kind == "http.response.body":
            more = message.get("more_body", False)
            if more or state == "trailers":
                opens = not self._streaming
                self._send_part(message.get("body", b""), True)
                if opens and self._started:
                    self._log_opening()
                if not more:
                    self._sent = state
                if self.stream.wire.congested:
                    await self._drained()
            else:
                self._send_part(message.get("body", b""), False)
                self._sent = state
                self._end()
        elif kind == "http.response.start":
            headers = message.get("headers", ())
            if type(headers) is not list and type(headers) is not tuple:
                headers = as_list(headers)
            if message.get("trailers"):
                state = self._promise_trailers()
            status = self._status = message.get("status", 0)
            self._headers = headers
            self.stream.respond(status, headers, state == "body+trailers")
            self._sent = state
            if self.trail is not None:
                self.trail.note("response_started", {"status": status, "headers": [*headers]})
        else:
            await self._send_extension(kind, state, message)
        return None

    def _send_part(self, body: bytes, more: bool) -> None:
        if type(body) is not bytes:
            body = as_bytes(body)
        self._size += len(body)
        trail = self.trail
        if trail is not None:
            self._mark_part(trail, len(body), more)
        try:
            self.stream.send_body(body, more)
        except LocalFault:
            self._size -= len(body)
            if self._streaming:
                self._break_off()
            raise
        self._streaming = True

    def _mark_part(self, trail: Trail, size: int, more: bool) -> None:
        if more or not trail.is_light:
            trail.mark("response_body", size=size, more=more)
        if not more:
            trail.note("response_ended", {"total": self._size})

    def _break_off(self) -> None:
        self.stream.abandon("the application broke its promise about the response body")
        self._sent = "done"

    async def _drained(self) -> None:
        await self.stream.wire.drained()
        if self._lost and not self._winding_up:
            raise ClientDisconnected("the client has gone; what was sent last has not reached it")

    def _end(self) -> None:
        """The response is complete."""
        if self._started:
            self._log_end()
        if self._news is not None:
            self._news.set()

    def _illegal(self, kind: object) -> LocalFault:
        if kind in _NEVER_OFFERED:
            return LocalFault("extension", "ASGI 'Extensions'", f"{kind} was sent, which the scope does not offer")
        return LocalFault("order", "ASGI HTTP 2.5", explain("HTTP_SEND", self._sent, str(kind)))

    # What the application calls beyond the core of ASGI: its "Extensions".

    async def _send_extension(self, kind: str, state: str, message: Message) -> None:
        if kind == "http.response.pathsend":
            if self._streaming:
                reason = "http.response.pathsend was sent after another part of the body, and it is the whole of one"
                raise LocalFault("order", "ASGI 'Path Send'", reason)
            await self._send_file(open_path(message.get("path")), state, False)
        elif kind == "http.response.zerocopysend":
            await self._send_file(part_of(message), state, bool(message.get("more_body")))
        elif kind == "http.response.trailers":
            more = bool(message.get("more_trailers"))
            self.stream.send_trailers(message.get("headers", ()), more)
            if not more:
                self._sent = state
                if self.trail is not None:
                    self.trail.mark("response_ended", total=self._size)
                self._end()
        elif kind == "http.response.early_hint":
            if not self._streaming:  # "may decide to ignore": behind the head, a hint would be part of the body
                self.stream.hint(message.get("links", ()))
                if self.stream.wire.congested:
                    await self._drained()
        elif kind == "http.response.debug" and self.trail is not None:
            info = message.get("info")
            if not isinstance(info, dict):
                reason = f"the info of http.response.debug must be a dict, not {type(info).__name__}"
                raise LocalFault("debug", "ASGI 'Debug'", reason)
            # The values may be anything, secrets too; the names say what there was.
            self.trail.mark("response_debug", keys=[str(key) for key in info])
        else:
            raise self._illegal(kind)

    def _promise_trailers(self) -> str:
        if self.head.version == "1.0":
            reason = "a response has trailers from HTTP/1.1 on; the scope of this request does not offer them"
            raise LocalFault("extension", "ASGI 'HTTP Trailers'", reason)
        return HTTP_SEND[self._sent]["http.response.start+trailers"]

    async def _send_file(self, part: FilePart | EndlessPart, state: str, more: bool) -> None:
        """`state`: the one behind this part of the body if it is the last one."""
        before, self._sent = self._sent, "file"
        to_follow = more or state == "trailers"
        try:
            if isinstance(part, EndlessPart):
                await self._send_pieces(part, to_follow)
            elif (data := part.read_small()) is not None:
                self._send_part(data, to_follow)
            else:
                await self._send_part_of_file(part, to_follow)
            part.advance()
            self._sent = before if more else state
        finally:
            part.close()
            if self._sent == "file":
                self._sent = before
            if self._news is not None:
                self._news.set()
        if self._sent == "done":
            self._end()
        elif self.stream.wire.congested:
            await self._drained()

    async def _send_part_of_file(self, part: FilePart, more: bool) -> None:
        self._size += part.count
        if self.trail is not None:
            self._mark_part(self.trail, part.count, more)
        streaming, self._streaming = self._streaming, True
        try:
            await self.stream.send_file(part.file, part.offset, part.count, more)
        except LocalFault:
            if not self._lost:  # found before anything was sent
                self._size -= part.count
                self._streaming = streaming
                if streaming:
                    self._break_off()
            raise

    async def _send_pieces(self, part: EndlessPart, more: bool) -> None:
        """Who waits for a pipe must hear of a client that leaves meanwhile."""
        if self._news is None:
            self._news = asyncio.Event()
        while (data := await part.read(self.service.loop, self._news)) != b"":
            if self._lost:
                raise ClientDisconnected("the client has gone; nothing more can be sent to it")
            if data:
                self._send_part(data, True)
                if self.stream.wire.congested:
                    await self._drained()
        if not more:
            self._send_part(b"", False)

    async def _file_sent(self) -> None:
        while self._sent == "file":
            await self._wait_for_news()

    # What the connection calls.

    def refuse(self, fault: RemoteFault) -> bool:
        """The request is refused after all: the application is told that the client has gone."""
        self.lose(fault.status)
        return not self._streaming

    def lose(self, status: int = 499) -> None:
        """`status` stands in the access log if no response has begun; 499 means that the client left before."""
        if not self._lost or self._winding_up:
            self._lost = True
            self._winding_up = False
            if self._started and self._sent != "done":
                if not self._streaming:
                    self._status = status
                self._log_end()
        if self._news is not None:
            self._news.set()

    # What the drain calls.

    def wind_up(self) -> None:
        """Have the application end an endless response: it is told that the client has gone, the client is not."""
        if not self._lost:
            self._lost = self._winding_up = True
            if self._news is not None:
                self._news.set()

    @property
    def is_endless(self) -> bool:
        """Server-sent events end only when somebody ends them; their clients reconnect by themselves."""
        return (
            self._streaming
            and self._sent in ("body", "body+trailers")
            and any(
                name.lower() == b"content-type" and value.startswith(b"text/event-stream")
                for name, value in self._headers
            )
        )

    @property
    def progress(self) -> tuple[int, int]:
        return self._status, self._size

    # What the access log tells.

    def _log_end(self) -> None:
        if self.head.method == "HEAD" or self._status in (204, 205, 304):
            self._size = 0  # whatever the application gave, it was not sent
        self._log_access(self._entry())

    def _log_opening(self) -> None:
        """Event streams go on for hours; the line of their end would come as a surprise."""
        if self.is_endless:
            entry = self._entry()
            entry.event = "opened"
            self._log_access(entry)

    def _entry(self) -> Entry:
        wire, seconds = self.stream.wire, perf_counter() - self._started
        return Entry(
            self.head, wire.client, wire.scheme, self._status, self._size, seconds, self._headers, self.request_id
        )


def _is_last(message: Message) -> bool:
    return message.get("type") == "http.response.body" and not message.get("more_body", False)
