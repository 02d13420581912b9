"""Applications that fail or hang behind a WebSocket session."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from tests.testing.sockets import echo, fails, sleeps

from webfoot.asgi.guard import ASGIViolation
from webfoot.testing import (
    TestClient,
)
from webfoot.web import WebApp, WebSocket, WebSocketDisconnect
from webfoot.web.routing import WebSocketRoute, websocket_session


def test_an_exception_is_raised_where_it_is_met() -> None:
    with pytest.raises(LookupError, match="no ducks"):
        with TestClient(fails).websocket_connect("/") as session:
            assert session.receive_text() == "one"
            session.receive_text()


def test_an_exception_is_raised_at_the_end_at_the_latest() -> None:
    with pytest.raises(LookupError, match="no ducks"), TestClient(fails).websocket_connect("/"):
        pass


def test_an_exception_is_raised_once() -> None:
    with TestClient(fails).websocket_connect("/") as session:
        session.receive_text()
        with pytest.raises(LookupError):
            session.receive_text()


def test_the_failure_of_a_test_is_not_hidden_by_that_of_the_application() -> None:
    with pytest.raises(LookupError) as raised, TestClient(fails).websocket_connect("/") as session:
        assert session.receive_text() == "two"
    assert isinstance(raised.value.__context__, AssertionError)


def test_without_exceptions_it_is_what_a_client_gets() -> None:
    with TestClient(fails, raise_server_exceptions=False).websocket_connect("/") as session:
        assert session.receive_text() == "one"
        assert session.receive() == {"type": "websocket.close", "code": 1011, "reason": ""}


def test_leaving_is_no_failure_of_the_application() -> None:
    @websocket_session
    async def listens(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "a"})

    for each in (listens, bare):
        with TestClient(each).websocket_connect("/"):
            pass


def test_what_goes_wrong_in_the_clean_up_is_one() -> None:
    clients: list[WebSocket] = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            await websocket.receive_text()
        except WebSocketDisconnect:
            clients.remove(websocket)

    with pytest.raises(ValueError, match="not in list"), TestClient(app).websocket_connect("/"):
        pass


def test_the_guard_holds() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "headers": [(b"X-Duck", b"1")]})

    with pytest.raises(ASGIViolation) as violation, TestClient(app).websocket_connect("/"):
        pass
    assert violation.value.rule == "header-case"
    with TestClient(app, guard=False).websocket_connect("/"):
        pass


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"type": "websocket.send", "text": "a"}], "websocket.send was sent before websocket.accept"),
        ([{"type": "websocket.accept"}] * 2, "websocket.accept was sent a second time"),
        (
            [{"type": "websocket.accept", "subprotocol": "x"}],
            "the subprotocol 'x' was accepted, which the client did not",
        ),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.send"}],
            "exactly one of text (str) and bytes, not NoneType and",
        ),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.send", "text": b""}],
            "exactly one of text (str) and bytes",
        ),
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1005}], "1005 must not be sent"),
        (
            [{"type": "websocket.close"}, {"type": "websocket.close"}],
            "websocket.close was sent after the WebSocket was",
        ),
        ([{"type": "http.response.start"}], "http.response.start was sent in a WebSocket exchange"),
        ([{"type": "websocket.http.response.start", "status": 101}], "status of a response must be an int from 200 to"),
        ([{"type": 1}], "an event needs a str as its 'type'"),
    ],
)
def test_without_the_guard_the_order_is_still_held(messages: list[Any], words: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(message)

    with pytest.raises(Exception) as raised, TestClient(app, guard=False).websocket_connect("/"):
        pass
    assert words in str(raised.value)


def test_an_extension_that_is_not_offered() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"].clear()
        await receive()
        await send({"type": "websocket.http.response.start", "status": 404})

    with pytest.raises(RuntimeError, match="does not offer the extension"):
        with TestClient(app, guard=False).websocket_connect("/"):
            pass


def test_an_application_that_does_not_answer() -> None:
    client = TestClient(sleeps, disconnect_grace=0.01)
    with pytest.raises(TimeoutError, match=r"did not answer the handshake within 0\.05 seconds"):
        with client.websocket_connect("/", timeout=0.05):
            pass


def test_an_application_that_says_nothing() -> None:
    client = TestClient(sleeps, disconnect_grace=0.01)
    with client.websocket_connect("/accepted", timeout=0.05) as session:
        for receive in (session.receive, session.receive_text):
            with pytest.raises(TimeoutError, match=r"the application sent nothing within 0\.05 seconds"):
                receive()


def test_an_application_that_does_not_care_who_left() -> None:
    cancelled = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with TestClient(app, disconnect_grace=0.01).websocket_connect("/"):
        pass
    assert cancelled == [True]


def test_an_application_that_cannot_be_stopped() -> None:
    door = threading.Event()

    async def endless(websocket: WebSocket) -> None:
        await websocket.accept()
        while not door.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                pass

    with pytest.raises(RuntimeError, match="went on after its client had gone and after it had been cancelled"):
        with TestClient(WebApp(routes=[WebSocketRoute("/", endless)]), disconnect_grace=0.02) as client:
            try:
                with client.websocket_connect("/"):
                    pass
            finally:
                door.set()


def test_an_application_that_blocks() -> None:
    door = threading.Event()

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        door.wait(10)

    with pytest.raises(RuntimeError, match="the application blocks the event loop"):
        with TestClient(app, disconnect_grace=0.01).websocket_connect("/", timeout=0.01) as session:
            try:
                session.send_text("go")
                session.receive_text()
            finally:
                door.set()


def test_a_session_outside_of_its_block() -> None:
    session = TestClient(echo).websocket_connect("/")
    with pytest.raises(AssertionError, match="a session is used in its `with` block"):
        session.send_text("a")
    with session:
        pass
    with pytest.raises(RuntimeError, match="the session's `with` block has ended"):
        session.receive_text()
