"""Listening sockets: bound before anything else, so that a taken port is one clear sentence; then served."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Iterable
from typing import TYPE_CHECKING

from webfoot.server.health.counted import CountedTransport
from webfoot.server.net.acceptor import Acceptor, Lookout
from webfoot.server.net.introduced import Introduced
from webfoot.server.net.secured import SecuredTransport
from webfoot.server.net.tls import check_tls, load_tls
from webfoot.server.net.transport import Transport
from webfoot.server.proxies.trust import Trust

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections
    from webfoot.server.settings.options import ServerOptions


class BindError(OSError):
    """Nobody can listen there. `str()` is one sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


def bind(options: ServerOptions) -> list[socket.socket]:
    """The sockets that the options ask for, bound and listening. Raises BindError, and OptionError for wrong TLS.

    Mistakes in TLS are found here: once, before workers start, and before the application does.
    """
    check_tls(options)
    try:
        if options.fd is not None:
            return [_inherit(options.fd)]
        if options.uds is not None:
            return [_bind_unix(options.uds, options.backlog)]
        return [_bind_tcp(options.host, options.port, options.backlog)]
    except OSError as error:
        if isinstance(error, BindError):
            raise
        raise BindError(_explain(error, options)) from None
    except UnicodeError:  # a label of more than 63 characters, or of none
        raise BindError(f"cannot listen on {options.host}:{options.port}: {options.host} is no host name") from None


def _bind_tcp(host: str, port: int, backlog: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG * (not host[:1].isdigit())
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(backlog)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _bind_unix(path: str, backlog: int) -> socket.socket:
    if os.path.exists(path):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise BindError(f"cannot listen on {path}: a file that is no socket is in its place")
        if _is_alive(path):
            raise BindError(f"cannot listen on {path}: another process listens there")
        os.unlink(path)  # left behind by a process that died
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(path)
        listening.listen(backlog)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


def _is_alive(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def _inherit(number: int) -> socket.socket:
    listening = socket.socket(fileno=os.dup(number))
    if not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listening.close()
        raise BindError(f"cannot listen on file descriptor {number}: it is no listening socket")
    listening.setblocking(False)
    return listening


def _explain(error: OSError, options: ServerOptions) -> str:
    if options.fd is not None:
        return f"cannot listen on file descriptor {options.fd}: {os.strerror(error.errno or 0).lower()}"
    where = options.uds if options.uds is not None else f"{options.host}:{options.port}"
    if isinstance(error, socket.gaierror):
        if options.host.startswith("["):
            return f"cannot listen on {where}: write the address without brackets, {options.host.strip('[]')}"
        return f"cannot listen on {where}: the host name {options.host} has no address"
    why = {
        errno.EADDRINUSE: "the port is taken by another process",
        errno.EACCES: "this user may not listen there",
        errno.EADDRNOTAVAIL: "this machine does not have that address",
    }.get(error.errno or 0, os.strerror(error.errno).lower() if error.errno else str(error))
    return f"cannot listen on {where}: {why}"


def address_of(listening: socket.socket, scheme: str = "http") -> str:
    """What a person would type to reach it: a URL, or `unix:PATH`."""
    name = listening.getsockname()
    if isinstance(name, (str, bytes)):
        return f"unix:{os.fsdecode(name)}"
    host, port = name[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


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
        self._tls = load_tls(service.options)
        self._unsettled: set[SecuredTransport] = set()
        self._relays = Trust(service.options.forwarded_allow_ips) if service.options.proxy_protocol else None
        self._unintroduced: set[Introduced] = set()

    async def open(self) -> None:
        """Begin to accept."""
        loop = self._service.loop
        for listening in self._sockets:
            if isinstance(loop, asyncio.SelectorEventLoop):
                acceptor = Acceptor(loop, listening, self._accept)
                acceptor.open()
                self._servers.append(acceptor)
            else:
                backlog = self._service.options.backlog
                self._servers.append(await loop.create_server(self._accept, sock=listening, backlog=backlog))
        if not isinstance(loop, asyncio.SelectorEventLoop):
            lookout = Lookout(loop)
            lookout.open()
            self._servers.append(lookout)

    def close(self) -> None:
        """Stop accepting; what is connected stays so, unless it is still at the handshake of TLS, or before that."""
        for server in self._servers:
            server.close()
        for unsettled in tuple(self._unsettled):
            unsettled.abort()
        for unintroduced in tuple(self._unintroduced):
            unintroduced.abort()

    async def adopt(self, connected: socket.socket) -> None:
        """Serve a socket that is connected already, one end of a socket pair for example."""
        connected.setblocking(False)
        await self._service.loop.connect_accepted_socket(self._accept, connected)

    def _accept(self) -> Transport | SecuredTransport | Introduced:
        service, connections = self._service, self._connections
        transport = _transport(service, connections)
        first: Transport | SecuredTransport = transport
        if self._tls is not None:
            first = SecuredTransport(self._tls, service, connections, transport, self._unsettled)
        if self._relays is None:
            return first
        return Introduced(self._relays, service, connections, transport, first, self._unintroduced)
