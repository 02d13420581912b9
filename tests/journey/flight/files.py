"""Flight files for tests: made in a directory of the test's own, read back from outside."""

from __future__ import annotations

import time
from pathlib import Path

from webfoot.journey.explaining import BriefRecord
from webfoot.journey.flight.file import LEAST_SIZE, FlightFile
from webfoot.journey.flight.reading import Flight, read
from webfoot.journey.flight.recorder import FlightRecorder

ROWS = LEAST_SIZE // 4 // 512


def private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory


def made(directory: Path, size: int = LEAST_SIZE, server: int = 7) -> FlightFile:
    return FlightFile(private(directory), size, server, "main:app")


def begin(file: FlightFile, number: int, path: bytes = b"/ducks", began: float | None = None) -> int:
    return file.begin(number, time.time() if began is None else began, b"GET", path, b"127.0.0.1", 5000)


def seen(file: FlightFile) -> Flight:
    return read(file.path)


HEADERS = [(b"content-type", b"text/plain")]


def journey(recorder: FlightRecorder | None, status: int = 200, path: str = "/ducks", **more: object) -> BriefRecord:
    """One request, from its first byte to its end. more: `failed` an exception, `headers` of the response, `params`."""
    record = BriefRecord(None, recorder, True)
    record.mark("bytes_received", size=40)
    record.mark("head_parsed", parser="known", method="GET", target=path.encode(), version="1.1", headers=[])
    record.mark(
        "scope_built",
        kind="http",
        path=path,
        query="",
        root_path="",
        client=("127.0.0.1", 5000),
        scheme="http",
        said_by="",
    )
    record.mark("app_entered", app="app", outcome="called", request_id=str(more.get("request_id", "")))
    if "params" in more:
        record.mark("route_matched", outcome="found", path=path, route="/", path_params=more["params"])
    if "failed" in more:
        record.mark("app_entered", outcome="failed", reason="it raised", error=more["failed"], status=status)
    if status:
        record.mark("response_started", status=status, headers=more.get("headers", HEADERS))
        record.mark("response_ended", total=5)
    record.mark("kept_alive" if status else "closed", reason="")
    record.end()
    return record
