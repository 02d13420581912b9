"""Accepting connections on sockets that are bound (see `binding`): each gets a transport."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from webfoot.server.health.counted import CountedTransport
from webfoot.server.net.acceptor import Acceptor, Lookout
from webfoot.server.net.introduced import Introduced
from webfoot.server.net.renewal import Renewal
from webfoot.server.net.secured import SecuredTransport
from webfoot.server.net.tls import Tls, load_tls
from webfoot.server.net.transport import Transport
from webfoot.server.proxies.trust import Trust

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections


def _transport(service: Service, connections: Connections) -> Transport:
    if service.meter is None:
        return Transport(service, connections)
    return CountedTransport(service, connections, service.meter)


class Listener:
    """Accepts connections on bound sockets and gives each a transport. Raises OptionError for wrong TLS."""

    def __init__(self, service: Service, connections: Connections, sockets: Iterable[socket.socket]) -> None:
        self._service = service
        self._connections = connections
        self._sockets = tuple(sockets)
        self._servers: list[asyncio.Server | Acceptor | Lookout] = []
        self._renewal = Renewal(service.options, self._take)
        self._tls = load_tls(service.options)
        self._unsettled: set[SecuredTransport] = set()
        self._relays = Trust(service.options.forwarded_allow_ips) if service.options.proxy_protocol else None
        self._unintroduced: set[Introduced] = set()

    async def open(self) -> None:
        """Begin to accept."""
        loop = self._service.loop
        self._renewal.start(loop)
        for listening in self._sockets:
            if isinstance(loop, asyncio.SelectorEventLoop) or self._service.options.workers > 1:
                # Also instead of libuv, which lets the first of several workers take nearly all that connect.
                acceptor = Acceptor(loop, listening, self._accept)
                acceptor.open()
                self._servers.append(acceptor)
            else:
                backlog = self._service.options.backlog
                self._servers.append(await loop.create_server(self._accept, sock=listening, backlog=backlog))
        if not isinstance(loop, asyncio.SelectorEventLoop) and self._service.options.workers == 1:
            lookout = Lookout(loop)
            lookout.open()
            self._servers.append(lookout)

    def stop_accepting(self) -> None:
        self._renewal.stop()
        for server in self._servers:
            server.close()

    async def settle(self, seconds: float) -> None:
        """Let those that are at the handshake of TLS, or before it, get through it within so many seconds."""
        end = self._service.loop.time() + seconds
        while (self._unsettled or self._unintroduced) and self._service.loop.time() < end:  # noqa: ASYNC110 - rare
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """Stop accepting; what is connected stays so, unless it is still at the handshake of TLS, or before that."""
        self.stop_accepting()
        for unsettled in tuple(self._unsettled):
            unsettled.abort()
        for unintroduced in tuple(self._unintroduced):
            unintroduced.abort()

    async def adopt(self, connected: socket.socket) -> None:
        """Serve a socket that is connected already, one end of a socket pair for example."""
        connected.setblocking(False)
        await self._service.loop.connect_accepted_socket(self._accept, connected)

    def _take(self, tls: Tls) -> None:
        self._tls = tls

    def _accept(self) -> Transport | SecuredTransport | Introduced:
        service, connections = self._service, self._connections
        transport = _transport(service, connections)
        first: Transport | SecuredTransport = transport
        if self._tls is not None:
            first = SecuredTransport(self._tls, service, connections, transport, self._unsettled)
        if self._relays is None:
            return first
        return Introduced(self._relays, service, connections, transport, first, self._unintroduced)
