"""In front of the application: what is for the page goes there, and what is not is looked at on its way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from webfoot.asgi.stopping import STOPPING_KEY, Stopping
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.journey.capture.exchange import Exchange
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.trail import trail_of
from webfoot.trail.page import PLACE

if TYPE_CHECKING:
    from webfoot.journey.page.hub import Hub

log = logging.getLogger("webfoot")


class Doorway:
    """An ASGI application around another one. The page's requests leave no journey, and the application sees none."""

    def __init__(self, app: ASGIApp, hub: Hub, page: ASGIApp) -> None:
        self._app = app
        self._hub = hub
        self._page = page
        if is_taken(app):
            log.warning("the application's own routes at %s are hidden by the journey's page", PLACE)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        trail = trail_of(scope)
        root = scope.get("root_path") or ""
        path: str = scope.get("path", "")
        if path.startswith(PLACE, len(root)) and path[len(root) + len(PLACE) :][:1] in ("", "/"):
            if isinstance(trail, ThoroughRecord):
                trail.is_unwanted = True
            return self._page(scope, receive, send)
        if isinstance(trail, ThoroughRecord):
            hub = self._hub
            if hub.stopping is None:
                self._notice_stopping(scope)
            hub.began(trail)
            exchange = Exchange(trail, scope, receive, send, hub.news)
            receive, send = exchange.receive, exchange.send
        return self._app(scope, receive, send)

    def _notice_stopping(self, scope: Scope) -> None:
        """To look at and not to ask for: who asks is given time at the end, as if he had something to finish."""
        stopping = (scope.get("state") or {}).get(STOPPING_KEY)
        self._hub.stopping = stopping if isinstance(stopping, Stopping) else Stopping()


def is_taken(app: object) -> bool:
    """Whether the application has routes there, as far as it shows its routes."""
    try:
        routes = list(getattr(app, "routes", ()))
    except Exception:
        return False
    paths = (getattr(route, "path", None) for route in routes)
    return any(isinstance(path, str) and (path == PLACE or path.startswith(f"{PLACE}/")) for path in paths)
