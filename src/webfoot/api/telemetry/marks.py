"""Spans made of the marks of the trail: each middleware, each dependency, and what the layers decided.

This is a trail like the one that journeys are recorded by, and hands every mark on to that one if there is one. What it
makes of a mark stands in one table, `_HEARD`; another station is one more row there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from opentelemetry.context import attach, detach
from opentelemetry.trace import Span, Tracer, get_current_span, set_span_in_context

from webfoot.api.telemetry.attributes import tell_fault
from webfoot.asgi.types import ASGIApp, Scope
from webfoot.journey.redact import free_text
from webfoot.trail import TRAIL_KEY, StationName, Trail, trail_of


def watch_by_spans(tracer: Tracer, scope: Scope) -> None:
    """Put the trail into the scope, around one that is there. It goes with the scope's own end."""
    scope[TRAIL_KEY] = SpanTrail(tracer, trail_of(scope))


class SpanTrail:
    """One request's."""

    __slots__ = ("_hand_on", "_inner", "_open", "tracer")

    def __init__(self, tracer: Tracer, inner: Trail | None) -> None:
        self.tracer = tracer
        self._inner = inner
        self._hand_on = None if inner is None else inner.mark
        self._open: list[tuple[Span, Any]] = []  # of the middleware around the request now, outermost first

    def mark(self, station: StationName, /, **facts: Any) -> None:
        if self._hand_on is not None:
            self._hand_on(station, **facts)
        heard = _HEARD.get(station)
        if heard is not None:
            heard(self, facts)

    def end(self) -> None:
        if self._inner is not None:
            self._inner.end()

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        return app if self._inner is None else self._inner.onward(app, name, index)

    def enter(self, facts: dict[str, Any]) -> None:
        """What happens inside of a middleware belongs below its span: marks come from the task that runs it."""
        span = self.tracer.start_span("webfoot.middleware", attributes={"webfoot.name": facts["name"]})
        self._open.append((span, attach(set_span_in_context(span))))

    def leave(self, facts: dict[str, Any]) -> None:
        if not self._open:
            return
        span, token = self._open.pop()
        detach(token)
        if facts["outcome"] == "handled":
            span.set_attribute("webfoot.handler", facts["handler"])
        else:
            tell_fault(span, facts.get("error"))
        span.end()

    def dependency(self, facts: dict[str, Any]) -> None:
        """Marked when it has given its value, with the time that it took."""
        now = time.time_ns()
        attributes = {"code.function.name": facts["name"], "webfoot.outcome": facts["outcome"]}
        span = self.tracer.start_span(
            "webfoot.dependency", attributes=attributes, start_time=now - facts.get("took_ns", 0)
        )
        tell_fault(span, facts.get("error"))
        span.end(now)

    def decided(self, facts: dict[str, Any]) -> None:
        said = {"webfoot.by": facts["by"], "webfoot.what": free_text(facts["what"])}
        if facts["status"] is not None:
            said["http.response.status_code"] = facts["status"]
        get_current_span().add_event("webfoot.decided", said)

    def route(self, facts: dict[str, Any]) -> None:
        """Why there is a 404, a 405 or a redirect."""
        if facts["outcome"] != "found":
            get_current_span().add_event("webfoot.no_route", {"webfoot.outcome": facts["outcome"]})


_HEARD: Final[dict[StationName, Callable[[SpanTrail, dict[str, Any]], None]]] = {
    "middleware_entered": SpanTrail.enter,
    "middleware_left": SpanTrail.leave,
    "dependency_entered": SpanTrail.dependency,
    "decided": SpanTrail.decided,
    "route_matched": SpanTrail.route,
}
