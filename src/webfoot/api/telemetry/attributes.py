"""What is said of a request and its stages, by the semantic conventions for HTTP (1.44)."""

from __future__ import annotations

from typing import Final

from opentelemetry.trace import Span, StatusCode

from webfoot.asgi.types import Scope
from webfoot.journey.otel.attributes import ServerAttributes, of_request, of_websocket, without_secrets
from webfoot.trail.conventions import MOUNTED_AT_KEY, qualified_name
from webfoot.web.exceptions import HTTPException, WebSocketDisconnect, WebSocketException
from webfoot.web.routing.mount import Mount

__all__ = ["ServerAttributes", "of_request", "of_websocket", "route_of", "tell_fault", "without_secrets"]

_NO_FAULT: Final = (HTTPException, WebSocketException, WebSocketDisconnect)
"""Answers that are raised, and clients that leave."""


def route_of(scope: Scope, base: str) -> str | None:
    """The template of the path below `base`, with those of the mounts around it; None when no route was found."""
    route, mounts = scope.get("route"), scope.get(MOUNTED_AT_KEY, "")
    if isinstance(route, Mount):  # the way ended there
        return f"{base}{mounts}/{{path}}"
    path = getattr(route, "path_format", None) or getattr(route, "path", None)  # the first without convertors
    return f"{base}{mounts}{path}" if isinstance(path, str) else None


def tell_fault(span: Span, error: object) -> None:
    """That what the span stands for ended in `error`, if that is a fault."""
    if isinstance(error, Exception) and not isinstance(error, _NO_FAULT):
        span.set_attribute("error.type", qualified_name(error))
        span.set_status(StatusCode.ERROR)
