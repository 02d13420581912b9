"""Two journeys of the same request held against each other, station by station.

What differs from one run to the next by nature (ports, times, ids) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.ending import come_before_it_was_left
from webfoot.journey.saved.frames import Kind, SentFrame, frames_compared, frames_not_compared
from webfoot.journey.saved.outcome import body_not_compared, outcome
from webfoot.journey.saved.reading import Journey
from webfoot.journey.why.answers import SURROUNDINGS

# Facts and stations that say nothing of the code.
_BY_NATURE: Final[dict[str, frozenset[str]]] = {
    "connected": frozenset(("client", "server", "transport", "said_by")),
    "scope_built": frozenset(("client", "said_by", "scheme")),
    "head_parsed": frozenset(("headers", "parser")),
    # The request is the same one; where something was redacted it has another length.
    "head_accepted": frozenset(("framing",)),
    "body_read": frozenset(("size",)),
    "bytes_received": frozenset(("size",)),
    "bytes_encoded": frozenset(("size",)),
    "bytes_sent": frozenset(("size", "waiting")),
    "chosen": frozenset(("reason",)),
    "secured": frozenset(("tls",)),
    "dependency_entered": frozenset(("took_ns",)),
    "kept_alive": frozenset(("reason",)),
    "response_started": frozenset(("headers",)),
}
# How the bytes came in pieces is the network's doing, and whether the connection was kept is the client's.
_PASSED_OVER: Final = frozenset(
    ("bytes_received", "bytes_sent", "connected", "secured", "chosen", "kept_alive", "closed")
)
# Of a stream: its events are held against each other, or what had come of it when the client left.
_PIECES: Final = frozenset(("response_body", "response_ended"))
# What the flight recorder leaves out of a request that is no failure (`webfoot.trail.closely`), stations and facts.
_CLOSELY: Final = frozenset(
    ("head_accepted", "values_collected", "values_validated", "reply_validated", "response_body", "bytes_encoded")
)
_CLOSELY_KNOWN: Final = frozenset(("cached", "content_type"))
_PLACES: Final = frozenset(("file", "line"))  # code that moved is still the same code


@dataclass(frozen=True, slots=True)
class Step:
    """One station: `what` tells which one, where there are several of them; `facts` are those that differ."""

    kind: Kind
    station: str
    what: str
    before: str | None
    now: str | None
    facts: dict[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """`outcome`: status, sentence, headers and body that differ, each as (before, now).

    `frames`: messages that the application sent, and events of a stream. `not_compared`: what was not kept of them.
    """

    outcome: dict[str, tuple[Any, Any]]
    steps: tuple[Step, ...]
    frames: tuple[SentFrame, ...]
    not_compared: tuple[str, ...]
    took_us: tuple[float | None, float | None]

    @property
    def is_same_answer(self) -> bool:
        return not self.outcome and all(frame.kind == "same" for frame in self.frames)

    @property
    def is_none(self) -> bool:
        return self.is_same_answer and all(step.kind == "same" for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        return {"version": 1, "same": self.is_none, **asdict(self)}


def difference(before: Journey, now: Journey) -> Difference:
    return Difference(
        outcome=dict(outcome(before, now)),
        steps=tuple(_steps(before, now)),
        frames=frames_compared(before, now),
        not_compared=(*frames_not_compared(before, now), *body_not_compared(before, now)),
        took_us=(before.get("took_us"), now.get("took_us")),
    )


def _steps(before: Journey, now: Journey) -> Iterator[Step]:
    """Stations aligned as a difference of two files is, so that one that is new does not shift all the others."""
    is_stream = come_before_it_was_left(before) is not None or any(map(_has_events, (before, now)))
    passed_over = _PASSED_OVER | _PIECES if is_stream else _PASSED_OVER
    was, are = _marks(before, passed_over), _marks(now, passed_over)
    is_light = not any(mark["station"] == "bytes_sent" for mark in before["marks"])
    matcher = SequenceMatcher(None, [_key(mark) for mark in was], [_key(mark) for mark in are], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(was[i1:i2], are[j1:j2], strict=True):
                yield _compared(one, other, _CLOSELY_KNOWN if is_light else frozenset())
            continue
        for mark in was[i1:i2]:
            yield Step("only before", mark["station"], _key(mark)[1], str(mark.get("says")), None, {})
        for mark in are[j1:j2]:
            if not (is_light and (mark["station"] in _CLOSELY or _key(mark)[1] in SURROUNDINGS)):
                yield Step("only now", mark["station"], _key(mark)[1], None, str(mark.get("says")), {})


def _has_events(journey: Journey) -> bool:
    return any(frame["kind"] == "event" for frame in journey.get("frames") or ())


def _marks(journey: Journey, passed_over: frozenset[str]) -> list[dict[str, Any]]:
    return [mark for mark in journey["marks"] if mark["station"] not in passed_over]


def _key(mark: dict[str, Any]) -> tuple[str, str]:
    facts = mark.get("facts") or {}
    named = facts.get("name") or facts.get("owner") or facts.get("by") or ""
    return mark["station"], str(named)


def _compared(one: dict[str, Any], other: dict[str, Any], unknown: frozenset[str]) -> Step:
    was, now = one.get("facts") or {}, other.get("facts") or {}
    passed_over = _BY_NATURE.get(one["station"], frozenset()) | _PLACES | unknown
    names = [name for name in {**was, **now} if name not in passed_over]
    facts = {name: (was.get(name), now.get(name)) for name in names if not _alike(was.get(name), now.get(name))}
    kind: Kind = "changed" if facts else "same"
    return Step(kind, one["station"], _key(one)[1], str(one.get("says")), str(other.get("says")), facts)


def _alike(was: Any, now: Any) -> bool:
    """What was redacted is not known, so it is no difference. A failure is what it says, not the line it came from."""
    if isinstance(was, dict) and isinstance(now, dict):
        return all(_alike(was.get(key), now.get(key)) for key in {**was, **now} if key not in _PLACES)
    if isinstance(was, list) and isinstance(now, list):
        return len(was) == len(now) and all(map(_alike, was, now))
    return bool(was == now) or (isinstance(was, str) and isinstance(now, str) and REDACTED in (was, now))
