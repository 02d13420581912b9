"""All workers of a server at one moment: what is under way, how their event loops do, what was slow or failed last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from webfoot.journey.flight.reading import Flight, Request

VERSION: Final = 1
"""Of the JSON: fields are added within a version, never renamed."""

RATE_OF: Final = 5.0
"""Seconds that count for the requests per second."""

SILENT_AFTER: Final = 2.0
"""Seconds without a word of a worker that was asked for notes."""

_MANY: Final = 16  # rows, the fewest that a file has
_LAST: Final = 5  # slowest and failed requests that are shown
_RECENTLY: Final = 300.0  # seconds within which the slowest ones are looked for


@dataclass(frozen=True, slots=True)
class Worker:
    """silent: seconds for which it has said nothing though it was asked; 0.0 if it speaks. late: seconds by which its
    event loop is behind. unseen: requests that the recorder had no row for.
    """

    pid: int
    server: int
    app: str
    in_flight: int
    per_second: float
    connections: int
    late: float
    held_by: str
    silent: float
    unseen: int


@dataclass(frozen=True, slots=True)
class Overview:
    """at: seconds since the epoch. in_flight: the oldest first."""

    at: float
    workers: list[Worker]
    in_flight: list[Request]
    slowest: list[Request]
    failed: list[Request]

    @property
    def per_second(self) -> float:
        return sum(worker.per_second for worker in self.workers)

    @property
    def connections(self) -> int:
        return sum(worker.connections for worker in self.workers)


def overview(flights: list[Flight], at: float, asked_at: float) -> Overview:
    """`asked_at`: since when notes were asked for."""
    ended = [request for flight in flights for request in flight.ended]
    recent = [each for each in ended if _end(each) > at - _RECENTLY and not (each.is_websocket or each.is_endless)]
    return Overview(
        at=at,
        workers=[_worker(flight, at, asked_at) for flight in flights],
        in_flight=sorted((each for flight in flights for each in flight.in_flight), key=lambda each: each.began),
        slowest=sorted(recent, key=lambda each: -(each.took or 0.0))[:_LAST],
        failed=sorted((each for each in ended if each.has_failed), key=lambda each: -_end(each))[:_LAST],
    )


def as_json(seen: Overview) -> dict[str, Any]:
    """`webfoot top --json`; described in docs/top.md."""
    return {
        "version": VERSION,
        "at": seen.at,
        "requests_per_second": seen.per_second,
        "workers": [
            {
                "worker": each.pid,
                "server": each.server,
                "app": each.app,
                "in_flight": each.in_flight,
                "requests_per_second": each.per_second,
                "connections": each.connections,
                "loop_late_s": each.late,
                "loop_held_by": each.held_by or None,
                "silent_s": each.silent,
                "unseen": each.unseen,
            }
            for each in seen.workers
        ],
        "in_flight": [_request(each, seen.at) for each in seen.in_flight],
        "slowest": [_request(each, seen.at) for each in seen.slowest],
        "failed": [_request(each, seen.at) for each in seen.failed],
    }


def kind_of(request: Request) -> str:
    """What lasts by its nature is told apart from what is slow."""
    return "websocket" if request.is_websocket else "stream" if request.is_endless else "http"


def age_of(request: Request, at: float) -> float:
    return request.took if request.took is not None else max(0.0, at - request.began)


def _worker(flight: Flight, at: float, asked_at: float) -> Worker:
    heard_at = max(asked_at, flight.loop_seen_at)
    return Worker(
        pid=flight.worker,
        server=flight.server,
        app=flight.app,
        in_flight=len(flight.in_flight),
        per_second=_rate(flight, at),
        connections=flight.connections,
        late=flight.late,
        held_by=flight.held_by,
        silent=at - heard_at if at - heard_at > SILENT_AFTER else 0.0,
        unseen=flight.unseen,
    )


def _rate(flight: Flight, at: float) -> float:
    """Requests per second, lately. Where rows were used again within that time, those that are left tell the pace."""
    ends = [end for each in flight.ended if (end := _end(each)) > at - RATE_OF]
    is_lately_all = len(ends) == len(flight.ended) and at - flight.started_at > RATE_OF
    span = at - min(ends, default=at - RATE_OF) if is_lately_all and len(ends) > _MANY else RATE_OF
    return len(ends) / max(span, 0.001)


def _end(request: Request) -> float:
    return request.began + (request.took or 0.0)


def _request(request: Request, at: float) -> dict[str, Any]:
    return {
        "id": request.id,
        "kind": kind_of(request),
        "worker": request.worker,
        "method": request.method,
        "path": request.path,
        "client": request.client,
        "request_id": request.request_id or None,
        "began_at": request.began,
        "age_s": age_of(request, at),
        "status": request.status,
        "sent": request.sent,
        "waits_for": request.note or None if request.is_under_way else None,
        "done": not request.is_under_way,
    }
