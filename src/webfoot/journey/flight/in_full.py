"""A journey as the text that is kept of it, of bounded length."""

from __future__ import annotations

import json
from typing import Any, Final

from webfoot.journey.record import Record
from webfoot.journey.schema import as_json

_HEAD: Final = 30
_TAIL: Final = 30
"""Marks that are kept of a journey that is too long: those at its beginning, and those at its end."""


def in_full(record: Record, most: int) -> bytes:
    """At most `most` bytes of JSON. Of what is too long the middle is left out, then all but what it came to."""
    journey: dict[str, Any] = as_json(record)
    text = _written(journey)
    for shorten in (_without_its_middle, _without_its_marks, _without_its_parts):
        if len(text) <= most:
            break
        shorten(journey)
        text = _written(journey)
    return text if len(text) <= most else b"{}"


def _written(journey: dict[str, Any]) -> bytes:
    return json.dumps(journey, separators=(",", ":"), default=str).encode()


def _without_its_middle(journey: dict[str, Any]) -> None:
    marks = journey["marks"]
    if len(marks) > _HEAD + _TAIL:
        journey["left_out"] += len(marks) - _HEAD - _TAIL
        journey["marks"] = [*marks[:_HEAD], *marks[-_TAIL:]]
    journey["tree"] = None


def _without_its_marks(journey: dict[str, Any]) -> None:
    journey["left_out"] += len(journey["marks"])
    journey["marks"] = []


def _without_its_parts(journey: dict[str, Any]) -> None:
    """Only what is short by its nature stays."""
    for name, value in journey.items():
        if isinstance(value, dict | list) and name != "why":
            journey[name] = None if isinstance(value, dict) else []
