"""The ASGI scope of a request (ASGI HTTP & WebSocket 2.5, "Connection Scope")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import unquote_to_bytes

from webfoot.asgi.types import ASGIVersions, Scope
from webfoot.server.protocol.events import CHUNKED, Head
from webfoot.trail import TRAIL_KEY, Trail

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Wire

_PERCENT: Final = ord(
    "%"
)  # `int in bytes` is a search; `bytes in bytes` tries for an int first and costs four times that
_ASGI: Final[ASGIVersions] = {"version": "3.0", "spec_version": "2.5"}

REQUEST_TRAILERS: Final = "webfoot.request.trailers"
"""Our own extension: the last http.request has the key "trailers" if fields came behind the body."""


class _Offer(dict[str, Any]):
    """The terms of an extension: there are none. All scopes share it, so it must stay empty."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the terms of an extension are the server's; they cannot be changed")

    __setitem__ = __ior__ = update = setdefault = _refuse


_OFFER: Final = _Offer()
_OFFERED_1_0: Final[dict[str, dict[str, Any]]] = {
    "http.response.pathsend": _OFFER,
    "http.response.zerocopysend": _OFFER,
}
# Chunks, which carry trailers, and interim responses came with HTTP/1.1.
_OFFERED: Final[dict[str, dict[str, Any]]] = {
    **_OFFERED_1_0,
    "http.response.trailers": _OFFER,
    "http.response.early_hint": _OFFER,
}


def build_http_scope(head: Head, wire: Wire, service: Service, trail: Trail | None) -> Scope:
    raw_path = head.path
    if _PERCENT in raw_path:
        # "percent-encoded sequences and UTF-8 byte sequences decoded into characters"; what is no UTF-8 must not fail.
        path = unquote_to_bytes(raw_path).decode("utf-8", "replace")
    else:
        path = raw_path.decode("ascii")
    root_path = ""
    if wire.origin is not None:
        root_path = wire.origin.root_path_of(head, wire)
        # "root_path is included in path": a proxy that strips it would otherwise make the two disagree.
        path = root_path + path
        raw_path = root_path.encode() + raw_path
    extensions = _OFFERED_1_0.copy() if head.version == "1.0" else _OFFERED.copy()
    if head.body_length == CHUNKED:
        extensions[REQUEST_TRAILERS] = _OFFER
    if wire.tls is not None:
        extensions["tls"] = wire.tls.copy()
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
        "extensions": extensions,
    }
    if trail is not None:
        extensions["http.response.debug"] = _OFFER
        scope[TRAIL_KEY] = trail
        _mark(trail, scope, wire)
    return scope


def build_websocket_scope(
    head: Head, wire: Wire, subprotocols: list[str], service: Service, trail: Trail | None
) -> Scope:
    """The scope of the WebSocket that the request asks for (ASGI WebSocket 2.5, "WebSocket Connection Scope")."""
    scope = build_http_scope(head, wire, service, None)
    del scope["method"]
    scope["type"] = "websocket"
    scope["scheme"] = "wss" if wire.scheme == "https" else "ws"
    scope["subprotocols"] = subprotocols
    scope["extensions"] = {"websocket.http.response": _OFFER}
    if wire.tls is not None:
        scope["extensions"]["tls"] = wire.tls.copy()
    if trail is not None:
        scope[TRAIL_KEY] = trail
        _mark(trail, scope, wire)
    return scope


def _mark(trail: Trail, scope: Scope, wire: Wire) -> None:
    trail.note(
        "scope_built",
        {
            "kind": scope["type"],
            "path": scope["path"],
            "query": scope["query_string"],
            "root_path": scope["root_path"],
            "client": scope["client"],
            "scheme": scope["scheme"],
            "said_by": wire.forwarding.said_by if wire.forwarding is not None else "",
        },
    )
