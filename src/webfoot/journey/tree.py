"""The marks of a journey nested into spans: the onion of middleware, the dependencies, the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.trail import StationName

Kind: TypeAlias = Literal["request", "application", "middleware", "route", "dependency", "clean-up", "endpoint"]


@dataclass(slots=True)
class Span:
    """A stretch of the journey. Times are `perf_counter_ns` values; `index` tells twins among middleware apart.

    `is_complete` is false where the end was never marked: the span then lasts until its surroundings end.
    """

    kind: Kind
    name: str
    began: int
    ended: int = 0
    index: object = None
    is_complete: bool = False
    children: list[Span] = field(default_factory=list)

    @property
    def total_ns(self) -> int:
        return max(0, self.ended - self.began)

    @property
    def self_ns(self) -> int:
        """Time spent here and not in a child."""
        return max(0, self.total_ns - sum(child.total_ns for child in self.children))

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Span]]:
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


OPENS: dict[StationName, Kind] = {
    "app_entered": "application",
    "middleware_entered": "middleware",
    "route_entered": "route",
    "endpoint_called": "endpoint",
}
CLOSES: dict[StationName, Kind] = {"middleware_left": "middleware", "endpoint_returned": "endpoint"}


def tree_of(record: Record) -> Span | None:
    """The whole request as one span; None if nothing was marked.

    Works with whatever was marked: a leaving without an entering is passed over, an entering without a leaving (a
    crash half way, another server) ends where the span around it ends.
    """
    if not record.marks:
        return None
    root = Span("request", f"{record.method or '?'} {record.target or '?'}", record.marks[0].at)
    open_spans = [root]
    for mark in record.marks:
        if mark.station in OPENS:
            _open(open_spans, mark, OPENS[mark.station])
        elif mark.station in CLOSES:
            _close(open_spans, mark, CLOSES[mark.station])
        elif mark.station == "dependency_entered":
            _add_dependency(open_spans[-1], mark)
        elif mark.station == "dependency_left":
            _add_clean_up(open_spans, mark)
    _close_all(open_spans, record.marks[-1].at)
    root.is_complete = record.done
    return root


def _open(open_spans: list[Span], mark: Mark, kind: Kind) -> None:
    if kind == "application" and any(span.kind == "application" for span in open_spans):
        return  # the gateway's second word about the application: how it ended
    span = Span(kind, _name(mark, kind), mark.at, index=mark.facts.get("index"))
    open_spans[-1].children.append(span)
    open_spans.append(span)


def _close(open_spans: list[Span], mark: Mark, kind: Kind) -> None:
    name, index = _name(mark, kind), mark.facts.get("index")
    for depth in range(len(open_spans) - 1, 0, -1):
        span = open_spans[depth]
        if span.kind == kind and span.name == name and span.index == index:
            for inner in open_spans[depth:]:
                # A route has no mark for its end: it ends with what surrounds it, and that is no defect.
                inner.ended, inner.is_complete = mark.at, inner is span or inner.kind == "route"
            del open_spans[depth:]
            return


def _close_all(open_spans: list[Span], at: int) -> None:
    for span in open_spans:
        span.ended = at
        # Nor have the application and the route; what is open below them was cut off.
        span.is_complete = span.kind in ("application", "route")


def _add_dependency(around: Span, mark: Mark) -> None:
    """A dependency is marked once it has given its value, so its beginning is reckoned back; what lies inside nests."""
    took = mark.facts.get("took_ns")
    began = max(around.began, mark.at - took) if isinstance(took, int) else mark.at
    span = Span("dependency", _name(mark, "dependency"), began, mark.at, is_complete=True)
    while around.children and around.children[-1].kind == "dependency" and around.children[-1].began >= began:
        if isinstance(took, int) and took > 0:
            span.children.insert(0, around.children.pop())
        else:
            break
    around.children.append(span)


def _add_clean_up(open_spans: list[Span], mark: Mark) -> None:
    span = Span("clean-up", _name(mark, "clean-up"), mark.at, mark.at, is_complete=True)
    open_spans[-1].children.append(span)


def _name(mark: Mark, kind: Kind) -> str:
    named = mark.facts.get("app" if kind == "application" else "name")
    return str(named or mark.facts.get("route") or kind)
