"""`uvicorn.Config`, `uvicorn.Server` and `uvicorn.run` over our own server."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from webfoot.compat import logs
from webfoot.compat.installing import is_installed
from webfoot.compat.server_options import ROWS, followed
from webfoot.server import Server as WebfootServer
from webfoot.server import ServerOptions
from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.net.binding import bind
from webfoot.server.process.signals import StopSignals
from webfoot.server.process.start import start
from webfoot.server.settings.load import load_app
from webfoot.server.settings.log import configure

STARTUP_FAILURE = 3
"""The exit code of a process whose application did not start."""


class Config:
    """Options by Uvicorn's names; each can be read as an attribute. `settings` is what our server makes of them.

    Raises OptionError for an option that Uvicorn does not have, or that webfoot cannot follow.
    """

    asgi_version = "3.0"

    def __init__(
        self, app: str | Callable[..., Any], host: str = "127.0.0.1", port: int = 8000, **options: Any
    ) -> None:
        given = {"host": host, "port": port, **options}
        self.settings = ServerOptions(app=app, prepare=logs.PREPARE if is_installed() else "", **followed(given))
        self.app = app
        self.loaded_app: Any = None
        for name, row in ROWS.items():
            setattr(self, name, given.get(name, row.default))
        self.workers: int = self.settings.workers
        self.configure_logging()

    @property
    def loaded(self) -> bool:
        return self.loaded_app is not None

    @property
    def is_ssl(self) -> bool:
        return self.settings.is_secured

    @property
    def should_reload(self) -> bool:
        return self.settings.reload

    @property
    def use_subprocess(self) -> bool:
        return self.settings.reload or self.settings.workers > 1

    def configure_logging(self) -> None:
        """Configure Uvicorn's loggers, which tell what ours say, while those are compat's."""
        if not is_installed():
            return
        named: Any = vars(self)["log_level"]
        level = logging.getLevelName(self.settings.log_level.upper()) if named is not None else None
        given = (vars(self)["log_config"], level, self.settings.access_log, self.settings.use_colors)
        if self.use_subprocess:
            logs.hand_down(*given)
        logs.configure(*given)

    def load(self) -> None:
        """Import the application, as `loaded_app`. Raises LoadError."""
        if not self.loaded:
            self.loaded_app = self.load_app()

    def load_app(self) -> Any:
        return load_app(self.settings)

    def bind_socket(self) -> socket.socket:
        """A socket that listens where the options say. Raises BindError."""
        bound, *others = bind(self.settings)  # a name may have several addresses
        for each in others:
            each.close()
        bound.set_inheritable(True)
        return bound


class Server(WebfootServer):
    """A server that is told `should_exit = True`, or a signal, when to stop.

    Subclasses may override `handle_exit`, which is all that a signal does; `startup`, which is called when requests are
    answered; and `shutdown`, before the application is shut down.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config.settings, config.loaded_app)
        self.config = config
        self.is_told = False
        self._sockets: list[socket.socket] = []
        self._starting: asyncio.Task[None] | None = None

    @property
    def force_exit(self) -> bool:
        return self._orders.forced.is_set()

    @force_exit.setter
    def force_exit(self, value: bool) -> None:
        if value:
            self.force()

    @property
    def servers(self) -> list[Server]:
        """Itself, while it serves: `servers[0].sockets[0].getsockname()` is how the port is asked for."""
        return [self] if self.started else []

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return tuple(self._sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """To be overridden."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """To be overridden."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        configure(self.options)
        await super().serve(sockets)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        configure(self.options)
        super().run(sockets)

    def stop(self) -> None:
        self.is_told = True
        super().stop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does. A second SIGINT waits for no request."""
        if self.is_told and sig == signal.SIGINT:
            self.force()
        else:
            self.stop()

    def _stop_signals(self, *terms: Any) -> StopSignals:
        return _ExitSignals(self, *terms)

    async def _answer_requests(self, service: Any, sockets: list[socket.socket], checkup: Any) -> None:
        self._sockets = sockets
        await super()._answer_requests(service, sockets, checkup)

    def _greet(self) -> None:
        super()._greet()
        self._starting = asyncio.ensure_future(self.startup(sockets=self._sockets))
        self._starting.add_done_callback(self._look_at_startup)

    def _look_at_startup(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:  # raised by `_shut_down`
            self.stop()

    async def _shut_down(self, lifespan: Lifespan) -> None:
        try:
            if self._starting is not None:
                await self._starting
                await self.shutdown(sockets=self._sockets)
        finally:
            await super()._shut_down(lifespan)


class _ExitSignals(StopSignals):
    """Signals that call `handle_exit`, whoever wrote it, and count when that has told the server to stop."""

    def __init__(self, server: Server, *terms: Any) -> None:
        super().__init__(server.stop, server.force, *terms)
        self._server = server

    def handle(self, number: int, frame: FrameType | None) -> None:
        self._server.handle_exit(number, frame)
        if self._server.is_told:
            super().handle(number, frame)


def run(app: str | Callable[..., Any], **options: Any) -> None:
    """Serve until SIGINT or SIGTERM. What keeps the server from serving ends the program with one sentence.

    Raises OptionError, as Config does.
    """
    config = Config(app, **options)
    if config.use_subprocess:
        code = start(config.settings)
    else:
        code = start(config.settings, serve=lambda: Server(config).run())
    if code:
        sys.exit(code)
