"""Limits of bodies on Starlette and on webfoot, over a real socket: with a length, in chunks, at every level."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.sockets import over_sockets, request


def make(kit: SimpleNamespace) -> Any:
    async def measure(asked: Any) -> Any:
        return kit.PlainTextResponse(str(len(await asked.body())))

    async def ignore(asked: Any) -> Any:
        return kit.PlainTextResponse("ignored")

    async def catch(asked: Any) -> Any:
        try:
            await asked.body()
        except kit.HTTPException as exc:
            return kit.PlainTextResponse(f"caught {exc.status_code} {exc.detail}")
        return kit.PlainTextResponse("fine")

    async def handler(asked: Any, exc: Any) -> Any:
        return kit.PlainTextResponse("handled", status_code=413)

    def post(path: str, endpoint: Any = measure, **options: Any) -> Any:
        return kit.Route(path, endpoint, methods=["POST"], **options)

    limited = kit.Middleware(kit.RequestBodyLimitMiddleware, max_body_size=4)
    return kit.App(
        routes=[
            post("/"),
            post("/ignore", ignore),
            post("/catch", catch),
            post("/more", max_body_size=20),
            post("/less", max_body_size=5),
            post("/layer", middleware=[limited]),
            kit.Mount("/mount", routes=[post("/"), post("/more", max_body_size=40)], max_body_size=30),
            kit.Mount("/router", app=kit.Router([post("/"), post("/less", max_body_size=2)], max_body_size=30)),
            kit.Mount("/app", app=kit.App(routes=[post("/")], max_body_size=50)),
            kit.Mount("/plain", app=kit.App(routes=[post("/")])),
            kit.Mount("/own", app=kit.App(routes=[post("/")], max_body_size=3, exception_handlers={413: handler})),
        ],
        max_body_size=10,
    )


def chunked(path: str, body: bytes) -> bytes:
    head = request("POST", path, {"Transfer-Encoding": "chunked"})
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:4], body[4:]) if part]
    return head + b"".join(chunks) + b"0\r\n\r\n"


LEVELS = "/ /catch /more /less /layer /mount/ /mount/more /router/ /router/less /app/ /plain/"
PATHS = LEVELS.split()
SIZES = (0, 2, 3, 4, 5, 6, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51)


@pytest.mark.parametrize("path", PATHS)
def test_in_chunks(path: str) -> None:
    for size in SIZES:
        theirs, ours = over_sockets(make, chunked(path, b"x" * size))
        assert ours == theirs, size


@pytest.mark.parametrize("path", [*PATHS, "/ignore"])
def test_with_a_length(path: str) -> None:
    for size in SIZES:
        theirs, ours = over_sockets(make, request("POST", path, body=b"x" * size))
        assert ours == theirs, size


def test_a_handler_hears_of_chunks() -> None:
    theirs, ours = over_sockets(make, chunked("/own/", b"x" * 9))
    assert ours == theirs
    assert ours[0][2] == b"handled"


# What differs on purpose: docs/differences.md, "Bodies that are too large".


def test_a_handler_hears_of_lengths_too() -> None:
    theirs, ours = over_sockets(make, request("POST", "/own/", body=b"x" * 9))
    assert (theirs[0][0], theirs[0][2]) == (413, b"Content Too Large")
    assert (ours[0][0], ours[0][2]) == (413, b"handled")


def test_what_nobody_would_read_is_a_404() -> None:
    theirs, ours = over_sockets(make, request("POST", "/nowhere", body=b"x" * 99))
    assert (theirs[0][0], ours[0][0]) == (413, 404)


def test_an_endpoint_whose_answer_nobody_gets_is_not_called() -> None:
    called: list[str] = []

    def observed(kit: SimpleNamespace) -> Any:
        async def endpoint(asked: Any) -> Any:
            called.append(kit.App.__name__)
            return kit.PlainTextResponse("stored")

        return kit.App(routes=[kit.Route("/", endpoint, methods=["POST"])], max_body_size=3)

    theirs, ours = over_sockets(observed, request("POST", "/", body=b"x" * 9))
    assert theirs == ours
    assert called == ["Starlette"]
