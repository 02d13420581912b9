"""Who speaks on a new connection: one protocol today; ALPN, the HTTP/2 preface and upgrades decide here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from webfoot.server.http1.connection import Http1Connection

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Connection, Wire
    from webfoot.trail import Trail


def choose(wire: Wire, transport: asyncio.Transport, service: Service, trail: Trail | None) -> tuple[Connection, str]:
    """The connection that will speak on `wire`, and the URL scheme of its requests ("http" or "https")."""
    tls = transport.get_extra_info("ssl_object")
    if tls is not None:
        wire.tls = transport.get_extra_info("tls")
    if trail is not None:
        reason = "no TLS"
        if tls is not None:
            trail.mark("secured", tls=tls.version())
            reason = "TLS without ALPN" if tls.selected_alpn_protocol() is None else "ALPN"
        trail.mark("chosen", protocol="http/1.1", reason=reason)
    return Http1Connection(wire, service, trail), "https" if tls is not None else "http"
