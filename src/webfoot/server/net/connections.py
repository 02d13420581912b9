"""The open connections of one worker: the coarse sweep that ends them when patience ends, and the drain at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.transport import Transport

SWEEP_INTERVAL: Final = 0.5
"""Seconds between two looks at all deadlines. One timer per worker instead of one (or three) per request."""

_TOLD: Final = 0.5  # seconds that an application gets to end by itself after it was told that its client is gone
_CANCELLED: Final = 1.0  # seconds that it gets after it was cancelled


class Connections:
    """All open transports of a worker."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: set[Transport] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0
        self._retiring = False

    def __len__(self) -> int:
        return len(self._open)

    def add(self, transport: Transport) -> None:
        self._open.add(transport)

    def discard(self, transport: Transport) -> None:
        self._open.discard(transport)

    def start(self) -> None:
        """Begin to sweep."""
        self._sweep()

    def stop(self) -> None:
        """Stop sweeping and cut what is still open."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for transport in tuple(self._open):
            transport.abort()

    def _sweep(self) -> None:
        service = self._service
        now = service.now = service.loop.time()
        if int(now) != self._second:
            self._second = int(now)
            service.renew_date()
        for transport in tuple(self._open):
            if transport.write_deadline <= now:
                transport.abort()
            elif transport.connection.deadline <= now:
                transport.connection.expire()
        self._timer = service.loop.call_later(SWEEP_INTERVAL, self._sweep)

    async def drain(self, grace: float, waiting: Callable[[list[str]], None]) -> list[str]:
        """End all connections: idle ones at once, busy ones after their response, within `grace` seconds.

        Server-sent events, which have no end of their own, are told at once; their clients reconnect elsewhere. After
        the grace every application still running is told (`http.disconnect`), then cancelled. `waiting` is called
        with a description of what is waited for, if anything is. Returns what had to be cut off.
        """
        for transport in tuple(self._open):
            transport.connection.retire()
        running = self._service.running
        for exchange in tuple(running):
            if exchange.is_endless:
                exchange.lose()
        if not await self._is_quiet(_TOLD):
            for exchange in tuple(running):
                if exchange.is_endless:
                    exchange.cancel()
            waiting(self._describe())
            await self._is_quiet(grace)
        cut_off = self._describe()
        if cut_off:
            for exchange in tuple(running):
                exchange.lose()
            if not await self._is_quiet(_TOLD):
                for exchange in tuple(running):
                    exchange.cancel()
                await self._is_quiet(_CANCELLED)
        return cut_off

    def _describe(self) -> list[str]:
        return [exchange.describe(self._service.loop.time()) for exchange in self._service.running]

    async def _is_quiet(self, seconds: float) -> bool:
        """Wait until no request runs and all is written, for at most `seconds`. True if so."""
        loop = self._service.loop
        end = loop.time() + seconds
        while self._service.running or any(each.is_sending for each in self._open):
            if loop.time() >= end:
                return False
            await asyncio.sleep(min(0.02, max(0.0, end - loop.time())))
        return True
