"""Start-up and shut-down: order, and the state that requests see."""

import asyncio
import contextlib
import warnings
from typing import Any

import pytest
from tests.differential.api.twins import FASTAPI, WEBFOOT, comparable, get, put, same


async def live(app: Any, target: str) -> list[Any]:
    """Start `app`, ask it once, stop it; gives the answer and the events that it sent."""
    sent: list[Any] = []
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    state: dict[str, Any] = {}
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    running = asyncio.ensure_future(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    sent.append((await asyncio.wait_for(outbox.get(), 5))["type"])
    if sent[-1] == "lifespan.startup.complete":

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": state.copy()}, receive, send)

        sent.append(comparable(await put(with_state, get(target))))
        await inbox.put({"type": "lifespan.shutdown"})
        sent.append((await asyncio.wait_for(outbox.get(), 5))["type"])
    with contextlib.suppress(Exception):
        await asyncio.wait_for(running, 5)
    return [*sent, app.state.log]


def with_lifespan(lib: Any) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app):
        app.state.log.append("start")
        yield {"pond": "deep"}
        app.state.log.append("stop")

    app = lib.FastAPI(lifespan=lifespan)
    app.state.log = []

    @app.get("/")
    async def root(request: lib.Request):
        app.state.log.append("asked")
        return request.state.pond

    return app


def with_router_lifespans(lib: Any) -> Any:
    def noting(name):
        @contextlib.asynccontextmanager
        async def lifespan(app):
            log.append(f"start {name}")
            yield {name: name}
            log.append(f"stop {name}")

        return lifespan

    log: list[str] = []
    app = lib.FastAPI(lifespan=noting("app"))
    app.state.log = log
    router = lib.APIRouter(lifespan=noting("router"))

    @router.get("/")
    async def root(request: lib.Request):
        return [request.state.app, request.state.router]

    app.include_router(router)
    return app


def with_events(lib: Any) -> Any:
    app = lib.FastAPI(on_startup=[lambda: app.state.log.append("constructor")])
    app.state.log = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")

        @app.on_event("startup")
        async def start():
            app.state.log.append("start")

        @app.on_event("shutdown")
        def stop():
            app.state.log.append("stop")

    app.get("/")(lambda: "root")
    return app


def failing(lib: Any) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app):
        app.state.log.append("start")
        raise ValueError("no pond")
        yield

    app = lib.FastAPI(lifespan=lifespan)
    app.state.log = []
    return app


@pytest.mark.parametrize("build", [with_lifespan, with_router_lifespans, with_events, failing])
def test_same_life(build: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, ours = (asyncio.run(live(build(lib), "/")) for lib in (FASTAPI, WEBFOOT))
    same("the life of the application", ours, theirs)
