"""The only I/O there is: an `asyncio.Protocol` that hands bytes up to a connection and down to the kernel."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, cast

from webfoot.server.net.choose import choose
from webfoot.server.net.flow import Gate

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections
    from webfoot.server.protocol.face import Connection
    from webfoot.trail import Trail


class Transport(asyncio.Protocol):
    """One accepted socket. Implements `webfoot.server.protocol.face.Wire`.

    write_deadline: the coarse loop time to look whether the client has taken some of the response (`has_stalled`).
    """

    __slots__ = (
        "_connections",
        "_gate",
        "_reading",
        "_service",
        "_transport",
        "_unsent",
        "client",
        "congested",
        "connection",
        "scheme",
        "server",
        "write_deadline",
    )

    connection: Connection
    _transport: asyncio.Transport

    def __init__(self, service: Service, connections: Connections) -> None:
        self._service = service
        self._connections = connections
        self._gate = Gate()
        self._reading = True
        self._unsent = 0
        self.congested = False
        self.client: tuple[str, int] | None = None
        self.server: tuple[str, int | None] | None = None
        self.scheme = "http"
        self.write_deadline = math.inf

    # The loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._service.options.buffer_response)
        self.client, self.server = _addresses(self._transport)
        self._connections.add(self)
        trail = self._begin_trail()
        if trail is not None:
            trail.mark("connected", client=self.client, server=self.server, transport=_family(self._transport))
        self.connection, self.scheme = choose(self, self._transport, self._service, trail)

    def data_received(self, data: bytes) -> None:
        if self._service.watcher is not None:
            self._watch_first_bytes(len(data))
        self.connection.receive(data)

    def eof_received(self) -> bool:
        return self.connection.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self.congested = False
        self._gate.open()
        self.connection.lost()

    def pause_writing(self) -> None:
        self.congested = True
        self._watch_writing()
        self._gate.close()

    def resume_writing(self) -> None:
        self.congested = False
        if self._transport.is_closing():
            self._watch_writing()  # to the last byte: what is left must not keep a dead client's socket for ever
        else:
            self.write_deadline = math.inf
        self._gate.open()
        self.connection.writable()

    # The connection calls.

    def write(self, data: bytes) -> None:
        self._transport.write(data)
        trail = self.connection.trail
        if trail is not None:
            trail.mark("bytes_sent", size=len(data), waiting=self._transport.get_write_buffer_size())

    async def drained(self) -> None:
        await self._gate.passed()

    def pause_reading(self) -> None:
        if self._reading and not self._transport.is_closing():
            self._reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._reading and not self._transport.is_closing():
            self._reading = True
            # The loop will read in the context that this is called in, which may be a request's own.
            self._service.context.copy().run(self._transport.resume_reading)

    def request_begins(self, size: int) -> None:
        if self._service.watcher is not None:
            self._watch_first_bytes(size)

    def finish_writing(self) -> None:
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:  # TLS cannot half-close
            self._transport.close()

    def close(self) -> None:
        self._transport.close()
        self._watch_writing()

    def abort(self) -> None:
        self._transport.abort()

    @property
    def is_sending(self) -> bool:
        """True while bytes of a response wait for the kernel to take them."""
        return self._transport.get_write_buffer_size() > 0

    def has_stalled(self) -> bool:
        """Asked at `write_deadline`: whether the client has taken nothing since then. If not, there is a new one."""
        before = self._unsent
        self._watch_writing()
        return 0 < before <= self._unsent

    def _watch_writing(self) -> None:
        self._unsent = self._transport.get_write_buffer_size()
        self.write_deadline = self._service.now + self._service.options.timeout_write if self._unsent else math.inf

    # Watching.

    def _begin_trail(self) -> Trail | None:
        watcher = self._service.watcher
        return watcher.begin() if watcher is not None else None

    def _watch_first_bytes(self, size: int) -> None:
        """Each request has a trail of its own; the first one's began with the connection."""
        connection = self.connection
        if not connection.awaits_request:
            return
        trail = connection.trail
        if trail is None:
            trail = connection.trail = self._begin_trail()
        if trail is not None:
            trail.mark("bytes_received", size=size)


def _addresses(transport: asyncio.Transport) -> tuple[tuple[str, int] | None, tuple[str, int | None] | None]:
    """(client, server) as ASGI wants them: host and port; for a Unix socket no client, and its path with None."""
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    client = (str(peer[0]), int(peer[1])) if isinstance(peer, (tuple, list)) and len(peer) >= 2 else None
    if isinstance(own, (tuple, list)) and len(own) >= 2:
        return client, (str(own[0]), int(own[1]))
    return client, (own, None) if isinstance(own, str) and own else None


def _family(transport: asyncio.Transport) -> str:
    socket = transport.get_extra_info("socket")
    name = getattr(getattr(socket, "family", None), "name", "")
    return {"AF_INET": "tcp", "AF_INET6": "tcp6", "AF_UNIX": "unix socket"}.get(name, name or "unknown")
