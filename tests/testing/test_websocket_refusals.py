"""Handshakes that are refused, as a test client shows them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from webfoot.asgi.guard import ASGIViolation
from webfoot.testing import (
    IncompleteResponse,
    TestClient,
    WebSocketDenialResponse,
)
from webfoot.web import JSONResponse, WebSocket, WebSocketDisconnect
from webfoot.web.routing import websocket_session


def refusal_of(app: Any, **options: Any) -> WebSocketDenialResponse:
    with pytest.raises(WebSocketDisconnect) as refused, TestClient(app, **options).websocket_connect("/"):
        raise AssertionError("it was accepted")
    assert isinstance(refused.value, WebSocketDenialResponse)
    return refused.value


def test_a_close_before_the_accept_is_a_403_whatever_its_code() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4001, "reason": "no ducks"})

    refused = refusal_of(app)
    assert (refused.status_code, refused.content) == (403, b"")
    assert (refused.code, refused.reason) == (1006, "")
    assert str(refused) == (
        "the handshake was refused with 403 Forbidden "
        "(closed before it was accepted; the close code, 4001 no ducks, reaches no client)"
    )


def test_a_close_before_the_handshake_was_received() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    assert refusal_of(app).status_code == 403


def test_a_denial_is_a_response() -> None:
    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"a": [1]}, 451, headers={"x-duck": "1"}))

    refused = refusal_of(app)
    assert (refused.status_code, refused.json(), refused.headers["x-duck"]) == (451, {"a": [1]}, "1")
    assert refused.url == "ws://testserver/"
    assert str(refused) == "the handshake was refused with 451 Unavailable For Legal Reasons"
    with pytest.raises(httpx2.HTTPStatusError):
        refused.raise_for_status()


def test_a_refusal_is_waited_for_to_its_end() -> None:
    done = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})
        done.append((await receive())["type"])
        done.append((await receive())["code"])
        await asyncio.sleep(0.01)
        done.append("done")

    refusal_of(app)
    assert done == ["websocket.connect", 1006, "done"]


def test_an_exception_after_the_refusal_is_raised() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})
        raise LookupError("no ducks")

    with pytest.raises(LookupError), TestClient(app).websocket_connect("/"):
        pass
    assert refusal_of(app, raise_server_exceptions=False).status_code == 403


def test_no_answer() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    with pytest.raises(ASGIViolation, match="returned without an answer"), TestClient(app).websocket_connect("/"):
        pass
    with pytest.raises(IncompleteResponse, match="the application returned without an answer to the handshake"):
        with TestClient(app, guard=False).websocket_connect("/"):
            pass
    refused = refusal_of(app, raise_server_exceptions=False)
    assert (refused.status_code, refused.text) == (500, "Internal Server Error")


def test_half_a_denial() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})

    with pytest.raises(IncompleteResponse, match="before its denial was complete"):
        with TestClient(app).websocket_connect("/"):
            pass
