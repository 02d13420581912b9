"""The WebSocket object: what it sends and receives, and what it says when it is used in the wrong order."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from tests.web.socket_driving import octets, socket_scope, talk, text, using

from webfoot.web.responses import JSONResponse, Response, StreamingResponse
from webfoot.web.websockets import (
    InvalidJSONMessage,
    UnexpectedMessage,
    WebSocket,
    WebSocketClose,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketException,
    WebSocketState,
)


class TestTheHandshake:
    def test_what_the_scope_tells(self):
        websocket = WebSocket(
            socket_scope(
                "/p", query_string=b"a=1", headers=[(b"host", b"h"), (b"cookie", b"c=2")], path_params={"n": 3}
            ),
            None,
            None,
        )
        assert str(websocket.url) == "ws://h/p?a=1"
        assert (websocket.query_params["a"], websocket.cookies, websocket.path_params) == ("1", {"c": "2"}, {"n": 3})
        assert websocket.headers["host"] == "h"
        assert websocket["type"] == "websocket"
        websocket.state.duck = 1
        assert websocket.scope["state"] == {"duck": 1}

    def test_an_http_scope_is_refused(self):
        with pytest.raises(AssertionError, match="a WebSocket is made from a websocket scope, not 'http'"):
            WebSocket({"type": "http"}, None, None)

    def test_accepting(self):
        async def use(websocket: WebSocket) -> None:
            assert (websocket.client_state, websocket.application_state) == (WebSocketState.CONNECTING,) * 2
            await websocket.accept("chat", [(b"X-Duck", b"7")])
            assert (websocket.client_state, websocket.application_state) == (WebSocketState.CONNECTED,) * 2

        talked = using(use)
        assert talked.error is None
        assert talked.sent == [{"type": "websocket.accept", "subprotocol": "chat", "headers": [(b"x-duck", b"7")]}]

    @pytest.mark.parametrize(
        ("headers", "error", "words"),
        [
            ([(b"x", b"a\r\nset-cookie: b=c")], ValueError, "must not hold CR, LF or NUL"),
            ([(b"a b", b"c")], ValueError, "is not a header name"),
            ({"x-duck": "7"}, TypeError, "the headers of accept() are pairs of bytes (name, value), not 'x-duck'"),
            ([("x-duck", "7")], TypeError, "pairs of bytes"),
            ([(b"x", b"y", b"z")], TypeError, "pairs of bytes"),
        ],
    )
    def test_headers_that_are_none(self, headers: Any, error: type[Exception], words: str):
        talked = using(lambda websocket: websocket.accept(headers=headers))
        assert talked.sent == []
        assert isinstance(talked.error, error)
        assert words in str(talked.error)

    def test_closing_instead(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.close(1008, "no")
            assert websocket.application_state is WebSocketState.DISCONNECTED

        assert using(use).sent == [{"type": "websocket.close", "code": 1008, "reason": "no"}]

    def test_a_denial_response(self):
        talked = using(lambda websocket: websocket.send_denial_response(JSONResponse({"a": 1}, 451)))
        assert talked.types == ["http.response.start", "http.response.body"]
        assert talked.denial == (451, b'{"a":1}')

    def test_a_denial_in_parts(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.send({"type": "websocket.http.response.start", "status": 404, "headers": []})
            assert websocket.application_state is WebSocketState.RESPONSE
            await websocket.send({"type": "websocket.http.response.body", "body": b"a", "more_body": True})
            assert websocket.application_state is WebSocketState.RESPONSE
            await websocket.send({"type": "websocket.http.response.body", "body": b"b"})
            assert websocket.application_state is WebSocketState.DISCONNECTED

        assert using(use).denial == (404, b"ab")

    def test_a_streamed_denial(self):
        talked = using(lambda websocket: websocket.send_denial_response(StreamingResponse(iter("ab"), 404)))
        assert talked.denial == (404, b"ab")

    @pytest.mark.parametrize("extensions", [{}, None])
    def test_a_denial_that_the_server_cannot_send(self, extensions: Any):
        talked = using(lambda websocket: websocket.send_denial_response(Response()), extensions=extensions)
        assert isinstance(talked.error, RuntimeError)
        assert str(talked.error).startswith("The server does not offer 'websocket.http.response', so")

    def test_websocket_close(self):
        assert talk(WebSocketClose(1008, "no")).close == (1008, "no")
        assert talk(WebSocketClose()).close == (1000, "")


class TestMessages:
    def test_both_ways(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text(await websocket.receive_text())
            await websocket.send_bytes(await websocket.receive_bytes())
            await websocket.send_json(await websocket.receive_json())
            await websocket.send_json(await websocket.receive_json("binary"), mode="binary")
            await websocket.close()

        talked = using(use, text("a"), octets(b"b"), text('{"c": "ü"}'), octets(b"[1, 2]"))
        assert talked.error is None
        assert talked.sent[1:] == [
            {"type": "websocket.send", "text": "a"},
            {"type": "websocket.send", "bytes": b"b"},
            {"type": "websocket.send", "text": '{"c":"ü"}'},
            {"type": "websocket.send", "bytes": b"[1,2]"},
            {"type": "websocket.close", "code": 1000, "reason": ""},
        ]

    def test_empty_messages_are_messages(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            assert await websocket.receive_text() == ""
            assert await websocket.receive_bytes() == b""

        assert using(use, text(""), octets(b"")).error is None

    def test_a_key_that_is_none_is_as_a_key_that_is_missing(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            assert await websocket.receive_text() == "a"
            await websocket.receive_text()

        talked = using(use, {**text("a"), "bytes": None}, {**octets(b"a"), "text": None})
        assert isinstance(talked.error, UnexpectedMessage)

    @pytest.mark.parametrize(
        ("receive", "message", "reason"),
        [
            ("receive_text", octets(b"a"), "text was expected, and bytes came"),
            ("receive_bytes", text("a"), "bytes were expected, and text came"),
            ("receive_json", octets(b"{}"), "text was expected, and bytes came"),
        ],
    )
    def test_the_other_kind_of_message(self, receive: str, message: dict[str, Any], reason: str):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await getattr(websocket, receive)()

        error = using(use, message).error
        assert isinstance(error, UnexpectedMessage)
        assert (error.code, error.reason) == (1003, reason)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            ("[1,", "malformed JSON: Expecting value: line 1 column 4 (char 3)"),
            ("", "malformed JSON: Expecting value"),
            ("\ufeff{}", "malformed JSON: Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
            ("[" * 100_000, "malformed JSON: it is nested too deeply"),
            ("9" * 5000, "malformed JSON: it has a number of too many digits"),
        ],
    )
    def test_text_that_is_no_json(self, data: str, reason: str):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive_json()

        error = using(use, text(data)).error
        assert isinstance(error, InvalidJSONMessage)
        assert isinstance(error, json.JSONDecodeError)
        assert (error.code, error.reason) == (1003, reason)
        assert len(error.reason.encode()) <= 123  # a close frame takes no more (RFC 6455 section 5.5)

    def test_bytes_that_are_no_text(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive_json("binary")

        error = using(use, octets(b'"\xff"')).error
        assert isinstance(error, InvalidJSONMessage)

    def test_the_loop_goes_on_after_a_message_that_was_no_json(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            with pytest.raises(json.JSONDecodeError):
                await websocket.receive_json()
            await websocket.send_json(await websocket.receive_json())

        assert using(use, text("["), text("[]")).texts == ["[]"]

    def test_half_a_character_from_one_client_can_be_sent_to_another(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_json(await websocket.receive_json())
            await websocket.send_json(await websocket.receive_json(), mode="binary")

        talked = using(use, text(r'{"ü": "\ud83e"}'), text(r'"\ud83e"'))
        assert talked.texts[0] == r'{"ü":"\ud83e"}'
        assert talked.sent[-1]["bytes"] == rb'"\ud83e"'

    @pytest.mark.parametrize("method", ["receive_json", "send_json"])
    def test_an_unknown_mode(self, method: str):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            arguments = ({},) if method == "send_json" else ()
            await getattr(websocket, method)(*arguments, mode="Text")

        talked = using(use, text("{}"))
        assert isinstance(talked.error, RuntimeError)
        assert str(talked.error) == 'The "mode" argument should be "text" or "binary".'

    @pytest.mark.parametrize(
        ("iterate", "incoming", "expected"),
        [
            ("iter_text", [text("a"), text("b")], ["a", "b"]),
            ("iter_bytes", [octets(b"a")], [b"a"]),
            ("iter_json", [text("1"), text("[]")], [1, []]),
            ("iter_text", [], []),
        ],
    )
    def test_iterating_ends_when_the_client_leaves(self, iterate: str, incoming: list[Any], expected: list[Any]):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            assert [data async for data in getattr(websocket, iterate)()] == expected
            assert websocket.client_state is WebSocketState.DISCONNECTED

        assert using(use, *incoming).error is None

    def test_iterating_ends_when_this_side_closes(self):
        async def use(websocket: WebSocket) -> None:
            await websocket.accept()
            async for _ in websocket.iter_text():
                await websocket.close(4000)

        talked = using(use, text("a"), text("b"))
        assert talked.error is None
        assert talked.types == ["accept", "close"]

    def test_iterating_before_the_accept(self):
        async def use(websocket: WebSocket) -> None:
            async for _ in websocket.iter_text():
                pass

        assert isinstance(using(use, text("a")).error, WebSocketDisconnected)


class TestTheExceptions:
    def test_what_they_say(self):
        assert str(WebSocketException(1008, "no")) == "1008: no"
        assert repr(WebSocketException(1008)) == "WebSocketException(code=1008, reason='')"
        assert str(WebSocketDisconnect(1001, "bye")) == "1001: bye"
        assert (WebSocketDisconnect().code, WebSocketDisconnect().reason, str(WebSocketDisconnect())) == (
            1000,
            "",
            "1000",
        )
        assert not WebSocketDisconnect().is_told

    @pytest.mark.parametrize(
        "error",
        [
            WebSocketException(1008, "no"),
            WebSocketDisconnect(1001),
            UnexpectedMessage("text was expected"),
            InvalidJSONMessage("Expecting value", "[", 1),
        ],
    )
    def test_they_can_be_pickled(self, error: Any):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.code, again.reason) == (type(error), error.code, error.reason)
