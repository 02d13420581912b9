"""TestClient and responses that come in parts, or have no end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx2
import pytest
from tests.testing.apps import (
    answer,
    app_with_lifespan,
    streams,
)

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import AsyncTestClient, TestClient


def test_chunks_arrive_as_they_are_produced() -> None:
    release = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.get_running_loop().run_in_executor(None, release.wait)
        await send({"type": "http.response.body", "body": b"second"})

    with TestClient(app).stream("GET", "/") as response:
        parts = response.iter_raw()
        assert next(parts) == b"first"
        release.set()
        assert list(parts) == [b"second"]


@pytest.mark.parametrize("in_with_block", [True, False])
def test_closing_early_tells_the_application(in_with_block: bool) -> None:
    log: list[Any] = []
    app = streams(b"a", b"b", log=log)

    def go(client: TestClient) -> None:
        with client.stream("GET", "/") as response:
            assert next(response.iter_raw()) == b"a"
        assert log == [{"type": "http.disconnect"}]

    client = TestClient(app_with_lifespan(app))
    if in_with_block:
        with client:
            go(client)
    else:
        go(client)


def test_a_response_outlives_its_with_block_in_one_sentence() -> None:
    log: list[Any] = []
    with TestClient(app_with_lifespan(streams(b"a", b"b", log=log))) as client:
        response = client.send(client.build_request("GET", "/"), stream=True)
    assert log == [{"type": "http.disconnect"}]
    with pytest.raises(httpx2.RemoteProtocolError, match="`with` block ended before the response was complete"):
        response.read()
    response.close()


def test_an_endless_stream_ends_when_it_is_closed() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
        except OSError as exc:
            ended.append(type(exc).__name__)
            raise

    with TestClient(app).stream("GET", "/") as response:
        assert next(response.iter_lines()) == "tick"
    assert ended == ["ClientDisconnected"]


@pytest.mark.parametrize("ignores_cancel", [False, True])
def test_an_application_that_never_ends_does_not_hang_the_close(ignores_cancel: bool) -> None:
    stop = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        while not stop.is_set():
            try:
                await asyncio.sleep(0.01 if ignores_cancel else 3600)
            except asyncio.CancelledError:
                if not ignores_cancel:
                    raise

    with TestClient(app, disconnect_grace=0.02) as client:
        if ignores_cancel:
            with pytest.raises(RuntimeError, match="went on after its client had gone"):
                with client.stream("GET", "/"):
                    pass
        else:
            with client.stream("GET", "/"):
                pass
        stop.set()


def test_an_application_that_blocks_its_loop_does_not_hang_the_close() -> None:
    answered, release = threading.Event(), threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        while not answered.is_set():
            await asyncio.sleep(0)
        release.wait()

    with TestClient(app, disconnect_grace=0.01) as client:
        with pytest.raises(
            RuntimeError, match=r"^the application blocks the event loop, in test_client_streams.py line \d+ \(app\)$"
        ):
            with client.stream("GET", "/"):
                answered.set()
        release.set()


def test_a_failure_after_the_close_is_raised() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await receive()
        await receive()
        raise ValueError("clean-up went wrong")

    with pytest.raises(ValueError, match="clean-up went wrong"):
        with TestClient(app).stream("GET", "/"):
            pass
    with TestClient(app, raise_server_exceptions=False).stream("GET", "/"):
        pass


def test_background_work_is_done_when_the_call_returns() -> None:
    done: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"quack")
        await asyncio.sleep(0)
        done.append(True)

    assert TestClient(app).get("/").text == "quack"
    assert done == [True]


@pytest.mark.parametrize("raises", [True, False])
def test_a_response_that_nobody_closed_ends_before_the_lifespan(raises: bool) -> None:
    ends: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            ends.append("lifespan")
            return await send({"type": "lifespan.shutdown.complete"})
        await send({"type": "http.response.start", "status": 200})
        await receive()
        ends.append((await receive())["type"])
        return None

    with TestClient(app, raise_server_exceptions=raises) as client:
        response = client.send(client.build_request("GET", "/"), stream=True)
    assert ends == ["http.disconnect", "lifespan"]
    with pytest.raises(httpx2.RemoteProtocolError):
        response.read()

    async def scenario() -> None:
        async with AsyncTestClient(app, raise_server_exceptions=raises) as client:
            await client.send(client.build_request("GET", "/"), stream=True)
        assert len(asyncio.all_tasks()) == 1

    ends.clear()
    asyncio.run(scenario())
    assert ends == ["http.disconnect", "lifespan"]
