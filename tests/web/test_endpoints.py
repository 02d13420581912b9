"""Endpoints written as classes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of, http_scope
from tests.web.socket_driving import octets, socket_scope, talk, text

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import HTTPException, Middleware, Route, WebApp, WebSocketException
from webfoot.web.endpoints import HTTPEndpoint, WebSocketEndpoint
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import WebSocketRoute
from webfoot.web.websockets import WebSocket, WebSocketDisconnect, WebSocketState


class Duck(HTTPEndpoint):
    async def get(self, request: Any) -> Any:
        return PlainTextResponse(f"{request.method} {request.path_params.get('name')}")

    def post(self, request: Any) -> Any:
        return PlainTextResponse(str(threading.current_thread() is threading.main_thread()))

    async def query(self, request: Any) -> Any:
        return PlainTextResponse("found")

    async def delete(self, request: Any) -> Any:
        raise HTTPException(409, "protected")

    async def put(self, request: Any) -> Any:
        raise LookupError("no ducks")

    async def brew(self, request: Any) -> Any:
        return PlainTextResponse("no method of HTTP")


ALLOW = "DELETE, GET, HEAD, POST, PUT, QUERY"


class TestHTTPEndpoint:
    app = WebApp(routes=[Route("/{name}", Duck)])

    def test_a_method_for_each_method(self):
        assert answer_of(self.app, "GET", "/jemima").text == "GET jemima"
        assert answer_of(self.app, "QUERY", "/jemima").text == "found"

    def test_head_is_answered_by_get(self):
        assert answer_of(self.app, "HEAD", "/jemima").text == "HEAD jemima"

    def test_unless_there_is_one(self):
        class WithHead(HTTPEndpoint):
            async def head(self, request: Any) -> Any:
                return PlainTextResponse("", headers={"x-duck": "1"})

        assert answer_of(WebApp(routes=[Route("/", WithHead)]), "HEAD").headers["x-duck"] == "1"
        assert answer_of(WebApp(routes=[Route("/", WithHead)]), "GET").headers["allow"] == "HEAD"

    def test_a_plain_method_runs_in_a_thread(self):
        assert answer_of(self.app, "POST", "/jemima").text == "False"

    @pytest.mark.parametrize(
        "method",
        ["PATCH", "OPTIONS", "TRACE", "BREW", "get", "DISPATCH", "METHOD_NOT_ALLOWED", "__INIT__", "SCOPE", ""],
    )
    def test_other_methods_are_405(self, method: str):
        answered = answer_of(self.app, method, "/jemima")
        assert (answered.status, answered.headers["allow"], answered.text) == (405, ALLOW, "Method Not Allowed")

    def test_outside_of_an_application(self):
        assert answer_of(Duck, "GET").text == "GET None"
        answered = answer_of(Duck, "PATCH")
        assert (answered.status, answered.headers["allow"]) == (405, ALLOW)
        assert isinstance(answer_of(Duck, "DELETE").error, HTTPException)

    def test_a_class_without_methods(self):
        answered = answer_of(WebApp(routes=[Route("/", HTTPEndpoint)]))
        assert (answered.status, answered.headers["allow"]) == (405, "")

    def test_options_of_its_own(self):
        class WithOptions(Duck):
            async def options(self, request: Any) -> Any:
                return PlainTextResponse("options")

        assert answer_of(WithOptions, "OPTIONS").text == "options"

    def test_an_answer_of_its_own_to_other_methods(self):
        class Polite(Duck):
            async def method_not_allowed(self, request: Any) -> Any:
                return PlainTextResponse("sorry", 405)

        assert answer_of(WebApp(routes=[Route("/", Polite)]), "PATCH").text == "sorry"

    def test_exceptions_have_their_handlers(self):
        async def handle(request: Any, exc: Exception) -> Any:
            return PlainTextResponse(type(exc).__name__, 404)

        app = WebApp(routes=[Route("/", Duck)], exception_handlers={LookupError: handle})
        assert answer_of(app, "DELETE").text == "protected"
        assert answer_of(app, "PUT").text == "LookupError"
        assert isinstance(answer_of(self.app, "PUT", "/a").error, LookupError)

    def test_middleware_of_the_route_sees_the_answer_to_an_exception(self):
        seen = []

        class Watch:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                async def watched(message: Any) -> None:
                    seen.append(message.get("status"))
                    await send(message)

                await self.app(scope, receive, watched)

        answer_of(WebApp(routes=[Route("/", Duck, middleware=[Middleware(Watch)])]), "DELETE")
        assert seen == [409, None]

    def test_a_route_that_names_its_methods(self):
        app = WebApp(routes=[Route("/", Duck, methods=["GET", "PATCH"])])
        assert answer_of(app, "GET").status == 200
        assert (answer_of(app, "PATCH").status, answer_of(app, "PATCH").headers["allow"]) == (405, ALLOW)
        assert (answer_of(app, "POST").status, answer_of(app, "POST").headers["allow"]) == (405, "GET, HEAD, PATCH")

    def test_a_replaced_method_counts(self, monkeypatch: pytest.MonkeyPatch):
        async def other(self: Any, request: Any) -> Any:
            return PlainTextResponse("other")

        monkeypatch.setattr(Duck, "get", other)
        assert answer_of(Duck).text == "other"

    def test_what_the_405_tells_a_watcher(self):
        trail = MarkedTrail()
        answer_of(self.app, "PATCH", "/jemima", **{TRAIL_KEY: trail})
        assert trail.only("decided") == {"by": "Duck", "what": f"it has no PATCH, only {ALLOW}", "status": 405}

    def test_a_websocket_is_refused(self):
        with pytest.raises(AssertionError, match="an HTTPEndpoint answers http, not 'websocket'"):
            HTTPEndpoint(socket_scope(), None, None)


class Noted(WebSocketEndpoint):
    """Sends back what it gets, and notes how it ended."""

    noted: list[Any]

    def __init_subclass__(cls) -> None:
        cls.noted = []

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        self.noted.append(data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        self.noted.append(close_code)


class TestWebSocketEndpoint:
    @pytest.mark.parametrize(
        ("encoding", "message", "data"),
        [
            (None, text("a"), "a"),
            (None, octets(b"a"), b"a"),
            (None, text(""), ""),
            (None, {**octets(b"a"), "text": None}, b"a"),
            ("text", text("a"), "a"),
            ("text", {**text("a"), "bytes": None}, "a"),
            ("bytes", octets(b"a"), b"a"),
            ("bytes", octets(b""), b""),
            ("json", text('{"a": 1}'), {"a": 1}),
            ("json", octets(b"[1]"), [1]),
        ],
    )
    def test_what_on_receive_gets(self, encoding: Any, message: Any, data: Any):
        kind = type("Kind", (Noted,), {"encoding": encoding})
        talked = talk(WebApp(routes=[WebSocketRoute("/", kind)]), message)
        assert talked.error is None
        assert kind.noted == [data, 1001]

    @pytest.mark.parametrize(
        ("encoding", "message", "reason"),
        [
            ("text", octets(b"a"), "text was expected, and bytes came"),
            ("text", {**octets(b"a"), "text": None}, "text was expected, and bytes came"),
            ("bytes", text("a"), "bytes were expected, and text came"),
            ("json", text("["), "malformed JSON: Expecting value: line 1 column 2 (char 1)"),
            ("json", octets(b"\xff"), "malformed JSON: it is not text in utf-8"),
            ("json", octets(b""), "malformed JSON: Expecting value"),
            ("json", text("[" * 100_000), "malformed JSON: it is nested too deeply"),
        ],
    )
    @pytest.mark.parametrize("within", ["an application", "nothing"])
    def test_what_it_does_not_get(self, encoding: Any, message: Any, reason: str, within: str):
        kind: Any = type("Kind", (Noted,), {"encoding": encoding})
        app = WebApp(routes=[WebSocketRoute("/", kind)]) if within == "an application" else kind
        talked = talk(app, message, text("more"))
        assert talked.error is None
        assert talked.types == ["accept", "close"]
        assert talked.close == (1003, reason)
        assert kind.noted == [1003]

    def test_a_message_it_does_not_get_is_told_to_a_watcher(self):
        class Texts(Noted):
            encoding = "text"

        trail = MarkedTrail()
        talk(Texts, octets(b"a"), **{TRAIL_KEY: trail})
        assert trail.only("decided")["by"] == "Texts"
        assert trail.only("decided")["what"] == "closed with 1003, because text was expected, and bytes came"

    def test_an_encoding_that_there_is_not(self):
        kind = type("Kind", (Noted,), {"encoding": "xml"})
        talked = talk(kind, text("a"))
        assert isinstance(talked.error, AssertionError)
        assert str(talked.error) == "encoding is 'text', 'bytes', 'json' or None, not 'xml'"

    def test_what_it_does_by_itself(self):
        talked = talk(WebSocketEndpoint, text("a"))
        assert talked.error is None
        assert talked.types == ["accept"]

    def test_refused_at_the_door(self):
        class Shut(Noted):
            async def on_connect(self, websocket: WebSocket) -> None:
                await websocket.close(4001)

        talked = talk(Shut)
        assert talked.close == (4001, "")
        assert Shut.noted == [1001]

    def test_closed_from_within(self):
        class Once(Noted):
            async def on_receive(self, websocket: WebSocket, data: Any) -> None:
                await super().on_receive(websocket, data)
                await websocket.close(4000)

        talked = talk(Once, text("a"), text("b"))
        assert talked.error is None
        assert talked.types == ["accept", "close"]
        assert Once.noted == ["a", 1001]

    @pytest.mark.parametrize(
        ("error", "close_code", "close"),
        [
            (WebSocketException(4001, "no"), 4001, (4001, "no")),
            (HTTPException(403, "no"), 1011, (1008, "no")),
            (WebSocketDisconnect(4002), 1011, None),
            (LookupError("no ducks"), 1011, None),
        ],
    )
    def test_an_exception(self, error: Exception, close_code: int, close: Any):
        class Fails(Noted):
            async def on_receive(self, websocket: WebSocket, data: Any) -> None:
                raise error

        talked = talk(WebApp(routes=[WebSocketRoute("/", Fails)]), text("a"))
        assert talked.close == close
        assert talked.error is (None if close else error)
        assert Fails.noted == [close_code]

    def test_an_exception_at_the_door_has_no_disconnect(self):
        class Fails(Noted):
            async def on_connect(self, websocket: WebSocket) -> None:
                raise HTTPException(401)

        assert talk(WebApp(routes=[WebSocketRoute("/", Fails)])).denial == (401, b"Unauthorized")
        assert Fails.noted == []

    def test_the_client_leaves_while_something_is_sent(self):
        class Sends(Noted):
            async def on_receive(self, websocket: WebSocket, data: Any) -> None:
                await websocket.send_text("a")

        talked = talk(Sends, text("a"), gone_after=1)
        assert talked.error is None
        assert Sends.noted == [1006]

    @pytest.mark.parametrize("code", [{}, {"code": None}])
    def test_a_disconnect_without_a_code(self, code: Any):
        class Kind(Noted):
            pass

        talk(Kind, {"type": "websocket.disconnect", **code})
        assert Kind.noted == [1000]

    def test_the_states_in_on_disconnect(self):
        states = []

        class Kind(WebSocketEndpoint):
            async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
                states.append((websocket.client_state, websocket.application_state))

        talk(Kind)
        assert states == [(WebSocketState.DISCONNECTED, WebSocketState.CONNECTED)]

    def test_a_decoding_of_its_own(self):
        class Upper(Noted):
            async def decode(self, websocket: WebSocket, message: Any) -> Any:
                if message["text"] == "bad":
                    raise WebSocketException(4001, "bad")
                return message["text"].upper()

        assert talk(WebApp(routes=[WebSocketRoute("/", Upper)]), text("a"), text("bad")).close == (4001, "bad")
        assert Upper.noted == ["A", 4001]

    def test_a_request_is_refused(self):
        with pytest.raises(AssertionError, match="a WebSocketEndpoint serves a websocket, not 'http'"):
            WebSocketEndpoint(http_scope(), None, None)
