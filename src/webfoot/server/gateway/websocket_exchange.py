"""One WebSocket, in ASGI's terms: from the handshake to the close, the application's `receive` and `send`."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final

from webfoot.asgi.states import WEBSOCKET_SEND, explain
from webfoot.asgi.types import ClientDisconnected, Message
from webfoot.server.gateway.calling import interrupt, is_cancelled, tells_of_disconnect
from webfoot.server.gateway.scope import build_websocket_scope
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.settings.log import access_line, websocket_line
from webfoot.server.websocket.close_codes import ABNORMAL, INTERNAL_ERROR, NORMAL, may_be_sent
from webfoot.server.websocket.connection import WebsocketConnection
from webfoot.server.websocket.frames import BINARY, TEXT
from webfoot.server.websocket.handshake import Handshake, encode_switch
from webfoot.trail import Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

_SORRY: Final = b"Internal Server Error"
_SORRY_HEADERS: Final = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(_SORRY))]
_FORBIDDEN_HEADERS: Final = [(b"content-length", b"0")]
_LONGEST_REASON: Final = 123  # bytes: a control frame holds 125, two of them are the code


class WebsocketExchange:
    """Runs the application for one WebSocket.

    Until the application accepts, `stream` is the HTTP connection, which answers a denial like any other request. From
    then on `connection` is there.

    `_sent` is a state of `asgi.states.WEBSOCKET_SEND`. `_end`: how it ended, the code and the reason that
    websocket.disconnect tells. `_left`: the client closed its side before it was answered. `is_full`: the application
    does not keep up, and gets no more before it has taken all that it has.
    """

    __slots__ = (
        "_connected",
        "_end",
        "_held",
        "_left",
        "_queue",
        "_sent",
        "_size",
        "_started",
        "_status",
        "_task",
        "_waiting",
        "began",
        "connection",
        "handshake",
        "head",
        "is_full",
        "service",
        "stream",
        "trail",
    )

    def __init__(self, stream: Stream, service: Service, head: Head, handshake: Handshake, trail: Trail | None) -> None:
        self.stream = stream
        self.service = service
        self.head = head
        self.handshake = handshake
        self.trail = trail
        self.connection: WebsocketConnection | None = None
        self.began = service.now
        self._started = perf_counter() if service.logs_access else 0.0
        self._task: asyncio.Task[None] | None = None
        # what comes in
        self._connected = False
        self._queue: deque[str | bytes] = deque()
        self._held = 0  # characters or bytes in the queue
        self._waiting: list[asyncio.Future[None]] = []
        self._end: tuple[int, str] | None = None
        self._left = False
        self.is_full = False
        # what goes out; status and size are those of a denial
        self._sent = "handshake"
        self._status = 0
        self._size = 0

    def begin(self) -> None:
        """Run the application in a task of its own, with context variables of its own."""
        self.service.running.add(self)
        self._task = self.service.start_task(self._run())

    async def _run(self) -> None:
        service, trail = self.service, self.trail
        scope = build_websocket_scope(self.head, self.stream.wire, self.handshake.subprotocols, service, trail)
        if trail is not None:
            trail.mark("app_entered", app=service.app_name, outcome="called")
        try:
            await service.app(scope, self.receive, self.send)
        except asyncio.CancelledError as error:
            if not is_cancelled():
                self._fail(error)  # it cancelled something of its own, and nobody told it to stop
                return
            self._abandon("the application was cancelled")
            raise
        except KeyboardInterrupt:
            # Python 3.12 begins a request within `data_received`, out of which uvloop lets nothing escape.
            service.loop.call_soon(interrupt)
        except GeneratorExit:  # the end of a task that was left behind
            raise
        except BaseException as error:  # a SystemExit of one request must not end the server
            self._fail(error)
        else:
            self._finish()
        finally:
            service.running.discard(self)
            if trail is not None:
                trail.end()

    def _finish(self) -> None:
        """The application has returned: what it left open is closed for it."""
        if self._sent == "open":
            assert self.connection is not None
            self.connection.close(NORMAL, "")
        elif self._sent == "closed":
            return
        elif not self._left:
            done = (
                "without an answer to the handshake" if self._sent == "handshake" else "before its denial was complete"
            )
            reason = f"the application returned {done}"
            log.error("%s: %s", self._name, reason)
            self._answer_failure(reason, None)
        else:
            self._abandon("the client left during the handshake")

    def _fail(self, error: BaseException) -> None:
        """The application raised."""
        if (self._left or self._end is not None) and tells_of_disconnect(error):
            log.debug("%s: the client left, and the application raised %s", self._name, type(error).__name__)
            self._abandon("the client left during the handshake")
            return
        reason = f"the application raised {type(error).__name__}"
        log.error("%s: %s", self._name, reason, exc_info=error)
        self._answer_failure(reason, error)

    def _answer_failure(self, reason: str, error: BaseException | None) -> None:
        """With what is still possible: a 500, a denial that breaks off, or a Close frame with 1011."""
        sent = self._sent
        if self.trail is not None:
            status = 500 if sent == "handshake" else None
            self.trail.mark("app_entered", outcome="failed", reason=reason, error=error, status=status)
        if sent == "open":
            assert self.connection is not None
            self.connection.close(INTERNAL_ERROR, "")
        elif sent == "handshake" or (sent == "denial" and not self._size):
            self._deny(500, _SORRY_HEADERS, _SORRY)
        elif sent == "denial":
            self._abandon(reason)

    def _abandon(self, reason: str) -> None:
        """Cut the connection, unless everything that is to be said on it has been said."""
        if self._end is not None or self._sent == "closed":
            return
        if self.connection is not None:
            self.connection.abandon(reason)
        else:
            self._sent = "closed"
            self.stream.abandon(reason)

    # What the application calls.

    async def receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        while not self._queue:
            if self._end is not None:
                code, reason = self._end
                return {"type": "websocket.disconnect", "code": code, "reason": reason}
            if self._left and self.connection is None:
                return {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}
            if self.is_full:  # not before: what it answers goes out ahead of a Close frame that may wait to be read
                self.is_full = False
                assert self.connection is not None
                self.connection.proceed()
            elif self.connection is not None and self.connection.state == "ending":
                self.connection.conclude()
            else:
                await self._wait_for_news()
        return self._take()

    def _take(self) -> Message:
        message = self._queue.popleft()
        self._held -= len(message)
        if type(message) is str:
            return {"type": "websocket.receive", "text": message}
        return {"type": "websocket.receive", "bytes": message}

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if self._end is not None and self._sent != "closed":
            raise ClientDisconnected("the client has gone; nothing more can be sent to it")
        if kind == "websocket.send" and self._sent == "open":
            assert self.connection is not None
            self.connection.send(*_frame_of(message))
            wire = self.stream.wire
            if wire.congested:
                await wire.drained()
            return
        following = WEBSOCKET_SEND[self._sent].get(kind)
        if following is None:
            raise LocalFault("order", "ASGI WebSocket 2.5", explain("WEBSOCKET_SEND", self._sent, str(kind)))
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._close(message)
        elif kind == "websocket.http.response.start":
            self._start_denial(message.get("status", 0), message.get("headers", ()))
        else:
            await self._send_denial(message.get("body", b""), message.get("more_body", False))

    def _accept(self, message: Message) -> None:
        service, trail, handshake = self.service, self.trail, self.handshake
        headers = message.get("headers", ())
        reply = encode_switch(handshake, message.get("subprotocol"), headers, service, trail)
        if trail is not None:
            trail.mark("response_started", status=101, headers=list(headers))
        terms = handshake.extensions[1] if handshake.extensions is not None else None
        connection = WebsocketConnection(self.stream.wire, service, self, terms, trail)
        self._sent = "open"
        self.connection = connection
        if self._started:
            websocket_line(self.stream.wire.client, self.head.target, "[accepted]")
        self.stream.switch(reply, connection)

    def _close(self, message: Message) -> None:
        code, reason = message.get("code", NORMAL), message.get("reason") or ""
        _check_close(code, reason)
        if self.connection is None:
            self._deny(403, _FORBIDDEN_HEADERS, b"")
            return
        self._sent = "closed"
        self._queue.clear()
        self.is_full = False
        self.connection.close(code, reason)

    def _start_denial(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.stream.respond(status, headers)
        self._sent = "denial"
        self._status = status
        if self.trail is not None:
            self.trail.mark("response_started", status=status, headers=list(headers))

    async def _send_denial(self, body: object, more: bool) -> None:
        if not isinstance(body, bytes):
            reason = f"body must be bytes, not {type(body).__name__}"
            raise LocalFault("body-type", "ASGI 'WebSocket Denial Response'", reason)
        if self.trail is not None:
            self.trail.mark("response_body", size=len(body), more=more)
        self.stream.send_body(body, more)
        self._size += len(body)
        if not more:
            self._end_denial()
        elif self.stream.wire.congested:
            await self.stream.wire.drained()

    def _deny(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """The server's own answer to the handshake."""
        self._status = status
        self._size = len(body)
        self.stream.respond(status, headers)
        self.stream.send_body(body, False)
        self._end_denial()

    def _end_denial(self) -> None:
        self._sent = "closed"
        if self.trail is not None:
            self.trail.mark("response_ended", total=self._size)
        self.end(ABNORMAL, "")

    # What the connections call; of these, the HTTP connection those of `webfoot.server.protocol.face.Exchange`.

    def deliver(self, message: str | bytes) -> None:
        queue = self._queue
        queue.append(message)
        self._held += len(message)
        options = self.service.options
        if len(queue) >= options.ws_max_queue or self._held > options.buffer_request_body:
            self.is_full = True
        if self._waiting:
            self._tell()

    @property
    def is_behind(self) -> bool:
        return bool(self._queue)

    def end(self, code: int, reason: str) -> None:
        """There will be no more messages. The first word about it is the last."""
        if self._end is None:
            self._end = code, reason
            if self._started:
                self._log_end(code)
        if self._waiting:
            self._tell()

    def feed(self, data: bytes) -> None:
        """A request for a WebSocket has no body."""

    def feed_end(self, trailers: Sequence[tuple[bytes, bytes]]) -> None:
        """It has none."""

    def refuse(self, fault: RemoteFault) -> bool:
        self._status = fault.status
        answerable = self._sent == "handshake" or (self._sent == "denial" and not self._size)
        self._sent = "closed"
        self.end(ABNORMAL, fault.reason)
        return answerable

    def disconnect(self) -> None:
        self._left = True
        if self._waiting:
            self._tell()

    def lose(self) -> None:
        self._sent = "closed"
        self.end(ABNORMAL, "")

    # What the drain calls.

    def wind_up(self) -> None:
        """Its connection was told to retire, and that says it all."""

    @property
    def is_endless(self) -> bool:
        return self.connection is not None

    def cancel(self) -> None:
        if self._task is not None:
            # A task that is cancelled before its first step never runs at all, and nobody would end this exchange.
            self.service.loop.call_soon(self._task.cancel)

    def describe(self, now: float) -> str:
        """What it is, its path and age, for whoever waits for it."""
        return f"{self._name} ({now - self.began:.0f} s)"

    @property
    def _name(self) -> str:
        return f"WebSocket {self.head.path.decode('ascii', 'replace')}"

    async def _wait_for_news(self) -> None:
        waiting = self.service.loop.create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def _log_end(self, code: int) -> None:
        client, target, seconds = self.stream.wire.client, self.head.target, perf_counter() - self._started
        if self.connection is not None:
            websocket_line(client, target, f"[closed {code} after {seconds:.1f}s]")
        else:
            access_line(client, "GET", target, "1.1", self._status or 499, self._size, seconds)


def _frame_of(message: Message) -> tuple[int, bytes]:
    """Opcode and payload of websocket.send, which holds either text or bytes. Raises LocalFault."""
    text, data = message.get("text"), message.get("bytes")
    if data is None and isinstance(text, str):
        return TEXT, text.encode()
    if text is None and isinstance(data, (bytes, bytearray, memoryview)):
        return BINARY, bytes(data)
    reason = f"exactly one of text (str) and bytes is needed, not {type(text).__name__} and {type(data).__name__}"
    raise LocalFault("message", "ASGI WebSocket 2.5 'Send'", reason)


def _check_close(code: object, reason: object) -> None:
    """What may stand in a Close frame (RFC 6455 sections 5.5.1 and 7.4). Raises LocalFault."""
    if not isinstance(code, int) or not may_be_sent(code):
        raise LocalFault("close-code", "RFC 6455 section 7.4", f"the close code {code!r:.20} must not be sent")
    if not isinstance(reason, str) or len(reason.encode()) > _LONGEST_REASON:
        what = f"the reason of a close must be a str of at most {_LONGEST_REASON} bytes"
        raise LocalFault("close-reason", "RFC 6455 section 5.5", what)
