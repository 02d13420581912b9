"""What the head of a response says of its body in two forms."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from tests.web.driving import MarkedTrail
from tests.web.middleware.compressing import TEXT, asked, serving

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.middleware.compression import CompressionMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware


def test_who_does_not_ask_gets_it_as_it_is_and_caches_are_told() -> None:
    trail = MarkedTrail()
    answer = asked(CompressionMiddleware(serving(TEXT)), None, **{TRAIL_KEY: trail})
    assert (answer.body, answer.headers) == (TEXT, {"vary": "Accept-Encoding"})
    assert trail.only("decided")["what"].endswith("because the client does not ask for zstd or br or gzip")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Origin", "Origin, Accept-Encoding"),
        ("accept-encoding", "accept-encoding"),
        ("Origin, Accept-Encoding", "Origin, Accept-Encoding"),
        ("*", "*"),
        ("X-Accept-Encoding", "X-Accept-Encoding, Accept-Encoding"),
    ],
)
def test_vary(before: str, after: str) -> None:
    assert asked(GZipMiddleware(serving(TEXT, vary=before))).headers["vary"] == after


@pytest.mark.parametrize(("etag", "sent"), [('"a"', 'W/"a"'), ('W/"a"', 'W/"a"')])
def test_a_strong_etag_becomes_weak(etag: str, sent: str) -> None:
    assert asked(GZipMiddleware(serving(TEXT, etag=etag))).headers["etag"] == sent
    assert asked(GZipMiddleware(serving(TEXT, etag=etag)), None).headers["etag"] == etag


def test_a_304_carries_the_etag_that_the_client_was_given() -> None:
    app = GZipMiddleware(serving(b"", status=304, etag='"a"'))
    assert asked(app, headers={"if-none-match": 'W/"b", W/"a"'}).headers == {"etag": 'W/"a"', "vary": "Accept-Encoding"}
    assert asked(app, headers={"if-none-match": '"a"'}).headers == {"etag": '"a"'}


def test_ranges_of_compressed_bytes_are_not_offered() -> None:
    app = GZipMiddleware(serving(TEXT, accept_ranges="bytes"))
    assert "accept-ranges" not in asked(app).headers
    assert asked(app, None).headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("body", [b"", TEXT])
def test_the_head_of_head_is_that_of_get(body: bytes) -> None:
    app = GZipMiddleware(serving(body, content_length=str(len(TEXT)), etag='"a"'))
    answer = asked(app, method="HEAD")
    assert answer.headers == {"etag": 'W/"a"', "vary": "Accept-Encoding", "content-encoding": "gzip"}
    assert answer.body == body
    untouched = asked(GZipMiddleware(serving(b"")), method="HEAD")
    assert untouched.headers == {}


def test_a_response_that_is_sent_twice_keeps_its_own_headers() -> None:
    headers = [(b"content-length", b"2800"), (b"etag", b'"a"')]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": TEXT})

    assert asked(GZipMiddleware(app)).headers == asked(GZipMiddleware(app)).headers
    assert headers == [(b"content-length", b"2800"), (b"etag", b'"a"')]


def test_header_names_of_an_application_that_shouts() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = ((b"Content-Length", b"2800"), (b"ETag", b'"a"'), (b"Vary", b"Origin"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": TEXT})

    answer = asked(GZipMiddleware(app))
    assert gzip.decompress(answer.body) == TEXT
    assert answer.headers["content-length"] == str(len(answer.body))
    assert (answer.headers["etag"], answer.headers["vary"]) == ('W/"a"', "Origin, Accept-Encoding")


def test_without_any_headers() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": TEXT})

    assert gzip.decompress(asked(GZipMiddleware(app)).body) == TEXT
