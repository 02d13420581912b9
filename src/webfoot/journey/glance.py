"""What one look at the marks tells of an ordinary request that went well: all that a short line of it has to say.

Most requests are of that kind, and whoever tells of each of them would else ask the record a dozen questions, each of
which goes through all marks. So a test here may be stricter than what is asked elsewhere, but never milder.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from webfoot.journey import redact
from webfoot.journey.cleaning import text_of
from webfoot.journey.record import Record
from webfoot.journey.why import TROUBLES
from webfoot.journey.why.missed import has_origin, sets_cookies
from webfoot.trail import STATIONS, StationName

QUICK: Final = 20_000_000
"""Nanoseconds; of what takes longer somebody may want to know where the time went."""


_READ: Final = frozenset(
    ("head_parsed", "scope_built", "response_started", "bytes_encoded", "bytes_sent", "response_ended")
)
_SILENT: Final[frozenset[StationName]] = frozenset(
    mark
    for station in STATIONS
    if {"error", "outcome"}.isdisjoint(station.facts)
    for mark in station.marks
    if mark not in _READ and mark != "decided"
)
"""Marks that tell nothing that is asked for here."""


class Glance(NamedTuple):
    """target: as it arrived, nothing in it is a secret. took: as `webfoot.journey.line.duration_ns` has it."""

    method: str
    target: str
    status: int
    took: int


def glance(record: Record) -> Glance | None:
    """Of an HTTP request that has ended. None if it takes more than a glance: it may have gone well all the same."""
    if record.left_out or record.left_at:
        return None
    head = scope = None
    sent = status = 0
    is_whole = False
    kept = record.kept
    for at, station, facts in kept:
        if station in _SILENT:
            continue
        if station not in _READ:
            if station == "decided" or facts.get("error") is not None or facts.get("outcome") in TROUBLES:
                return None
            if station == "route_matched" and _has_secrets(facts):
                return None
        elif station == "head_parsed" and head is None:
            head = facts
        elif station == "scope_built" and scope is None:
            scope = facts
        elif station == "response_started":
            status = 0  # what was encoded before it was an interim response
            if sets_cookies(facts):  # which a browser may refuse
                return None
        elif station == "bytes_encoded":
            status = facts["status"] or status
        elif station == "bytes_sent":
            sent = at
        elif station == "response_ended":
            is_whole = True
        else:  # a second head
            return None
    if head is None or scope is None or scope["kind"] != "http" or not is_whole or not 200 <= status < 300:
        return None
    arrived = kept[0][0] if kept[0][1] == "bytes_received" else record.arrived_at  # the first of a connection has more
    if not 0 < sent - arrived < QUICK or has_origin(head):
        return None
    method, target = text_of(head.get("method")), text_of(head.get("target"))
    if not method or not target or redact.target(target) != target:
        return None
    return Glance(method, target, status, sent - arrived)


def _has_secrets(match: dict[str, Any]) -> bool:
    """Whether a part of the path is one, as the router tells it."""
    if match.get("outcome") == "found" and not match.get("path_params"):
        return False
    return bool(redact.secrets_in_path(match.get("path_params"), match.get("route"), match.get("path")))
