"""On or off: decided when the application gets its first request, once for all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from webfoot.api.telemetry.config import Choice, require_api
from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail import TRAIL_KEY

_APIS: Final = ("opentelemetry.trace", "opentelemetry.metrics", "opentelemetry._logs")


class Owner(Protocol):
    """The application, which keeps what it calls for a request."""

    middleware_stack: ASGIApp | None


class FirstRequest:
    """Stands around the layers of an application until there is a request, and then goes out of the way.

    By then whoever configures an SDK has done so, at import or in a lifespan; and whoever instruments the application
    in another way, so that there is nothing left to do for us. within: what to call for a request that is watched.
    """

    def __init__(self, owner: Owner, app: ASGIApp, within: Callable[[ASGIApp, Scope], ASGIApp], choice: Choice) -> None:
        self.app = app
        self._owner = owner
        self._plain = app
        self._within = within
        self._choice = choice
        self._is_decided = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            self._decide()
        elif not self._is_decided and self._choice.auto_configure and self._choice.wants_any:
            self.app = self._layer()  # exporters begin with the application
        app = self.app
        if app is self._plain and TRAIL_KEY in scope:
            app = self._within(app, scope)
        await app(scope, receive, send)

    def _decide(self) -> None:
        if not self._is_decided:
            self._is_decided = True
            if is_instrumented(self._owner.middleware_stack):
                self.app = self._plain
            elif self.app is self._plain and self._is_wanted():
                self.app = self._layer()
        if self._owner.middleware_stack is self:
            self._owner.middleware_stack = self.app

    def _is_wanted(self) -> bool:
        if not self._choice.wants_any:
            return False
        if self._choice.asked:
            return True
        if not any(name in sys.modules for name in _APIS):
            return False
        from webfoot.api.telemetry.signals import find_signals

        return find_signals(self._choice).exist

    def _layer(self) -> ASGIApp:
        require_api()
        from webfoot.api.telemetry.layer import TelemetryLayer

        return TelemetryLayer(self._plain, self._within, self._choice)


def is_instrumented(app: Any) -> bool:
    """Whether among the layers is OpenTelemetry's own middleware, or the toolkit's: two would tell everything twice."""
    while app is not None:
        kind = type(app)
        if kind.__name__ == "OpenTelemetryMiddleware":
            return True
        app = getattr(app, "app", None)
    return False
