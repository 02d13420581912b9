"""`uvicorn.Config`, `uvicorn.Server` and `uvicorn.run` over our own server."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from webfoot.compat.installing import is_installed
from webfoot.compat.server_options import GIVEN_NOT, ROWS, followed
from webfoot.server import Server as WebfootServer
from webfoot.server import ServerOptions
from webfoot.server.process.start import start
from webfoot.server.settings.load import load_app
from webfoot.server.settings.log import configure

INSTALL = "webfoot.compat:install"
"""What each worker process calls before it imports the application."""


class Config:
    """Options by Uvicorn's names; each can be read as an attribute. `settings` is what our server makes of them.

    Raises OptionError for an option that Uvicorn does not have, or that webfoot cannot follow.
    """

    def __init__(
        self, app: str | Callable[..., Any], host: str = "127.0.0.1", port: int = 8000, **options: Any
    ) -> None:
        given = {"host": host, "port": port, **options}
        self.settings = ServerOptions(app=app, prepare=INSTALL if is_installed() else "", **followed(given))
        self.app = app
        self.loaded_app: Any = None
        for name, row in ROWS.items():
            default = None if row.default is GIVEN_NOT else row.default
            setattr(self, name, given.get(name, default))
        self.workers: int = self.settings.workers

    @property
    def loaded(self) -> bool:
        return self.loaded_app is not None

    @property
    def is_ssl(self) -> bool:
        return self.settings.is_secured

    @property
    def should_reload(self) -> bool:
        return self.settings.reload

    def load(self) -> None:
        """Import the application, as `loaded_app`. Raises LoadError."""
        if not self.loaded:
            self.loaded_app = load_app(self.settings)


class Server(WebfootServer):
    """A server that is told `should_exit = True`, or a signal, when to stop."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.settings, config.loaded_app)
        self.config = config
        self._sockets: list[socket.socket] = []

    @property
    def force_exit(self) -> bool:
        return self._forced.is_set()

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

    async def _answer_requests(self, service: Any, sockets: list[socket.socket]) -> None:
        self._sockets = sockets
        await super()._answer_requests(service, sockets)

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        configure(self.options)
        await super().serve(sockets)

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        configure(self.options)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does. A second SIGINT waits for no request."""
        if self.should_exit and sig == signal.SIGINT:
            self.force()
        else:
            self.stop()


def run(app: str | Callable[..., Any], **options: Any) -> None:
    """Serve until SIGINT or SIGTERM. What keeps the server from serving ends the program with one sentence.

    Raises OptionError, as Config does.
    """
    code = start(Config(app, **options).settings)
    if code:
        sys.exit(code)
