"""A journey that comes back from JSON: all that can be drawn or asked of a record can be of this one, too."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from webfoot.journey.failure import Failure
from webfoot.journey.record import Record
from webfoot.journey.saved.reading import Journey
from webfoot.trail.stations import NUMBER_OF

_OF_A_FAILURE: Final = {each.name for each in fields(Failure)}


class RecalledRecord(Record):
    """What was redacted before it was saved is taken as it is. Stations that this version does not know are left out.

    Where the time went (`times`) was measured in the process that served, and cannot be asked again.
    """

    __slots__ = ()

    def __init__(self, journey: Journey) -> None:
        super().__init__()
        self.done = bool(journey.get("done", True))
        self.left_out = int(journey.get("left_out") or 0)
        marks = [each for each in journey["marks"] if each["station"] in NUMBER_OF]
        self._kept = [(round(each["at_us"] * 1000), each["station"], _facts(each)) for each in marks]
        self._cleaned = len(self._kept)  # before it was saved


def _facts(mark: dict[str, Any]) -> dict[str, Any]:
    return {name: _revived(value) for name, value in (mark.get("facts") or {}).items()}


def _revived(value: Any) -> Any:
    if not isinstance(value, dict) or value.keys() != _OF_A_FAILURE:
        return value
    return Failure(**{**value, "cause": _revived(value["cause"])})
