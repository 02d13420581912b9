"""The ASGI scope of a request (ASGI HTTP 2.5, "HTTP Connection Scope")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from webfoot.asgi.types import ASGIVersions, Scope
from webfoot.server.protocol.events import Head
from webfoot.trail import TRAIL_KEY, Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Wire

_PERCENT: Final = ord(
    "%"
)  # `int in bytes` is a search; `bytes in bytes` tries for an int first and costs four times that
_ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.5"}


def build_http_scope(head: Head, wire: Wire, service: Service, trail: Trail | None) -> Scope:
    raw_path = head.path
    if _PERCENT in raw_path:
        # "percent-encoded sequences and UTF-8 byte sequences decoded into characters"; what is no UTF-8 must not fail.
        path = unquote_to_bytes(raw_path).decode("utf-8", "replace")
    else:
        path = raw_path.decode("ascii")
    root_path = service.options.root_path
    if root_path:
        # "root_path is included in path": a proxy that strips it would otherwise make the two disagree.
        path = root_path + path
        raw_path = root_path.encode() + raw_path
    scope: Scope = {
        "type": "http",
        "asgi": _ASGI.copy(),
        "http_version": head.version,
        "method": head.method,
        "scheme": wire.scheme,
        "path": path,
        "raw_path": raw_path,
        "query_string": head.query,
        "root_path": root_path,
        "headers": head.headers,
        "client": wire.client,
        "server": wire.server,
        "state": service.state.copy(),
    }
    if trail is not None:
        scope[TRAIL_KEY] = trail
        trail.mark("scope_built", kind="http", path=path, query=head.query, root_path=root_path)
    return scope
