"""One request, watched, and what its record tells of decisions."""

from __future__ import annotations

import asyncio
from typing import Any

from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.server import ServerOptions


def record_of(
    app: Any, method: str, path: str, *headers: str, body: str | None = None, patience: float = 5, **options: Any
) -> Record:
    [record] = asyncio.run(send_once(app, ServerOptions(**options), compose(method, path, headers, body), patience))
    return record


def said_why(record: Record) -> str:
    verdict = why(record)
    assert verdict is not None
    return verdict.sentence


def decisions(record: Record) -> list[str]:
    return [f"{mark.facts['by']}: {mark.facts['what']}" for mark in record.marks if mark.station == "decided"]
