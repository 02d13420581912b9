"""The first bytes of a connection from a proxy that speaks the PROXY protocol: who is connected to it.

    asyncio's transport  ->  Introduced, until the header is read  ->  SecuredTransport or Transport from then on

Afterwards nothing of this is left between the two. Without the protocol, none of it is made.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from webfoot.server.net.kernel import addresses
from webfoot.server.proxies.introduction import Introduction
from webfoot.server.proxies.proxy_protocol import BadHeader, Header, read_header

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.net.connections import Connections
    from webfoot.server.net.secured import SecuredTransport
    from webfoot.server.net.transport import Transport
    from webfoot.server.proxies.trust import Trust

log = logging.getLogger("webfoot")


class Introduced(asyncio.Protocol):
    """One accepted socket that has yet to say whom it stands for.

    The header must come whole within `timeout_first_byte`, from a peer that `trust` knows. Then the connection goes on
    as `above`'s; `transport` is told of the header, and may be the same object. `waiting` holds those still without.
    """

    __slots__ = ("_above", "_below", "_connections", "_held", "_service", "_timer", "_transport", "_trust", "_waiting")

    _below: asyncio.Transport
    _timer: asyncio.TimerHandle

    def __init__(
        self,
        trust: Trust,
        service: Service,
        connections: Connections,
        transport: Transport,
        above: Transport | SecuredTransport,
        waiting: set[Introduced],
    ) -> None:
        self._trust = trust
        self._service = service
        self._connections = connections
        self._transport = transport
        self._above = above
        self._waiting = waiting
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._below = cast("asyncio.Transport", transport)
        self._waiting.add(self)
        self._timer = self._service.loop.call_later(self._service.options.timeout_first_byte, self._give_up)
        if not self._trust.knows_peer(*addresses(self._below)):
            self._refuse("proxy_protocol is on, and this is none of the proxies in forwarded_allow_ips")
        elif self._connections.are_overrun or len(self._waiting) > self._connections.limit:
            self.abort()  # there are so many that even to listen would cost too much

    def data_received(self, data: bytes) -> None:
        self._held += data
        try:
            header = read_header(self._held)
        except BadHeader as bad:
            self._refuse(f"it sent {bad}, and proxy_protocol is on")
            return
        if header is not None:
            self._hand_over(header, self._held[header.size :])

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        if self._held:
            log.debug("%s left in the middle of its PROXY header", self._name)

    def abort(self) -> None:
        self._below.abort()

    def _hand_over(self, header: Header, rest: bytes) -> None:
        self._settle()
        self._held = b""
        if header.kind != "LOCAL":
            said_by = f"PROXY protocol v{header.version} ({header.kind}) from {self._name}"
            introduction = Introduction(header.client, header.server, header.is_secured, said_by)
            self._transport.introduction = introduction
        self._below.set_protocol(self._above)
        self._above.connection_made(self._below)
        if rest:
            self._above.data_received(rest)

    def _refuse(self, reason: str) -> None:
        self._service.log_rationed("refused %s: %s", self._name, reason)
        self.abort()

    def _give_up(self) -> None:
        self._service.log_rationed("refused %s: it did not send its PROXY header in time", self._name)
        self.abort()

    def _settle(self) -> None:
        self._timer.cancel()
        self._waiting.discard(self)

    @property
    def _name(self) -> str:
        client, _ = addresses(self._below)
        return f"{client[0]}:{client[1]}" if client is not None else "a client of the Unix socket"
