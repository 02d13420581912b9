"""A file behind middleware, over real connections: who wants the bytes gets them, who does not lets the server send."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.testing.wire import exchange_bytes
from webfoot.web import (
    BaseHTTPMiddleware,
    CORSMiddleware,
    FileResponse,
    Middleware,
    Response,
    Route,
    StaticFiles,
    StreamingResponse,
    WebApp,
)
from webfoot.web.middleware.gzip import GZipMiddleware

CONTENT = bytes(range(256)) * 400


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "duck.txt"
    path.write_bytes(CONTENT)
    return path


def asked(path: Path, *middleware: Middleware, fields: bytes = b"") -> tuple[bytes, bytes]:
    """Head and body."""

    async def file(request: Any) -> FileResponse:
        return FileResponse(path)

    app = WebApp(routes=[Route("/", file)], middleware=middleware)
    heard = exchange_bytes(app, b"GET / HTTP/1.1\r\nHost: pond\r\nConnection: close\r\n" + fields + b"\r\n")
    head, _, body = heard.partition(b"\r\n\r\n")
    return head, body


def dispatching(dispatch: Any) -> Middleware:
    return Middleware(BaseHTTPMiddleware, dispatch=dispatch)


async def passes(request: Any, call_next: Any) -> Any:
    return await call_next(request)


async def reads(request: Any, call_next: Any) -> Any:
    response = await call_next(request)
    return Response(b"".join([piece async for piece in response.body_iterator]), headers={"x-read": "1"})


async def streams(request: Any, call_next: Any) -> Any:
    response = await call_next(request)
    return StreamingResponse(piece.swapcase() async for piece in response.body_iterator)


@pytest.mark.parametrize("layers", [[], [dispatching(passes)], [Middleware(CORSMiddleware)]])
def test_the_server_sends_it(duck: Path, layers: list[Middleware]) -> None:
    head, body = asked(duck, *layers)
    assert body == CONTENT
    assert b"\r\ncontent-length: 102400" in head
    head, body = asked(duck, *layers, fields=b"Range: bytes=3-60000\r\n")
    assert head.startswith(b"HTTP/1.1 206 ")
    assert body == CONTENT[3:60001]
    head, body = asked(duck, *layers, fields=b"Range: bytes=-3,0-50000\r\n")
    assert body.count(CONTENT[:50001]) == 1


def test_a_middleware_that_reads_the_body_has_it(duck: Path) -> None:
    head, body = asked(duck, dispatching(reads))
    assert (body, b"x-read: 1" in head) == (CONTENT, True)


def test_a_middleware_that_changes_the_body(duck: Path) -> None:
    duck.write_text("quack" * 30_000)
    _, body = asked(duck, dispatching(streams))
    assert _dechunked(body) == b"QUACK" * 30_000


def test_a_middleware_that_compresses(duck: Path) -> None:
    head, body = asked(duck, Middleware(GZipMiddleware), fields=b"Accept-Encoding: gzip\r\n")
    assert b"content-encoding: gzip" in head
    assert len(body) < len(CONTENT) / 10
    head, body = asked(duck, Middleware(GZipMiddleware), fields=b"Range: bytes=0-60000\r\nAccept-Encoding: gzip\r\n")
    assert (b"content-encoding" in head, body) == (False, CONTENT[:60001])


def test_a_mounted_directory_behind_compression(duck: Path) -> None:
    app = GZipMiddleware(StaticFiles(directory=duck.parent))
    request = b"GET /duck.txt HTTP/1.1\r\nHost: pond\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n"
    head, _, body = exchange_bytes(app, request).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head
    pieces = body if b"transfer-encoding" not in head else _dechunked(body)
    assert gzip.decompress(pieces) == CONTENT


def _dechunked(body: bytes) -> bytes:
    found = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        if int(size, 16) == 0:
            return found
        found, body = found + body[: int(size, 16)], body[int(size, 16) + 2 :]


def _open_files(path: Path) -> int:
    links = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
    return sum(os.path.lexists(link) and os.readlink(link) == str(path) for link in links)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
@pytest.mark.parametrize("field", [b"", b"Range: bytes=1-\r\n", b"Range: bytes=1-40000000,50000000-\r\n"])
@pytest.mark.parametrize(
    "layers", [[], [dispatching(passes)], [dispatching(streams)]], ids=["bare", "passes", "streams"]
)
def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(
    tmp_path: Path, field: bytes, layers: list[Middleware], caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(64 * 1024 * 1024)
    ended = []

    async def file(request: Any) -> FileResponse:
        return FileResponse(path)

    inner = WebApp(routes=[Route("/", file)], middleware=layers)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await inner(scope, receive, send)
        finally:
            ended.append(scope["type"])

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"GET / HTTP/1.1\r\nHost: pond\r\n" + field + b"\r\n")
        await dialogue.hear(lambda heard: len(heard) > 200_000)
        assert ended == []
        dialogue.writer.transport.abort()
        async with asyncio.timeout(5):
            while not ended or dialogue.service.running or _open_files(path):
                await asyncio.sleep(0.01)

    asyncio.run(with_server(app, talk))
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


def test_a_file_that_shrinks_while_it_is_sent_cuts_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as large:
        large.truncate(64 * 1024 * 1024)

    async def file(request: Any) -> FileResponse:
        return FileResponse(path)

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n")
        heard = await dialogue.hear(lambda heard: len(heard) > 1_000)
        os.truncate(path, 1_000_000)
        heard += await dialogue.hear(lambda heard: False)
        assert len(heard) < 64 * 1024 * 1024, "the client sees that there should have been more"

    for layers in ([], [dispatching(passes)], [dispatching(streams)]):
        os.truncate(path, 64 * 1024 * 1024)
        asyncio.run(with_server(WebApp(routes=[Route("/", file)], middleware=layers), talk))
