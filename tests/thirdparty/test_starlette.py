"""Starlette's applications in ours, and ours in Starlette's: paths, lifespans, errors, contexts, WebSockets."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest
import websockets
from starlette.applications import Starlette
from starlette.middleware import Middleware as TheirMiddleware
from starlette.middleware.base import BaseHTTPMiddleware as TheirDispatch
from starlette.middleware.gzip import GZipMiddleware as TheirGzip
from starlette.responses import JSONResponse as TheirJson
from starlette.responses import StreamingResponse as TheirStream
from starlette.routing import Mount as TheirMount
from starlette.routing import Route as TheirRoute
from starlette.routing import WebSocketRoute as TheirWebSocketRoute
from tests.thirdparty.serving import get, request, serving

from webfoot.web import (
    BaseHTTPMiddleware,
    CORSMiddleware,
    HTTPException,
    JSONResponse,
    Middleware,
    Mount,
    Route,
    StreamingResponse,
    WebApp,
)
from webfoot.web.middleware.gzip import GZipMiddleware

who: ContextVar[str] = ContextVar("who", default="nobody")


def told(request: Any) -> dict[str, Any]:
    return {
        "path": request.url.path,
        "root": request.scope["root_path"],
        "name": request.path_params.get("name"),
        "pond": getattr(request.state, "pond", None),
        "link": str(request.url_for("show", name="x").path),
        "who": who.get(),
    }


async def show(request: Any) -> JSONResponse:
    return JSONResponse(told(request))


async def their_show(request: Any) -> TheirJson:
    return TheirJson(told(request))


@asynccontextmanager
async def life(app: Any) -> Any:
    yield {"pond": "full"}


async def dispatch(request: Any, call_next: Any) -> Any:
    who.set("the middleware")
    return await call_next(request)


def theirs_in_ours() -> Any:
    inner = Starlette(routes=[TheirRoute("/show/{name}", their_show, name="show")], lifespan=life)
    return WebApp(routes=[Mount("/in", app=inner)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)])


def ours_in_theirs() -> Any:
    inner = WebApp(routes=[Route("/show/{name}", show, name="show")])
    middleware = [TheirMiddleware(TheirDispatch, dispatch=dispatch)]
    # Their mounts run no lifespan, so it stands outside.
    return Starlette(routes=[TheirMount("/in", app=inner)], middleware=middleware, lifespan=life)


@pytest.mark.parametrize("make", [theirs_in_ours, ours_in_theirs])
def test_one_in_the_other(make: Any) -> None:
    answer = get(make(), "/in/show/eider")
    assert answer.json() == {
        "path": "/in/show/eider",
        "root": "/in",
        "name": "eider",
        "pond": "full",
        "link": "/in/show/x",
        "who": "the middleware",
    }


@pytest.mark.parametrize("make", [theirs_in_ours, ours_in_theirs])
def test_what_the_inner_one_does_not_know_is_its_404(make: Any) -> None:
    assert (get(make(), "/in/nothing").status_code, get(make(), "/nothing").status_code) == (404, 404)
    assert request(make(), "POST", "/in/show/eider").status_code == 405


async def broken(request: Any) -> Any:
    raise LookupError("no duck")


async def teapot(request: Any) -> Any:
    raise HTTPException(418)


@pytest.mark.parametrize(
    "app",
    [
        WebApp(
            routes=[Mount("/in", app=Starlette(routes=[TheirRoute("/broken", broken)]))],
            middleware=[Middleware(CORSMiddleware, allow_origins=["*"])],
        ),
        Starlette(routes=[TheirMount("/in", app=WebApp(routes=[Route("/broken", broken), Route("/teapot", teapot)]))]),
    ],
)
def test_a_failure_within_is_one_500_and_one_log_entry(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(app, "/in/broken", headers={"origin": "https://pond.example"})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert caplog.text.count("LookupError: no duck") == 1
    if isinstance(app, Starlette):
        assert get(app, "/in/teapot").status_code == 418


async def numbers() -> Any:
    for number in range(3):
        yield f"{number} " * 300


async def stream(request: Any) -> StreamingResponse:
    return StreamingResponse(numbers())


async def their_stream(request: Any) -> TheirStream:
    return TheirStream(numbers())


@pytest.mark.parametrize(
    "app",
    [
        Starlette(routes=[TheirRoute("/", their_stream)], middleware=[TheirMiddleware(GZipMiddleware)]),
        GZipMiddleware(Starlette(routes=[TheirRoute("/", their_stream)])),
        WebApp(routes=[Route("/", stream)], middleware=[Middleware(TheirGzip)]),
        WebApp(routes=[Route("/", stream, middleware=[Middleware(TheirGzip)])]),
    ],
)
def test_middleware_in_the_other_ones_application(app: Any) -> None:
    answer = get(app, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "0 " * 300 + "1 " * 300 + "2 " * 300


def test_a_websocket_of_theirs_in_ours() -> None:
    async def echo(websocket: Any) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text() + " from " + websocket.path_params["name"])
        await websocket.close()

    async def main() -> None:
        inner = Starlette(routes=[TheirWebSocketRoute("/{name}", echo)])
        async with serving(WebApp(routes=[Mount("/in", app=inner)])) as address:
            async with websockets.connect(address.replace("http", "ws") + "/in/eider") as socket:
                await socket.send("quack")
                assert await socket.recv() == "quack from eider"

    asyncio.run(main())
