"""A request of a worker that is no more, as a journey and as a line of the list: made of what its flight file holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from webfoot.journey.flight.reading import Flight, Request
from webfoot.journey.page.summary import SLOW_US
from webfoot.journey.schema import VERSION

_PLACE: Final = re.compile(r"\S+:\d+ in ")
_HELD: Final = "holds the event loop"
_BY_SIGNAL: Final = re.compile(r"killed by (SIG\w+)")

Journey = dict[str, Any]


def ended_at(flight: Flight) -> float:
    """As exactly as it is known, in seconds since the epoch: when somebody found it dead, or its last sign of life."""
    return flight.epitaph.at or max(flight.started_at, flight.loop_seen_at)


def journey_of(row: Request, flight: Flight, id: str, kept: Journey | None) -> Journey:
    """`kept`: the journey in full, where the file has it. What was under way has only its row."""
    if kept is not None:
        return {**kept, "id": id}
    took = row.took if row.took is not None else max(0.0, ended_at(flight) - row.began)
    return {
        "version": VERSION,
        "id": id,
        "kind": "websocket" if row.is_websocket else "http",
        "worker": row.worker,
        "client": row.client or None,
        "http_version": None,
        "started_at": row.began,
        "method": row.method or None,
        "target": row.path or None,
        "status": row.status,
        "why": {"sentence": _sentence(row, flight), "layer": "server", "station": "closed"},
        "missed": [],
        "advice": [*_advice(flight)] if row.is_under_way else [],
        "took_us": took * 1e6,
        "answered_us": None,
        "done": True,
        "left_out": 0,
        "marks": [],
        "tree": None,
        "split": None,
        "background_us": 0,
        "held": [],
        "request": {"headers": [], "body": None},
        "response": None if row.status is None else {"status": row.status, "headers": [], "body": None},
        "route": None,
        "endpoint": None,
        "dependencies": [],
        "validation": [],
        "changes": [],
        "frames": [],
        "frames_left_out": 0,
        "stood_at": row.note or None,
        "went_on_at": None,
        "worker_ended": _ended(flight) if row.is_under_way else None,
    }


def summary_of(journey: Journey, row: Request, cursor: int) -> dict[str, Any]:
    """As `webfoot.journey.page.summary` makes it of a record."""
    frames, close = journey.get("frames") or [], _close(journey)
    is_stream = bool(frames) or row.is_endless
    is_slow = not row.is_under_way and (journey.get("took_us") or 0) > SLOW_US and not (row.is_websocket or is_stream)
    return {
        "id": journey["id"],
        "number": row.number,
        "state": "done",
        "kind": journey.get("kind"),
        "worker": row.worker,
        "earlier": False,
        "lost": True,
        "died": row.is_under_way,
        "method": journey.get("method"),
        "target": journey.get("target"),
        "route": (journey.get("route") or {}).get("route"),
        "endpoint": (journey.get("endpoint") or {}).get("name"),
        "status": journey.get("status"),
        "started_at": journey.get("started_at"),
        "took_us": journey.get("took_us"),
        "answered_us": journey.get("answered_us"),
        "at": None,
        "went_on_at": journey.get("went_on_at"),
        "client": journey.get("client"),
        "size": None if row.is_websocket else row.sent,
        "frames": len(frames) + (journey.get("frames_left_out") or 0),
        "close": close,
        "why": journey.get("why"),
        "slow": is_slow,
        "slow_at": journey.get("stood_at") if is_slow else None,
        "missed": journey.get("missed") or [],
        "failed": row.is_under_way or row.has_failed or (row.status or 0) >= 400,
        "errors": sum(len(each.get("errors") or ()) for each in journey.get("validation") or ()),
        "cursor": cursor,
    }


def _sentence(row: Request, flight: Flight) -> str:
    if not row.is_under_way:
        return f"Worker {row.worker} has ended, and of this request only its row was kept."
    said = f"Worker {row.worker} {flight.epitaph.how or 'ended'} while this was under way."
    if not row.note:
        return said
    if row.note.startswith(_HELD):
        place = row.note.removeprefix(f"{_HELD} at ")
        return f"{said} It held the event loop{'' if place in flight.epitaph.how else f' at {place}'}."
    return f"{said} It {'was at' if _PLACE.match(row.note) else 'waited for'} {row.note}."


def _advice(flight: Flight) -> Iterator[str]:
    how = flight.epitaph.how
    found = _BY_SIGNAL.search(how)
    if found is not None and found[1] == "SIGKILL":
        yield "SIGKILL comes from outside: from the kernel where memory has run out (dmesg tells), or from somebody."
    elif found is not None:
        yield f"{found[1]} is a crash of code that is not Python's: look at what was called there."
    elif "blocked at" in how:
        yield "A call that blocks holds up the whole worker: await it, or declare the endpoint with def."


def _ended(flight: Flight) -> Journey:
    epitaph = flight.epitaph
    return {"at": epitaph.at or None, "how": epitaph.how or None, "stack": list(epitaph.stack)}


def _close(journey: Journey) -> dict[str, Any] | None:
    frames = journey.get("frames") or []
    close = next((each for each in reversed(frames) if each.get("kind") == "close"), None)
    return None if close is None else {"code": close.get("code"), "says": close.get("says")}
