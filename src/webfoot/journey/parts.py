"""What the marks say of the parts of an API's route: the router's verdict, the endpoint, its dependencies, its values.

All of it as data for JSON, in the shape that `schema` names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webfoot.journey.marks import Mark
from webfoot.journey.record import Record
from webfoot.journey.under_way import running, running_for
from webfoot.journey.why.values import errors_of

_ROUTE_FACTS = ("outcome", "route", "router", "path_params", "allow", "near", "location")
_DEPENDENCY_FACTS = ("number", "file", "line", "where", "scope", "outcome", "error")


def route_of(record: Record) -> dict[str, Any] | None:
    """What the innermost router said, and the route that was entered."""
    matched = record.last("route_matched")
    if matched is None:
        return None
    told: dict[str, Any] = {name: matched.facts.get(name) for name in _ROUTE_FACTS}
    entered = record.last("route_entered")
    for name in ("name", "file", "line"):
        told[name] = entered.facts.get(name) if entered is not None else None
    return told


def endpoint_of(record: Record) -> dict[str, Any] | None:
    called = record.last("endpoint_called")
    if called is None:
        return None
    returned = record.last("endpoint_returned")
    took = (returned.at - called.at) / 1000 if returned is not None else None
    facts = {**called.facts, **(returned.facts if returned is not None else {})}
    return {
        "name": facts.get("name"),
        "file": facts.get("file"),
        "line": facts.get("line"),
        "where": facts.get("where"),
        "at_us": since(record, called.at),
        "took_us": took,
        "outcome": facts.get("outcome", "running"),
        "returned": facts.get("returned"),
        "error": facts.get("error"),
        "needs": facts.get("needs"),
    }


def dependencies_of(record: Record) -> list[dict[str, Any]]:
    """In the order in which they gave their values; those that have not yet come last.

    `name` is what was asked for, `override` what was called for it.
    """
    clean_ups = {mark.facts.get("number"): mark for mark in record.all("dependency_left")}
    clean_ups |= {mark.facts.get("number"): _so_far(mark) for mark in running(record, "dependency_left")}
    marks = [*record.all("dependency_entered")]
    marks += [_so_far(mark) for mark in running(record, "dependency_entered")]
    return [_dependency(record, mark, clean_ups) for mark in marks]


def _so_far(mark: Mark) -> Mark:
    took = running_for(mark)
    return Mark(mark.at + took, mark.station, {**mark.facts, "took_ns": took, "outcome": "running"})


def _dependency(record: Record, mark: Mark, clean_ups: dict[object, Mark]) -> dict[str, Any]:
    facts = mark.facts
    took, others = facts.get("took_ns"), facts.get("cached")
    took_ns = took if isinstance(took, int) else 0
    told: dict[str, Any] = {name: facts.get(name) for name in _DEPENDENCY_FACTS}
    number = facts.get("number")
    left = clean_ups.get(number) if number is not None else None
    return told | {
        "name": facts.get("stands_for") or facts.get("name"),
        "override": facts.get("name") if facts.get("stands_for") else None,
        "needs": facts.get("needs") or [],
        "wanted": others + 1 if isinstance(others, int) else 1,
        "at_us": since(record, mark.at - took_ns),
        "took_us": took_ns / 1000 if took is not None else None,
        "clean_up": None if left is None else _clean_up(record, left),
    }


def _clean_up(record: Record, left: Mark) -> dict[str, Any]:
    took = left.facts.get("took_ns")
    return {
        "at_us": since(record, left.at),
        "took_us": took / 1000 if isinstance(took, int) else None,
        "outcome": left.facts.get("outcome"),
        "error": left.facts.get("error"),
    }


def validation_of(record: Record) -> list[dict[str, Any]]:
    """For each callable the values that it asked for, and what did not fit."""
    return [
        {
            "owner": mark.facts.get("owner"),
            "outcome": mark.facts.get("outcome"),
            "values": list(_values(mark)),
        }
        for mark in record.all("values_validated")
    ]


def _values(mark: Mark) -> Iterator[dict[str, Any]]:
    """Each error stands beside the value that it is about; one about nothing that was asked for by itself."""
    errors = errors_of(mark)
    values = mark.facts.get("values")
    wanted = [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    for value in wanted:
        own = [error for error in errors if _is_about(error, value, wanted)]
        errors = [error for error in errors if error not in own]
        yield {"raw": None, "value": None, "type": None, **value, "is_sent": "raw" in value, "errors": own}
    for error in errors:
        place, name = _place(error.get("loc"))
        said = {"raw": error.get("input"), "value": None, "type": None, "is_sent": True}
        yield {"place": place, "name": name, **said, "errors": [error]}


def _place(loc: object) -> tuple[str, str]:
    """`("body", "pond", 3)` -> body, pond.3"""
    parts = [str(part) for part in loc] if isinstance(loc, list | tuple) else []
    return parts[0] if parts else "?", ".".join(parts[1:])


def _is_about(error: Mapping[str, Any], value: dict[str, Any], wanted: list[Any]) -> bool:
    loc = error.get("loc") or ()
    place = "body" if value.get("place") in ("form", "file") else value.get("place")
    if not loc or loc[0] != place:
        return False
    is_alone = sum(one.get("place") == value.get("place") for one in wanted) == 1
    return is_alone or (len(loc) > 1 and bool(loc[1] == value.get("name")))


def since(record: Record, at: int) -> float:
    """Microseconds from the first mark of the journey."""
    return (at - record.marks[0].at) / 1000 if record.marks else 0.0
