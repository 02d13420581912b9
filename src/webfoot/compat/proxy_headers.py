"""`uvicorn.middleware.proxy_headers`: believe X-Forwarded-For and X-Forwarded-Proto where a trusted proxy sent them."""

from __future__ import annotations

from collections.abc import Iterable

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.server.proxies.believing import SCHEMES
from webfoot.server.proxies.nodes import read_node
from webfoot.server.proxies.trust import Trust
from webfoot.server.proxies.walk import walk
from webfoot.server.proxies.x_forwarded import read_hops


class ProxyHeadersMiddleware:
    """`trusted_hosts`: addresses, networks (`10.0.0.0/8`) and other names of peers, as a list or separated by commas;
    `*` trusts everybody. The client is the last of X-Forwarded-For who is not trusted himself, by whatever name.

    The server does the same without a middleware: `webfoot.server.proxies`.
    """

    def __init__(self, app: ASGIApp, trusted_hosts: Iterable[str] | str = "127.0.0.1") -> None:
        self.app = app
        names = trusted_hosts.split(",") if isinstance(trusted_hosts, str) else trusted_hosts
        self._trust = Trust(name.strip() for name in names if name.strip())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and self._trust.knows_peer(scope.get("client"), scope.get("server")):
            self._believe(scope)
        await self.app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        _, hop = walk(read_hops(scope["headers"]), self._trust)
        scheme = SCHEMES.get(hop.proto.lower())
        if scheme is not None:
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        if hop.client:
            scope["client"] = read_node(hop.client) or (hop.client, 0)
