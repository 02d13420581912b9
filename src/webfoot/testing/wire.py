"""A server connection driven with raw bytes over a socket pair, with the clock in the test's hand.

    def test_a_slow_head_times_out():
        async def talk(wire):
            await wire.say(b"GET / HTTP/1.1\\r\\n")
            wire.advance(60)
            assert (await wire.rest()).startswith(b"HTTP/1.1 408 ")

        run_on_wire(app, talk)

No port is bound and no real second passes: what the server does after a timeout is tested like anything else.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from webfoot.asgi.types import ASGIApp
from webfoot.server.gateway.service import Service
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

T = TypeVar("T")


class ClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose time can be set forward; all its timers follow."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def time(self) -> float:
        return super().time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class Wire:
    """One client connection to a server that serves `app`; `async with` opens and closes both.

    `options` are those of `ServerOptions`; `state` is what a lifespan would have left (none is run); `watcher` gets
    the trails.
    """

    def __init__(
        self, app: ASGIApp, *, state: dict[str, Any] | None = None, watcher: Watcher | None = None, **options: Any
    ) -> None:
        self._app = app
        self._state = state
        self._watcher = watcher
        self._options = ServerOptions(**{"access_log": False, **options})

    async def __aenter__(self) -> Self:
        theirs, ours = socket.socketpair()
        service = Service(self._app, self._options, self._state, self._watcher)
        self._connections = Connections(service)
        self._connections.start()
        await Listener(service, self._connections, ()).adopt(theirs)
        self._reader, self._writer = await asyncio.open_connection(sock=ours)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._writer.close()
        await self._connections.drain(0.0, lambda _: None)
        self._connections.stop()

    async def say(self, *parts: bytes) -> None:
        """Send the parts one after the other; the server gets to read each before the next is sent."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()
            await asyncio.sleep(0)

    def finish(self) -> None:
        """Half-close: the client sends no more, but listens."""
        self._writer.write_eof()

    def vanish(self) -> None:
        """The client goes away without a word; what is still unsent is lost."""
        self._writer.transport.abort()

    async def hear(self, until: bytes) -> bytes:
        """What the server sends, up to and with `until`. Raises asyncio.IncompleteReadError if it closes before."""
        return await self._reader.readuntil(until)

    async def hear_exactly(self, size: int) -> bytes:
        """The next `size` bytes. Raises asyncio.IncompleteReadError if the server closes before."""
        return await self._reader.readexactly(size)

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        return await self._reader.read()

    def advance(self, seconds: float) -> None:
        """Set the clock forward. Raises RuntimeError in a loop that has no such clock."""
        loop = asyncio.get_running_loop()
        if not isinstance(loop, ClockLoop):
            raise RuntimeError("only a ClockLoop can be set forward: use run_on_wire() or asyncio.Runner(ClockLoop)")
        loop.advance(seconds)


def run_on_wire(app: ASGIApp, talk: Callable[[Wire], Awaitable[T]], **options: Any) -> T:
    """Open a wire in a loop of its own whose clock can be set forward, let `talk` use it, and give what it returns."""

    async def scenario() -> T:
        async with Wire(app, **options) as wire:
            return await talk(wire)

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(scenario())


def exchange_bytes(app: ASGIApp, *parts: bytes, **options: Any) -> bytes:
    """Send `parts`, half-close, and give all that comes back."""

    async def talk(wire: Wire) -> bytes:
        await wire.say(*parts)
        wire.finish()
        return await wire.rest()

    return run_on_wire(app, talk, **options)
