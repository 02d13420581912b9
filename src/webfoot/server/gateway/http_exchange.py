"""One request and its response, in ASGI's terms: the application's `receive` and `send`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Final

from webfoot.asgi.states import HTTP_SEND, explain
from webfoot.asgi.types import ClientDisconnected, Message
from webfoot.server.gateway.scope import build_http_scope
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.settings.log import access_line
from webfoot.trail import Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

_KNOWN: Final = {event for row in HTTP_SEND.values() for event in row}
_SORRY: Final = b"Internal Server Error"
_SORRY_HEADERS: Final = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(_SORRY))]


class HttpExchange:
    """Runs the application for one request.

    `_sent` is a state of `asgi.states.HTTP_SEND`. `_body` tells what `receive()` has for the application: the body is
    "coming" in, is "complete" in our hands, or was "delivered". `_left`: the client closed its side; `_lost`: the
    connection is gone, or the application is to think so. `_winding_up`: it is not gone, and the stream that the
    application gives up will be ended properly.
    """

    __slots__ = (
        "_body",
        "_buffered",
        "_headers",
        "_left",
        "_lost",
        "_news",
        "_parts",
        "_sent",
        "_size",
        "_started",
        "_status",
        "_streaming",
        "_task",
        "_winding_up",
        "began",
        "head",
        "service",
        "stream",
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
        self._parts: list[bytes] | None = None
        self._buffered = 0
        self._left = self._lost = False
        self._news: asyncio.Event | None = None
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
            trail.mark("app_entered", app=_name_of(service.app), outcome="called")
        try:
            await service.app(scope, self.receive, self.send)
        except ClientDisconnected as gone:
            if not self._lost:
                self._fail(gone)  # the application raised it on its own account
        except asyncio.CancelledError as error:
            if not _is_cancelled():
                self._fail(error)  # it cancelled something of its own, and nobody told it to stop
                return
            if self._sent != "done" and not self._lost:
                self.stream.abandon("the application was cancelled")
            raise
        except KeyboardInterrupt:
            # Python 3.12 begins a request within `data_received`, out of which uvloop lets nothing escape.
            service.loop.call_soon(_interrupt)
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
        if error is not None and self._lost and _tells_of_disconnect(error):
            log.debug("%s: the client left, and the application raised %s", what, type(error).__name__)
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

    async def receive(self) -> Message:
        while True:
            if self._lost or self._sent == "done":
                return {"type": "http.disconnect"}
            if self._parts:
                body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
                self._parts = None
                self._buffered = 0
                more = self._body == "coming"
                if more:
                    self.stream.want_body()
                else:
                    self._body = "delivered"
                return {"type": "http.request", "body": body, "more_body": more}
            if self._body == "complete":
                self._body = "delivered"
                return {"type": "http.request", "body": b"", "more_body": False}
            if self._left:
                return {"type": "http.disconnect"}
            if self._body == "coming":
                self.stream.want_body()
            await self._wait_for_news()

    async def send(self, message: Message) -> None:
        if self._lost and not (self._winding_up and _is_last(message)):
            raise ClientDisconnected("the client has gone; nothing more can be sent to it")
        kind = message["type"]
        state = HTTP_SEND[self._sent].get(kind)
        if state is None:
            raise self._illegal(kind)
        if kind == "http.response.body":
            more = message.get("more_body", False)
            self._send_part(message.get("body", b""), more)
            if not more:
                self._sent = state
                self._end()
            elif self.stream.wire.congested:
                await self.stream.wire.drained()
        elif kind == "http.response.start":
            status = self._status = message.get("status", 0)
            headers = self._headers = message.get("headers", ())
            self.stream.respond(status, headers)
            self._sent = state
            if self.trail is not None:
                self.trail.mark("response_started", status=status, headers=list(headers))
        else:
            raise self._illegal(kind)

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

    def _end(self) -> None:
        """The response is complete."""
        if self._started:
            self._log_access()
        if self._news is not None:
            self._news.set()

    def _illegal(self, kind: object) -> LocalFault:
        if kind in _KNOWN and kind not in ("http.response.start", "http.response.body"):
            return LocalFault("extension", "ASGI 'Extensions'", f"{kind} was sent, which this server does not offer")
        return LocalFault("order", "ASGI HTTP 2.5", explain("HTTP_SEND", self._sent, str(kind)))

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        if self._parts is None:
            self._parts = [data]
        else:
            self._parts.append(data)
        self._buffered += len(data)
        if self._buffered > self.service.options.buffer_request_body:
            self.stream.hold_body()
        if self._news is not None:
            self._news.set()

    def feed_end(self) -> None:
        if self._body == "coming":
            self._body = "complete"
        if self._news is not None:
            self._news.set()

    def refuse(self, fault: RemoteFault) -> bool:
        """The request is refused after all: the application is told that the client has gone."""
        self.lose(fault.status)
        return not self._streaming

    def disconnect(self) -> None:
        self._left = True
        if self._news is not None:
            self._news.set()

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
        if self._sent == "body":
            self._send_part(b"", False)
            self._sent = "done"
            self._end()

    @property
    def is_endless(self) -> bool:
        """Server-sent events end only when somebody ends them; their clients reconnect by themselves."""
        return (
            self._streaming
            and self._sent == "body"
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

    async def _wait_for_news(self) -> None:
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    def _log_access(self) -> None:
        if self.head.method == "HEAD" or self._status in (204, 304):
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


def _name_of(app: object) -> str:
    return getattr(app, "__qualname__", None) or type(app).__qualname__


def _is_last(message: Message) -> bool:
    return message.get("type") == "http.response.body" and not message.get("more_body", False)


def _is_cancelled() -> bool:
    """Whether somebody asked the running task to stop. A CancelledError alone may come from anything awaited."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _tells_of_disconnect(error: BaseException) -> bool:
    """Whether `error` is what an application made of the disconnect: frameworks have exceptions of their own for it,
    raised upon ours, or upon http.disconnect and then called by the name that Starlette gave it."""
    if isinstance(error, BaseExceptionGroup):
        return all(_tells_of_disconnect(one) for one in error.exceptions)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ClientDisconnected) or type(seen).__name__ == "ClientDisconnect":
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _interrupt() -> None:
    raise KeyboardInterrupt
