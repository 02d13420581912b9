"""What is told of bodies that are too large, and of responses that were compressed or not: real requests."""

from __future__ import annotations

from typing import Any

import pytest
from tests.journey.asking import decisions, record_of

from webfoot.journey.record import Record
from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.web import (
    CompressionMiddleware,
    GZipMiddleware,
    Middleware,
    PlainTextResponse,
    Request,
    Response,
    Route,
    WebApp,
)


async def measure(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def text(request: Request) -> PlainTextResponse:
    return PlainTextResponse("quack " * 1000, headers=dict(request.query_params))


async def picture(request: Request) -> Response:
    return Response(bytes(1000), media_type="image/png")


def watched(method: str, path: str, *headers: str, body: str | None = None, middleware: Any = GZipMiddleware) -> Record:
    app = WebApp(
        routes=[
            Route("/measure", measure, methods=["POST"]),
            Route("/less", measure, methods=["POST"], max_body_size=3),
            Route("/text", text),
            Route("/picture", picture),
        ],
        middleware=[Middleware(middleware)],
        max_body_size=10,
    )
    return record_of(app, method, path, *headers, body=body)


@pytest.mark.parametrize(("path", "limit"), [("/measure", 10), ("/less", 3)])
def test_a_413_and_its_reason(path: str, limit: int) -> None:
    record = watched("POST", path, body="x" * 11)
    sentence = f"max_body_size: refused the body, because content-length says 11 bytes and {limit} are allowed"
    assert sentence in decisions(record)
    verdict = why(record)
    assert verdict is not None
    assert f"content-length says 11 bytes and {limit} are allowed" in verdict.sentence
    assert "413" in draw(record)


def test_what_fits_is_not_worth_a_word() -> None:
    assert not [told for told in decisions(watched("POST", "/measure", body="x")) if "max_body_size" in told]


@pytest.mark.parametrize(
    ("path", "headers", "told"),
    [
        ("/text", ["accept-encoding: gzip"], "GZipMiddleware: compressed the body with gzip, from 6000 bytes to "),
        ("/text", ["accept-encoding: br"], "because the client does not ask for gzip"),
        ("/text?cache-control=no-transform", ["accept-encoding: gzip"], "because its cache-control says no-transform"),
        ("/picture", ["accept-encoding: gzip"], "because image/png is in exclude_content_types"),
        ("/nothing", ["accept-encoding: gzip"], "because it is smaller than minimum_size"),
    ],
)
def test_why_a_body_was_compressed_or_not(path: str, headers: list[str], told: str) -> None:
    record = watched("GET", path, *headers)
    (sentence,) = [sentence for sentence in decisions(record) if sentence.startswith("GZip")]
    assert told in sentence
    assert told in draw(record)


def test_the_layer_is_told_by_its_own_name() -> None:
    record = watched("GET", "/text", "accept-encoding: zstd", middleware=CompressionMiddleware)
    assert decisions(record)[0].startswith("CompressionMiddleware: compressed the body with zstd, from 6000 bytes to ")
