"""One request and its response, in ASGI's terms: the application's `receive` and `send`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Final

from webfoot.asgi.states import HTTP_SEND, explain
from webfoot.asgi.types import ClientDisconnected, Message
from webfoot.server.gateway.calling import interrupt, is_cancelled, tells_of_disconnect
from webfoot.server.gateway.http_files import EndlessPart, FilePart, open_path, part_of
from webfoot.server.gateway.request_body import RequestBody
from webfoot.server.gateway.scope import build_http_scope
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.settings.log import access_line
from webfoot.trail import Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

# While a file is on its way nothing else may be sent: what is asked for then waits for its end.
_SEND: Final = {**HTTP_SEND, "file": {}}
_NEVER_OFFERED: Final = ("http.response.push", "http.response.debug")  # the second while nobody watches
_SORRY: Final = b"Internal Server Error"
_SORRY_HEADERS: Final = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(_SORRY))]


class HttpExchange(RequestBody):
    """Runs the application for one request. What comes in is the base's; this is what goes out, and how it all ends.

    `_streaming`: the head is on the wire. `_winding_up`: the client is not gone, though the application is told so, and
    the stream that it gives up will be ended properly.
    """

    __slots__ = (
        "_headers",
        "_size",
        "_started",
        "_status",
        "_streaming",
        "_task",
        "_winding_up",
        "began",
        "head",
        "trail",
    )

    def __init__(self, stream: Stream, service: Service, head: Head, trail: Trail | None) -> None:
        self.stream = stream
        self.service = service
        self.head = head
        self.trail = trail
        self.began = service.now
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
        """Run the application in a task of its own, with context variables of its own."""
        service = self.service
        service.running.add(self)
        self._task = service.start_task(self._run())

    async def _run(self) -> None:
        service, trail = self.service, self.trail
        scope = build_http_scope(self.head, self.stream.wire, service, trail)
        if trail is not None:
            trail.mark("app_entered", app=service.app_name, outcome="called")
        try:
            await service.app(scope, self.receive, self.send)
        except ClientDisconnected as gone:
            if not self._lost:
                self._fail(gone)  # the application raised it on its own account
        except asyncio.CancelledError as error:
            if not is_cancelled():
                self._fail(error)  # it cancelled something of its own, and nobody told it to stop
                return
            if self._sent != "done" and not self._lost:
                self.stream.abandon("the application was cancelled")
            raise
        except KeyboardInterrupt:
            # Python 3.12 begins a request within `data_received`, out of which uvloop lets nothing escape.
            service.loop.call_soon(interrupt)
        except GeneratorExit:  # the end of a task that was left behind
            self._winding_up = False
            raise
        except BaseException as error:  # a SystemExit of one request must not end the server
            self._fail(error)
        else:
            if self._sent != "done" and not self._lost:
                self._fail(None)
        finally:
            if self._winding_up:
                self._end_stream()
            service.running.discard(self)
            if trail is not None:
                trail.end()

    def _fail(self, error: BaseException | None) -> None:
        """The application raised, or returned (`error` None) before its response was complete."""
        what = f"{self.head.method} {self.head.path.decode('ascii', 'replace')}"
        told = self._lost or self._body == "disconnected"
        if told and (error is None or tells_of_disconnect(error)):
            reason = "the client left, and the application gave up"
            log.debug("%s: %s", what, reason)
            if not self._lost:
                self.stream.abandon(reason)
            return
        if error is None:
            done = "without a response" if self._sent == "start" else "before the response was complete"
            reason = f"the application returned {done}"
            log.error("%s: %s", what, reason)
        else:
            reason = f"the application raised {type(error).__name__}"
            log.error("%s: %s", what, reason, exc_info=error)
        answered = self._sent == "done"
        if self.trail is not None:
            self.trail.mark(
                "app_entered", outcome="failed", reason=reason, error=error, status=None if answered else 500
            )
        if answered or self._lost:
            return
        if self._streaming:
            self.stream.abandon(reason)
        else:
            self._status = 500
            self.stream.respond(500, _SORRY_HEADERS)
            self._send_part(_SORRY, False)
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
                self._send_part(message.get("body", b""), True)
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
                headers = _listed(headers)
            if message.get("trailers"):
                state = self._promise_trailers()
            status = self._status = message.get("status", 0)
            self._headers = headers
            self.stream.respond(status, headers, state == "body+trailers")
            self._sent = state
            if self.trail is not None:
                self.trail.mark("response_started", status=status, headers=list(headers))
        else:
            await self._send_extension(kind, state, message)
        return None

    def _send_part(self, body: bytes, more: bool) -> None:
        if type(body) is not bytes:
            body = _as_bytes(body)
        self._size += len(body)
        if self.trail is not None:
            self.trail.mark("response_body", size=len(body), more=more)
            if not more:
                self.trail.mark("response_ended", total=self._size)
        try:
            self.stream.send_body(body, more)
        except LocalFault:
            self._size -= len(body)
            if self._streaming:
                self.stream.abandon("the application broke its promise about the response body")
                self._sent = "done"
            raise
        self._streaming = True

    async def _drained(self) -> None:
        await self.stream.wire.drained()
        if self._lost and not self._winding_up:
            raise ClientDisconnected("the client has gone; what was sent last has not reached it")

    def _end(self) -> None:
        """The response is complete."""
        if self._started:
            self._log_access()
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
        if self.trail is not None:
            self.trail.mark("response_body", size=part.count, more=more)
            if not more:
                self.trail.mark("response_ended", total=self._size + part.count)
        self._size += part.count
        streaming, self._streaming = self._streaming, True
        try:
            await self.stream.send_file(part.file, part.offset, part.count, more)
        except LocalFault:
            if not self._lost:  # found before anything was sent
                self._size -= part.count
                self._streaming = streaming
                if streaming:
                    self.stream.abandon("the application broke its promise about the response body")
                    self._sent = "done"
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
                self._log_access()
        if self._news is not None:
            self._news.set()

    # What the drain calls.

    def wind_up(self) -> None:
        """Have the application end an endless response: it is told that the client has gone, the client is not."""
        if not self._lost:
            self._lost = self._winding_up = True
            if self._news is not None:
                self._news.set()

    def _end_stream(self) -> None:
        """The application has ended without ending a response that it was to wind up: do that for it."""
        if self._sent in ("body", "body+trailers", "trailers"):
            self._send_part(b"", False)
            self._sent = "done"
            self._end()

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

    def cancel(self) -> None:
        if self._task is not None:
            # A task that is cancelled before its first step never runs at all, and nobody would end this exchange.
            self.service.loop.call_soon(self._task.cancel)

    def describe(self, now: float) -> str:
        """Method, path and age, for whoever waits for it."""
        return f"{self.head.method} {self.head.path.decode('ascii', 'replace')} ({now - self.began:.0f} s)"

    def _log_access(self) -> None:
        if self.head.method == "HEAD" or self._status in (204, 205, 304):
            self._size = 0  # whatever the application gave, it was not sent
        access_line(
            self.stream.wire.client,
            self.head.method,
            self.head.target,
            self.head.version,
            self._status,
            self._size,
            perf_counter() - self._started,
        )


def _as_bytes(body: object) -> bytes:
    if isinstance(body, (bytearray, memoryview, bytes)):
        return bytes(body)
    raise LocalFault("body-type", "ASGI HTTP 2.5 'Response Body'", f"body must be bytes, not {type(body).__name__}")


def _listed(headers: object) -> list[tuple[bytes, bytes]]:
    """Headers may come from a generator, which can be asked once only."""
    try:
        return list(headers)  # type: ignore[call-overload,no-any-return]
    except TypeError:
        reason = f"headers must be an iterable of pairs, not {type(headers).__name__}"
        raise LocalFault("headers", "ASGI HTTP 2.5 'Response Start'", reason) from None


def _is_last(message: Message) -> bool:
    return message.get("type") == "http.response.body" and not message.get("more_body", False)
