"""What runs inside of the worker of a reloader: it waits for its turn, and tells more of itself and of a failure."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from time import process_time
from typing import Final, NoReturn

from webfoot.asgi.types import ASGIApp
from webfoot.server.broken.application import BrokenApplication
from webfoot.server.broken.report import Report, report_on
from webfoot.server.health.seats import Seat
from webfoot.server.process.ending import leave_swiftly
from webfoot.server.process.libraries import Libraries, Load, UnfitError
from webfoot.server.process.verdict import Failed, verdict_on
from webfoot.server.process.working import Started, WorkerServer, serve_under, settle_in
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import OptionError, ServerOptions
from webfoot.trail import Watcher

UNFIT: Final = 65
"""Exit code of a worker that a fresh one has to stand in for; only its parent sees it."""

_CALM: Final = 0.3
"""Seconds in which the worker has had little to do, so that a spare one may be made: the first requests after a start
have the processor for themselves."""

_LITTLE: Final = 0.2
"""Of a processor."""

_LONGEST: Final = 10.0
"""Seconds after which one is made all the same."""


@dataclass(frozen=True, slots=True)
class Go:
    """It is your turn. app: what to serve in place of the application."""

    app: BrokenApplication | None = None


@dataclass(frozen=True, slots=True)
class Broken(Failed):
    """shown: the same for the browser."""

    shown: Report


class DeveloperServer(WorkerServer):
    """ahead: what was imported before the application is loaded."""

    ahead: Libraries = Libraries()
    _load_of_app: Load | None = None
    _environment: dict[str, str]

    def _load(self) -> ASGIApp:
        if self._app is not None:
            return self._app
        load = Load()
        app = super()._load()
        self._environment = dict(os.environ)
        if self.ahead.modules and not (self._environment == self.ahead.environment and load.is_plain()):
            raise UnfitError("the application does something that its libraries would have to know when imported")
        self._load_of_app = load
        return app

    def judged(self, error: Exception) -> Failed:
        failed = verdict_on(error)
        return Broken(failed.code, failed.sentence, failed.traceback, report_on(error, failed.traceback))

    def _greet(self) -> None:
        docs = getattr(self._app, "docs_url", None) if getattr(self._app, "openapi_url", None) else None
        self._say(Started(self.urls, docs if isinstance(docs, str) else ""))
        if self._load_of_app is not None:
            self._await_calm(self._load_of_app, asyncio.get_running_loop().time() + _LONGEST)

    def _await_calm(self, load: Load, until: float) -> None:
        asyncio.get_running_loop().call_later(_CALM, self._look, load, until, process_time())

    def _look(self, load: Load, until: float, used: float) -> None:
        is_busy = process_time() - used > _LITTLE * _CALM
        if is_busy and asyncio.get_running_loop().time() < until:
            self._await_calm(load, until)
        else:
            self._tell_libraries(load)

    def _tell_libraries(self, load: Load) -> None:
        prepares = self.options.prepare and not _is_ours(self.options.prepare)
        self._say(Libraries(load.modules(), self._environment) if load.is_plain() and not prepares else Libraries())


def develop(
    options: ServerOptions,
    sockets: list[socket.socket],
    pipe: Connection,
    stacks: Connection,
    watch: Callable[[], Watcher] | None,
    seat: Seat | None,
    ahead: Libraries,
) -> NoReturn:
    """The life of the worker process."""
    settle_in(stacks)
    sys.set_coroutine_origin_tracking_depth(1)  # where `await` is missing, Python says whose coroutine it was
    if os.isatty(0):
        sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing puts /dev/null there; a debugger wants the terminal
    try:
        _import_ahead(options, ahead)
        app = _await_turn(pipe).app
        server = DeveloperServer(options, app, watch() if watch is not None else None, seat)
        server.ahead = ahead
        code = serve_under(server, sockets, pipe)
    except UnfitError:
        code = UNFIT
    except (EOFError, ConnectionError):  # the parent has ended
        code = 0
    leave_swiftly(code)


def _import_ahead(options: ServerOptions, libraries: Libraries) -> None:
    with suppress(OptionError):  # which is told of when it is our turn
        configure(options)  # as if it came after that, loggers would be disabled
    if options.prepare and _is_ours(options.prepare):
        module, _, function = options.prepare.partition(":")
        getattr(import_module(module), function)()  # it may change what libraries import
    libraries.load()


def _is_ours(reference: str) -> bool:
    return reference.partition(":")[0].partition(".")[0] == "webfoot"


def _await_turn(pipe: Connection) -> Go:
    word = pipe.recv()
    assert isinstance(word, Go)
    return word
