"""What a server can do beyond the core of ASGI. It says so in `scope["extensions"]`, by the extension's name."""

from __future__ import annotations

from typing import Final

from webfoot.asgi.types import Scope

DENIAL: Final = "websocket.http.response"
"""Refusing a WebSocket's handshake with an HTTP response."""


def offers(scope: Scope, extension: str) -> bool:
    return extension in (scope.get("extensions") or ())
