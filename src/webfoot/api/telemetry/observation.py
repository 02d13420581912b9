"""What is known of one request or WebSocket while a route serves it, for processors and log records."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.trace import Tracer

from webfoot.api.serve.body import sent_body
from webfoot.api.serve.visit import Visit
from webfoot.api.telemetry import events
from webfoot.api.telemetry.attributes import route_of
from webfoot.api.telemetry.data import TelemetryData
from webfoot.api.telemetry.signals import Signals
from webfoot.asgi.types import ClientDisconnected, Scope, Send
from webfoot.journey.otel import observation
from webfoot.trail.conventions import OBSERVED_KEY

TELEMETRY_KEY: Final = "fastapi.telemetry"
"""Scope key of the observation; None where the request was excluded. An application within makes no other one."""


class Observation(observation.Observation):
    """One request. Where somebody outside has its span and measures it, both are left to them.

    operations: what spans of stages are made with, None when there are none to be made. visit: the route's state, when
    a route has begun; values: its endpoint's arguments; errors: what did not fit.
    """

    __slots__ = ("_base", "_data", "_is_over", "_signals", "errors", "operations", "values", "visit")

    def __init__(self, scope: Scope, send: Send, signals: Signals, method: str | None) -> None:
        super().__init__(scope, send, None if OBSERVED_KEY in scope else signals.instruments, method)
        # Where a proxy, or whoever put this application below a path, says that it lives.
        self._base: str = scope.get("app_root_path", scope.get("root_path", ""))
        self._signals = signals
        self._is_over = False
        self._data: TelemetryData | None = None
        self.operations: Tracer | None = None
        self.visit: Visit | None = None
        self.values: dict[str, Any] | None = None
        self.errors: list[Any] | None = None

    @property
    def route(self) -> str | None:
        # A middleware may have handed on a copy of the scope, in which the route stands.
        return route_of(self._scope if self.visit is None else self.visit.scope, self._base)

    def misfit(self, errors: list[Any]) -> None:
        self.errors = errors
        if self._signals.logger is not None:
            events.misfit(self._signals.logger, self.context, len(errors), self.route)

    def over(self, error: BaseException | None) -> None:
        fault = error if isinstance(error, Exception) and not isinstance(error, ClientDisconnected) else None
        if fault is not None and self._signals.logger is not None:
            is_socket = self._scope["type"] == "websocket"
            events.unhandled(self._signals.logger, self.context, fault, self.route, websocket=is_socket)
        super().over(error)
        # A context may be kept for long, by a task that the request has left behind; the request must not be.
        self._is_over = True
        self.visit = self.values = self.errors = self._data = None

    def data(self) -> TelemetryData | None:
        """Looked up in the route's state when somebody asks. None when the request is over."""
        if self._is_over:
            return None
        data = self._data
        if data is None:
            data = self._data = TelemetryData()
        visit = self.visit
        if visit is not None:
            websocket = getattr(visit, "websocket", None)
            data.websocket = websocket
            data.request = visit.request if websocket is None else None
            data.body = sent_body(visit)
            data.values = self.values
            data.errors = self.errors
        return data
