"""Exceptions in a WebSocket: who answers them, and with what, depending on how far it has come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of
from tests.web.socket_driving import talk, text

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import HTTPException, Mount, Route, WebApp, WebSocket, WebSocketDisconnect, WebSocketException
from webfoot.web.answering.answers import ANSWERS_KEY
from webfoot.web.responses import JSONResponse, PlainTextResponse
from webfoot.web.routing import WebSocketRoute


def raising(error: Exception, *steps: str) -> Any:
    """An endpoint that takes these steps and then raises."""

    async def endpoint(websocket: WebSocket) -> None:
        for step in steps:
            await getattr(websocket, step)()
        raise error

    return endpoint


def app_of(endpoint: Any, handlers: Any = None, **options: Any) -> WebApp:
    return WebApp(routes=[WebSocketRoute("/", endpoint)], exception_handlers=handlers, **options)


def after(*steps: str) -> Any:
    return pytest.param(steps, id=" ".join(steps) or "at once")


class TestWithoutHandlers:
    @pytest.mark.parametrize(
        ("error", "steps", "close"),
        [
            (WebSocketException(4001, "no"), (), (4001, "no")),
            (WebSocketException(4001, "no"), ("accept",), (4001, "no")),
            (HTTPException(401, "who?"), ("accept",), (1008, "who?")),
            (HTTPException(503), ("accept",), (1011, "Service Unavailable")),
            (HTTPException(401, "\u00fc" * 100), ("accept",), (1008, "\u00fc" * 61)),
            (HTTPException(444), ("accept",), (1008, "")),
            (WebSocketException(4001, "no"), ("accept", "close"), (1000, "")),
            (HTTPException(401), ("accept", "close"), (1000, "")),
            (HTTPException(401), ("close",), (1000, "")),
        ],
    )
    def test_the_close(self, error: Exception, steps: tuple[str, ...], close: tuple[int, str]):
        talked = talk(app_of(raising(error, *steps)))
        assert talked.error is None
        assert talked.close == close
        assert talked.types.count("close") == 1

    def test_an_http_exception_before_the_accept_is_a_response(self):
        talked = talk(app_of(raising(HTTPException(401, "who?", headers={"x-duck": "1"}))))
        assert talked.denial == (401, b"who?")
        assert (b"x-duck", b"1") in talked.sent[0]["headers"]

    @pytest.mark.parametrize("extensions", [{}, None])
    def test_where_the_server_sends_no_responses_it_is_a_close(self, extensions: Any):
        talked = talk(app_of(raising(HTTPException(401, "who?"))), extensions=extensions)
        assert talked.types == ["close"]

    @pytest.mark.parametrize("steps", [after(), after("accept"), after("accept", "close")])
    def test_any_other_exception_goes_to_the_server(self, steps: tuple[str, ...]):
        error = LookupError("no ducks")
        talked = talk(app_of(raising(error, *steps), debug=True))
        assert talked.error is error
        assert talked.types == list(steps)

    def test_a_denial_that_has_begun_cannot_be_taken_back(self):
        async def endpoint(websocket: WebSocket) -> None:
            await websocket.send({"type": "websocket.http.response.start", "status": 400, "headers": []})
            raise HTTPException(401)

        error = talk(app_of(endpoint)).error
        assert isinstance(error, RuntimeError)
        assert str(error) == "HTTPException would be answered by http_exception, but a denial has already begun"
        assert isinstance(error.__cause__, HTTPException)

    def test_outside_of_an_application(self):
        assert talk(WebSocketRoute("/", raising(WebSocketException(4001, "no")))).close == (4001, "no")
        assert isinstance(talk(WebSocketRoute("/", raising(HTTPException(401)))).error, HTTPException)

    def test_a_websocket_exception_means_nothing_in_a_request(self):
        error = WebSocketException(1008)

        async def page(request: Any) -> Any:
            raise error

        answered = answer_of(WebApp(routes=[Route("/", page)]))
        assert answered.status == 500
        assert answered.error is error


class TestHandlers:
    @pytest.mark.parametrize("steps", [after(), after("accept")])
    @pytest.mark.parametrize(
        ("key", "error"),
        [
            (WebSocketException, WebSocketException(1008)),
            (HTTPException, HTTPException(401)),
            (401, HTTPException(401)),
            (LookupError, KeyError("duck")),
        ],
    )
    def test_one_that_uses_the_websocket(self, key: Any, error: Exception, steps: tuple[str, ...]):
        async def handle(websocket: WebSocket, exc: Exception) -> None:
            assert exc is error
            await websocket.close(4005, "handled")

        talked = talk(app_of(raising(error, *steps), {key: handle}))
        assert talked.error is None
        assert talked.types == [*steps, "close"]
        assert talked.close == (4005, "handled")

    def test_one_that_still_talks(self):
        async def handle(websocket: WebSocket, exc: Exception) -> None:
            await websocket.send_json({"error": str(exc)})
            await websocket.close(4005)

        talked = talk(app_of(raising(ValueError("bad"), "accept"), {ValueError: handle}))
        assert talked.types == ["accept", "send", "close"]

    @pytest.mark.parametrize("kind", ["async", "sync"])
    def test_one_that_gives_a_response(self, kind: str):
        async def handle(websocket: WebSocket, exc: Exception) -> Any:
            return JSONResponse({"url": str(websocket.url)}, 402)

        def handle_in_a_thread(websocket: WebSocket, exc: Exception) -> Any:
            return JSONResponse({"url": str(websocket.url)}, 402)

        handlers = {ValueError: handle if kind == "async" else handle_in_a_thread}
        assert talk(app_of(raising(ValueError("bad")), handlers)).denial == (402, b'{"url":"ws://duck.example/"}')
        assert talk(app_of(raising(ValueError("bad"), "accept"), handlers)).close == (1008, "Payment Required")

    def test_a_response_without_a_phrase(self):
        async def handle(websocket: WebSocket, exc: Exception) -> Any:
            return PlainTextResponse("no", 444)

        assert talk(app_of(raising(ValueError("bad"), "accept"), {ValueError: handle})).close == (1008, "")

    def test_the_nearest_class_decides(self):
        async def handle(websocket: WebSocket, exc: Exception) -> None:
            await websocket.close(4005)

        assert talk(app_of(raising(HTTPException(401)), {Exception: handle})).denial == (401, b"Unauthorized")

    def test_malformed_json_by_the_class_that_python_has_for_it(self):
        async def endpoint(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.receive_json()

        async def handle(websocket: WebSocket, exc: Exception) -> None:
            await websocket.close(4005, "mind your JSON")

        assert talk(app_of(endpoint), text("[")).close[0] == 1003
        assert talk(app_of(endpoint, {ValueError: handle}), text("[")).close == (4005, "mind your JSON")
        assert talk(app_of(endpoint, {WebSocketException: handle}), text("[")).close == (4005, "mind your JSON")

    def test_an_application_within_has_its_own(self):
        async def inner(websocket: WebSocket, exc: Exception) -> None:
            await websocket.close(4001)

        async def outer(websocket: WebSocket, exc: Exception) -> None:
            await websocket.close(4002)

        def mounted(handlers: Any) -> WebApp:
            return WebApp(
                routes=[Mount("/m", app=app_of(raising(ValueError("bad")), handlers))],
                exception_handlers={ValueError: outer},
            )

        assert talk(mounted({ValueError: inner}), path="/m/").close == (4001, "")
        assert talk(mounted({}), path="/m/").close == (4002, "")

    def test_one_for_an_application_that_is_no_function(self):
        """It gets an object that knows how far the WebSocket has come."""

        class Application:
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await receive()
                await send({"type": "websocket.accept"})
                raise ValueError("bad")

        async def handle(websocket: WebSocket, exc: Exception) -> None:
            await websocket.send_text("sorry")
            await websocket.close(4005)

        talked = talk(app_of(Application(), {ValueError: handle}))
        assert talked.error is None
        assert talked.types == ["accept", "send", "close"]

    def test_one_that_raises(self):
        async def handle(websocket: WebSocket, exc: Exception) -> None:
            raise KeyError("duck")

        assert isinstance(talk(app_of(raising(ValueError("bad")), {ValueError: handle})).error, KeyError)


class TestTheClientLeaves:
    async def listen(self, websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            await websocket.receive_text()

    async def chatter(self, websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            await websocket.send_text("a")

    def test_it_is_no_failure(self):
        assert talk(app_of(self.listen)).error is None
        assert talk(app_of(self.chatter), gone_after=3).error is None
        assert talk(WebSocketRoute("/", self.listen)).error is None

    def test_nor_when_tasks_of_a_group_hear_of_it(self):
        async def endpoint(websocket: WebSocket) -> None:
            await websocket.accept()
            async with asyncio.TaskGroup() as group:
                group.create_task(websocket.receive_text())

        async def fail() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                raise LookupError("not in the list")

        async def failing(websocket: WebSocket) -> None:
            await websocket.accept()
            async with asyncio.TaskGroup() as group:
                group.create_task(websocket.receive_text())
                group.create_task(fail())

        assert talk(app_of(endpoint)).error is None
        assert isinstance(talk(app_of(failing)).error, ExceptionGroup)

    def test_nor_when_it_left_during_the_handshake(self):
        assert talk(app_of(self.listen), gone_after=0).error is None
        assert talk(app_of(raising(WebSocketException(1008))), gone_after=0).error is None

    def test_a_handler_hears_of_it(self):
        heard = []

        async def handle(websocket: WebSocket, exc: WebSocketDisconnect) -> None:
            heard.append((exc.code, exc.reason))

        assert talk(app_of(self.listen, {WebSocketDisconnect: handle})).error is None
        assert heard == [(1001, "bye")]

    def test_one_that_was_raised_by_hand_is_a_failure(self):
        error = WebSocketDisconnect(4000)
        assert talk(app_of(raising(error, "accept"))).error is error

    def test_what_goes_wrong_in_the_clean_up_is_a_failure(self):
        async def endpoint(websocket: WebSocket) -> None:
            try:
                await self.listen(websocket)
            finally:
                raise LookupError("not in the list")

        assert isinstance(talk(app_of(endpoint)).error, LookupError)

    def test_a_denial_to_nobody(self):
        error = talk(app_of(raising(HTTPException(401))), gone_after=0).error
        assert error is None


class TestTheScope:
    def test_nothing_of_it_stays(self):
        for endpoint in (raising(WebSocketException(1008)), raising(ValueError("bad")), TestTheClientLeaves().listen):
            assert ANSWERS_KEY not in talk(app_of(endpoint)).scope

    def test_who_answered_is_told(self):
        async def handle(websocket: WebSocket, exc: Exception) -> Any:
            return PlainTextResponse("no", 402)

        trail = MarkedTrail()
        error = ValueError("bad")
        talk(app_of(raising(error), {ValueError: handle}), **{TRAIL_KEY: trail})
        left = next(facts for station, facts in trail.marks if station == "middleware_left")
        assert (left["outcome"], left["error"], left["status"]) == ("handled", error, 402)
        assert left["handler"].endswith("handle")

    def test_that_the_client_left_is_told(self):
        trail = MarkedTrail()
        talk(app_of(TestTheClientLeaves().listen), **{TRAIL_KEY: trail})
        assert trail.only("decided") == {
            "by": "WebSocketRoute",
            "what": "the client left (1001: bye), and the endpoint ended with that",
            "status": None,
        }
