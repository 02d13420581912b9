"""Bodies that are meant to exhaust memory or disk: without end, with false lengths, compressed. Over a real socket."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from typing import Any

import pytest
from tests.conformance.harness import Answers, Dialogue, exchange_bytes, with_server

from webfoot.web import JSONResponse, Mount, PlainTextResponse, Route, WebApp

MiB = 1 << 20
called: list[str] = []


async def measure(request: Any) -> PlainTextResponse:
    called.append(request.url.path)
    return PlainTextResponse(str(len(await request.body())))


async def form(request: Any) -> PlainTextResponse:
    async with request.form(max_part_size=1 << 40) as fields:
        return PlainTextResponse(str(len(fields)))


async def raw(request: Any) -> JSONResponse:
    body = await request.body()
    return JSONResponse({"size": len(body), "start": body[:2].hex()})


app = WebApp(
    routes=[
        Route("/", measure, methods=["POST"]),
        Route("/form", form, methods=["POST"]),
        Route("/raw", raw, methods=["POST"]),
        Mount("/sub", app=WebApp(routes=[Route("/", measure, methods=["POST"])])),
    ],
    max_body_size=MiB,
)


def head(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: pond", *fields, "", ""]).encode()


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("path", ["/", "/form", "/sub/"])
def test_a_declared_flood_is_refused_before_a_byte_of_it(http: str, path: str) -> None:
    """CWE-400, RFC 9110 section 15.5.14. Only the head is sent, and the answer is there."""
    called.clear()

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(head(path, "Content-Length: 90000000", "Content-Type: application/x-www-form-urlencoded"))
        return await dialogue.hear(lambda heard: heard.endswith(b"Content Too Large"))

    heard = asyncio.run(with_server(app, talk, http=http))
    assert heard.startswith(b"HTTP/1.1 413 ")
    assert called == []


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_a_client_that_expects_100_is_spared_the_sending(http: str) -> None:
    """RFC 9110 section 10.1.1: the final status in the place of 100 Continue."""
    answers = exchange_bytes(app, [head("/", "Content-Length: 90000000", "Expect: 100-continue")], http=http)
    assert answers.statuses == [413]


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("path", ["/", "/sub/"])
def test_chunks_without_end_are_cut_off(http: str, path: str) -> None:
    """CWE-770: no length is declared, so nothing but counting helps. No more is held than the limit."""

    async def talk(dialogue: Dialogue) -> tuple[Answers, int]:
        await dialogue.say(head(path, "Transfer-Encoding: chunked"))
        sent, heard = 0, b""
        chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        reading = asyncio.ensure_future(dialogue.reader.read())
        try:
            while not reading.done() and sent < 64 * MiB:
                dialogue.writer.write(chunk)
                sent += 0x10000
                await dialogue.writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        async with asyncio.timeout(5):
            heard = await reading
        return Answers(heard, True), sent

    tracemalloc.start()
    answers, sent = asyncio.run(with_server(app, talk, http=http))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answers.statuses == [413]
    assert sent < 64 * MiB  # the connection was closed, and not drained for ever
    assert peak < 16 * MiB


def test_a_small_declaration_does_not_let_more_in() -> None:
    """The server takes what follows for the next request: the body is as long as it was declared (CWE-444)."""
    answers = exchange_bytes(app, [head("/", "Content-Length: 3"), b"abc\x01\r\n\r\n"])
    assert answers.statuses[0] == 200
    assert answers.bodies[0] == b"3"
    assert answers.statuses[1:] == [400]


def test_a_file_beyond_the_limit_is_not_written_to_the_disk() -> None:
    """CWE-400: a file of a form has no limit of its own; the body's counts."""
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + bytes(2 * MiB) + b"\r\n--b--\r\n"
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(part), part)
    fields = ("Transfer-Encoding: chunked", "Content-Type: multipart/form-data; boundary=b", "Connection: close")
    assert exchange_bytes(app, [head("/form", *fields) + chunks]).statuses == [413]


def test_a_compressed_body_is_never_inflated() -> None:
    """CWE-409 ("zip bomb"): 1 MiB of gzip may stand for 1 GiB. It stays what it is."""
    bomb = gzip.compress(bytes(64 * MiB))
    assert len(bomb) < MiB
    for field in ("Content-Encoding: gzip", "Content-Encoding: deflate", "X-Compressed: gzip"):
        answers = exchange_bytes(app, [head("/raw", f"Content-Length: {len(bomb)}", field), bomb])
        assert answers.told() == {"size": len(bomb), "start": "1f8b"}


def test_what_the_page_about_compression_advises_does_stop() -> None:
    bomb = gzip.compress(bytes(64 * MiB))
    decompressor = zlib.decompressobj(31)
    assert len(decompressor.decompress(bomb, MiB)) == MiB
    assert decompressor.unconsumed_tail
