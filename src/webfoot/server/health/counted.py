"""Where requests, WebSockets and bytes are counted, if there is a meter. Without one none of this is in the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from webfoot.server.net.transport import Transport

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.health.meter import Meter
    from webfoot.server.logs.access import AccessLog
    from webfoot.server.logs.entry import Entry
    from webfoot.server.net.connections import Connections
    from webfoot.trail import Trail


class CountedAccess:
    """In the place of the access log, which it hands its entries on to."""

    def __init__(self, meter: Meter, access: AccessLog | CountedAccess | None) -> None:
        self._meter = meter
        self._access = access

    def write(self, entry: Entry, trail: Trail | None = None) -> None:
        meter = self._meter
        if not entry.event:
            meter.request_ended(entry.head.method, entry.status, entry.seconds)
        elif entry.event == "closed":
            meter.websocket_ended()
        elif entry.status == _SWITCHED:
            meter.websocket_accepted()
        if self._access is not None:
            self._access.write(entry, trail)


_SWITCHED = 101


class CountedTransport(Transport):
    """A transport that counts itself and its bytes: those of HTTP, before they are encrypted."""

    __slots__ = ("_meter",)

    def __init__(self, service: Service, connections: Connections, meter: Meter) -> None:
        super().__init__(service, connections)
        self._meter = meter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._meter.connected()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._meter.received(len(data))
        super().data_received(data)

    def write(self, data: bytes) -> None:
        # a burst that was held back goes with it
        self._meter.sent(len(data) if self._held is None else len(data) + self._held_size)
        super().write(data)

    async def _hand_over(self, file: int, offset: int, count: int) -> int:
        left = await super()._hand_over(file, offset, count)
        self._meter.sent(count - left)
        return left

    def _turn_away(self) -> None:
        self._meter.connection_refused()
        super()._turn_away()
