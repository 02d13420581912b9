"""THE WebSocket connection (RFC 6455): bytes in, messages to the exchange, messages and control frames to the wire.

It takes the wire over from HTTP with the 101. `states.STATES` says what may happen when; each method here is one event
of that table. No message costs a task or a timer: keep-alive and the close handshake have their time from the sweep.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, NamedTuple

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.websocket.close_codes import (
    ABNORMAL,
    INTERNAL_ERROR,
    NO_STATUS,
    SERVICE_RESTART,
    describe,
)
from webfoot.server.websocket.deflate import WORTHWHILE, Deflate
from webfoot.server.websocket.frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    MessageReader,
    close_payload,
    encode_frame,
    read_close,
)
from webfoot.server.websocket.states import PATIENCE, STATES

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import MessageExchange, Wire
    from webfoot.server.websocket.deflate import Terms
    from webfoot.trail import Trail


class _End(NamedTuple):
    """How the client ends the session: by a Close frame, or by a fault of its own.

    event: of `states.STATES`. reply: the reason in our Close frame. reason: what the application is told, with `code`.
    words: for the trail.
    """

    event: str
    code: int
    reply: str
    reason: str
    words: str


class WebsocketConnection:
    """One client's WebSocket. See `webfoot.server.protocol.face` for who calls what.

    `_pinged`: the payload of the ping whose pong we wait for. `_unanswered`: that of the client's last ping, while the
    wire is too full for a pong; of several pings the last one needs an answer (RFC 6455 section 5.5.3). `_end`: what is
    ahead in the state "ending".
    """

    __slots__ = (
        "_deflate",
        "_end",
        "_journey",
        "_pinged",
        "_reader",
        "_unanswered",
        "deadline",
        "exchange",
        "service",
        "state",
        "trail",
        "wire",
    )

    def __init__(
        self, wire: Wire, service: Service, exchange: MessageExchange, terms: Terms | None, trail: Trail | None
    ) -> None:
        self.wire = wire
        self.service = service
        self.exchange = exchange
        self.trail: Trail | None = None  # the wire does not mark the bytes of each message
        self._journey = trail
        self._deflate = Deflate(terms) if terms is not None else None
        self._reader = MessageReader(service.options.ws_max_size, self._deflate)
        self._pinged: bytes | None = None
        self._unanswered: bytes | None = None
        self._end: _End | None = None
        self.state = "open"
        self.deadline = service.now + self._patience("open")

    def _go(self, event: str) -> None:
        self.state = state = STATES[self.state][event]
        self.deadline = self.service.now + self._patience(state)

    def _patience(self, state: str) -> float:
        setting = PATIENCE[state]
        seconds: float | None = getattr(self.service.options, setting) if setting else None
        return math.inf if seconds is None else seconds

    @property
    def awaits_request(self) -> bool:
        return False

    @property
    def awaits_head(self) -> bool:
        return False

    @property
    def is_busy(self) -> bool:
        return self.state in ("open", "ending", "closing")

    # From the client.

    def receive(self, data: bytes) -> None:
        if self.state == "open" or self.state == "closing":
            self._reader.add(data)
            self._read()
            if self._pinged is not None and self._reader.is_inside_frame and self.state == "open":
                self._wait_for_frame(len(data))

    def _wait_for_frame(self, size: int) -> None:
        """The client cannot answer our ping before the end of its frame, and `size` bytes of that have come."""
        patience, rate = self._pong_patience(), self.service.options.rate_request_body
        worth = size / rate if rate else patience
        self.deadline = min(self.service.now + patience, self.deadline + worth)

    def _read(self) -> None:
        """Hand on what is there, as far as the application has room for it."""
        exchange, read = self.exchange, self._reader.next
        try:
            while not exchange.is_full or self.state == "closing":  # then messages are dropped
                found = read()
                if found is None:
                    return
                opcode, payload = found
                if opcode <= BINARY:
                    if self.state == "open":
                        exchange.deliver(payload)
                else:
                    assert isinstance(payload, bytes)
                    self._take_control(opcode, payload)
                    if self.state != "open" and self.state != "closing":
                        return
        except RemoteFault as fault:
            self._fail(fault)
            return
        self.wire.pause_reading()

    def proceed(self) -> None:
        """The application has taken what it was given."""
        if self.state == "open" or self.state == "closing":
            if self._pinged is not None:  # the pong may be in what was not read
                self.deadline = max(self.deadline, self.service.now + self._pong_patience())
            self.wire.resume_reading()
            self._read()

    def _take_control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            if self.state == "open":
                self._answer_ping(payload)
        elif opcode == CLOSE:
            self._take_close(*read_close(payload))
        elif payload == self._pinged and self.state == "open":
            self._pinged = None
            self.deadline = self.service.now + self._patience("open")

    def _answer_ping(self, payload: bytes) -> None:
        if self.wire.congested:
            self._unanswered = payload
        else:
            self.wire.write(encode_frame(PONG, payload))

    def writable(self) -> None:
        payload, self._unanswered = self._unanswered, None
        if payload is not None and self.state == "open":
            self._answer_ping(payload)

    def _take_close(self, code: int, reason: str) -> None:
        if self.state == "open":
            words = f"the client closed with {describe(code)}" if code != NO_STATUS else "the client closed"
        else:
            words = f"closed by the server, and the client agreed with {describe(code)}"
        # RFC 6455 section 5.5.1: typically with the same code. The reason, too, since a browser tells its page ours.
        self._end_when_heard(_End("close received", code, reason, reason, words))

    def _fail(self, fault: RemoteFault) -> None:
        """RFC 6455 section 7.1.7: say why, and close without waiting for the client's Close frame."""
        self.service.log_refusal(self.wire.client, fault)
        self._end_when_heard(_End("failed", fault.status, fault.reason, fault.reason, str(fault)))

    def _end_when_heard(self, end: _End) -> None:
        """At once, unless the application has yet to hear, and may answer, what the client said before."""
        self._end = end
        if self.state == "open" and self.exchange.is_behind:
            self._go("end ahead")
            self._reader.clear()
        else:
            self.conclude()

    def conclude(self) -> None:
        """Do what was put off: send our Close frame, if it was not sent before, and nothing after it."""
        end = self._end
        assert end is not None
        if self.state != "closing":
            self.wire.write(encode_frame(CLOSE, close_payload(end.code, end.reply)))
        self._linger(end.event, end.words, end.code if end.event == "close received" else None)
        self.exchange.end(end.code, end.reason)

    # From the application.

    def send(self, opcode: int, payload: bytes) -> None:
        """A message. Raises ClientDisconnected."""
        if self.state != "open" and self.state != "ending":
            raise ClientDisconnected("the WebSocket was closed; nothing more can be sent on it")
        deflate = self._deflate
        if deflate is None or len(payload) < WORTHWHILE:
            self.wire.write_soon(encode_frame(opcode, payload))
        else:
            self.wire.write_soon(encode_frame(opcode, deflate.deflate(payload), compressed=True))

    def close(self, code: int, reason: str) -> None:
        """Begin the close handshake; what the client still sends is dropped."""
        if self.state == "open":
            self.wire.write(encode_frame(CLOSE, close_payload(code, reason)))
            self._go("close sent")
            self.proceed()
        elif self.state == "ending":
            self.conclude()

    def abandon(self, reason: str) -> None:
        if self.state != "closed":
            self._go("abandoned")
            self._end_journey(reason)
            self.wire.abort()
            self.exchange.end(ABNORMAL, "")

    # Ends.

    def _linger(self, event: str, reason: str, code: int | None = None) -> None:
        """Close our side; the client gets to read what we sent before the connection goes (RFC 6455 section 7.1.1)."""
        self._go(event)
        self._end_journey(reason, code)
        self.wire.resume_reading()
        self.wire.finish_writing()

    def _end_journey(self, reason: str, code: int | None = None) -> None:
        """`code`: of the client's Close frame, if it ended with one, as it should."""
        self._reader.clear()
        trail, self._journey = self._journey, None
        if trail is not None:
            trail.mark("closed", reason=reason, code=code)

    def receive_eof(self) -> bool:
        self._leave("eof")
        return False

    def sense_eof(self) -> None:
        """Its Close frame, and messages, may be in what we have not read: the application gets to them first."""

    def lost(self) -> None:
        self._leave("lost")

    def _leave(self, event: str) -> None:
        end = self._end
        words = "an answer to our Close frame" if self.state == "closing" else "a Close frame"
        self._go(event)
        self._end_journey(f"the client left without {words}" if end is None else end.words)
        self.exchange.end(*(ABNORMAL, "") if end is None else (end.code, end.reason))

    def expire(self) -> None:
        if self.state == "open":
            self._keep_alive()
        elif self.state == "ending":
            self.conclude()
        elif self.state == "linger" and self.wire.congested:
            # It is still taking our last messages. Whether that goes on for too long is for the wire to say.
            self.deadline = self.service.now + self._patience("linger")
        else:
            waited_for = "Close frame" if self.state == "closing" else "end of the connection"
            self._go("expired")
            self._end_journey(f"the client's {waited_for} did not come in time")
            self.wire.abort()
            self.exchange.end(ABNORMAL, "")

    def _keep_alive(self) -> None:
        """Ask whether the client is there, or conclude that it is not."""
        if self.exchange.is_full or self.wire.congested:
            # We do not read, or it does not: no pong could come. A client that reads nothing is for the wire to notice.
            self.deadline = self.service.now + self._pong_patience()
        elif self._pinged is None or self.service.options.ws_ping_timeout is None:
            self._pinged = os.urandom(4)
            self.wire.write(encode_frame(PING, self._pinged))
            self.deadline = self.service.now + self._pong_patience()
            if self._deflate is not None:
                self._deflate.rest()
        else:
            self.wire.write(encode_frame(CLOSE, close_payload(INTERNAL_ERROR, "keepalive ping timeout")))
            self._linger("failed", "the client did not answer our ping in time")
            self.exchange.end(ABNORMAL, "keepalive ping timeout")

    def _pong_patience(self) -> float:
        timeout = self.service.options.ws_ping_timeout
        return self._patience("open") if timeout is None else timeout

    def part(self) -> None:
        """Nobody is waited for here: the client is told when the server retires."""

    def retire(self) -> None:
        if self.state == "open":
            self.exchange.end(SERVICE_RESTART, "the server is stopping")
            self.close(SERVICE_RESTART, "the server is stopping")
        elif self.state == "ending":
            self.conclude()
        if self.state == "closing":
            self.deadline = min(self.deadline, self.service.now + self._patience("linger"))

    def cut_off(self) -> None:
        self.abandon("the server is stopping and cannot wait any longer")
