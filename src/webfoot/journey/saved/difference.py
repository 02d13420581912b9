"""Two journeys of the same request held against each other, station by station.

What differs from one run to the next by nature (ports, times, ids) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal, TypeAlias

from webfoot.journey.redact import REDACTED
from webfoot.journey.saved.reading import Journey

Kind: TypeAlias = Literal["same", "changed", "only before", "only now"]

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
_PLACES: Final = frozenset(("file", "line"))  # code that moved is still the same code
_HEADERS_BY_NATURE: Final = frozenset(
    ("date", "server-timing", "webfoot-why", "webfoot-journey", "age", "x-request-id", "x-process-time", "traceparent")
)


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
    """`outcome`: status, sentence, headers and body that differ, each as (before, now)."""

    outcome: dict[str, tuple[Any, Any]]
    steps: tuple[Step, ...]
    took_us: tuple[float | None, float | None]

    @property
    def is_none(self) -> bool:
        return not self.outcome and all(step.kind == "same" for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        return {"version": 1, "same": self.is_none, **asdict(self)}


def difference(before: Journey, now: Journey) -> Difference:
    return Difference(
        outcome=dict(_outcome(before, now)),
        steps=tuple(_steps(before, now)),
        took_us=(before.get("took_us"), now.get("took_us")),
    )


def _outcome(before: Journey, now: Journey) -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in ("status", "why"):
        was, is_ = _told(before.get(name)), _told(now.get(name))
        if was != is_:
            yield name, (was, is_)
    if before.get("response") is None or now.get("response") is None:
        return
    was_fields, fields = _fields(before["response"]), _fields(now["response"])
    for name in sorted(was_fields.keys() | fields.keys()):
        if was_fields.get(name) != fields.get(name):
            yield f"header {name}", (was_fields.get(name), fields.get(name))
    was_body, body = _body(before["response"]), _body(now["response"])
    if was_body is not None and body is not None and was_body != body:
        yield "body", (was_body, body)


def _told(value: Any) -> Any:
    return value.get("sentence") if isinstance(value, dict) else value


def _fields(response: dict[str, Any]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in response.get("headers") or ():
        if str(name).lower() not in _HEADERS_BY_NATURE:
            fields.setdefault(str(name).lower(), []).append(str(value))
    return fields


def _body(response: dict[str, Any]) -> str | None:
    body = response.get("body")
    return body.get("text") if isinstance(body, dict) else None


def _steps(before: Journey, now: Journey) -> Iterator[Step]:
    """Stations aligned as a difference of two files is, so that one that is new does not shift all the others."""
    was, are = _marks(before), _marks(now)
    matcher = SequenceMatcher(None, [_key(mark) for mark in was], [_key(mark) for mark in are], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(was[i1:i2], are[j1:j2], strict=True):
                yield _compared(one, other)
            continue
        for mark in was[i1:i2]:
            yield Step("only before", mark["station"], _key(mark)[1], str(mark.get("says")), None, {})
        for mark in are[j1:j2]:
            yield Step("only now", mark["station"], _key(mark)[1], None, str(mark.get("says")), {})


def _marks(journey: Journey) -> list[dict[str, Any]]:
    return [mark for mark in journey["marks"] if mark["station"] not in _PASSED_OVER]


def _key(mark: dict[str, Any]) -> tuple[str, str]:
    facts = mark.get("facts") or {}
    named = facts.get("name") or facts.get("owner") or facts.get("by") or ""
    return mark["station"], str(named)


def _compared(one: dict[str, Any], other: dict[str, Any]) -> Step:
    was, now = one.get("facts") or {}, other.get("facts") or {}
    passed_over = _BY_NATURE.get(one["station"], frozenset()) | _PLACES
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
