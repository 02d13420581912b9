"""GZipMiddleware on Starlette and on webfoot: the same heads, the same bytes, but for the differences told here."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import THEIRS
from tests.differential.web.sockets import over_sockets, request

import webfoot.web.middleware.gzip

TEXT = b"a duck is a duck is a duck. " * 100


def serving(*parts: bytes, status: int = 200, options: dict[str, Any] | None = None, **headers: str) -> Any:
    """Makes an application that answers with `parts`, behind GZipMiddleware(**options)."""
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        # A list of its own for each: theirs writes into it.
        await send({"type": "http.response.start", "status": status, "headers": [*fields]})
        for part in parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": parts[-1]})

    return lambda kit: kit.GZipMiddleware(app, **(options or {}))


WHOLE = {"content_length": str(len(TEXT)), "content_type": "text/plain"}
MADE: dict[str, Callable[[SimpleNamespace], Any]] = {
    "a text": serving(TEXT, **WHOLE),
    "no fields": serving(TEXT),
    "a small text": serving(b"duck", content_length="4"),
    "exactly large enough": serving(b"x" * 500),
    "almost": serving(b"x" * 499),
    "empty": serving(b"", content_length="0"),
    "a limit of its own": serving(b"x" * 60, options={"minimum_size": 60}),
    "no limit": serving(b"duck" * 10, options={"minimum_size": 0}),
    "fast": serving(TEXT, options={"compresslevel": 1}),
    "a stream": serving(b"one ", b"two ", b"three", content_type="text/plain"),
    "a stream with an empty end": serving(TEXT, b""),
    "a stream that declares its length": serving(TEXT[:9], TEXT[9:], content_length=str(len(TEXT))),
    "in a thread": serving(TEXT * 100, TEXT * 100, options={"thread_minimum_size": 1000}),
    "encoded": serving(TEXT, content_encoding="br"),
    "encoded as it is": serving(TEXT, content_encoding="identity"),
    "a part": serving(TEXT, status=206, content_range="bytes 0-2799/9999"),
    "no content": serving(b"", status=204),
    "not modified": serving(b"", status=304, etag='"a"'),
    "an error": serving(TEXT, status=500, **WHOLE),
    "varies": serving(TEXT, vary="Origin"),
    "small and varies": serving(b"x", vary="Origin"),
    "a weak etag": serving(TEXT, etag='W/"a"'),
    "events": serving(b"data: 1\n\n" * 99, b"", content_type="text/event-stream; charset=utf-8"),
    "an image": serving(TEXT, content_type="image/png"),
    "a drawing": serving(TEXT, content_type="image/svg+xml"),
    "a film": serving(TEXT, content_type="Video/Mp4; codecs=x"),
    "gRPC": serving(TEXT, content_type="application/grpc+proto"),
    "gRPC for the web": serving(TEXT, content_type="application/grpc-web"),
    "a font": serving(TEXT, content_type="font/woff2"),
    "another font": serving(TEXT, content_type="font/ttf"),
    "types of its own": serving(TEXT, content_type="text/x-duck", options={"exclude_content_types": ("text/X-duck",)}),
    "no types": serving(TEXT, content_type="image/png", options={"exclude_content_types": ()}),
}


@pytest.mark.parametrize("what", MADE)
@pytest.mark.parametrize("accept", ["gzip", "br, gzip;q=0.9", "deflate", "", None])
def test_the_same(what: str, accept: str | None) -> None:
    headers = {} if accept is None else {"accept-encoding": accept}
    theirs, ours = both(MADE[what], "GET", "/", headers=headers)
    assert ours == theirs


# What differs on purpose: docs/differences.md, "Compression".
DIFFERENT: dict[str, tuple[Callable[[SimpleNamespace], Any], str, str]] = {
    "a coding that is refused": (serving(TEXT), "GET", "gzip;q=0"),
    "a name that only contains the coding's": (serving(TEXT), "GET", "notgzip"),
    "content as it is, preferred": (serving(TEXT), "GET", "gzip;q=0.5, identity;q=1"),
    "any coding": (serving(TEXT), "GET", "*"),
    "in capitals": (serving(TEXT), "GET", "GZIP"),
    "HEAD": (serving(TEXT, **WHOLE), "HEAD", "gzip"),
    "HEAD without a body": (serving(b"", **WHOLE), "HEAD", "gzip"),
    "no-transform": (serving(TEXT, cache_control="no-transform"), "GET", "gzip"),
    "a digest": (serving(TEXT, content_digest="sha-256=:AA==:"), "GET", "gzip"),
    "a strong etag": (serving(TEXT, etag='"a"'), "GET", "gzip"),
    "ranges": (serving(TEXT, accept_ranges="bytes"), "GET", "gzip"),
    "varies by everything": (serving(TEXT, vary="*"), "GET", "gzip"),
    "says already that it varies": (serving(TEXT, vary="Accept-Encoding"), "GET", "gzip"),
    "a small stream that declares its length": (serving(b"x", b"y", content_length="2"), "GET", "gzip"),
    "larger when compressed": (serving(b"d", options={"minimum_size": 0}), "GET", "gzip"),
    "an archive of another kind": (serving(TEXT, content_type="application/zstd"), "GET", "gzip"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_not_the_same(what: str) -> None:
    """If one of these becomes equal, the page has to be changed."""
    make, method, accept = DIFFERENT[what]
    theirs, ours = both(make, method, "/", headers={"accept-encoding": accept})
    assert ours != theirs
    for answer in (theirs, ours):
        assert answer["error"] == "NoneType"


def test_over_a_socket() -> None:
    async def text(request: Any) -> Any:
        return kits[0].PlainTextResponse(TEXT.decode())

    async def stream(request: Any) -> Any:
        return kits[0].StreamingResponse(iter(["one ", "two"]), media_type="text/plain")

    kits: list[SimpleNamespace] = []

    def make(kit: SimpleNamespace) -> Any:
        kits.insert(0, kit)
        return kit.App(
            routes=[kit.Route("/text", text), kit.Route("/stream", stream)],
            middleware=[kit.Middleware(kit.GZipMiddleware)],
        )

    for path, content in (("/text", TEXT), ("/stream", b"one two")):
        asked = request("GET", path, {"Accept-Encoding": "gzip"})
        theirs = over_sockets(lambda kit: make(THEIRS), asked)[0]
        ours = over_sockets(make, asked)[1]
        assert ours == theirs
        assert gzip.decompress(ours[0][2]) == content


def test_the_excluded_types_are_theirs_and_some_more() -> None:
    import starlette.middleware.gzip

    theirs = starlette.middleware.gzip.DEFAULT_EXCLUDED_CONTENT_TYPES
    assert set(theirs) < set(webfoot.web.middleware.gzip.DEFAULT_EXCLUDED_CONTENT_TYPES)
