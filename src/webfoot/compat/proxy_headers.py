"""`uvicorn.middleware.proxy_headers`: believe X-Forwarded-For and X-Forwarded-Proto where a trusted proxy sent them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send


class ProxyHeadersMiddleware:
    """`trusted_hosts`: addresses, networks (`10.0.0.0/8`) and other names of peers, as a list or separated by commas;
    `*` trusts everybody. The client is the last of X-Forwarded-For who is not trusted himself."""

    def __init__(self, app: ASGIApp, trusted_hosts: Iterable[str] | str = "127.0.0.1") -> None:
        self.app = app
        self._trusted = _Trusted(trusted_hosts.split(",") if isinstance(trusted_hosts, str) else trusted_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope.get("client") and self._trusted.knows(scope["client"][0]):
            self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        proto = _field(scope, b"x-forwarded-proto").strip().lower()
        if proto in ("http", "https", "ws", "wss"):
            is_secured = proto in ("https", "wss")
            scope["scheme"] = {"http": "http", "websocket": "ws"}[scope["type"]] + ("s" if is_secured else "")
        passed = [each.strip() for each in _field(scope, b"x-forwarded-for").split(",") if each.strip()]
        if passed:
            # Each proxy adds whom it saw: what stands left of an untrusted one is that one's invention.
            host = next((each for each in reversed(passed) if not self._trusted.knows(each)), passed[0])
            scope["client"] = (host, 0)


class _Trusted:
    def __init__(self, hosts: Iterable[str]) -> None:
        names = [host.strip() for host in hosts if host.strip()]
        self._all = "*" in names
        self._networks: list[IPv4Network | IPv6Network] = []
        self._names: set[str] = set()
        for name in names:
            try:
                self._networks.append(ip_network(name))
            except ValueError:
                self._names.add(name)

    def knows(self, host: str) -> bool:
        if self._all or host in self._names:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _field(scope: Scope, wanted: bytes) -> str:
    """All fields of the name, as one (RFC 9110 section 5.3)."""
    headers: list[tuple[Any, Any]] = scope["headers"]
    return ",".join(value.decode("latin-1") for name, value in headers if name == wanted)
