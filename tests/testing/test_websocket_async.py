"""WebSockets with the asynchronous client, and without any."""

from __future__ import annotations

import asyncio

import pytest
from tests.testing.sockets import echo, fails, sleeps

from webfoot.testing import (
    AsyncTestClient,
    TestClient,
    WebSocketDenialResponse,
    WebSocketExchange,
    websocket_scope,
)
from webfoot.web import HTTPException, WebApp, WebSocket, WebSocketDisconnect
from webfoot.web.routing import WebSocketRoute, websocket_session


def test_the_asynchronous_client() -> None:
    door = asyncio.Event()

    async def wait(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="chat")
        await door.wait()
        await websocket.send_json({"a": 1})
        await websocket.send_bytes(b"b")
        assert await websocket.receive_json() == [2]
        assert await websocket.receive_json("binary") == [3]
        assert await websocket.receive_bytes() == b"c"
        assert await websocket.receive_text() == "d"
        await websocket.close(4000)

    async def refuse(websocket: WebSocket) -> None:
        raise HTTPException(403, "not you")

    async def scenario() -> None:
        app = WebApp(routes=[WebSocketRoute("/wait", wait), WebSocketRoute("/refuse", refuse)])
        async with AsyncTestClient(app) as client:
            async with client.websocket_connect("/wait", ["chat"]) as session:
                waiting = asyncio.create_task(session.receive_json())
                await asyncio.sleep(0)
                door.set()
                assert await waiting == {"a": 1}
                assert await session.receive_bytes() == b"b"
                await session.send_json([2])
                await session.send_json([3], mode="binary")
                await session.send_bytes(b"c")
                await session.send_text("d")
                assert (await session.receive())["code"] == 4000
                assert session.accepted_subprotocol == "chat"
                with pytest.raises(WebSocketDisconnect):
                    await session.receive_text()
            with pytest.raises(WebSocketDenialResponse) as refused:
                async with client.websocket_connect("/refuse"):
                    pass
            assert refused.value.text == "not you"

    asyncio.run(scenario())


def test_the_asynchronous_client_raises_what_the_application_raises() -> None:
    async def scenario() -> None:
        client = AsyncTestClient(fails)
        with pytest.raises(LookupError):
            async with client.websocket_connect("/"):
                pass
        with pytest.raises(LookupError):
            async with client.websocket_connect("/") as session:
                await session.receive_text()
                await session.receive_text()
        async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect(
            "/accepted", timeout=0.01
        ) as session:
            with pytest.raises(TimeoutError):
                await session.receive()
        with pytest.raises(TimeoutError):
            async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect("/", timeout=0.01):
                pass

    asyncio.run(scenario())


def test_a_timeout_of_the_tests_own_goes_through() -> None:
    async def scenario() -> None:
        async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect("/accepted") as session:
            with pytest.raises(TimeoutError) as raised:
                async with asyncio.timeout(0.01):
                    await session.receive()
            assert str(raised.value) == ""

    asyncio.run(scenario())


def test_an_exchange() -> None:
    async def scenario() -> None:
        exchange = WebSocketExchange(echo, websocket_scope("/", subprotocols=["chat"]))
        await exchange.start()
        assert (exchange.status, exchange.subprotocol, exchange.headers) == (101, "chat", [(b"x-duck", b"1")])
        exchange.say({"type": "websocket.receive", "text": "quack"})
        assert await exchange.hear() == {"type": "websocket.send", "text": "quack"}
        await exchange.close()
        assert [event["type"] for event in exchange.events] == ["websocket.accept", "websocket.send"]
        assert exchange.ended
        assert exchange.error is None

    asyncio.run(scenario())


def test_a_task_group_that_hears_of_the_disconnect_has_not_failed() -> None:
    """A task group of the application's, in which each task met the disconnect."""

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        async with asyncio.TaskGroup() as group:
            group.create_task(websocket.receive_text())

    with TestClient(app).websocket_connect("/"):
        pass
