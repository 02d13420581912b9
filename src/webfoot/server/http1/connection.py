"""THE HTTP/1.1 connection: bytes in, requests to the gateway, responses to the wire (RFC 9112).

One request is read at a time. `states.STATES` says what may happen when; each method here is one event of that table.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.gateway.http_exchange import HttpExchange
from webfoot.server.http1 import rules
from webfoot.server.http1.encoder import BodyWriter, ResponseHead, encode_head, join_head
from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.http1.grammar import END_OF_HEAD, examine_partial
from webfoot.server.http1.limits import check_body_size, check_head, check_head_size
from webfoot.server.http1.persistence import why_closed_after, why_not_kept
from webfoot.server.http1.refusal import encode_refusal
from webfoot.server.http1.states import PATIENCE, STATES
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import CHUNKED, Head

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Wire
    from webfoot.trail import Trail

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_EMPTY_LINES: Final = re.compile(rb"(?:\r\n)*")


class Http1Connection:
    """One client's connection. See `webfoot.server.protocol.face` for who calls what.

    `_ending` is None while the connection may be kept alive, else the reason why it will be closed after the response.
    """

    __slots__ = (
        "_answer",
        "_discard_until",
        "_ending",
        "_eof",
        "_head",
        "_held",
        "_reader",
        "_writer",
        "deadline",
        "exchange",
        "service",
        "state",
        "trail",
        "wire",
    )

    def __init__(self, wire: Wire, service: Service, trail: Trail | None) -> None:
        self.wire = wire
        self.service = service
        self.trail = trail
        self.state = "idle"
        # A client that connects and says nothing gets as long as one that is slow with its head.
        self.deadline = service.now + service.patience["head"]
        self.exchange: HttpExchange | None = None
        self._held = b""  # an incomplete head, or what came after a complete request
        self._head: Head | None = None
        self._reader: LengthReader | ChunkedReader | None = None
        self._discard_until = 0  # how much of the body we read, now that nobody wants the rest of it
        self._answer: ResponseHead | None = None  # encoded, waiting for the first body part
        self._writer = BodyWriter()
        self._ending: str | None = None
        self._eof = False

    def _go(self, event: str) -> None:
        self.state = state = STATES[self.state][event]
        self.deadline = self.service.now + self.service.patience[state]

    @property
    def awaits_request(self) -> bool:
        return self.state == "idle"

    @property
    def is_busy(self) -> bool:
        return self.state in ("head", "body", "respond") or bool(self._held)

    # The request: bytes from the wire.

    def receive(self, data: bytes) -> None:
        state = self.state
        if state == "idle" or state == "head":
            self._read_head(data)
        elif state == "body" or state == "discard":
            self._read_body(data)
        elif state == "respond":
            self._hold(data)

    def _hold(self, data: bytes) -> None:
        """Pipelined bytes wait for their turn (RFC 9112 section 9.3.2), a bounded number of them."""
        self._held += data
        self._bound_held()

    def _bound_held(self) -> None:
        if len(self._held) > self.service.options.buffer_request_body:
            self.wire.pause_reading()
        else:
            self.wire.resume_reading()

    def _read_head(self, data: bytes) -> None:
        seen = 0
        if self._held:
            if self.state == "idle":  # what is held are requests that came first, and wait for their turn
                self._hold(data)
                return
            seen = len(self._held)
            data = self._held + data
            self._held = b""
        if data[0] < 0x21:
            # RFC 9112 section 2.2: empty lines before a request line are ignored; a lone CR may be half of one.
            data = data[_EMPTY_LINES.match(data).end() :]  # type: ignore[union-attr]
        service = self.service
        size = data.find(END_OF_HEAD, seen - 3 if seen > 3 else 0) + len(END_OF_HEAD)
        try:
            if size < len(END_OF_HEAD):
                self._wait_for_head(data, seen)
                return
            raw = data if size == len(data) else data[:size]
            if size > service.unsuspicious_head:
                check_head_size(raw, service.options)
            head = service.parse_head(raw, self.trail)
            rules.accept(head, self.trail)
            if len(head.headers) > service.most_fields or head.body_length > service.largest_body:
                check_head(head, service.options)
            if len(service.running) >= service.most_requests:
                raise service.overload()
        except RemoteFault as fault:
            self._held = data
            self._refuse(fault)
            return
        self._head = head
        if not head.keep_alive and self._ending is None:
            self._ending = why_not_kept(head)
        exchange = self.exchange = HttpExchange(self, service, head, self.trail)
        if head.body_length == 0:
            if raw is not data:
                self._held = data[size:]
            self._go("head")
            exchange.begin()
        else:
            self._go("head with body")
            if head.expects_continue:  # the client waits for us, until the application wants the body
                self.deadline = math.inf
            self._begin_body(exchange, head, data[size:])

    def _wait_for_head(self, data: bytes, seen: int) -> None:
        if data:
            check_head_size(data, self.service.options)
            examine_partial(data, seen)
            self._held = data
            if self.state == "idle":
                self._go("partial head")

    def _begin_body(self, exchange: HttpExchange, head: Head, data: bytes) -> None:
        self._reader = ChunkedReader() if head.body_length == CHUNKED else LengthReader(head.body_length)
        if data:
            self._read_body(data)
        if self.exchange is exchange:
            exchange.begin()
        elif exchange.trail is not None:  # its body was refused already: the application never hears of it
            exchange.trail.end()

    def _read_body(self, data: bytes) -> None:
        reader = self._reader
        assert reader is not None
        try:
            parts = reader.read(data)
            check_body_size(reader.received, self.service.options)
        except RemoteFault as fault:
            self._refuse(fault)
            return
        exchange = self.exchange
        if self.state == "body":
            assert exchange is not None
            self.deadline = self.service.now + self.service.patience["body"]
            for part in parts:
                exchange.feed(part)
        elif reader.received > self._discard_until:
            self._linger("the client sent more of an unwanted body than we throw away", "refused")
            return
        if reader.rest is not None:
            self._held = reader.rest
            self._reader = None
            if self.state == "body":
                assert exchange is not None
                exchange.feed_end()
                self._go("body end")
                self._bound_held()  # from here on that decides whether we read, and `hold_body` no longer
            else:
                self._go("body end")
                self._call_next_request()

    def want_body(self) -> None:
        head = self._head
        if head is not None and head.expects_continue:
            head.expects_continue = False
            # RFC 9110 section 10.1.1: not once the body is coming. A response that has begun has taken it back.
            if self._reader is not None and not self._reader.received:
                self.wire.write(_CONTINUE)
        if self.state == "body":
            self.deadline = self.service.now + self.service.patience["body"]
        self.wire.resume_reading()

    def hold_body(self) -> None:
        # It is the application that is slow now, not the client.
        self.deadline = math.inf
        self.wire.pause_reading()

    # The response: calls from the exchange.

    def respond(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._answer = encode_head(status, headers)

    def send_body(self, data: bytes, more: bool) -> None:
        if self.state != "respond" and self.state != "body":
            raise ClientDisconnected("the connection was closed before the response was complete")
        answer = self._answer
        if answer is not None:
            self._send_first(answer, data, more)
        else:
            part = self._writer.part(data, more)
            if part:
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
            framing = writer.frame(request, answer, len(data), more)
            if data and writer.framing == "none" and request.method != "HEAD":
                self.service.warn_of_dropped_body(answer.status, request)
            data = writer.part(data, more)
            fields = framing + self._persistence(answer, request) + self.service.default_fields(answer)
            how = writer.framing
            request.expects_continue = False
        self._answer = None
        self.wire.write(join_head(answer, fields, data, how, self.trail))

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

    def _end_response(self) -> None:
        self.exchange = None
        if self._ending is not None:
            self._linger(self._ending, "last response end")
            return
        self._go("response end")
        if self.trail is not None:
            self.trail.mark("kept_alive", reason="HTTP/1.1, and nobody asked to close")
            self.trail = None
        self._head = None
        if self.state == "discard":
            assert self._reader is not None
            self._discard_until = self._reader.received + self.service.options.limit_discard
            self.wire.resume_reading()
        elif self._held or self._eof or self.wire.congested:
            self._call_next_request()

    def _call_next_request(self) -> None:
        """By way of the loop: however many are pipelined, the stack stays flat, and no request sees the context
        variables of the one before."""
        self.service.loop.call_soon(self._read_next_request, context=self.service.context)

    def _read_next_request(self) -> None:
        if self.state != "idle":
            return
        if self.wire.congested:
            # A client that takes no answers gets no more of them (see `writable`), or its requests would fill us up.
            self.wire.pause_reading()
            return
        self.wire.resume_reading()
        if self._held:
            held, self._held = self._held, b""
            self.wire.request_begins(len(held))
            self._read_head(held)
            if self.state != "head" and len(self._held) > self.service.options.buffer_request_body:
                self.wire.pause_reading()
        if self._eof:
            self._go_on_after_eof()

    def _go_on_after_eof(self) -> None:
        """The client closed its side behind the request that has just been read."""
        if self.state == "respond":
            assert self.exchange is not None
            self.exchange.disconnect()
        elif self.state in ("head", "body", "discard") or (self.state == "idle" and not self._held):
            self._end_of_input()

    def writable(self) -> None:
        if self.state == "idle":
            self._call_next_request()

    # Ends.

    def _refuse(self, fault: RemoteFault) -> None:
        """Answer a fault of the client and close (RFC 9112 section 9.6: lingering, or the reply may be lost)."""
        if self.state == "discard":
            self._linger(str(fault), "refused")
            return
        rules.refuse(fault, self.trail)
        self.service.log_refusal(self.wire.client, fault)
        if self.exchange is None or self.exchange.refuse(fault):
            self._answer_fault(fault)
        else:
            self.abandon(str(fault))

    def _answer_fault(self, fault: RemoteFault) -> None:
        is_head = self._head.method == "HEAD" if self._head is not None else self._held.startswith(b"HEAD ")
        self.wire.write(encode_refusal(fault, self.service.all_fields, is_head, self.trail))
        self.exchange = None
        self._linger(str(fault), "refused")

    def _linger(self, reason: str, event: str) -> None:
        """Our last bytes are written, but the client may still be sending: close our side and wait for it."""
        self._go(event)
        self._held = b""
        self._end_trail(reason)
        if self._eof:
            self._go("eof")
            self.wire.close()
        else:
            self.wire.resume_reading()
            self.wire.finish_writing()

    def _close(self, reason: str) -> None:
        self._held = b""
        self._end_trail(reason)
        self.wire.close()

    def _end_trail(self, reason: str) -> None:
        trail, self.trail = self.trail, None
        if trail is not None:
            trail.mark("closed", reason=reason)
            if self._head is None:
                trail.end()

    def abandon(self, reason: str) -> None:
        if self.state in ("body", "respond"):
            self._go("abandoned")
            self._end_trail(reason)
            exchange, self.exchange = self.exchange, None
            if exchange is not None:
                exchange.lose()
            self.wire.abort()

    def receive_eof(self) -> bool:
        self._eof = True
        if self.state == "respond":
            exchange = self.exchange
            if exchange is not None and exchange.is_endless:
                self.abandon("the client left its event stream")
                return False
            # The client may have closed its side only, and may still read: it gets its answer.
            if exchange is not None:
                exchange.disconnect()
            return True
        if self.state == "idle" and self._held:
            return True  # pipelined requests are about to be read
        self._end_of_input()
        return False

    def _end_of_input(self) -> None:
        """The client has sent all that it will send, and that is not a whole request."""
        unfinished = self.state != "idle"
        exchange, self.exchange = self.exchange, None
        self._go("eof")
        self._close("the client left in the middle of its request" if unfinished else "the client left")
        if exchange is not None:
            exchange.lose()

    def lost(self) -> None:
        exchange, self.exchange = self.exchange, None
        self._go("lost")
        self._end_trail(
            "the client left before the response was complete" if exchange is not None else "the client left"
        )
        self._held = b""
        if exchange is not None:
            exchange.lose()

    def expire(self) -> None:
        if self.wire.congested and self.state in ("idle", "linger"):
            # It is still taking our last response. Whether that goes on for too long is for the wire to say.
            self.deadline = self.service.now + self.service.patience[self.state]
        elif self.state == "head":
            self._refuse(RemoteFault(408, "head-timeout", "RFC 9110 section 15.5.9", "the request head took too long"))
        elif self.state == "body":
            self._refuse(RemoteFault(408, "body-timeout", "RFC 9110 section 15.5.9", "the request body took too long"))
        else:
            reason = (
                "nothing was asked within the keep-alive time" if self.state == "idle" else "the client took too long"
            )
            self._go("expired")
            self._close(reason)

    def retire(self) -> None:
        if self.is_busy:
            self._ending = self._ending or "the server is stopping"
            if self.state == "head":
                self.deadline = min(self.deadline, self.service.now + self.service.patience["linger"])
        elif self.state == "idle":
            self._go("retired")
            self._close("the server is stopping")
        elif self.state == "discard":
            self._linger("the server is stopping", "retired")

    def cut_off(self) -> None:
        if self.state in ("body", "respond"):
            reason = "the server is stopping and cannot wait for the answer any longer"
            self._refuse(RemoteFault(503, "stopping", "RFC 9110 section 15.6.4", reason))


assert PATIENCE.keys() == STATES.keys()
