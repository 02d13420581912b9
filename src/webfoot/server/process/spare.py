"""A worker process that is at hand before it is needed: it only has to load the application."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

from webfoot.server.broken.application import BrokenApplication
from webfoot.server.health.seats import Seat
from webfoot.server.process.developing import UNFIT, Go, develop
from webfoot.server.process.libraries import Libraries
from webfoot.server.process.worker import Worker, spawn
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher


class Spare:
    """Imports `libraries` as soon as it is there, and then waits."""

    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        watch: Callable[[], Watcher] | None,
        seat: Seat,
        libraries: Libraries,
    ) -> None:
        self._libraries = libraries
        self._stamps = libraries.stamps()
        launch = partial(spawn, target=partial(develop, ahead=libraries))
        self._worker = Worker(options, sockets, watch, seat, launch)

    @property
    def is_unfit(self) -> bool:
        """A library could not be imported ahead."""
        return self._worker.exit_code == UNFIT

    @property
    def is_fresh(self) -> bool:
        """Whether a process that is started now would be the same: no library has changed, none was installed."""
        return self._worker.exit_code is None and self._stamps == self._libraries.stamps()

    def go(self, app: BrokenApplication | None = None) -> Worker:
        """Have it serve, the application or `app`."""
        self._worker.hand(Go(app))
        return self._worker

    def drop(self) -> None:
        self._worker.kill()
        self._worker.forget()
