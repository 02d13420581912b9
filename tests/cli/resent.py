"""Sessions over a WebSocket that were saved, and said again to an application that may have changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from webfoot.cli.composing import as_bytes
from webfoot.cli.one_request import Client, serve_once
from webfoot.cli.one_session import Line, Session, new_key
from webfoot.cli.resending import Given, session, session_doubts
from webfoot.journey.saved.difference import Difference, difference
from webfoot.journey.saved.reading import read_journeys
from webfoot.journey.saved.request import request_of
from webfoot.journey.saved.session import session_of
from webfoot.journey.schema import as_json
from webfoot.server import ServerOptions

CLOSE = Line("close", 0, 5, b"", 1000)


def text(said: str, after: int = 0) -> Line:
    return Line("text", after, 5, said.encode())


def journey_with(app: Any, client: Client, patience: float = 5) -> dict[str, Any]:
    """As it is saved and read again."""
    records = asyncio.run(serve_once(app, ServerOptions(access_log=False), client, patience))
    [record] = [each for each in records if not each.is_empty]
    [journey] = read_journeys(json.dumps(as_json(record)), "a test")
    return journey


def talked(
    app: Any,
    path: str,
    lines: Sequence[Line],
    fields: Sequence[tuple[str, str]] = (),
    *,
    version: str = "13",
    answers_close: bool = True,
    patience: float = 5,
) -> dict[str, Any]:
    shaking = [("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", version)]
    head = [("host", "localhost"), *shaking, ("sec-websocket-key", new_key()), *fields]
    client = Session(as_bytes("GET", path, head, b""), lines, answers_close=answers_close)
    return journey_with(app, client, patience)


def said_again(
    journey: dict[str, Any], app: Any, given: Given | None = None, patience: float = 5
) -> tuple[Difference, dict[str, Any]]:
    """What differs, and the journey of now."""
    request = request_of(journey)
    client = session(journey, request, session_of(journey, request.gaps), given or Given())
    now = journey_with(app, client, patience)
    return difference(journey, now), now


def notes(journey: dict[str, Any], given: Given | None = None) -> list[str]:
    request = request_of(journey)
    return list(session_doubts(request, session_of(journey, request.gaps), given or Given()))


def changed(found: Difference) -> list[tuple[str | None, str | None]]:
    return [(frame.before, frame.now) for frame in found.frames if frame.kind != "same"]
