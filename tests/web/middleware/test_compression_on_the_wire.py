"""Compression over a real socket, and in threads."""

from __future__ import annotations

import asyncio
import gzip
import os
import threading
import zlib
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server
from tests.web.driving import call
from tests.web.middleware.compressing import DECODE, TEXT, asked, serving

from webfoot.testing import wire
from webfoot.web import FileResponse, Middleware, Mount, Route, StaticFiles, StreamingResponse, WebApp
from webfoot.web.middleware import compression
from webfoot.web.middleware.compression import CompressionMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_a_part_is_there_before_the_next_one_is_made(http: str) -> None:
    goes_on = asyncio.Event()

    async def parts() -> Any:
        yield b"one duck, "
        async with asyncio.timeout(5):
            await goes_on.wait()
        yield b"two ducks"

    async def stream(request: Any) -> StreamingResponse:
        return StreamingResponse(parts(), media_type="text/plain")

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(b"GET / HTTP/1.1\r\nHost: pond\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
        heard = await dialogue.hear(lambda heard: heard.partition(b"\r\n\r\n")[2].endswith(b"\xff\xff\r\n"))
        size, _, rest = heard.partition(b"\r\n\r\n")[2].partition(b"\r\n")
        assert zlib.decompressobj(31).decompress(rest[: int(size, 16)]) == b"one duck, "
        goes_on.set()
        whole = Answers(heard + await dialogue.hear(lambda heard: False), True)
        assert gzip.decompress(whole.bodies[0]) == b"one duck, two ducks"

    app = WebApp(routes=[Route("/", stream)], middleware=[Middleware(GZipMiddleware)])
    asyncio.run(with_server(app, talk, http=http))


@pytest.mark.parametrize("coding", DECODE)
def test_files_of_texts_are_compressed_and_others_are_not(coding: str, tmp_path: Path) -> None:
    (tmp_path / "ducks.txt").write_bytes(TEXT * 100)
    (tmp_path / "ducks.png").write_bytes(TEXT * 100)

    async def file(request: Any) -> FileResponse:
        return FileResponse(tmp_path / request.path_params["name"])

    app = WebApp(routes=[Route("/{name}", file)], middleware=[Middleware(CompressionMiddleware)])

    def ask(name: str, fields: str = "") -> Answers:
        head = f"GET /{name} HTTP/1.1\r\nHost: pond\r\nAccept-Encoding: {coding}\r\n{fields}\r\n"
        return exchange_bytes(app, [head.encode()])

    text, picture = ask("ducks.txt"), ask("ducks.png")
    assert text.heads[0]["content-encoding"] == coding
    assert text.heads[0]["etag"].startswith('W/"')
    assert DECODE[coding](text.bodies[0]) == TEXT * 100
    assert picture.bodies == [TEXT * 100]
    part = ask("ducks.txt", "Range: bytes=0-9\r\n")
    assert (part.statuses, part.bodies) == ([206], [TEXT[:10]])


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_trailers_arrive_behind_a_compressed_body(http: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"%d" % len(TEXT))]
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": True})
        await send({"type": "http.response.body", "body": TEXT})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"7")]})

    fields = b"Accept-Encoding: gzip\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n"
    heard = wire.exchange_bytes(GZipMiddleware(app), b"GET / HTTP/1.1\r\nHost: pond\r\n" + fields, http=http)
    assert heard.endswith(b"\r\n0\r\nx-sum: 7\r\n\r\n")
    size, _, rest = heard.partition(b"\r\n\r\n")[2].partition(b"\r\n")
    assert gzip.decompress(rest[: int(size, 16)]) == TEXT


def test_a_static_file_is_asked_for_again_and_was_not_modified(tmp_path: Path) -> None:
    (tmp_path / "ducks.txt").write_bytes(TEXT)
    app = WebApp(routes=[Mount("/", app=StaticFiles(directory=tmp_path))], middleware=[Middleware(GZipMiddleware)])

    def ask(method: str, fields: str = "") -> Answers:
        head = (
            f"{method} /ducks.txt HTTP/1.1\r\nHost: pond\r\nAccept-Encoding: gzip\r\n{fields}Connection: close\r\n\r\n"
        )
        return exchange_bytes(app, [head.encode()])

    first = ask("GET").heads[0]
    assert first["etag"].startswith('W/"')
    again = ask("GET", f"If-None-Match: {first['etag']}\r\n")
    assert again.statuses == [304]
    assert (again.heads[0]["etag"], again.heads[0]["vary"]) == (first["etag"], "Accept-Encoding")
    head = ask("HEAD").raw.lower()
    assert b"content-encoding: gzip\r\n" in head
    assert b"content-length" not in head
    # The weak validator is no good for joining ranges (RFC 9110 section 13.1.5): the whole is sent again.
    joined = ask("GET", f"Range: bytes=0-9\r\nIf-Range: {first['etag']}\r\n")
    assert (joined.statuses, gzip.decompress(joined.bodies[0])) == ([200], TEXT)


def test_large_parts_are_compressed_in_threads() -> None:
    threads: list[str] = []

    class Coder:
        def part(self, data: bytes) -> bytes:
            threads.append(threading.current_thread().name)
            return data

        last = part

    app = GZipMiddleware(serving(b"x" * 1000, b"x" * 999, b"x" * 1001, b""), thread_minimum_size=1000)
    app.coders = {"gzip": Coder}
    asked(app)
    here = threading.current_thread().name
    assert [name == here for name in threads] == [False, True, False, True]
    assert {name[:16] for name in threads} == {"webfoot-compress", here}


def test_many_heavy_compressions_do_not_block_the_loop() -> None:
    """Each would take seconds. What proves it is an order of events: the loop turns while all of them are at work."""
    at_work, may_go = threading.Semaphore(0), threading.Event()

    class Heavy:
        def last(self, data: bytes) -> bytes:
            at_work.release()
            assert may_go.wait(10)
            return zlib.compress(data)

        part = last

    app = GZipMiddleware(serving(bytes(200_000)))
    app.coders = {"gzip": Heavy}

    async def main() -> None:
        heavy = [asyncio.create_task(call(app, headers={"accept-encoding": "gzip"})) for _ in range(20)]
        while not at_work.acquire(blocking=False):
            await asyncio.sleep(0.001)
        # A small one is answered meanwhile, and so is whoever needs a thread of the usual pool.
        small = await call(CompressionMiddleware(serving(TEXT)), headers={"accept-encoding": "gzip"})
        assert gzip.decompress(small.body) == TEXT
        assert not any(task.done() for task in heavy)
        assert compression._threads.size <= (os.cpu_count() or 1)
        may_go.set()
        for answer in await asyncio.gather(*heavy):
            assert zlib.decompress(answer.body) == bytes(200_000)

    asyncio.run(main())
