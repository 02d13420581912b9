"""Accepting connections, also when there is no file descriptor left for another one.

asyncio's own server answers that with a traceback, thousands of times. uvloop's libuv keeps a descriptor in reserve,
with which it closes the connections that it has none for, without a word.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from webfoot.server.net.descriptors import EXHAUSTED, are_used_up
from webfoot.server.settings.log import Ration

log = logging.getLogger("webfoot")

_AT_ONCE: Final = 64  # connections before others get their turn of the loop
_PAUSE: Final = 0.5  # seconds until the next try, or the next look, when a descriptor was missing


class Acceptor:
    """Accepts on one listening socket of an asyncio loop. `make` gives the protocol for a connection.

    Clients that there is no descriptor for wait in the kernel's queue until there is one.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, listening: socket.socket, make: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        listening.setblocking(False)
        self._loop = loop
        self._listening = listening
        self._make = make
        self._retry: asyncio.TimerHandle | None = None
        self._arriving: set[asyncio.Task[Any]] = set()
        self._shortage = Shortage(loop, "new connections wait")

    def open(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def close(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
        if self._listening.fileno() >= 0:
            self._loop.remove_reader(self._listening)
            self._listening.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connected, _address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self._shortage.tell()
                self._loop.remove_reader(self._listening)
                self._retry = self._loop.call_later(_PAUSE, self.open)
                return
            connected.setblocking(False)
            arriving = self._loop.create_task(self._loop.connect_accepted_socket(self._make, connected))
            self._arriving.add(arriving)
            arriving.add_done_callback(self._arriving.discard)


class Lookout:
    """Says what libuv does not: that connections are closed because there is no descriptor left for them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._shortage = Shortage(loop, "new connections are closed")
        self._next: asyncio.TimerHandle | None = None

    def open(self) -> None:
        if are_used_up():
            self._shortage.tell()
        self._next = self._loop.call_later(_PAUSE, self.open)

    def close(self) -> None:
        if self._next is not None:
            self._next.cancel()


class Shortage:
    """One line for a shortage, and not another for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop, consequence: str) -> None:
        self._loop = loop
        self._consequence = consequence
        self._ration = Ration(most=1, span=30.0)

    def tell(self) -> None:
        if self._ration.admit(self._loop.time()):
            log.error("there is no file descriptor left (ulimit -n), so %s", self._consequence)
