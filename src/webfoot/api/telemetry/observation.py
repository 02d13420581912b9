"""What is known of one request or WebSocket while it is served, and how its span and its measurements end."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, StatusCode, Tracer

from webfoot.api.serve.body import sent_body
from webfoot.api.serve.visit import Visit
from webfoot.api.telemetry import events
from webfoot.api.telemetry.attributes import route_of
from webfoot.api.telemetry.data import TelemetryData
from webfoot.api.telemetry.faults import tell
from webfoot.api.telemetry.signals import Instruments, Signals
from webfoot.asgi.types import ClientDisconnected, Message, Scope, Send
from webfoot.web.conventions import Attributes, qualified_name

TELEMETRY_KEY: Final = "fastapi.telemetry"
"""Scope key of the observation; None where the request was excluded. An application within makes no other one."""

_BODIES: Final = frozenset(("http.response.body", "http.response.zerocopysend"))


class Observation:
    """One request. It is the `send` of the application, too, for a response ends there.

    span: None without tracing. operations: what spans of stages are made with, None when there are none to be made.
    context: what log records are linked to. visit: the route's state, when a route has begun; values: its endpoint's
    arguments; errors: what did not fit.
    """

    __slots__ = (
        "_base",
        "_began",
        "_data",
        "_is_over",
        "_is_told",
        "_last",
        "_method",
        "_scheme",
        "_scope",
        "_send",
        "_sent_at",
        "_signals",
        "context",
        "errors",
        "operations",
        "span",
        "status",
        "values",
        "visit",
    )

    context: Context

    def __init__(self, scope: Scope, send: Send, signals: Signals, method: str | None) -> None:
        self._scope = scope
        self._send = send
        self._signals = signals
        self._method = method
        self._scheme: str = scope.get("scheme", "http")  # as it is now: a middleware may put another one into the scope
        if signals.instruments is not None and scope["type"] == "http":
            signals.instruments.active.add((method or "_OTHER", self._scheme), 1)
        # Where a proxy, or whoever put this application below a path, says that it lives.
        self._base: str = scope.get("app_root_path", scope.get("root_path", ""))
        self._last = "http.response.body"  # the kind of message that the response ends with
        self._sent_at: tuple[float, int] | None = None  # when its last part was: by perf_counter, and by time_ns
        self._is_told = False
        self._is_over = False
        self._data: TelemetryData | None = None
        self.span: Span | None = None
        self.operations: Tracer | None = None
        self.status: int | None = None
        self.visit: Visit | None = None
        self.values: dict[str, Any] | None = None
        self.errors: list[Any] | None = None
        self._began = time.perf_counter()

    @property
    def takes_open_files(self) -> bool:
        """As the server says of its own `send`: files go past us all the same."""
        return getattr(getattr(self._send, "__self__", None), "takes_open_files", False) is True

    def send(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "http.response.start":
            self.status = message["status"]
            if message.get("trailers"):
                self._last = "http.response.trailers"
        elif kind == self._last or (kind in _BODIES and self._last == "http.response.body"):
            if not (message.get("more_body") or message.get("more_trailers")):
                return self._send_last(message)
        elif kind == "http.response.pathsend":
            return self._send_last(message)
        return self._send(message)

    async def _send_last(self, message: Message) -> None:
        await self._send(message)
        self._sent_at = (time.perf_counter(), time.time_ns())
        # Of a 5xx the cause may be on its way still: that ends when the application has returned.
        if self.status is not None and self.status < 500:
            self._end(None)

    @property
    def route(self) -> str | None:
        # A middleware may have handed on a copy of the scope, in which the route stands.
        return route_of(self._scope if self.visit is None else self.visit.scope, self._base)

    def misfit(self, errors: list[Any]) -> None:
        self.errors = errors
        if self._signals.logger is not None:
            events.misfit(self._signals.logger, self.context, len(errors), self.route)

    def over(self, error: BaseException | None) -> None:
        """The application has returned, or `error` left it."""
        fault = error if isinstance(error, Exception) and not isinstance(error, ClientDisconnected) else None
        if fault is not None and self._signals.logger is not None:
            is_socket = self._scope["type"] == "websocket"
            events.unhandled(self._signals.logger, self.context, fault, self.route, websocket=is_socket)
        self._end(None if isinstance(error, ClientDisconnected) else error)
        # A context may be kept for long, by a task that the request has left behind; the request must not be.
        self._is_over = True
        self.visit = self.values = self.errors = self._data = None

    def _end(self, error: BaseException | None) -> None:
        """Once, with what is known by then."""
        if self._is_told:
            return
        self._is_told = True
        seconds, ended_at = self._sent_at or (time.perf_counter(), None)
        outcome = self._outcome(error)
        try:
            if self._signals.instruments is not None and self._scope["type"] == "http":
                self._measure(self._signals.instruments, seconds - self._began, outcome)
            if self.span is not None:
                self._end_span(self.span, ended_at, outcome)
        except Exception as fault:
            tell(fault)

    def _end_span(self, span: Span, ended_at: int | None, outcome: Attributes) -> None:
        if span.is_recording():
            if "http.route" in outcome:
                prefix = "WS" if self._scope["type"] == "websocket" else self._method or "HTTP"
                span.update_name(f"{prefix} {outcome['http.route']}")
            span.set_attributes(outcome)
            if "error.type" in outcome:
                span.set_status(StatusCode.ERROR)
        span.end(ended_at)

    def _outcome(self, error: BaseException | None) -> Attributes:
        outcome: Attributes = {}
        if (route := self.route) is not None:
            outcome["http.route"] = route
        if self.status is not None:
            outcome["http.response.status_code"] = self.status
        if error is not None:
            outcome["error.type"] = qualified_name(error)
        elif self.status is not None and self.status >= 500:
            outcome["error.type"] = str(self.status)
        return outcome

    def _measure(self, instruments: Instruments, seconds: float, outcome: Attributes) -> None:
        method = self._method or "_OTHER"
        instruments.active.add((method, self._scheme), -1)
        measured: Attributes = {
            "url.scheme": self._scheme,
            "http.request.method": method,
            "network.protocol.version": self._scope.get("http_version", "1.1"),
            **outcome,
        }
        instruments.duration.record(seconds, measured, self.context)

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
