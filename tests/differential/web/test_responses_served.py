"""Responses of all kinds over a real socket: the same program on Starlette and on webfoot, each under our server."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.sockets import over_sockets, request


def kit_of(kit: SimpleNamespace) -> Any:
    return importlib.import_module(
        "starlette.responses" if kit.App.__module__.startswith("starlette") else "webfoot.web.responses"
    )


def program(make: Callable[[Any], Any]) -> Callable[[SimpleNamespace], Any]:
    def app(kit: SimpleNamespace) -> Any:
        responses = kit_of(kit)

        async def endpoint(_: Any) -> Any:
            return make(responses)

        return kit.App(routes=[kit.Route("/", endpoint)])

    return app


async def agen(*chunks: Any) -> Any:
    for chunk in chunks:
        yield chunk


def gen(*chunks: Any) -> Any:
    yield from chunks


def with_cookies(r: Any) -> Any:
    response = r.PlainTextResponse("x")
    response.set_cookie("a", "b", max_age=60, httponly=True, samesite="strict", domain="pond.example")
    response.set_cookie("c", 'd; e, f "g" é', secure=True, path="/x", samesite=None)
    response.headers.append("x-many", "1")
    response.headers.append("x-many", "2")
    return response


def changed(r: Any) -> Any:
    response = r.JSONResponse({"a": 1}, headers={"X-A": "1", "Vary": "Origin"})
    response.headers["x-a"] = "2"
    del response.headers["vary"]
    response.headers.setdefault("cache-control", "no-store")
    response.status_code = 202
    return response


def of_ones_own(r: Any) -> Any:
    class CSV(r.Response):
        media_type = "text/csv"
        charset = "latin-1"

        def render(self, content: Any) -> bytes:
            return ",".join(content).encode(self.charset)

    return CSV(["é", "ü"], 201)


CASES: dict[str, Callable[[Any], Any]] = {
    "empty": lambda r: r.Response(),
    "none": lambda r: r.Response(None, 202),
    "bytes": lambda r: r.Response(b"\0\xff", media_type="application/octet-stream"),
    "text": lambda r: r.Response("é", media_type="text/plain"),
    "text with charset": lambda r: r.Response("x", media_type="text/plain; charset=us-ascii"),
    "memoryview": lambda r: r.Response(memoryview(b"abc")),
    "plain": lambda r: r.PlainTextResponse("é" * 1000),
    "html": lambda r: r.HTMLResponse("<p>é</p>", 404),
    "json": lambda r: r.JSONResponse({"é": [1, 2.5, None, True, "\u2028", "\x7f"], "": {}}),
    "json null": lambda r: r.JSONResponse(None),
    "json of another type": lambda r: r.JSONResponse([], media_type="application/problem+json", status_code=422),
    "large": lambda r: r.Response(b"x" * 1_000_000),
    "204": lambda r: r.Response(status_code=204),
    "304": lambda r: r.Response(status_code=304, headers={"etag": '"a"'}),
    "own length": lambda r: r.Response(b"abc", headers={"Content-Length": "3"}),
    "own type": lambda r: r.JSONResponse({}, headers={"Content-Type": "application/x"}),
    "cookies": with_cookies,
    "headers changed": changed,
    "a kind of ones own": of_ones_own,
    "redirect": lambda r: r.RedirectResponse("/ducks"),
    "redirect 303": lambda r: r.RedirectResponse("https://pond.example/ü?q=a b#x", 303, headers={"x-a": "1"}),
    "redirect escaped": lambda r: r.RedirectResponse("/%20%zz?a=%26&b=<>\"'`{}|\\^~[]@!$*()+,;"),
    "redirect to a host": lambda r: r.RedirectResponse("//pond.example/"),
    "redirect empty": lambda r: r.RedirectResponse(""),
    "stream": lambda r: r.StreamingResponse(agen("a", b"b", memoryview(b"c")), media_type="text/plain"),
    "stream of nothing": lambda r: r.StreamingResponse(agen()),
    "stream with empty chunks": lambda r: r.StreamingResponse(agen("", "a", b"", "b", "")),
    "stream of an ordinary generator": lambda r: r.StreamingResponse(gen("a", b"b")),
    "stream of a list": lambda r: r.StreamingResponse(["a", "b"]),
    "stream with a length": lambda r: r.StreamingResponse(agen("ab", "c"), headers={"content-length": "3"}),
    "stream with a status": lambda r: r.StreamingResponse(agen("x"), 418, {"x-a": "b"}),
    "large stream": lambda r: r.StreamingResponse(agen(*[b"x" * 70_000] * 10)),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", CASES)
def test_the_same_bytes(name: str, method: str) -> None:
    theirs, ours = over_sockets(program(CASES[name]), request(method, "/"))
    assert len(ours) == 1
    assert ours == theirs


def test_the_background_comes_behind_the_response() -> None:
    orders: list[list[str]] = []

    def app(kit: SimpleNamespace) -> Any:
        order: list[str] = []
        orders.append(order)
        responses = kit_of(kit)

        async def chunks() -> Any:
            order.append("chunk")
            yield "x"

        async def endpoint(_: Any) -> Any:
            order.append("endpoint")
            return responses.StreamingResponse(chunks(), background=kit.BackgroundTask(order.append, "background"))

        return kit.App(routes=[kit.Route("/", endpoint)])

    theirs, ours = over_sockets(app, request("GET", "/"))
    assert ours == theirs
    assert orders == [["endpoint", "chunk", "background"]] * 2


@pytest.mark.parametrize("chunks", [(), ("a",)])
def test_a_stream_that_fails(chunks: tuple[str, ...]) -> None:
    """Before the first chunk nothing has been sent, and our server can still say 500."""

    async def failing() -> Any:
        for chunk in chunks:
            yield chunk
        raise LookupError("no duck")

    def told(make: Any) -> list[Any]:
        try:
            return list(over_sockets(make, request("GET", "/")))
        except ValueError:  # a response that breaks off has no last chunk
            return ["broken off"]

    answers = told(program(lambda r: r.StreamingResponse(failing())))
    assert answers == ["broken off"] if chunks else answers[0] == answers[1]


@pytest.mark.parametrize("content", [float("nan"), [float("inf")], object(), {"a": {1, 2}}, {(1, 2): 3}])
def test_what_json_has_no_form_for(content: Any) -> None:
    theirs, ours = over_sockets(program(lambda r: r.JSONResponse(content)), request("GET", "/"))
    assert ours == theirs
    assert ours[0][0] == 500
