"""Dispatch middleware: the same functions on Starlette and on webfoot, in process and over a real socket."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request as TheirRequest
from tests.differential.web.flows import both
from tests.differential.web.kits import THEIRS
from tests.differential.web.sockets import over_sockets, request

from webfoot.web.requests import Request as OurRequest


def functions(kit: SimpleNamespace) -> dict[str, Any]:
    async def pass_on(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    async def tag(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers.append("x-tag", request.method)
        response.status_code += 1
        return response

    async def cookies(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.set_cookie("duck", "eider", max_age=5, httponly=True)
        return response

    async def refuse(request: Any, call_next: Any) -> Any:
        return kit.PlainTextResponse("no", status_code=403)

    async def refuse_late(request: Any, call_next: Any) -> Any:
        await call_next(request)
        return kit.PlainTextResponse("no", status_code=403)

    async def read(request: Any, call_next: Any) -> Any:
        body = await request.body()
        response = await call_next(request)
        response.headers["x-length"] = str(len(body))
        return response

    async def read_some(request: Any, call_next: Any) -> Any:
        async for _ in request.stream():
            break
        return await call_next(request)

    async def read_all(request: Any, call_next: Any) -> Any:
        async for _ in request.stream():
            pass
        return await call_next(request)

    async def read_json(request: Any, call_next: Any) -> Any:
        request.state.said = await request.json()
        return await call_next(request)

    async def rewrite(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        body = b"".join([chunk async for chunk in response.body_iterator])
        return kit.Response(body.upper(), status_code=response.status_code, headers={"x-was": str(len(body))})

    async def catch(request: Any, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except LookupError as error:
            return kit.PlainTextResponse(f"caught {error}", status_code=500)

    async def translate(request: Any, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except LookupError:
            raise kit.HTTPException(410, "translated") from None

    async def fail(request: Any, call_next: Any) -> Any:
        raise LookupError("in the middleware")

    async def fail_late(request: Any, call_next: Any) -> Any:
        await call_next(request)
        raise LookupError("in the middleware")

    async def gone(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-gone"] = str(await request.is_disconnected())
        return response

    async def state(request: Any, call_next: Any) -> Any:
        request.state.said = "from the middleware"
        return await call_next(request)

    async def again(request: Any, call_next: Any) -> Any:
        kind = TheirRequest if kit is THEIRS else OurRequest
        return await call_next(kind(request.scope, request.receive))

    return {name: function for name, function in locals().items() if name != "kit"}


def app_of(kit: SimpleNamespace, *names: str) -> Any:
    dispatches = functions(kit)

    async def home(request: Any) -> Any:
        return kit.JSONResponse({"said": getattr(request.state, "said", None)}, headers={"x-home": "1"})

    async def echo(request: Any) -> Any:
        return kit.PlainTextResponse(await request.body())

    async def stream(request: Any) -> Any:
        async def pieces() -> Any:
            async for piece in request.stream():
                yield piece

        return kit.StreamingResponse(pieces(), status_code=202)

    async def broken(request: Any) -> Any:
        raise LookupError("no duck")

    async def teapot(request: Any) -> Any:
        raise kit.HTTPException(418, "short and stout")

    endpoints = {"/": home, "/echo": echo, "/stream": stream, "/broken": broken, "/teapot": teapot}
    return kit.App(
        routes=[kit.Route(path, endpoint, methods=["GET", "POST"]) for path, endpoint in endpoints.items()],
        middleware=[kit.Middleware(kit.BaseHTTPMiddleware, dispatch=dispatches[name]) for name in names],
    )


NAMES = [
    *("pass_on", "tag", "cookies", "refuse", "refuse_late", "read", "read_some", "read_all", "read_json", "rewrite"),
    *("catch", "translate", "fail", "fail_late", "gone", "state", "again"),
]
PATHS = ["/", "/echo", "/stream", "/broken", "/teapot", "/none"]

STACKS = [(name,) for name in NAMES] + [("tag", name, "cookies") for name in NAMES] + [("read", "rewrite", "read")]


# What differs on purpose, and why: (middleware, path), and what of the answer.
DIFFERENCES = {
    # Nobody wants the rest of the stream: docs/differences.md, "`BaseHTTPMiddleware` is no wall".
    (("refuse_late",), "/stream"): {"error": ("ClientDisconnect", "NoneType")},
}


@pytest.mark.parametrize("names", STACKS, ids="-".join)
@pytest.mark.parametrize("path", PATHS)
def test_in_process(names: tuple[str, ...], path: str) -> None:
    theirs, ours = both(lambda kit: app_of(kit, *names), "POST", path, body=b'{"a": 1}')
    for part, (their_part, our_part) in DIFFERENCES.get((names, path), {}).items():
        assert (theirs.pop(part), ours.pop(part)) == (their_part, our_part)
    assert ours == theirs


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", ["/echo", "/stream", "/broken"])
def test_over_a_socket(name: str, path: str) -> None:
    asked = request("POST", path, body=b'{"a": [1, 2, 3]}')
    parts = [asked[:-9], asked[-9:-4], asked[-4:]]
    if (name, path) == ("gone", "/stream"):  # on Python 3.12 theirs loses a part that comes while it is asked
        parts = [asked]
    theirs, ours = over_sockets(lambda kit: app_of(kit, name), *parts)
    assert unframed(ours) == unframed(theirs)


def unframed(answers: list[Any]) -> list[Any]:
    """Without what says whether an empty body came in one piece or in none."""
    framing = ("content-length", "transfer-encoding")
    return [
        (status, headers if body else [pair for pair in headers if pair[0] not in framing], body)
        for status, headers, body in answers
    ]
