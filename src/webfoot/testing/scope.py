"""The scope of an exchange that no server stands behind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from webfoot.asgi.types import Scope

EXTENSIONS: Final = ("http.response.debug", "http.response.trailers", "http.response.early_hint")
"""The ASGI extensions that an exchange offers: those whose result a test can look at."""

WEBSOCKET_EXTENSIONS: Final = ("websocket.http.response",)


def http_scope(
    method: str = "GET",
    path: str = "/",
    *,
    query_string: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    raw_path: bytes | None = None,
    scheme: str = "http",
    http_version: str = "1.1",
    root_path: str = "",
    client: tuple[str, int] | None = ("testclient", 50000),
    server: tuple[str, int | None] | None = ("testserver", 80),
    state: dict[str, Any] | None = None,
) -> Scope:
    """A complete HTTP connection scope (ASGI HTTP 2.5, "HTTP Connection Scope").

    `path` is the decoded path; `raw_path` is made from it unless given. `state` is copied (shallow), as the lifespan
    protocol wants it for each request.
    """
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": http_version,
        "method": method.upper(),
        "scheme": scheme,
        "path": path,
        "raw_path": quote(path).encode() if raw_path is None else raw_path,
        "query_string": query_string,
        "root_path": root_path,
        "headers": [(name.lower(), value) for name, value in headers],
        "client": client,
        "server": server,
        "state": dict(state or {}),
        "extensions": {name: {} for name in EXTENSIONS},
    }


def websocket_scope(
    path: str = "/",
    *,
    query_string: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
    subprotocols: Iterable[str] = (),
    raw_path: bytes | None = None,
    scheme: str = "ws",
    http_version: str = "1.1",
    root_path: str = "",
    client: tuple[str, int] | None = ("testclient", 50000),
    server: tuple[str, int | None] | None = ("testserver", 80),
    state: dict[str, Any] | None = None,
) -> Scope:
    """A complete WebSocket connection scope (ASGI WebSocket 2.5, "WebSocket Connection Scope"); see `http_scope`."""
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": http_version,
        "scheme": scheme,
        "path": path,
        "raw_path": quote(path).encode() if raw_path is None else raw_path,
        "query_string": query_string,
        "root_path": root_path,
        "headers": [(name.lower(), value) for name, value in headers],
        "client": client,
        "server": server,
        "subprotocols": list(subprotocols),
        "state": dict(state or {}),
        "extensions": {name: {} for name in WEBSOCKET_EXTENSIONS},
    }
