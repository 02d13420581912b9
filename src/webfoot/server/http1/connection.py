"""THE HTTP/1.1 connection: bytes in, requests to the gateway, responses to the wire (RFC 9112).

One request is read at a time. `states.STATES` says what may happen when; each method here is one event of that table.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.http1.encoder import BodyWriter
from webfoot.server.http1.ending import Ending
from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.http1.grammar import END_OF_HEAD, examine_partial
from webfoot.server.http1.limits import check_body_size, check_head, check_head_size
from webfoot.server.http1.persistence import why_not_kept
from webfoot.server.http1.trailers import deliverable
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import CHUNKED, Head, Special
from webfoot.server.protocol.patience import Patience

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Connection, Exchange, Wire
    from webfoot.trail import Trail

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_EMPTY_LINES: Final = re.compile(rb"(?:\r\n)*")


class Http1Connection(Ending):
    """One client's connection. See `webfoot.server.protocol.face` for who calls what.

        Http1Connection  ->  Ending  ->  Answering
        what comes in        its end     what goes out

    The three are one object, because each call between two would be paid for with every request.
    """

    __slots__ = ("_discard_until", "_patience")

    def __init__(self, wire: Wire, service: Service, trail: Trail | None) -> None:
        self.wire = wire
        self.service = service
        self.trail = trail
        self.state = "idle"
        self.deadline = service.now + service.options.timeout_first_byte
        self.exchange: Exchange | None = None
        # An incomplete head, or what came after a complete request; a bytearray where it may grow byte by byte.
        self._held: bytes | bytearray = b""
        self._head: Head | None = None
        self._reader: LengthReader | ChunkedReader | None = None
        self._patience: Patience | None = None  # with the sender of the body, once the application has waited for it
        self._discard_until = 0  # how much of the body we read, now that nobody wants the rest of it
        self._answer = None  # encoded, waiting for the first body part
        self._writer = BodyWriter()
        self._ending: str | None = None
        self._eof = False

    @property
    def awaits_request(self) -> bool:
        return self.state == "idle"

    @property
    def awaits_head(self) -> bool:
        return self.state == "head"

    # The request: bytes from the wire.

    def receive(self, data: bytes) -> None:
        state = self.state
        if state == "idle":
            if self._held:  # requests that came first, and wait for their turn
                self._hold(data)
            else:
                self._read_head(data)
        elif state == "head":
            self._read_more_of_head(data)
        elif state == "body" or state == "discard":
            self._read_body(data)
        elif state == "respond":
            self._hold(data)

    def _hold(self, data: bytes) -> None:
        """Pipelined bytes wait for their turn (RFC 9112 section 9.3.2), a bounded number of them."""
        if isinstance(self._held, bytearray):
            self._held += data
        else:
            self._held = bytearray(self._held + data) if self._held else data
        self._bound_held()

    def _bound_held(self) -> None:
        if len(self._held) > self.service.options.buffer_request_body:
            self.wire.pause_reading()
        else:
            self.wire.resume_reading()

    def _read_head(self, data: bytes) -> None:
        if data[0] < 0x21:
            # RFC 9112 section 2.2: empty lines before a request line are ignored; a lone CR may be half of one.
            data = data[_EMPTY_LINES.match(data).end() :]  # type: ignore[union-attr]
        service = self.service
        size = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        try:
            if size < len(END_OF_HEAD):
                self._wait_for_head(bytearray(data), 0)
                return
            raw = data if size == len(data) else data[:size]
            if size > service.unsuspicious_head:
                check_head_size(raw, service.options)
            head = service.read_head(raw, self.trail)
            if len(head.headers) > service.most_fields or head.body_length > service.largest_body:
                check_head(head, service.options)
            if len(service.running) >= service.most_requests:
                service.check_overload(head)
            if head.special is None:
                exchange: Exchange = service.new_exchange(self, service, head, self.trail)
            else:
                exchange = self._special_exchange(head, head.special)
        except RemoteFault as fault:
            self._held = data
            self._refuse(fault)
            return
        self._head = head
        if not head.keep_alive and self._ending is None:
            self._ending = why_not_kept(head)
        self.exchange = exchange
        if head.body_length == 0:
            if raw is not data:
                self._held = data[size:]
            self._go("head")
            exchange.begin()
        else:
            self._go("head with body")
            self.deadline = math.inf  # the clock runs while the application waits for the body
            self._patience = None
            self._begin_body(exchange, head, data[size:])

    def _special_exchange(self, head: Head, special: Special) -> Exchange:
        """Raises RemoteFault."""
        service, forwarding = self.service, self.wire.forwarding
        if special.is_forwarded and forwarding is not None:
            forwarding.tell(head, self.wire)
        if special.upgrade is None or service.options.ws == "none":
            return service.new_exchange(self, service, head, self.trail)
        return service.open_websocket(self, head, self.trail)

    def _wait_for_head(self, data: bytearray, seen: int) -> None:
        """`data`: all that is there of the head, of which `seen` bytes were examined before. Raises RemoteFault."""
        self._held = data
        if data:
            check_head_size(data, self.service.options)
            examine_partial(data, seen)
            if self.state == "idle":
                self._go("partial head")

    def _read_more_of_head(self, data: bytes) -> None:
        """However small the pieces are in which a head comes, its bytes are copied and examined but once."""
        held = self._held
        if not isinstance(held, bytearray) or held[:1] <= b"\r":
            self._held = b""
            self._read_head(bytes(held) + data)
            return
        seen = len(held)
        held += data
        if held.find(END_OF_HEAD, max(0, seen - 3)) >= 0:
            self._held = b""
            self._read_head(bytes(held))
            return
        try:
            self._wait_for_head(held, seen)
        except RemoteFault as fault:
            self._refuse(fault)

    def _begin_body(self, exchange: Exchange, head: Head, data: bytes) -> None:
        if head.body_length == CHUNKED:
            self._reader = ChunkedReader(self.service.most_fields)
        else:
            self._reader = LengthReader(head.body_length)
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
            if self._patience is not None:
                self._patience.gain(len(data), self.service.now)
                if parts:
                    self._patience.stop(self.service.now)
                self.deadline = self._patience.deadline
            if parts:  # as one, however small the chunks are
                exchange.feed(parts[0] if len(parts) == 1 else b"".join(parts))
        elif reader.received > self._discard_until:
            self._linger("the client sent more of an unwanted body than we throw away", "refused")
            return
        if reader.rest is not None:
            self._held = reader.rest
            self._reader = None
            if self.state == "body":
                assert exchange is not None
                exchange.feed_end(deliverable(reader.trailers) if reader.trailers else ())
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
            patience, options = self._patience, self.service.options
            if patience is None:
                patience = self._patience = Patience(options.timeout_body, options.rate_request_body)
            patience.start(self.service.now)
            self.deadline = patience.deadline
        self.wire.resume_reading()

    def resume_body(self) -> None:
        if self._head is not None:
            self._head.expects_continue = False  # it is coming, without having been asked for
        self.wire.resume_reading()

    def hold_body(self) -> None:
        self.wire.pause_reading()

    # The response (what is sent of it: see `answering`).

    def switch(self, reply: bytes, connection: Connection) -> None:
        if self.state != "respond":
            raise ClientDisconnected("the connection was closed before the protocol was changed")
        wire, held, stopping = self.wire, bytes(self._held), self._ending is not None
        self._go("switched")
        self._held = b""
        self.exchange = None
        wire.write(reply)
        wire.connection = connection
        wire.resume_reading()
        if held:
            connection.receive(held)
        if self._eof:
            connection.receive_eof()
            wire.close()
        elif stopping:
            connection.retire()

    def _end_response(self) -> None:
        self.exchange = None
        if self._ending is not None:
            self._linger(self._ending, "last response end")
            return
        self._go("response end")
        if self.trail is not None:
            self.trail.note("kept_alive", {"reason": "HTTP/1.1, and nobody asked to close"})
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
            held, self._held = bytes(self._held), b""
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

    def _end_trail(self, reason: str) -> None:
        trail, self.trail = self.trail, None
        if trail is not None:
            trail.mark("closed", reason=reason)
            if self._head is None:
                trail.end()
