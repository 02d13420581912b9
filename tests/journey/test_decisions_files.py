"""What files tell whoever watches: real requests, and the reason for each status."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.journey.asking import decisions, record_of, said_why

from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.web import (
    BaseHTTPMiddleware,
    EventSourceResponse,
    FileResponse,
    Middleware,
    Mount,
    Route,
    StaticFiles,
    WebApp,
)
from webfoot.web.middleware.gzip import GZipMiddleware

MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"


@pytest.fixture
def pond(tmp_path: Path) -> Path:
    pond = tmp_path / "pond"
    (pond / "sub").mkdir(parents=True)
    for name in ("duck.txt", "sub/index.html", "../secret"):
        (pond / name).write_text("quack")
        os.utime(pond / name, (0, 1_700_000_000))
    (pond / "out").symlink_to("../secret")
    return pond


def watched(
    pond: Path, path: str, *headers: str, method: str = "GET", layers: list[Middleware] | None = None, **options: bool
) -> Record:
    async def file(request):
        return FileResponse(pond / "duck.txt")

    app = WebApp(
        routes=[
            Route("/duck", file, methods=["GET", "POST"]),
            Mount("/static", StaticFiles(directory=pond, **options)),
        ],
        middleware=layers,
    )
    return record_of(app, method, path, *headers)


async def passes(request, call_next):
    return await call_next(request)


def test_304(pond: Path) -> None:
    record = watched(pond, "/static/duck.txt", f"if-modified-since: {MODIFIED}")
    said = f"the file is of {MODIFIED}, and has not changed since {MODIFIED}"
    assert decisions(record) == [f"StaticFiles: {said}"]
    assert said_why(record) == f"StaticFiles answered 304: {said}."


def test_304_by_etag(pond: Path) -> None:
    stat = os.stat(pond / "duck.txt")
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    record = watched(pond, "/static/duck.txt", f"if-none-match: {etag}")
    assert said_why(record) == f"StaticFiles answered 304: If-None-Match names the etag {etag}."


def test_412(pond: Path) -> None:
    text = said_why(watched(pond, "/static/duck.txt", 'if-match: "old"'))
    assert text.startswith("StaticFiles answered 412: the etag is ")
    assert text.endswith(", which If-Match does not name.")


def test_404_tells_the_developer_where_was_looked(pond: Path) -> None:
    for path, said in (
        ("nope", f"there is no file 'nope' below {pond}"),
        ("sub", f"{pond}/sub is a directory, and html=True is not set"),
        ("out", f"{pond}/out is reached by a link that leads out of {pond}: see follow_symlink"),
        ("%2e%2e/secret", f"the path '../secret' goes up or is absolute, and files are looked for below {pond}"),
    ):
        record = watched(pond, f"/static/{path}")
        assert record.status == 404
        assert f"StaticFiles: {said}" in decisions(record)
        assert said in said_why(record)


def test_405_and_307(pond: Path) -> None:
    assert "StaticFiles answered 405: files are for GET and HEAD" in said_why(
        watched(pond, "/static/duck.txt", method="POST")
    )
    record = watched(pond, "/static/sub", html=True)
    assert "relative links in the index page need the slash of /static/sub/" in said_why(record)


def test_ranges(pond: Path) -> None:
    record = watched(pond, "/duck", "range: bytes=1-2")
    said = "bytes 1-2/5, as Range asks for them; sent out of the open file (http.response.zerocopysend)"
    assert decisions(record) == [f"FileResponse: {said}"]
    assert why(record) is None, "nothing to explain"


def test_416_and_400(pond: Path) -> None:
    text = said_why(watched(pond, "/duck", "range: bytes=9-"))
    assert "FileResponse answered 416: none of the bytes that Range: 'bytes=9-' asks for are among the 5" in text
    text = said_why(watched(pond, "/duck", "range: bytes=a"))
    assert "FileResponse answered 400: the field Range: 'bytes=a' is malformed: a range is FIRST-LAST" in text


def test_a_range_that_is_ignored(pond: Path) -> None:
    [said] = decisions(watched(pond, "/duck", "range: bytes=1-2", 'if-range: "old"'))
    assert said.startswith("FileResponse: the whole file, because it is not the version that If-Range names: '\"old\"'")
    [said] = decisions(watched(pond, "/duck", "range: ducks=1-2"))
    assert "Range: 'ducks=1-2' is ignored" in said


def test_a_stream_of_events_that_ends_with_its_client() -> None:
    async def silence():
        await asyncio.Event().wait()
        yield ""

    async def events(request):
        return EventSourceResponse(silence())

    app = WebApp(routes=[Route("/", events)])
    record = record_of(app, "GET", "/", patience=0.1)
    assert decisions(record) == ["EventSourceResponse: the stream ends, for the client has left or the server stops"]


def test_who_sends_the_bytes(pond: Path) -> None:
    record = watched(pond, "/duck")
    assert decisions(record) == ["FileResponse: the whole file; sent by its path (http.response.pathsend)"]
    record = watched(pond, "/duck", method="HEAD")
    assert decisions(record) == ["FileResponse: the whole file; sent without its contents, for a HEAD"]
    record = watched(pond, "/duck", "range: bytes=1-2", layers=[Middleware(BaseHTTPMiddleware, dispatch=passes)])
    [said] = decisions(record)
    assert said.endswith("sent in pieces, because a middleware on the way may not know http.response.zerocopysend")
    said = decisions(watched(pond, "/duck", layers=[Middleware(GZipMiddleware)]))[0]
    assert "sent in pieces, because the server takes no files (http.response.pathsend), or a middleware" in said
