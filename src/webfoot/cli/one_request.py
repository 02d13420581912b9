"""One request through the whole house: the application started, real bytes on a real connection, all of it watched."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

from webfoot.asgi.types import ASGIApp
from webfoot.journey.capture.exchange import captured
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.record import Record
from webfoot.journey.timing.listening import Timing
from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.gateway.service import Service, name_of
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions
from webfoot.web.threads import run_in_threadpool

GOODBYE = 0.5
"""Seconds that an application may take to end by itself once its client has left; then it is cancelled."""

SHUTDOWN = 5.0
"""Seconds that the application's lifespan may take to shut down."""


class Client(Protocol):
    """The other end of the one connection. What it does both ways is done at once, so that neither side waits."""

    async def say(self, ours: socket.socket) -> None:
        """Returns when there is nothing more to say. ConnectionError: the answer says why."""

    async def hear(self, ours: socket.socket) -> None:
        """Returns when the server has ended the connection; cancelled when all journeys have ended."""


class Request:
    """Sends bytes and reads whatever comes. Leaves for good once `has_enough` says so after a piece of the answer."""

    def __init__(self, data: bytes, has_enough: Callable[[], bool] = lambda: False) -> None:
        self._data = data
        self._has_enough = has_enough

    async def say(self, ours: socket.socket) -> None:
        await asyncio.get_running_loop().sock_sendall(ours, self._data)

    async def hear(self, ours: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while await loop.sock_recv(ours, 65536):
            if self._has_enough():
                leave(ours)
                return


class Onlooker:
    """Watches every journey on the one connection; implements `webfoot.trail.Watcher`."""

    def __init__(self, new_record: Callable[[Callable[[Record], None]], Record] = ThoroughRecord) -> None:
        self._new_record = new_record
        self.records: list[Record] = []
        self._news = asyncio.Event()

    def begin(self) -> Record:
        record = self._new_record(self._hear)
        self.records.append(record)
        return record

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return app

    def _hear(self, record: Record) -> None:
        if isinstance(record, ThoroughRecord):
            record.finish_frames()
        self._news.set()

    async def all_done(self) -> None:
        """Returns when each request that began has ended, and the application has returned from it."""
        while not all(record.done for record in self.records):
            self._news.clear()
            await self._news.wait()


async def send_once(
    app: ASGIApp, options: ServerOptions, request: bytes, patience: float, onlooker: Onlooker | None = None
) -> list[Record]:
    """`serve_once` for the bytes of `request`, which may hold several requests, hence several journeys."""
    return await serve_once(app, options, Request(request), patience, onlooker)


async def serve_once(
    app: ASGIApp, options: ServerOptions, client: Client, patience: float, onlooker: Onlooker | None = None
) -> list[Record]:
    """Start `app`, serve this client, wait until all is over, shut down; gives the journeys of the connection.

    After `patience` seconds the client leaves, which is how an endless stream ends here. Raises StartupFailed.
    """
    lifespan = Lifespan(app, options.lifespan)
    await lifespan.startup()
    try:
        # Or the first callable that runs in a thread would seem to take as long as starting one.
        await run_in_threadpool(int)
        onlooker = onlooker or Onlooker()
        service = Service(Timing().loaded(captured(app)), options, lifespan.state, onlooker, name_of(app))
        connections = Connections(service)
        connections.start()
        try:
            with connected_pair() as (ours, theirs):
                await Listener(service, connections, ()).adopt(theirs)
                await _talk(ours, client, onlooker, patience)
            # The server learns that the client has left before it is told to stop, or it would name the wrong reason.
            await _within(GOODBYE, onlooker.all_done())
            await connections.drain(0, lambda waiting: None)
        finally:
            connections.stop()
        return onlooker.records
    finally:
        await _within(SHUTDOWN, lifespan.shutdown())


@contextlib.contextmanager
def connected_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of one TCP connection, so that the application sees addresses as it does in earnest.

    Where there is no loopback network a pair of Unix sockets has to do. Only our end is closed; the other is adopted.
    """
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            ours = socket.create_connection(listening.getsockname())
            theirs, _ = listening.accept()
    except OSError:
        ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        yield ours, theirs


async def _talk(ours: socket.socket, client: Client, onlooker: Onlooker, patience: float) -> None:
    hearing = asyncio.ensure_future(_suppressed(client.hear(ours)))
    try:
        stays = await _within(patience, _say_and_wait(ours, client, onlooker))
    finally:
        hearing.cancel()
        await asyncio.wait({hearing})
    if not stays:
        leave(ours)


async def _say_and_wait(ours: socket.socket, client: Client, onlooker: Onlooker) -> None:
    await _suppressed(client.say(ours))
    # The first record begins with the connection, so there is one, and it ends when all is said.
    await onlooker.all_done()


async def _suppressed(work: Coroutine[Any, Any, None]) -> None:
    """It goes on to the end of the connection, however that comes: refused half way, the answer says why."""
    with contextlib.suppress(ConnectionError):
        await work


def leave(ours: socket.socket) -> None:
    """For good: a client that only closes its side may still want its answer."""
    if ours.fileno() >= 0:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        ours.close()


async def _within(seconds: float, work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` ended in time; if not, it is cancelled."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return False
    return True
