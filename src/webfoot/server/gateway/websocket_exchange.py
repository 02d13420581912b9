"""One WebSocket, in ASGI's terms: from the handshake to the close, the application's `receive` and `send`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.states import WEBSOCKET_SEND, explain
from webfoot.asgi.types import ClientDisconnected, Message
from webfoot.server.gateway.calling import SORRY
from webfoot.server.gateway.events import as_list, check_close, type_of, utf_8
from webfoot.server.gateway.message_queue import MessageQueue
from webfoot.server.gateway.scope import build_websocket_scope
from webfoot.server.logs.entry import Entry, Session
from webfoot.server.protocol.errors import LocalFault, RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.server.websocket.close_codes import ABNORMAL, INTERNAL_ERROR, NORMAL
from webfoot.server.websocket.connection import WebsocketConnection
from webfoot.server.websocket.frames import BINARY, TEXT
from webfoot.server.websocket.handshake import Handshake, encode_switch
from webfoot.trail import Trail
from webfoot.trail.trail import answer_fields

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Stream

log = logging.getLogger("webfoot")

_FORBIDDEN_HEADERS: Final = [(b"content-length", b"0")]


class WebsocketExchange(MessageQueue):
    """Runs the application for one WebSocket. What comes in is the base's; this is what goes out, and how it all ends.

    Until the application accepts, `stream` is the HTTP connection, which answers a denial like any other request. From
    then on `connection` is there. `_sent` is a state of `asgi.states.WEBSOCKET_SEND`, or "gone": there is nobody left
    to answer the handshake to. `_status`, `_size`: those of a denial.
    """

    __slots__ = ("_size", "_status", "handshake")

    def __init__(self, stream: Stream, service: Service, head: Head, handshake: Handshake, trail: Trail | None) -> None:
        self.stream = stream
        self.service = service
        self.head = head
        self.handshake = handshake
        self.trail = trail
        self.connection = None
        self.began = service.now
        self.request_id = ""
        self._started = perf_counter() if service.logs_access else 0.0
        self._task = None
        # what comes in
        self._connected = False
        self._queue = deque()
        self._held = 0
        self._waiting = []
        self._end = None
        self._left = False
        self.is_full = False
        # what goes out
        self._winding_up = False
        self._sent = "handshake"
        self._status = 0
        self._size = 0

    def begin(self) -> None:
        service = self.service
        service.running.add(self)
        wire, subprotocols = self.stream.wire, self.handshake.subprotocols
        self._call(build_websocket_scope(self.head, wire, subprotocols, service, self.trail))

    @property
    def name(self) -> str:
        return f"WebSocket {self.head.path.decode('ascii', 'replace')}"

    # How the application ends.

    def _finish(self) -> None:
        if self._sent == "open":  # it need not close what it has accepted
            assert self.connection is not None
            self.connection.close(NORMAL, "")
        elif self._left or self._sent == "gone":
            self._abandon("the client left during the handshake")
        else:
            begun = self._sent == "denial"
            done = "before its denial was complete" if begun else "without an answer to the handshake"
            self._answer_failure(f"the application returned {done}", None)

    def _fail(self, error: BaseException) -> None:
        if (self._left or self._end is not None) and tells_of_disconnect(error):
            log.debug("%s: the client left, and the application raised %s", self.name, type(error).__name__)
            self._abandon("the client left during the handshake")
        else:
            self._answer_failure(f"the application raised {type(error).__name__}", error)

    def _answer_failure(self, reason: str, error: BaseException | None) -> None:
        """With what is still possible: a 500, a denial that breaks off, or a Close frame with 1011."""
        self._report(reason, error, 500 if self._is_unanswered else None)
        if self._is_unanswered:
            self._deny(500, self._sorry_headers(), SORRY)
        elif self._sent == "open":
            assert self.connection is not None
            self.connection.close(INTERNAL_ERROR, "")
        else:
            self._abandon(reason)

    @property
    def _is_unanswered(self) -> bool:
        """Whether nothing of an answer to the handshake is on the wire."""
        return self._sent == "handshake" or (self._sent == "denial" and not self._size)

    def _abandon(self, reason: str) -> None:
        if self._end is not None or self._sent == "closed":
            return
        if self.connection is not None:
            self.connection.abandon(reason)
        else:
            self._sent = "closed"
            self.stream.abandon(reason)

    # What the application calls.

    async def send(self, message: Message) -> None:
        try:
            kind = message["type"]
        except (KeyError, TypeError):
            kind = type_of(message)
        if self._sent == "gone" or (self._end is not None and self._sent != "closed"):
            raise ClientDisconnected("the client has gone; nothing more can be sent to it")
        if kind == "websocket.send" and self._sent == "open":
            assert self.connection is not None
            self.connection.send(*_frame_of(message))
            wire = self.stream.wire
            if wire.congested:
                await wire.drained()
            return
        following = WEBSOCKET_SEND[self._sent].get(type_of(message))
        if following is None:
            raise LocalFault("order", "ASGI WebSocket 2.5", explain("WEBSOCKET_SEND", self._sent, str(kind)))
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._close(message)
        elif kind == "websocket.http.response.start":
            self._start_denial(message.get("status", 0), as_list(message.get("headers", ())))
        else:
            await self._send_denial(message.get("body", b""), message.get("more_body", False))

    def _accept(self, message: Message) -> None:
        service, trail, handshake = self.service, self.trail, self.handshake
        headers = as_list(message.get("headers", ()))
        reply = encode_switch(handshake, message.get("subprotocol"), headers, service, trail)
        if trail is not None:
            chosen = message.get("subprotocol")
            fields = headers if chosen is None else [(b"sec-websocket-protocol", str(chosen).encode()), *headers]
            trail.mark("response_started", status=101, headers=fields)
        terms = handshake.extensions[1] if handshake.extensions is not None else None
        connection = WebsocketConnection(self.stream.wire, service, self, terms, trail)
        self._sent = "open"
        self.connection = connection
        if self._started:
            entry = self._entry(101)
            entry.event = "opened"
            self._log_access(entry)
        self.stream.switch(reply, connection)

    def _close(self, message: Message) -> None:
        if self.connection is None:
            # Code and reason go nowhere, so nobody looks at them: FastAPI's reason is a list where it refuses a value.
            self._deny(403, [*_FORBIDDEN_HEADERS, *answer_fields(self.trail, 403)], b"")
            return
        code, reason = message.get("code", NORMAL), message.get("reason") or ""
        check_close(code, reason)
        self._sent = "closed"
        self._queue.clear()
        self.is_full = False
        self.connection.close(code, reason)

    def _start_denial(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.stream.respond(status, headers)
        self._sent = "denial"
        self._status = status
        if self.trail is not None:
            self.trail.mark("response_started", status=status, headers=headers)

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

    def feed(self, data: bytes) -> None:
        """A request for a WebSocket has no body."""

    def feed_end(self, trailers: Sequence[tuple[bytes, bytes]]) -> None:
        """It has none."""

    def refuse(self, fault: RemoteFault) -> bool:
        self._status = fault.status
        answerable = self._is_unanswered
        self._sent = "gone"
        self.end(ABNORMAL, fault.reason)
        return answerable

    def lose(self) -> None:
        if self._sent != "closed":
            self._sent = "gone"
        self.end(ABNORMAL, "")

    # What the drain calls.

    def wind_up(self) -> None:
        """Its connection was told to retire, and that says it all."""

    @property
    def is_endless(self) -> bool:
        return self.connection is not None

    @property
    def progress(self) -> tuple[int, int]:
        return self._status or (101 if self.connection is not None else 0), self._size

    # What the access log tells.

    def _log_end(self, code: int) -> None:
        if self.connection is None:
            self._log_access(self._entry(self._status or 499))
            return
        entry = self._entry(101)
        entry.event = "closed"
        entry.session = self._session(code)
        entry.size = entry.session.bytes_out
        self._log_access(entry)

    def _entry(self, status: int) -> Entry:
        wire, seconds = self.stream.wire, perf_counter() - self._started
        return Entry(self.head, wire.client, wire.scheme, status, self._size, seconds, (), self.request_id)

    def _session(self, code: int) -> Session:
        return Session(code, 0, 0, 0, 0)


class CountedWebsocketExchange(WebsocketExchange):
    """One whose messages are counted, for the access log. Others do not pay for it."""

    __slots__ = ("_bytes_in", "_bytes_out", "_messages_in", "_messages_out")

    def begin(self) -> None:
        self._messages_in = self._messages_out = self._bytes_in = self._bytes_out = 0
        super().begin()

    def deliver(self, message: str | bytes) -> None:
        self._messages_in += 1
        self._bytes_in += _size_of(message)
        super().deliver(message)

    async def send(self, message: Message) -> None:
        await super().send(message)
        if message["type"] == "websocket.send":
            self._messages_out += 1
            text = message.get("text")
            self._bytes_out += _size_of(message["bytes"] if text is None else text)

    @property
    def progress(self) -> tuple[int, int]:
        return super().progress[0], self._bytes_out or self._size

    def _session(self, code: int) -> Session:
        return Session(code, self._messages_in, self._bytes_in, self._messages_out, self._bytes_out)


def _size_of(message: str | bytes) -> int:
    """On the wire, where text is UTF-8."""
    return len(message) if type(message) is not str or message.isascii() else len(message.encode())


def _frame_of(message: Message) -> tuple[int, bytes]:
    """Opcode and payload of websocket.send, which holds either text or bytes. Raises LocalFault."""
    text, data = message.get("text"), message.get("bytes")
    if data is None and isinstance(text, str):
        return TEXT, utf_8(text)
    if text is None and isinstance(data, (bytes, bytearray, memoryview)):
        return BINARY, bytes(data)
    reason = f"exactly one of text (str) and bytes is needed, not {type(text).__name__} and {type(data).__name__}"
    raise LocalFault("message", "ASGI WebSocket 2.5 'Send'", reason)
