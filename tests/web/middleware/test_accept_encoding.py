"""Which coding a client gets."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import answer_of
from tests.web.middleware.compressing import TEXT, asked, serving

from webfoot.web.middleware.accept_encoding import choose_coding, read_weights
from webfoot.web.middleware.compression import CompressionMiddleware


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "zstd"),
        ("*;q=0.1, zstd;q=0", "br"),
        ("identity;q=0, *", "zstd"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;Q=1.000", "gzip"),
        (" gzip\t;\tq=0.001 ", "gzip"),
        (",,gzip,,", "gzip"),
        ("gzip;q=0", None),
        ("gzip ; q=0.000", None),
        ("gzip;q=0.5, identity", None),
        ("identity", None),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("deflate", None),
        ("notgzip", None),
        ("gzipx, xgzip", None),
        ("", None),
        (";q=1", None),
        # malformed, so as good as not said
        ("gzip;q=1.001", None),
        ("gzip;q=2", None),
        ("gzip;q=-1", None),
        ("gzip;q=abc", None),
        ("gzip;q=", None),
        ("gzip;q=0.1234", None),
        ("gzip;q=0.x", None),
        ("gzip;level=9", None),
        ("gzip;q=1;q=1", None),
        ("gzip;q=\u00b9", None),
        ("g zip", None),
        ("\x00\xff", None),
    ],
)
def test_what_the_client_wants_most(accept: str, chosen: str | None) -> None:
    assert choose_coding(accept.encode("latin-1"), ("zstd", "br", "gzip")) == chosen


def test_lines_are_joined() -> None:
    scope_headers = [(b"accept-encoding", b"br;q=0.1"), (b"accept-encoding", b"gzip")]
    app = CompressionMiddleware(serving(TEXT))

    async def ask(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "headers": scope_headers}, receive, send)

    assert answer_of(ask).headers["content-encoding"] == "gzip"


def test_a_long_accept_encoding_is_read_and_not_remembered() -> None:
    long = b"gzip;q=0.5," + b"x" * 60_000
    assert choose_coding(long, ("gzip",)) == "gzip"
    assert len(read_weights(b"," * 60_000 + b"gzip")) == 1


def test_the_server_prefers_the_first_of_its_codings() -> None:
    app = CompressionMiddleware(serving(TEXT), codings=["br", "gzip"])
    assert asked(app, "gzip, br, zstd").headers["content-encoding"] == "br"
    assert asked(app, "zstd").headers == {"vary": "Accept-Encoding"}
