"""The proof that no secret leaves: all that watches is on, and all that it has to show is searched.

Each view says what of the requests it is to show, so that one that shows nothing is no proof.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from tests.conformance.harness import Answers
from tests.journey import secretive
from tests.journey.otel.served import Told

from examples.ducks.application import create_app
from examples.ducks.settings import Settings
from webfoot.cli.lines import Lines
from webfoot.journey.flight.directory import flights
from webfoot.journey.page.serving import page_for_development, watching_with
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import draw
from webfoot.journey.timing.listening import Timing
from webfoot.journey.wanted import listeners_by
from webfoot.server import Server, ServerOptions
from webfoot.trail.page import PLACE

PAGE = "/__webfoot__/api/journeys"
EXPORTS = ("curl", "pytest", "har", "otlp")


class Seen:
    """All that was to be seen of the requests, by view."""

    def __init__(self) -> None:
        self.views: dict[str, str] = {}
        self.records: list[Record] = []

    def loaded(self, app: Any) -> Any:
        return app

    def done(self, record: Record) -> None:
        self.records.append(record)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """By application, and by view."""
    ducks = create_app(Settings(data=tmp_path_factory.mktemp("ducks")))
    return {
        "secretive": watched(secretive.make(), secretive.requests(), tmp_path_factory.mktemp("flights"), _converse),
        "ducks": watched(ducks, secretive.requests_to_ducks(), tmp_path_factory.mktemp("flights")),
    }


def watched(
    app: Any, requests: list[bytes], directory: Path, then: Callable[[int], Awaitable[None]] | None = None
) -> dict[str, str]:
    """All that is to be seen of these requests, and of what is done `then` at the port of the server."""
    patch, told, seen = pytest.MonkeyPatch(), Told(), Seen()
    patch.setattr(trace, "get_tracer_provider", lambda: told.tracers)
    options = ServerOptions(
        app="secretive:app",
        port=0,
        access_log=False,  # in `webfoot dev` the lines are those of the journeys
        journey_page=True,
        why_header=True,
        server_timing=True,
        otel=True,
        recorder=True,
        recorder_dir=str(directory),
        recorder_refusals=True,
    )
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())  # tracebacks are the application's own words

    handler = Listening()
    loggers = [logging.getLogger(name) for name in ("webfoot", "webfoot.access")]
    for logger in loggers:
        logger.addHandler(handler)
        patch.setattr(logger, "level", logging.DEBUG)
        patch.setattr(logger, "disabled", False)
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            asyncio.run(_serve(app, options, requests, then, seen, directory))
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        patch.undo()
    seen.views["log"] = "\n".join(lines)
    seen.views["lines"] = printed.getvalue()
    seen.views["spans"] = "\n".join(span.to_json() for span in told.spans)
    seen.views["json"] = "\n".join(json.dumps(as_json(record)) for record in seen.records)
    seen.views["terminal"] = "\n".join(draw(record, width=2000) for record in seen.records)
    return seen.views


async def _serve(
    app: Any, options: ServerOptions, requests: list[bytes], then: Any, seen: Seen, directory: Path
) -> None:
    hub = page_for_development("secretive:app", "", directory / "kept")
    watching = watching_with(
        hub, [Lines(options, "all"), Timing(), *listeners_by(options, f"{PLACE}/"), seen], keeps_bodies=True
    )
    server = Server(options, app, watching)
    serving = asyncio.ensure_future(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = int(server.urls[0].rpartition(":")[2].rstrip("/"))
    try:
        answers = Answers(await _say(port, *requests), True)
        if then is not None:
            await then(port)
        heads = [f"{name}: {value}" for head in answers.heads for name, value in head.items()]
        ours = ("webfoot-", "server-timing")
        seen.views["headers"] = "\n".join(line for line in heads if line.startswith(ours))
        seen.views["page"], seen.views["exports"] = await _read_page(port)
        recorded = flights(directory)
        seen.views["recorder"] = "\n".join(each.path.read_bytes().decode("latin-1") for each in recorded)
        seen.views["recorder, read"] = str([[each.ended, each.in_flight, each.journeys()] for each in recorded])
    finally:
        server.stop()
        await serving


async def _say(port: int, *requests: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    writer.write_eof()
    async with asyncio.timeout(20):
        raw = await reader.read()
    writer.close()
    return raw


async def _converse(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(secretive.handshake())
    await reader.readuntil(b"\r\n\r\n")
    writer.write(secretive.frame())
    async with asyncio.timeout(5):
        await reader.readuntil(b"\x88\x02")
    writer.write(b"\x88\x82\0\0\0\0\x03\xe8")
    await reader.read()
    writer.close()


async def _read_page(port: int) -> tuple[str, str]:
    async def get(path: str) -> str:
        raw = await _say(port, f"GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n".encode())
        return Answers(raw, True).bodies[0].decode()

    listed = await get(PAGE)
    ids = [each["id"] for each in json.loads(listed)["journeys"]]
    whole = [await get(f"{PAGE}/{id}") for id in ids]
    exports = [await get(f"{PAGE}/{id}/export/{name}") for id in ids for name in EXPORTS]
    return "\n".join([listed, *whole]), "\n".join(exports)


SHOWN = {
    "secretive": {
        "log": ("GET /fail: the application raised RuntimeError",),
        "lines": ("plainpath", "plainquery", "plainlost", "plainfailure", "plainabsolute"),
        "spans": ("plainquery", "plainfailure", "plainlost", "plaindetail"),
        "json": (
            "plainpath",
            "plainquery",
            "plainfield",
            "plainecho",
            "plainfailure",
            "plainback",
            "plainreceived",
            "plainsent",
            "plainuser",
        ),
        "terminal": ("plainpath", "plainquery", "plainlost", "plainfailure"),
        "headers": ("plainfailure", "plainlost", "plaindetail"),
        "page": (
            "plainpath",
            "plainquery",
            "plainfield",
            "plainecho",
            "plainfailure",
            "plainback",
            "plainform",
            "plainpart",
            "plainreceived",
        ),
        "exports": ("plainpath", "plainecho", "plainform", "plainfield"),
        "recorder": ("plainlost",),
        "recorder, read": ("plainlost",),
    },
    "ducks": {
        "log": (),
        "lines": ("plainlisted", "plainword", "plainmissing"),
        "spans": ("plainlisted", "plainword", "plainmissing"),
        "json": ("plainlisted", "plainplace", "plainfield", "plainword", "plainpond"),
        "terminal": ("plainlisted", "plainword", "plainmissing"),
        "headers": ("Extra inputs are not permitted", "was 'plainword'"),
        "page": ("plainlisted", "plainplace", "plainfield", "plainpond"),
        "exports": ("plainlisted", "plainpond", "plainfield"),
        "recorder": ("plainword",),
        "recorder, read": ("plainword",),
    },
}


@pytest.mark.parametrize(("app", "view"), [(app, view) for app, views in SHOWN.items() for view in views])
def test_no_secret_is_seen_and_the_rest_is(seen: dict[str, dict[str, str]], app: str, view: str) -> None:
    text = seen[app][view]
    assert [word for word in SHOWN[app][view] if word not in text] == []
    leaked = {name for name, secret in secretive.secrets().items() if secret in text}
    assert {name: _around(text, secretive.secrets()[name]) for name in leaked} == {}


def _around(text: str, secret: str) -> str:
    at = text.index(secret)
    return text[max(0, at - 160) : at + 60]


def test_there_are_enough_of_them(seen: dict[str, dict[str, str]]) -> None:
    assert len(secretive.secrets()) > 40
    assert {app: set(views) for app, views in seen.items()} == {app: set(views) for app, views in SHOWN.items()}
