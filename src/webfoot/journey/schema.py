"""A journey as JSON, for programs. docs/journey.schema.json says what each field is, and a test holds real ones to it.

The shape is versioned: fields are added within a version, never renamed.
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import asdict
from typing import cast

from webfoot.journey import redact
from webfoot.journey.advice import advice
from webfoot.journey.capture.binary import holds
from webfoot.journey.capture.bodies import Body
from webfoot.journey.capture.frames import Frame
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.failure import Failure
from webfoot.journey.marks import Mark
from webfoot.journey.parts import dependencies_of, endpoint_of, route_of, since, validation_of
from webfoot.journey.record import Record
from webfoot.journey.says import address, says
from webfoot.journey.timing.split import after_ns, split_of
from webfoot.journey.tree import Span, tree_of
from webfoot.journey.under_way import abandoned, answered_ns
from webfoot.journey.why import why
from webfoot.journey.why.missed import missed
from webfoot.trail import STATIONS
from webfoot.trail.held import Hold

VERSION = 1

_STATION_OF = {mark: station for station in STATIONS for mark in station.marks}


def as_json(record: Record) -> dict[str, object]:
    """The journey as data that `json.dumps` takes."""
    if isinstance(record, ThoroughRecord) and record.done:
        record.settle()
    began = record.marks[0].at if record.marks else 0
    root, reason = tree_of(record), why(record) if record.done else abandoned(record)
    return {
        "version": VERSION,
        "id": record.id,
        "kind": kind_of(record),
        "worker": os.getpid(),
        "client": client_of(record),
        "http_version": _text(record.fact("head_parsed", "version")),
        "started_at": record.started_at,
        "method": record.method,
        "target": record.target,
        "status": record.status,
        "why": None if reason is None else asdict(reason),
        "missed": list(missed(record)) if record.done else [],
        "advice": advice(record) if record.done else [],
        "took_us": record.took_ns / 1000,
        "answered_us": None if (answered := answered_ns(record)) is None else answered / 1000,
        "done": record.done,
        "left_out": record.left_out,
        "marks": [_mark(mark, began) for mark in record.marks],
        "tree": None if root is None else _span(root, began),
        "split": _split(record),
        "background_us": after_ns(record) / 1000,
        "held": [_hold(hold, began) for hold in record.holds],
        "request": _request(record),
        "response": _response(record),
        "route": _plain(route_of(record)),
        "endpoint": _plain(endpoint_of(record)),
        "dependencies": _plain(dependencies_of(record)),
        "validation": _plain(validation_of(record)),
        **_captured(record),
    }


def kind_of(record: Record) -> str:
    return "websocket" if record.fact("scope_built", "kind") == "websocket" else "http"


def client_of(record: Record) -> str | None:
    """Who the request is from, as the application is told: `127.0.0.1:5000`."""
    return address(record.fact("scope_built", "client") or record.fact("connected", "client")) or None


def _split(record: Record) -> dict[str, float] | None:
    split = split_of(record)
    return None if split is None else {name: ns / 1000 for name, ns in asdict(split).items()}


def _hold(hold: Hold, began: int) -> dict[str, object]:
    at_us = (hold.began - began) / 1000
    return {"at_us": at_us, "us": hold.ns / 1000, "by": hold.by, "task": hold.who, "stack": list(hold.stack)}


def _request(record: Record) -> dict[str, object]:
    headers = record.fact("head_parsed", "headers")
    return {
        "headers": _pairs(headers),
        "body": _body(record.request_body, record) if isinstance(record, ThoroughRecord) else None,
    }


def _response(record: Record) -> dict[str, object] | None:
    if record.status is None:
        return None
    return {
        "status": record.status,
        "headers": _pairs(record.fact("response_started", "headers")),
        "body": _body(record.response_body, record) if isinstance(record, ThoroughRecord) else None,
    }


def _pairs(fields: object) -> list[list[str]]:
    return [list(pair) for pair in redact.readable(fields)] if isinstance(fields, list) else []


def _body(body: Body | None, record: Record) -> dict[str, object] | None:
    return _hidden(asdict(body.told()), record) if body is not None and body.size else None


def _hidden(told: dict[str, object], record: Record) -> dict[str, object]:
    """Of what is under way still: all else was gone through when it was over."""
    return told if record.done else cast("dict[str, object]", record.without_secrets(told))


def _captured(record: Record) -> dict[str, object]:
    if not isinstance(record, ThoroughRecord):
        return {"changes": [], "frames": [], "frames_left_out": 0, "stood_at": None, "went_on_at": None}
    frames = record.frames
    return {
        "changes": [_hidden(asdict(change), record) for change in record.changes],
        "frames": [_frame(frame, record) for frame in frames.kept] if frames is not None else [],
        "frames_left_out": frames.left_out if frames is not None else 0,
        "stood_at": record.stood_at or None,
        "went_on_at": record.went_on_at or None,
    }


def _frame(frame: Frame, record: Record) -> dict[str, object]:
    told = frame._asdict()
    data = told.pop("data")
    shown: dict[str, object] = {"at_us": since(record, told.pop("at")), **_hidden(told, record)}
    if data is not None and (record.done or not holds(data, record.without_secrets)):
        shown["data"] = b64encode(data).decode()
    return shown


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


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
