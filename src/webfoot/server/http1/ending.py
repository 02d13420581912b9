"""How an HTTP/1.1 connection ends: refused, left by its client, out of patience, or stopped with the server."""

from __future__ import annotations

from webfoot.server.http1 import rules
from webfoot.server.http1.answering import Answering
from webfoot.server.http1.refusal import encode_refusal
from webfoot.server.http1.states import PATIENCE, STATES
from webfoot.server.protocol.errors import STOPPING, RemoteFault


class Ending(Answering):
    """The side of a connection that closes it, and its way through `states.STATES`."""

    __slots__ = ("deadline",)

    deadline: float

    def _end_trail(self, reason: str) -> None:
        """The journey that is watched ends here, and this is why."""
        raise NotImplementedError

    def _go(self, event: str) -> None:
        self.state = state = STATES[self.state][event]
        self.deadline = self.service.now + self.service.patience[state]

    @property
    def is_busy(self) -> bool:
        return self.state in ("head", "body", "respond") or bool(self._held)

    def _refuse(self, fault: RemoteFault) -> None:
        """Answer a fault of the client and close (RFC 9112 section 9.6: lingering, or the reply may be lost)."""
        if self.state == "discard":
            self._linger(str(fault), "refused")
            return
        rules.refuse(fault, self.trail)
        # On a proxy's connection the client of the last request is not the one of a head that cannot be read.
        self.service.log_refusal(self.wire.peer if self.exchange is None else self.wire.client, fault)
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
            self.sense_eof()
            return self.state == "respond"
        if self.state == "idle" and self._held:
            return True  # pipelined requests are about to be read
        self._end_of_input()
        return False

    def sense_eof(self) -> None:
        exchange = self.exchange
        if self.state == "respond" and exchange is not None:
            if exchange.is_endless:
                self.abandon("the client left its event stream")
            else:  # it may have closed its side only, and may still read: it gets its answer
                exchange.disconnect()

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
            reason = f"the request head took longer than timeout_head, {self.service.options.timeout_head:g} seconds"
            self._refuse(RemoteFault(408, "head-timeout", "RFC 9110 section 15.5.9", reason))
        elif self.state == "body":
            reason = f"the request body came too slowly for timeout_body, {self.service.options.timeout_body:g} seconds"
            self._refuse(RemoteFault(408, "body-timeout", "RFC 9110 section 15.5.9", reason))
        else:
            reason = "nothing was asked within the time for it" if self.state == "idle" else "the client took too long"
            self._go("expired")
            self._close(reason)

    def part(self) -> None:
        self._ending = self._ending or "the server is about to stop"

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
            self._refuse(RemoteFault(503, STOPPING, "RFC 9110 section 15.6.4", reason))


assert PATIENCE.keys() == STATES.keys()
