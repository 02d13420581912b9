"""What is sent or received out of order, and after the client has left."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.socket_driving import CONNECT, GONE, Talked, octets, talk, text, using

from webfoot.asgi.states import WEBSOCKET_SEND, explain, row_of
from webfoot.web.responses import Response
from webfoot.web.websockets import (
    UnexpectedMessage,
    WebSocket,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketState,
)

STEPS = ["accept", "close", "send_text", "deny", "receive", "receive_text", "start", "more", "last"]


class TestOutOfOrder:
    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            ("send_text", "websocket.send was sent before websocket.accept"),
            ("accept accept", "websocket.accept was sent a second time"),
            ("accept deny", "websocket.http.response.start was sent after websocket.accept"),
            ("accept strange", "'foo' was sent, which is no event of a WebSocket exchange"),
        ],
    )
    def test_sending(self, steps: str, words: str):
        error = self.steps(steps).error
        assert type(error) is RuntimeError
        assert str(error) == words

    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            ("receive_text", 'WebSocket is not connected. Need to call "accept" first.'),
            ("accept close send_text", "websocket.send was sent after the WebSocket was closed"),
            ("accept close close", "websocket.close was sent after the WebSocket was closed"),
            ("close accept", "websocket.accept was sent after the WebSocket was closed"),
            ("deny close", "websocket.close was sent after the WebSocket was closed"),
            ("deny deny", "websocket.http.response.start was sent after the WebSocket was closed"),
            ("accept close receive_text", "a message was to be received after the WebSocket was closed"),
            ("accept leave receive_text", "receive() was called after websocket.disconnect was received"),
            ("accept leave receive", "receive() was called after websocket.disconnect was received"),
        ],
    )
    def test_a_websocket_that_is_not_open(self, steps: str, words: str):
        error = self.steps(steps).error
        assert type(error) is WebSocketDisconnected
        assert str(error) == words

    def steps(self, names: str) -> Talked:
        async def use(websocket: WebSocket) -> None:
            for name in names.split():
                match name:
                    case "send_text":
                        await websocket.send_text("a")
                    case "deny":
                        await websocket.send_denial_response(Response())
                    case "strange":
                        await websocket.send({"type": "foo"})
                    case "leave":
                        with pytest.raises(WebSocketDisconnect):
                            await websocket.receive_text()
                    case _:
                        await getattr(websocket, name)()

        return using(use)

    @settings(deadline=None)
    @given(st.lists(st.sampled_from(STEPS), max_size=8), st.none() | st.integers(0, 4))
    def test_whatever_is_tried_only_what_is_legal_is_sent(self, names: list[str], gone_after: int | None):
        parts = {
            "start": {"type": "websocket.http.response.start", "status": 400, "headers": []},
            "more": {"type": "websocket.http.response.body", "body": b"a", "more_body": True},
            "last": {"type": "websocket.http.response.body", "body": b"a"},
        }

        async def use(websocket: WebSocket) -> None:
            for name in names:
                with contextlib.suppress(RuntimeError, WebSocketDisconnect, UnexpectedMessage):
                    match name:
                        case "send_text":
                            await websocket.send_text("a")
                        case "deny":
                            await websocket.send_denial_response(Response())
                        case "start" | "more" | "last":
                            await websocket.send(parts[name])
                        case _:
                            await getattr(websocket, name)()

        talked = using(use, text("a"), octets(b"b"), gone_after=gone_after)
        assert talked.error is None
        state = "handshake"
        for message in talked.sent:
            assert row_of(message) in WEBSOCKET_SEND[state], explain("WEBSOCKET_SEND", state, row_of(message))
            state = WEBSOCKET_SEND[state][row_of(message)]

    @pytest.mark.parametrize("message", [GONE, text("a")])
    def test_a_server_that_does_not_begin_with_connect(self, message: dict[str, Any]):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await WebSocket(scope, receive, send).accept()

        error = talk(app, message).error
        assert type(error) is RuntimeError
        assert str(error) == f"websocket.connect was expected, and {message['type']} was received"

    def test_a_server_that_connects_twice(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive()

        error = using(use, CONNECT).error
        assert (
            str(error) == "websocket.receive or websocket.disconnect was expected, and websocket.connect was received"
        )

    def test_what_the_server_refuses_was_not_sent(self):
        async def app(scope: Any, receive: Any, send: Any) -> None:
            async def refusing(message: Any) -> None:
                if message.get("code") == 1005:
                    raise RuntimeError("the close code 1005 must not be sent")
                await send(message)

            websocket = WebSocket(scope, receive, refusing)
            await websocket.accept()
            with pytest.raises(RuntimeError, match="1005"):
                await websocket.close(1005)
            await websocket.close(1011)

        assert talk(app).types == ["accept", "close"]


class TestTheClientLeaves:
    def test_while_it_is_listened_to(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            with pytest.raises(WebSocketDisconnect) as left:
                await websocket.receive_text()
            assert (left.value.code, left.value.reason, left.value.is_told) == (1001, "bye", True)

        assert using(use).error is None

    @pytest.mark.parametrize(
        ("message", "expected"),
        [
            ({"type": "websocket.disconnect"}, (1005, "")),
            ({"type": "websocket.disconnect", "code": None, "reason": None}, (1005, "")),
            ({"type": "websocket.disconnect", "code": 4000, "reason": "x"}, (4000, "x")),
        ],
    )
    def test_what_is_known_of_it(self, message: dict[str, Any], expected: tuple[int, str]):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive_text()

        error = using(use, message).error
        assert isinstance(error, WebSocketDisconnect)
        assert (error.code, error.reason) == expected

    def test_while_something_is_sent_to_it(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            for _ in range(3):
                with pytest.raises(WebSocketDisconnect) as left:
                    await websocket.send_text("a")
                assert (left.value.code, left.value.is_told) == (1006, True)
            with pytest.raises(WebSocketDisconnect):
                await websocket.receive_text()

        assert using(use, gone_after=1).error is None

    def test_during_the_handshake(self):
        error = using(lambda websocket: websocket.accept(), gone_after=0).error
        assert isinstance(error, WebSocketDisconnect)

    def test_sending_afterwards_says_so_again(self):
        """Also on servers before ASGI WebSocket 2.4, whose send() is silent: a loop that only sends comes to an end."""

        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive()
            for _ in range(2):
                with pytest.raises(WebSocketDisconnect) as left:
                    await websocket.send_text("a")
                assert (left.value.code, left.value.reason) == (1001, "bye")

        talked = using(use)
        assert talked.error is None
        assert talked.types == ["accept"]

    def test_closing_afterwards_is_nothing(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            async for _ in websocket.iter_text():
                pass
            await websocket.close()
            await websocket.close()
            assert websocket.application_state is WebSocketState.DISCONNECTED

        talked = using(use)
        assert talked.error is None
        assert talked.types == ["accept"]

    def test_at_the_moment_of_the_close(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.close()

        assert using(use, gone_after=1).error is None
