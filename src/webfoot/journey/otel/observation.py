"""One request or WebSocket while it is served, and how its span and its measurements end."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, StatusCode

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ClientDisconnected, Message, Scope, Send
from webfoot.journey.otel.faults import tell
from webfoot.journey.otel.instruments import Instruments
from webfoot.trail.conventions import Attributes, qualified_name

_BODIES: Final = frozenset(("http.response.body", "http.response.zerocopysend"))


class Observation:
    """One request. It is the `send` of the application, too, for a response ends there.

    span: None without tracing. context: what measurements and log records are linked to.
    """

    __slots__ = (
        "_began",
        "_is_told",
        "_last",
        "_method",
        "_scheme",
        "_scope",
        "_send",
        "_sent_at",
        "context",
        "instruments",
        "span",
        "status",
    )

    context: Context

    def __init__(self, scope: Scope, send: Send, instruments: Instruments | None, method: str | None) -> None:
        self._scope = scope
        self._send = send
        self.instruments = instruments
        self._method = method
        self._scheme: str = scope.get("scheme", "http")  # as it is now: a middleware may put another one into the scope
        if instruments is not None and scope["type"] == "http":
            instruments.active.add((method or "_OTHER", self._scheme), 1)
        self._last = "http.response.body"  # the kind of message that the response ends with
        self._sent_at: tuple[float, int] | None = None  # when its last part was: by perf_counter, and by time_ns
        self._is_told = False
        self.span: Span | None = None
        self.status: int | None = None
        self._began = time.perf_counter()

    @property
    def takes_open_files(self) -> bool:
        """As the server says of its own `send`: files go past us all the same."""
        return takes_open_files(self._send)

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
        self._sent_at = self._now()
        if self.status is not None and self.is_settled(self.status):
            self._end(None)

    def _now(self) -> tuple[float, int]:
        """By perf_counter, and by time_ns. Asked when the response is complete."""
        return time.perf_counter(), time.time_ns()

    def is_settled(self, status: int) -> bool:
        """Whether all is known with the response's end. Of a 5xx the cause may be on its way still: that ends when the
        application has returned."""
        return status < 500

    @property
    def route(self) -> str | None:
        raise NotImplementedError

    def over(self, error: BaseException | None) -> None:
        """The application has returned, or `error` left it."""
        self._end(None if isinstance(error, ClientDisconnected) else error)

    def _end(self, error: BaseException | None) -> None:
        """Once, with what is known by then."""
        if self._is_told:
            return
        self._is_told = True
        seconds, ended_at = self._sent_at or (time.perf_counter(), None)
        outcome = self._outcome(error)
        try:
            if self.instruments is not None and self._scope["type"] == "http":
                self._measure(self.instruments, seconds - self._began, outcome)
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
