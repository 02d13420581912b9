"""The port of its own for probes and numbers: apart from the clients', with limits of its own, open from the first
moment of the application's start to the last one of its end."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

from webfoot.server.gateway.service import Service
from webfoot.server.health.probes import Probe, index_of
from webfoot.server.logs.access import AccessLog
from webfoot.server.net.binding import bound
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions

_CONNECTIONS: Final = 64
"""How many there may be: whoever can reach the port can do no more to the server than that."""


@contextlib.contextmanager
def bound_port(options: ServerOptions) -> Iterator[list[socket.socket]]:
    """The sockets that `admin_bind` asks for, if it does. Raises BindError."""
    if options.admin_bind is None:
        yield []
    else:
        with bound(_options_of(options)) as sockets:
            yield sockets


def _options_of(options: ServerOptions) -> ServerOptions:
    """Those of the port."""
    assert options.admin_bind is not None
    return ServerOptions(
        _nothing,
        bind=[options.admin_bind],
        http=options.http,
        ws="none",
        access_log=False,
        limit_connections=_CONNECTIONS,
    )


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """There is no application behind the port: `index_of` answers what else is asked."""


class AdminPort:
    def __init__(
        self, options: ServerOptions, sockets: list[socket.socket], probes: dict[bytes, Probe], access: AccessLog | None
    ) -> None:
        service = Service(_nothing, _options_of(options))
        service.probe_access = access
        index = index_of(probes)
        service.answer_itself(lambda path: probes.get(path, index))
        self._connections = Connections(service)
        self._listener = Listener(service, self._connections, [each.dup() for each in sockets])

    async def open(self) -> None:
        await self._listener.open()
        self._connections.start()

    def close(self) -> None:
        self._listener.close()
        self._connections.stop()
