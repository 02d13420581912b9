"""`journey_spans`: what the spans of stages leave out, made of the marks of the trail."""

from __future__ import annotations

from typing import Final

from opentelemetry.trace import Tracer

from webfoot.asgi.types import Scope
from webfoot.journey.otel.spans import HEARD, Heard, SpanTrail
from webfoot.trail import TRAIL_KEY, StationName, trail_of

_WANTED: Final[tuple[StationName, ...]] = (
    "middleware_entered",
    "middleware_left",
    "dependency_entered",
    "decided",
    "route_matched",
)
_HEARD: Final[Heard] = {station: HEARD[station] for station in _WANTED}


def watch_by_spans(tracer: Tracer, scope: Scope) -> None:
    """Put the trail into the scope, around one that is there. It goes with the scope's own end."""
    scope[TRAIL_KEY] = SpanTrail(tracer, trail_of(scope), scope, _HEARD)
