"""Whom to believe: the setting `forwarded_allow_ips` as something that can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

EVERYBODY: Final = "*"
UNIX: Final = "unix"
"""Whoever connects through a Unix socket. A path stands for that one of our sockets."""

_REMEMBERED: Final = 1024


class Trust:
    """`peers`: addresses, networks (`10.0.0.0/8`), `unix`, paths of our Unix sockets, and `*` for everybody.

    Anything else is a name that a peer may have only literally, where the server gives its peers names.
    """

    def __init__(self, peers: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        names: set[str] = set()
        for peer in peers:
            try:
                self._networks.append(ip_network(peer))
            except ValueError:
                names.add(peer)
        self._names = frozenset(names)
        self.is_boundless = EVERYBODY in names
        self.knows = lru_cache(_REMEMBERED)(self._knows)

    def knows_peer(self, client: tuple[str, int] | None, server: tuple[str, int | None] | None) -> bool:
        """Whether to believe who is connected: `client` and `server` as in ASGI's scope."""
        if client is not None:
            return self.knows(client[0])
        return self.is_boundless or UNIX in self._names or (server is not None and server[0] in self._names)

    def _knows(self, host: str) -> bool:
        if self.is_boundless or host in self._names:
            return True
        try:
            address: IPv4Address | IPv6Address = ip_address(host)
        except ValueError:
            return False
        # On a socket for both versions an IPv4 client has the address ::ffff:192.0.2.7 (RFC 4291 section 2.5.5.2).
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)
