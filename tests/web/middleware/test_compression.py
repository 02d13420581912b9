"""Which responses are compressed, and what passes beside their bodies."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from typing import Any

import brotli
import pytest
from backports import zstd
from tests.web.driving import MarkedTrail, answer_of
from tests.web.middleware.compressing import DECODE, TEXT, asked, serving

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import Middleware, Mount, WebApp
from webfoot.web.middleware.compression import DEFAULT_EXCLUDED_CONTENT_TYPES, CompressionMiddleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware


@pytest.mark.parametrize("coding", DECODE)
def test_a_whole_body(coding: str) -> None:
    served = serving(TEXT, content_length=str(len(TEXT)), content_type="text/plain", x_duck="1")
    answer = asked(CompressionMiddleware(served), coding)
    assert answer.headers == {
        "content-type": "text/plain",
        "x-duck": "1",
        "vary": "Accept-Encoding",
        "content-encoding": coding,
        "content-length": str(len(answer.body)),
    }
    assert len(answer.body) < len(TEXT) / 10
    assert DECODE[coding](answer.body) == TEXT


@pytest.mark.parametrize("coding", DECODE)
def test_each_part_of_a_stream_can_be_read_when_it_comes(coding: str) -> None:
    decoder: Any = {
        "gzip": lambda: zlib.decompressobj(31).decompress,
        "br": lambda: brotli.Decompressor().process,
        "zstd": lambda: zstd.ZstdDecompressor().decompress,
    }[coding]()
    parts = [b"one duck, ", b"", b"two ducks, ", b"three"]
    answer = asked(CompressionMiddleware(serving(*parts, content_type="text/plain")), coding)
    assert answer.headers == {"content-type": "text/plain", "vary": "Accept-Encoding", "content-encoding": coding}
    bodies = [message["body"] for message in answer.messages[1:]]
    assert [decoder(body) if body else b"" for body in bodies] == parts
    assert [message.get("more_body", False) for message in answer.messages[1:]] == [True, True, True, False]


def test_a_stream_that_declared_its_length_does_so_no_more() -> None:
    answer = asked(GZipMiddleware(serving(TEXT[:-5], TEXT[-5:], content_length=str(len(TEXT)))))
    assert "content-length" not in answer.headers
    assert gzip.decompress(answer.body) == TEXT


LEFT = {
    "it is small": (serving(b"x" * 499), "smaller than minimum_size"),
    "it is a small stream that says so": (serving(b"x", b"y", content_length="2"), "smaller than minimum_size"),
    "it is encoded": (serving(TEXT, content_encoding="br"), "content-encoding is br already"),
    "it is a part": (serving(TEXT, status=206, content_range="bytes 0-9/99"), "206"),
    "it has no content": (serving(b"", status=204), "smaller"),
    "it was not modified": (serving(b"", status=304, etag='"a"'), "304"),
    "it must not be transformed": (serving(TEXT, cache_control="public, No-Transform"), "no-transform"),
    "its digest is known": (serving(TEXT, content_digest="sha-256=:AA==:"), "content-digest"),
    "its representation's digest is known": (serving(TEXT, repr_digest="sha-256=:AA==:"), "repr-digest"),
    "it streams events": (serving(b"data: 1\n\n", b"", content_type="text/event-stream"), "text/event-stream"),
    "its type has parameters": (serving(TEXT, content_type="text/event-stream; charset=utf-8"), "text/event-stream"),
    "it is an image": (serving(TEXT, content_type="IMAGE/PNG"), "exclude_content_types"),
    "it is a film": (serving(TEXT, content_type="video/x-made-up"), "exclude_content_types"),
    "it is gRPC": (serving(TEXT, content_type="application/grpc"), "exclude_content_types"),
    "it is gRPC in JSON": (serving(TEXT, content_type="application/grpc+json"), "exclude_content_types"),
    "it is an archive": (serving(TEXT, content_type="application/zip"), "exclude_content_types"),
}


@pytest.mark.parametrize("why", LEFT)
def test_left_as_it_is_because(why: str) -> None:
    app, told = LEFT[why]
    trail = MarkedTrail()
    answer = asked(GZipMiddleware(app), **{TRAIL_KEY: trail})
    assert answer.messages == asked(app).messages
    fact = trail.only("decided")
    assert fact["by"] == "GZipMiddleware"
    assert fact["what"].startswith("left the body as it is, because ")
    assert told in fact["what"]
    assert fact["status"] is None


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/json", "text/html; charset=utf-8", None])
def test_texts_are_compressed(content_type: str | None) -> None:
    app = serving(TEXT) if content_type is None else serving(TEXT, content_type=content_type)
    assert asked(GZipMiddleware(app)).headers["content-encoding"] == "gzip"


def test_own_excluded_types() -> None:
    app = serving(TEXT, content_type="Application/X-Duck; v=1")
    excluded = GZipMiddleware(app, exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/X-duck"))
    assert "content-encoding" not in asked(excluded).headers
    events = serving(TEXT, content_type="text/event-stream")
    assert asked(GZipMiddleware(events, exclude_content_types=())).headers["content-encoding"] == "gzip"


def test_what_would_become_larger_is_left_as_it_is() -> None:
    noise = os.urandom(600)
    trail = MarkedTrail()
    answer = asked(GZipMiddleware(serving(noise, content_length="600")), **{TRAIL_KEY: trail})
    assert answer.body == noise
    assert answer.headers == {"content-length": "600", "vary": "Accept-Encoding"}
    assert "gzip would make it larger" in trail.only("decided")["what"]


def test_minimum_size_is_the_least_that_is_compressed() -> None:
    assert "content-encoding" in asked(GZipMiddleware(serving(b"x" * 100), minimum_size=100)).headers
    assert "content-encoding" not in asked(GZipMiddleware(serving(b"x" * 99), minimum_size=100)).headers


def test_trailers_pass_and_there_is_no_length_beside_them() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": True})
        await send({"type": "http.response.body", "body": TEXT})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"7")]})

    answer = asked(GZipMiddleware(app))
    assert answer.messages[0]["trailers"] is True
    assert answer.headers == {"vary": "Accept-Encoding", "content-encoding": "gzip"}
    assert gzip.decompress(answer.body) == TEXT
    assert answer.messages[2] == {"type": "http.response.trailers", "headers": [(b"x-sum", b"7")]}


def test_early_hints_come_before_the_response_also_behind_its_start() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.early_hint", "links": [b"</duck.css>"]})
        await send({"type": "http.response.body", "body": TEXT})

    kinds = [message["type"] for message in asked(GZipMiddleware(app)).messages]
    assert kinds == ["http.response.early_hint", "http.response.start", "http.response.body"]


def test_a_message_that_means_the_start_is_out_lets_it_out() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.push", "path": "/duck.css", "headers": []})
        await send({"type": "http.response.body", "body": TEXT})

    kinds = [message["type"] for message in asked(GZipMiddleware(app)).messages]
    assert kinds == ["http.response.start", "http.response.push", "http.response.body"]


def test_files_are_not_sent_past_the_coder() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["extensions"])

    shared = {"http.response.pathsend": {}, "http.response.zerocopysend": {}, "tls": {"version": 1}}
    answer_of(GZipMiddleware(app), extensions=shared)
    assert seen == [{"tls": {"version": 1}}]
    assert len(shared) == 3


@pytest.mark.parametrize("mistake", ["body", "twice"])
def test_mistakes_of_the_application_reach_the_server(mistake: str) -> None:
    """The server says what is wrong with them, and better."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if mistake == "twice":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    kinds = [message["type"] for message in asked(GZipMiddleware(app)).messages]
    assert kinds == (["http.response.body"] if mistake == "body" else ["http.response.start"] * 2 + kinds[2:])


def test_a_failure_before_the_body_leaves_the_start_unsent() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LookupError("no duck")

    answer = asked(GZipMiddleware(app))
    assert isinstance(answer.error, LookupError)
    assert answer.messages == []


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_only_http_is_concerned(kind: str) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], send))

    async def send(message: Any) -> None: ...

    asyncio.run(GZipMiddleware(app)({"type": kind}, None, send))  # type: ignore[arg-type]
    assert seen == [(kind, send)]


def test_in_each_other_they_compress_once() -> None:
    answer = asked(GZipMiddleware(CompressionMiddleware(serving(TEXT))), "gzip, br")
    assert answer.headers["content-encoding"] == "br"
    assert brotli.decompress(answer.body) == TEXT


@pytest.mark.parametrize("parts", [(TEXT,), (TEXT[:5], TEXT[5:]), (TEXT, b"")])
@pytest.mark.parametrize("is_outside", [True, False])
def test_beside_middleware_of_the_other_kind(parts: tuple[bytes, ...], is_outside: bool) -> None:
    async def dispatch(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-layer"] = "passed"
        return response

    layers = [Middleware(GZipMiddleware), Middleware(BaseHTTPMiddleware, dispatch=dispatch)]
    app = WebApp(routes=[Mount("/", app=serving(*parts))], middleware=layers if is_outside else layers[::-1])
    answer = asked(app)
    assert (answer.headers["content-encoding"], answer.headers["x-layer"]) == ("gzip", "passed")
    assert gzip.decompress(answer.body) == TEXT


@pytest.mark.parametrize("parts", [(TEXT,), (TEXT, b"more")])
def test_what_was_done_is_told(parts: tuple[bytes, ...]) -> None:
    trail = MarkedTrail()
    answer = asked(GZipMiddleware(serving(*parts)), **{TRAIL_KEY: trail})
    whole = f"compressed the body with gzip, from 2800 bytes to {len(answer.body)}"
    assert trail.only("decided")["what"] == (whole if len(parts) == 1 else "compresses the stream with gzip")
