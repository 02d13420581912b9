"""Attacks by way of compressed responses: on caches, on memory, on the loop, on parsers of Accept-Encoding."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from tests.conformance.harness import exchange_bytes
from tests.web.driving import answer_of

from webfoot.web import CompressionMiddleware, GZipMiddleware, Middleware, PlainTextResponse, Response, Route, WebApp
from webfoot.web.middleware.accept_encoding import _choose_known, choose_coding

TEXT = "a duck is a duck. " * 100


async def text(request: Any) -> PlainTextResponse:
    return PlainTextResponse(TEXT)


app = WebApp(routes=[Route("/", text)], middleware=[Middleware(CompressionMiddleware)])


@pytest.mark.parametrize("accept", [None, "gzip", "br", "zstd", "identity", "nonsense;q=x"])
def test_a_shared_cache_never_mixes_the_forms_up(accept: str | None) -> None:
    """Cache poisoning (CWE-525; RFC 9110 section 12.5.5): each form says what it depends on."""
    answer = answer_of(app, headers={} if accept is None else {"accept-encoding": accept})
    assert answer.headers["vary"] == "Accept-Encoding"


def test_two_forms_never_share_a_strong_validator() -> None:
    """RFC 9110 section 8.8.1: else ranges of the one would be joined with ranges of the other."""

    async def tagged(request: Any) -> Response:
        return Response(TEXT, headers={"etag": '"1"', "accept-ranges": "bytes"})

    both = GZipMiddleware(WebApp(routes=[Route("/", tagged)]))
    plain, coded = answer_of(both), answer_of(both, headers={"accept-encoding": "gzip"})
    assert (plain.headers["etag"], coded.headers["etag"]) == ('"1"', 'W/"1"')
    assert "accept-ranges" not in coded.headers


@pytest.mark.parametrize(
    "value",
    [b"," * 60_000, b";" * 60_000, b"gzip;q=" + b"0" * 60_000, b"\x00\xff" * 30_000, b"*;q=1" * 12_000, b"q=" * 30_000],
)
def test_a_huge_accept_encoding_costs_one_look(value: bytes) -> None:
    """CWE-1333, CWE-770: it is cut once, nothing is matched again and again, and nothing of it is kept."""
    before = _choose_known.cache_info().currsize
    choose_coding(value, ("zstd", "br", "gzip"))
    assert _choose_known.cache_info().currsize == before


def test_many_different_ones_are_forgotten() -> None:
    for number in range(2000):
        choose_coding(b"x-made-up-%d, gzip" % number, ("gzip",))
    assert _choose_known.cache_info().currsize <= 256


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("weight", ["q=nan", "q=inf", "q=1e5", "q=0x1", "q=-0", "q=1_0", ";q=1", "="])
def test_malformed_weights_are_never_an_error(http: str, weight: str) -> None:
    request = f"GET / HTTP/1.1\r\nHost: pond\r\nAccept-Encoding: gzip;{weight}\r\n\r\n".encode()
    answers = exchange_bytes(app, [request], http=http)
    assert (answers.statuses, answers.bodies) == ([200], [TEXT.encode()])


def test_a_response_cannot_be_split_through_the_coding() -> None:
    """CWE-113: the name of the coding that is sent is ours, never the client's."""
    request = b"GET / HTTP/1.1\r\nHost: pond\r\nAccept-Encoding: GZIP;q=1, x-evil\x0b: 1\r\n\r\n"
    for answers in (exchange_bytes(app, [request]), exchange_bytes(app, [request.replace(b"\x0b", b"")])):
        if answers.statuses == [200]:
            assert answers.heads[0]["content-encoding"] == "gzip"
            assert gzip.decompress(answers.bodies[0]) == TEXT.encode()
        else:
            assert answers.statuses == [400]
