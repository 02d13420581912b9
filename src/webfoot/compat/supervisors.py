"""`uvicorn.supervisors`: processes that serve, looked after by this one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from webfoot.compat.server import Config
from webfoot.server.process.reload import Reloader
from webfoot.server.process.supervisor import Supervisor


class ChangeReload:
    """Serves in a process that is started anew when a file changes. `target` is the server's `run`, which is ours."""

    def __init__(self, config: Config, target: Callable[..., Any], sockets: list[socket.socket]) -> None:
        self.config = config
        self.target = target
        self.sockets = sockets

    def run(self) -> None:
        Reloader(self.config.settings, self.sockets).run()


class Multiprocess:
    """Serves in as many processes as the configuration says."""

    def __init__(self, config: Config, target: Callable[..., Any], sockets: list[socket.socket]) -> None:
        self.config = config
        self.target = target
        self.sockets = sockets

    def run(self) -> None:
        Supervisor(self.config.settings, self.sockets).run()
