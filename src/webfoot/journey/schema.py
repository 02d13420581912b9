"""A journey as JSON, for programs. The shape is versioned: fields are added within a version, never renamed.

{
  "version": 1,
  "started_at": 1767225600.25,              seconds since the epoch
  "method": "GET", "target": "/ducks/7",    null where no head could be read
  "status": 200,                            null where there was no answer
  "why": {"sentence": "...", "layer": "router", "station": "route_matched"},   null where all went well
  "took_us": 812.4,
  "done": true,                             false: the request was still under way
  "left_out": 0,                            marks beyond the bound of what is kept
  "marks": [{"number": 1, "station": "connected", "way": "in", "at_us": 0.0, "says": "...", "facts": {...}}, ...],
  "tree": {"kind": "request", "name": "GET /ducks/7", "at_us": 0.0, "total_us": 812.4, "self_us": 101.0,
           "complete": true, "children": [...]}
}
"""

from __future__ import annotations

from dataclasses import asdict

from webfoot.journey.failure import Failure
from webfoot.journey.record import Mark, Record
from webfoot.journey.says import says
from webfoot.journey.tree import Span, tree_of
from webfoot.journey.why import why
from webfoot.trail import STATIONS

VERSION = 1

_STATION_OF = {mark: station for station in STATIONS for mark in station.marks}


def as_json(record: Record) -> dict[str, object]:
    """The journey as data that `json.dumps` takes."""
    began = record.marks[0].at if record.marks else 0
    root, reason = tree_of(record), why(record)
    return {
        "version": VERSION,
        "started_at": record.started_at,
        "method": record.method,
        "target": record.target,
        "status": record.status,
        "why": None if reason is None else asdict(reason),
        "took_us": record.took_ns / 1000,
        "done": record.done,
        "left_out": record.left_out,
        "marks": [_mark(mark, began) for mark in record.marks],
        "tree": None if root is None else _span(root, began),
    }


def _mark(mark: Mark, began: int) -> dict[str, object]:
    station = _STATION_OF[mark.station]
    return {
        "number": station.number,
        "station": mark.station,
        "way": station.way,
        "at_us": (mark.at - began) / 1000,
        "says": says(mark),
        "facts": {name: _plain(value) for name, value in mark.facts.items()},
    }


def _span(span: Span, began: int) -> dict[str, object]:
    return {
        "kind": span.kind,
        "name": span.name,
        "at_us": (span.began - began) / 1000,
        "total_us": span.total_ns / 1000,
        "self_us": span.self_ns / 1000,
        "complete": span.is_complete,
        "children": [_span(child, began) for child in span.children],
    }


def _plain(value: object) -> object:
    """Facts that need no cleaning are kept as they came; here they become what JSON knows."""
    if isinstance(value, Failure):
        return asdict(value)
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(entry) for entry in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
