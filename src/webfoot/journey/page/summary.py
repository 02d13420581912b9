"""One line of the list: what is known of a journey at a glance."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from webfoot.journey.capture.closing import GOOD, in_words
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.record import Record
from webfoot.journey.schema import client_of, kind_of
from webfoot.journey.under_way import abandoned, answered_ns
from webfoot.journey.why import why
from webfoot.journey.why.missed import missed
from webfoot.journey.why.values import errors_of

SLOW_US = 500_000.0
"""A request that takes longer is slow."""


def summary_of(record: Record) -> dict[str, Any]:
    """See docs/page.md for the meaning of each."""
    if isinstance(record, ThoroughRecord) and record.done:
        record.settle()
    status, kind = record.status, kind_of(record)
    reason = why(record) if record.done else abandoned(record)
    took = record.took_ns / 1000 if record.done else None
    close = _close(record)
    answered = answered_ns(record)
    slow = took is not None and took > SLOW_US and kind == "http" and not _is_stream(record)
    return {
        "id": record.id,
        "number": record.number,
        "state": "done" if record.done else "running",
        "kind": kind,
        "worker": os.getpid(),
        "earlier": False,
        "method": record.method,
        "target": record.target,
        "route": record.fact("route_matched", "route"),
        "endpoint": record.fact("route_entered", "name") or record.fact("endpoint_called", "name"),
        "status": status,
        "started_at": record.started_at,
        "took_us": took,
        "answered_us": None if answered is None else answered / 1000,
        "at": _stood_at(record) if not record.done else None,
        "went_on_at": _went_on_at(record),
        "client": client_of(record),
        "size": None if kind == "websocket" else record.fact("response_ended", "total"),
        "frames": record.frames.count if isinstance(record, ThoroughRecord) and record.frames is not None else 0,
        "close": close,
        "why": None if reason is None else asdict(reason),
        "slow": slow,
        "slow_at": _place(record) if slow else None,
        "missed": list(missed(record)) if record.done else [],
        "failed": _is_failed(record, status, close),
        "errors": sum(len(errors_of(mark)) for mark in record.all("values_validated", "reply_validated")),
    }


def _place(record: Record) -> str | None:
    """Where it held the event loop, else where it was most of the times that somebody looked; as seen from here."""
    held = next((hold.place for hold in record.holds if hold.by == record.id), "")
    return _seen_from_here(held) or _stood_at(record)


def _stood_at(record: Record) -> str | None:
    return _seen_from_here(record.stood_at) if isinstance(record, ThoroughRecord) else None


def _went_on_at(record: Record) -> str | None:
    return _seen_from_here(record.went_on_at) if isinstance(record, ThoroughRecord) else None


def _seen_from_here(place: str) -> str | None:
    return place.removeprefix(os.path.join(os.getcwd(), "")) or None


def _close(record: Record) -> dict[str, Any] | None:
    """How a WebSocket ended."""
    if kind_of(record) != "websocket":
        return None
    if isinstance(record, ThoroughRecord) and record.frames is not None and record.frames.close is not None:
        code, says = record.frames.close
        return {"code": code, "says": says}
    code_there = record.fact("closed", "code")
    return {"code": code_there, "says": in_words(code_there)} if isinstance(code_there, int) else None


def _is_stream(record: Record) -> bool:
    """It lasts as long as it lasts."""
    return isinstance(record, ThoroughRecord) and record.frames is not None


def _is_failed(record: Record, status: int | None, close: dict[str, Any] | None) -> bool:
    if not record.done:
        return status is not None and status >= 400
    if status is None or status >= 400 or record.has_failed:  # the latter maybe when all was answered
        return True
    return close is not None and close["code"] not in GOOD
