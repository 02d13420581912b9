"""AsyncTestClient: the application in the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from tests.testing.apps import (
    Pond,
    boom,
    boom_after_response,
    report,
    shouting,
    streams,
)

from webfoot.asgi.guard import ASGIViolation
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import AsyncTestClient


def test_the_asynchronous_client_shares_the_loop_of_the_test() -> None:
    async def scenario() -> None:
        pond = Pond()
        async with AsyncTestClient(pond) as client:
            assert client.app_state["loop"] is asyncio.get_running_loop()
            responses = await asyncio.gather(*(client.get("/") for _ in range(5)))
            assert {response.text for response in responses} == {"quack"}
        assert pond.seen == ["startup", *[True] * 5, "shutdown"]
        assert (await AsyncTestClient(pond).get("/")).text == "quack"

    asyncio.run(scenario())


def test_the_asynchronous_client_uploads_as_the_application_reads() -> None:
    async def upload() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def scenario() -> None:
        client = AsyncTestClient(report)
        assert (await client.post("/", content=upload())).json()["parts"] == ["a", "b", ""]
        assert (await client.post("/", content=b"ab")).json()["parts"] == ["ab"]

    asyncio.run(scenario())


def test_the_asynchronous_client_streams_and_closes_early() -> None:
    async def scenario() -> None:
        log: list[Any] = []
        async with AsyncTestClient(streams(b"a", b"b", log=log)).stream("GET", "/") as response:
            assert await anext(response.aiter_raw()) == b"a"
        assert log == [{"type": "http.disconnect"}]

    asyncio.run(scenario())


def test_the_asynchronous_client_raises_or_answers() -> None:
    async def scenario() -> None:
        for app in (boom, boom_after_response, streams(b"x", then=ValueError("boom"))):
            with pytest.raises(ValueError, match=r"^boom$"):
                await AsyncTestClient(app).get("/")
        assert (await AsyncTestClient(boom, raise_server_exceptions=False).get("/")).status_code == 500
        truncated = AsyncTestClient(streams(b"x", then=ValueError("boom")), raise_server_exceptions=False)
        with pytest.raises(httpx2.RemoteProtocolError):
            await truncated.get("/")

    asyncio.run(scenario())


def test_another_event_loop_than_asyncio_s_is_one_sentence() -> None:
    client = AsyncTestClient(Pond())
    for coroutine in (client.get("/"), client.__aenter__()):
        with pytest.raises(RuntimeError, match=r"^AsyncTestClient runs the application in asyncio's event loop, and"):
            coroutine.send(None)


def test_a_cancelled_request_ends_the_application() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        ended.append((await receive())["type"])

    async def scenario() -> None:
        task = asyncio.create_task(AsyncTestClient(app).get("/"))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert ended == ["http.disconnect"]


def test_a_fixture_may_begin_and_end_the_client_in_tasks_of_its_own() -> None:
    async def scenario() -> None:
        pond = Pond()
        client = AsyncTestClient(pond)
        await asyncio.create_task(client.__aenter__())
        assert (await asyncio.create_task(client.get("/"))).text == "quack"
        await asyncio.create_task(client.__aexit__(None, None, None))
        assert pond.seen == ["startup", True, "shutdown"]

    asyncio.run(scenario())


def test_httpx2_s_own_transport_takes_the_application_too() -> None:
    async def scenario() -> None:
        transport = httpx2.ASGITransport(app=report)
        async with httpx2.AsyncClient(transport=transport, base_url="http://pond") as client:
            assert (await client.get("/a")).json()["path"] == "/a"

    asyncio.run(scenario())


def test_the_asynchronous_lifespan_fails_the_test() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no water"})

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match=r"^the application's startup failed: no water$"):
            async with AsyncTestClient(app):
                pass

    asyncio.run(scenario())


def test_an_application_is_held_to_the_asgi_specification_by_the_asynchronous_client() -> None:
    async def scenario() -> None:
        with pytest.raises(ASGIViolation, match="header names must be lower-case"):
            await AsyncTestClient(shouting).get("/")
        assert (await AsyncTestClient(shouting, guard=False).get("/")).text == "QUACK"

    asyncio.run(scenario())
