"""The end of a server's connections: from the word that it is to end, to the last of them."""

from __future__ import annotations

import asyncio
from functools import partial

from webfoot.asgi.stopping import Stopping
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.process.bounds import PARTING
from webfoot.server.process.greeting import tell_of_cut, tell_of_wait
from webfoot.server.process.orders import Orders, unless
from webfoot.server.settings.options import ServerOptions


class Drain:
    """`stopping` tells the application how far it is."""

    def __init__(
        self, options: ServerOptions, orders: Orders, stopping: Stopping, listener: Listener, connections: Connections
    ) -> None:
        self._options = options
        self._orders = orders
        self._stopping = stopping
        self._listener = listener
        self._connections = connections
        self._has_told_of_wait = self._has_told_of_cut = False

    async def run(self) -> None:
        if not self._orders.stopping.is_set():
            await self._go_on_accepting()
        await self._connections.catch_up()
        if self._orders.is_relieved:
            self._listener.stop_accepting()
            await unless(self._orders.forced, self._part())
        self._listener.close()
        self._stopping.set()
        if not await unless(self._orders.forced, self._end_gently()):
            await self._connections.cut_off(self._tell_of_cut, hurried=True)

    async def _go_on_accepting(self) -> None:
        """Who sends requests has to hear first that we end, and clients that keep connections to let go of them."""
        self._connections.let_go()
        self._stopping.drain()
        await unless(self._orders.stopping, self._connections.part(self._options.shutdown_delay, stays=True))

    async def _part(self) -> None:
        await self._listener.settle(PARTING)
        await self._connections.part(PARTING)

    async def _end_gently(self) -> None:
        grace = self._options.timeout_graceful_shutdown
        streams = self._options.timeout_streams if self._stopping.is_heeded else 0.0
        end = asyncio.get_running_loop().time() + grace
        tell = partial(self._tell_of_wait, end)
        await self._connections.drain(grace, tell, streams, self._tell_of_cut)

    def _tell_of_wait(self, end: float, waiting: list[str]) -> None:
        left = end - asyncio.get_running_loop().time()
        # Nobody wants to know of the part of a second that it takes until somebody is waited for.
        grace = self._options.timeout_graceful_shutdown
        tell_of_wait(grace if grace - left < 1 else round(left), waiting, again=self._has_told_of_wait)
        self._has_told_of_wait = True

    def _tell_of_cut(self, left: list[str]) -> None:
        """Once: a second Ctrl-C may come when it has happened already."""
        if not self._has_told_of_cut:
            self._has_told_of_cut = True
            tell_of_cut(left)
