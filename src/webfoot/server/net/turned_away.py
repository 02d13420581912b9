"""A connection over the limit: it hears 503 without having asked, and is read no further than to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webfoot.server.http1.refusal import encode_refusal

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.errors import RemoteFault
    from webfoot.server.protocol.face import Wire
    from webfoot.trail import Trail


class TurnedAway:
    """Implements `webfoot.server.protocol.face.Connection`.

    What the client sends meanwhile is thrown away: to close at once would reset the connection, and the reply could be
    lost with it (RFC 9112 section 9.6).
    """

    __slots__ = ("_wire", "deadline", "trail")

    awaits_request = awaits_head = is_busy = False

    def __init__(self, wire: Wire, service: Service) -> None:
        self._wire = wire
        self.trail: Trail | None = None
        self.deadline = service.now + service.options.timeout_linger

    def refuse(self, fault: RemoteFault, fields: bytes) -> None:
        self._wire.write(encode_refusal(fault, fields, False, None))
        self._wire.finish_writing()

    def receive(self, data: bytes) -> None:
        pass

    def receive_eof(self) -> bool:
        return False

    def sense_eof(self) -> None:
        pass

    def lost(self) -> None:
        pass

    def writable(self) -> None:
        pass

    def part(self) -> None:
        """It is told to leave already."""

    def expire(self) -> None:
        self._wire.abort()

    retire = cut_off = expire
