"""What is known of a request that has not ended: the dependency that runs, and that its client did not wait for it."""

from __future__ import annotations

from time import perf_counter_ns

from webfoot.journey.failure import place
from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.why.verdict import Why, sentence
from webfoot.trail import StationName


def running(record: Record, station: StationName) -> list[Mark]:
    """What is about to reach a station and is not there yet (`Trail.before`): dependencies, and their clean-up."""
    ahead = [Mark._make(step) for step in getattr(record, "ahead", ()) if step[1] == station]
    if not ahead or record.done:
        return []
    reached = [(mark.at, mark.facts.get("number")) for mark in record.all(station)]
    return [
        mark
        for mark in ahead
        if not any(at >= mark.at and number == mark.facts.get("number") for at, number in reached)
    ]


def running_for(mark: Mark) -> int:
    """Nanoseconds until now."""
    return max(0, perf_counter_ns() - mark.at)


def is_abandoned(record: Record) -> bool:
    """Whether the client has left before the answer was whole, and the application still runs."""
    if not record.left_at or record.done or record.was_at("response_ended"):
        return False
    return not is_cut_off(record)


def answered_ns(record: Record) -> int | None:
    """Nanoseconds from its first mark until the answer was complete; None if it is not, or was no HTTP answer."""
    kept = record.kept
    return next((at - kept[0][0] for at, station, _ in reversed(kept) if station == "response_ended"), None)


def is_behind_its_answer(record: Record) -> bool:
    """Whether the application goes on though the answer is complete: clean-up, background tasks."""
    return not record.done and record.was_at("response_ended")


def is_cut_off(record: Record) -> bool:
    """Whether it was under way when the server stopped, which has said so and where it was."""
    return record.fact("head_accepted", "rule") == "stopping"


def abandoned(record: Record) -> Why | None:
    """That it is so, and who still runs. None if it is not."""
    if not is_abandoned(record):
        return None
    return Why(sentence(abandoned_by(record)), "server", "closed")


def abandoned_by(record: Record) -> str:
    """`the client left; read_duck still runs (main.py:12)`"""
    closed = record.last("closed")
    reason = str((closed.facts.get("reason") if closed is not None else None) or "the client left").rstrip(".")
    who, at = at_work(record)
    return f"{reason}; {who} still runs{f' ({at})' if at else ''}"


def parting(record: Record) -> str:
    """What has come before its end: `its client had left`, or `the server had cut it off`."""
    closed = record.last("closed")
    reason = str(closed.facts.get("reason") or "") if closed is not None else ""
    return "its client had left" if reason.startswith("the client") or not reason else "the server had cut it off"


def at_work(record: Record) -> tuple[str, str]:
    """Who is at work, as far as the marks tell, and where its code stands: `read_duck`, `main.py:12`."""
    for station, kind in _DEPENDENCIES:
        marks = running(record, station)
        if marks:
            facts = marks[-1].facts
            return f"{kind} {facts.get('stands_for') or facts.get('name')}", _place(facts)
    last = None
    for mark in record.all("endpoint_called", "route_entered", "endpoint_returned"):
        last = None if mark.station == "endpoint_returned" else mark
    if last is None:
        return "the application", ""
    return str(last.facts.get("name") or "the endpoint"), _place(last.facts)


_DEPENDENCIES: tuple[tuple[StationName, str], ...] = (
    ("dependency_entered", "the dependency"),
    ("dependency_left", "the clean-up of"),
)


def _place(facts: dict[str, object]) -> str:
    file = facts.get("file")
    return place(file, facts.get("line")) if isinstance(file, str) else ""
