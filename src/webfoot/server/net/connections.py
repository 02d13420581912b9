"""The open connections of one worker: the coarse sweep that ends them when patience ends, and the drain at shutdown."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final, TypeAlias

from webfoot.server.protocol.errors import RemoteFault

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.transport import Transport
    from webfoot.server.protocol.face import Exchange

SWEEP_INTERVAL: Final = 0.5
"""Seconds between two looks at all deadlines. One timer per worker instead of one (or three) per request."""

NAMED: Final = 5
"""Requests at most that the log names when it says what is waited for."""

Address: TypeAlias = "tuple[str, int | None] | None"
Listening: TypeAlias = "Callable[[list[str]], None]"

_ADDRESSES: Final = 256  # of ours, which a server that listens on all of a host's addresses may have many of
_TURNED_AWAY: Final = 64  # clients at most that are told at one time that there is no room for them
_TOLD: Final = 0.5  # seconds that an application gets to end by itself after it was told that its client is gone
_CANCELLED: Final = 1.0  # seconds that it gets after it was cancelled
_HURRIED: Final = 0.25  # the same when somebody presses Ctrl-C for the second time
_LOOK: Final = 5.0  # seconds between two looks for whether there is something new to say of who is waited for
_TURNS: Final = 10  # of the event loop, from a connection in the kernel's queue to the first bytes of its request


def _nobody_listens(described: list[str]) -> None:
    """For who is asked afterwards."""


class Connections:
    """All open transports of a worker.

    is_parting: a new connection ends behind its first answer, too. is_ending: who runs still is waited for.
    limit: how many there may be; further ones are turned away with 503. They are not left in the kernel's queue: there
        their clients would wait without knowing for what, behind connections that may be idle for a minute.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._open: set[Transport] = set()
        self._addresses: dict[Address, Address] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0
        self._due = math.inf
        self.is_parting = self.is_ending = False
        self.limit = math.inf if service.options.limit_connections is None else service.options.limit_connections

    def __len__(self) -> int:
        return len(self._open)

    @property
    def are_full(self) -> bool:
        return len(self._open) >= self.limit

    @property
    def are_overrun(self) -> bool:
        return len(self._open) >= self.limit + _TURNED_AWAY

    def overload(self) -> RemoteFault:
        reason = f"the server has its limit of {self.limit} connections"
        return RemoteFault(503, "connections", "RFC 9110 section 15.6.4", reason)

    def add(self, transport: Transport) -> None:
        self._open.add(transport)

    def discard(self, transport: Transport) -> None:
        self._open.discard(transport)

    def address(self, own: Address) -> Address:
        """The one copy of an address of ours, which thousands of connections came to."""
        if len(self._addresses) >= _ADDRESSES:
            self._addresses.clear()
        return self._addresses.setdefault(own, own)

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
            service.sum_up_refusals()
        for transport in tuple(self._open):
            if transport.write_deadline <= now and transport.has_stalled():
                transport.abort()
            elif transport.connection.deadline <= now:
                transport.connection.expire()
            elif not transport.is_reading:
                transport.look_for_end()
        if service.meter is not None:
            service.meter.lagged(max(0.0, now - self._due))
            self._due = service.loop.time() + SWEEP_INTERVAL
            self.sample()
        self._timer = service.loop.call_later(SWEEP_INTERVAL, self._sweep)

    def sample(self) -> None:
        """Bring the numbers up to date that are not counted as they change."""
        if self._service.meter is not None:
            self._service.meter.sample(len(self._service.running), len(self._open))

    async def catch_up(self) -> None:
        """Let the loop take in what the kernel already holds: who connected, and asked, before we stop is answered."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def let_go(self) -> None:
        """From now on each connection ends behind its next answer, also those that are yet to come."""
        self.is_parting = True
        for transport in tuple(self._open):
            transport.connection.part()

    async def part(self, seconds: float, stays: bool = False) -> None:
        """Let each connection have a last request within so many seconds, answered with `connection: close`.

        To close an idle connection at once is to lose the request that its client is just sending. `stays`: there is
        nobody else for new clients, who are waited for until the end.
        """
        self.let_go()
        end = self._service.loop.time() + seconds
        # An event would cost each connection that ends.
        while (stays or self._open) and self._service.loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def drain(
        self, grace: float, waiting: Listening, streams: float = 0.0, cutting: Listening = _nobody_listens
    ) -> list[str]:
        """End all connections: idle ones at once, busy ones after their response, within `grace` seconds.

        Server-sent events and WebSockets, which have no end of their own, are left `streams` seconds of these, then
        told, and then cancelled; their clients reconnect elsewhere. `waiting` is called with a description of what else
        is waited for, if anything is, and again when there is something new to say of that. What still runs after the
        grace is cut off; returns a description of that, with which `cutting` is called right before.
        """
        self.is_ending = True
        end = self._service.loop.time() + grace
        await self._leave_streams(min(streams, grace))
        for transport in tuple(self._open):
            transport.connection.retire()
        endless = [exchange for exchange in self._service.running if exchange.is_endless]
        for exchange in endless:
            exchange.wind_up()
        told = min(_TOLD, max(0.0, end - self._service.loop.time()))
        if not await self._is_quiet(told):
            for exchange in endless:
                exchange.cancel()
            await self._wait_until(end, waiting, endless)
        return await self.cut_off(cutting)

    async def _wait_until(self, end: float, waiting: Listening, without: Collection[Exchange]) -> None:
        """Say for whom, and again when that has changed: somebody has ended, or is at another place."""
        loop = self._service.loop
        began, told = loop.time(), list[str]()
        while (left := end - loop.time()) > 0:
            others = self._describe(without, began)  # as old as at the beginning, which makes no news
            if others and others != told:
                told = others
                waiting(self._describe(without))
            if await self._is_quiet(min(left, _LOOK)):
                return

    async def _leave_streams(self, seconds: float) -> None:
        """Let what has no end of its own end by itself, while connections that nobody uses are closed."""
        if not seconds:
            return
        end = self._service.loop.time() + seconds
        for transport in tuple(self._open):
            if not transport.connection.is_busy:
                transport.connection.retire()
            else:
                transport.connection.part()
        running = self._service.running
        while self._service.loop.time() < end and any(each.is_endless for each in running):  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def cut_off(self, cutting: Listening = _nobody_listens, hurried: bool = False) -> list[str]:
        """End what still runs, within a second or two: the client gets 503 or a response that breaks off, the
        application is told that the client has gone and, if that does not end it, cancelled. If `hurried`, it is
        cancelled at once. Returns a description of what was cut off, as `cutting` is told before.
        """
        left = self._describe()
        if not left:
            return left
        cutting(left)
        for transport in tuple(self._open):
            transport.connection.cut_off()
        if hurried or not await self._is_quiet(_TOLD):
            for exchange in tuple(self._service.running):
                exchange.cancel()
            await self._is_quiet(_HURRIED if hurried else _CANCELLED)
        return left

    def _describe(self, without: Collection[Exchange] = (), now: float = 0.0) -> list[str]:
        """The oldest first; those behind the first `NAMED` are as many empty texts."""
        now = now or self._service.loop.time()
        running = self._service.running
        oldest = sorted((each for each in running if each not in without), key=lambda each: each.began)
        described = [each.describe(now) if at < NAMED else "" for at, each in enumerate(oldest)]
        if not running and any(each.is_sending for each in self._open):
            described.append("clients that still take their responses")
        return described

    async def _is_quiet(self, seconds: float) -> bool:
        """Wait until no request runs and all is written, for at most `seconds`. True if so."""
        loop = self._service.loop
        end = loop.time() + seconds
        while self._service.running or any(each.is_sending or each.connection.is_busy for each in self._open):
            if loop.time() >= end:
                return False
            await asyncio.sleep(min(0.02, max(0.0, end - loop.time())))
        return True
