"""A request that ends early, after every possible number of turns of the loop, leaves nothing behind.

It is cancelled, or its client leaves; all layers are there, and every kind of answer. What may not be left: tasks, open
files, generators that stand still, complaints of the event loop.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import Any

import pytest
from tests.web.driving import http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web import (
    BackgroundTask,
    BaseHTTPMiddleware,
    CancelOnDisconnectMiddleware,
    CompressionMiddleware,
    CORSMiddleware,
    EventSourceResponse,
    FileResponse,
    Middleware,
    PlainTextResponse,
    Route,
    SessionMiddleware,
    StreamingResponse,
    WebApp,
    run_in_threadpool,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts open files in /proc")

TURNS = [*range(16), 20, 30, 60]
BOUNDARY = b"--b\r\nContent-Disposition: form-data; name=duck; filename=duck.txt\r\n\r\n"
UPLOAD = BOUNDARY + b"q" * 1_100_000 + b"\r\n--b--\r\n"  # large enough to go to disk
running: list[str] = []


async def quacks() -> Any:
    running.append("async")
    try:
        for _ in range(5):
            yield "quack" * 200
            await asyncio.sleep(0)
    finally:
        running.remove("async")


def quacks_in_a_thread() -> Any:
    running.append("thread")
    try:
        for _ in range(3):
            yield b"quack" * 200
    finally:
        running.remove("thread")


async def events(request: Any) -> Any:
    return EventSourceResponse(quacks())


async def stream(request: Any) -> Any:
    return StreamingResponse(quacks(), background=BackgroundTask(asyncio.sleep, 0))


async def threaded(request: Any) -> Any:
    await run_in_threadpool(int)
    return StreamingResponse(quacks_in_a_thread())


async def file(request: Any) -> Any:
    return FileResponse(request.app.state.path, background=BackgroundTask(int))


async def upload(request: Any) -> Any:
    async with request.form() as form:
        return PlainTextResponse(str(len(await form["duck"].read())))


async def patient(request: Any) -> Any:
    async with request.cancel_on_disconnect():
        await asyncio.sleep(0.001)
    request.session["n"] = 1
    return PlainTextResponse("quack")


async def pass_on(request: Any, call_next: Any) -> Any:
    return await call_next(request)


async def within_a_task(request: Any, call_next: Any) -> Any:
    return await asyncio.wait_for(call_next(request), 5)


ENDPOINTS = {endpoint.__name__: endpoint for endpoint in (events, stream, threaded, file, upload, patient)}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> WebApp:
    app = WebApp(
        routes=[Route(f"/{name}", endpoint, methods=["GET", "POST"]) for name, endpoint in ENDPOINTS.items()],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"]),
            Middleware(CancelOnDisconnectMiddleware),
            Middleware(CompressionMiddleware),
            Middleware(SessionMiddleware, secret_key="duck"),
            *[Middleware(BaseHTTPMiddleware, dispatch=dispatch) for dispatch in (pass_on, within_a_task, pass_on)],
        ],
    )
    app.state.path = tmp_path_factory.mktemp("files") / "duck.txt"
    app.state.path.write_bytes(b"quack" * 50_000)
    return app


async def end_early(app: WebApp, name: str, turns: int, how: str) -> None:
    """`how`: it is "cancelled", or the client leaves, which `receive` tells, or `send` as well."""
    left = asyncio.Event()
    body = UPLOAD if name == "upload" else b"x"
    pieces = [body[start : start + 400_000] for start in range(0, len(body), 400_000)]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        if left.is_set() and how == "send tells":
            raise ClientDisconnected

    headers = {"content-type": "multipart/form-data; boundary=b", "accept-encoding": "gzip", "origin": "http://pond"}
    request = asyncio.create_task(app(http_scope("POST", f"/{name}", headers=headers), receive, send))
    for _ in range(turns):
        await asyncio.sleep(0.0005 if name in ("threaded", "file") else 0)
    if how == "cancelled":
        request.cancel()
    left.set()
    done, _ = await asyncio.wait((request,), timeout=5)
    assert done, f"it hangs after {turns} turns"
    if not request.cancelled():
        assert request.exception() is None or isinstance(request.exception(), ClientDisconnected)


@pytest.mark.parametrize("how", ["cancelled", "receive tells", "send tells"])
@pytest.mark.parametrize("name", ENDPOINTS)
def test_nothing_is_left_behind(app: WebApp, name: str, how: str) -> None:
    complaints: list[dict[str, Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        await end_early(app, name, 1000 if name == "patient" else 100, "receive tells")
        files = len(os.listdir("/proc/self/fd"))
        for turns in TURNS:
            await end_early(app, name, turns, how)
        async with asyncio.timeout(5):  # what a thread still does is let go of when it ends
            while running or len(os.listdir("/proc/self/fd")) > files:
                gc.collect()
                await asyncio.sleep(0.001)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

    asyncio.run(main())
    gc.collect()
    assert complaints == []
