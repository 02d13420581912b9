from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.web.badge import Badge, ask, who
from tests.web.driving import answer_of

from webfoot.web import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    AuthenticationMiddleware,
    HTTPConnection,
    JSONResponse,
    PlainTextResponse,
)


class TestTheMiddleware:
    def test_without_credentials_somebody_unknown_goes_on(self) -> None:
        assert ask(None).text == '["UnauthenticatedUser",false,"",[]]'

    def test_user_and_scopes_are_there(self) -> None:
        assert ask("Emma swim fly").text == '["SimpleUser",true,"Emma",["swim","fly"]]'

    def test_bad_credentials_are_a_400_with_their_text(self) -> None:
        answered = ask("goose")
        assert (answered.status, answered.text, answered.error) == (400, "no geese", None)

    def test_on_error_answers_instead(self) -> None:
        def refuse(conn: HTTPConnection[Any], error: AuthenticationError) -> JSONResponse:
            return JSONResponse({"error": str(error), "path": conn.url.path}, 401)

        answered = ask("goose", on_error=refuse)
        assert (answered.status, answered.text) == (401, '{"error":"no geese","path":"/"}')

    def test_on_error_may_be_async(self) -> None:
        async def refuse(conn: HTTPConnection[Any], error: AuthenticationError) -> PlainTextResponse:
            await asyncio.sleep(0)
            return PlainTextResponse("go away", 401)

        answered = ask("goose", on_error=refuse)
        assert (answered.status, answered.text) == (401, "go away")

    def test_another_exception_goes_on(self) -> None:
        assert isinstance(ask("broken").error, LookupError)

    def test_a_websocket_with_bad_credentials_is_closed(self) -> None:
        assert ask("goose", type="websocket", scheme="ws").messages == [{"type": "websocket.close", "code": 1000}]

    def test_one_with_good_credentials_goes_on(self) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "websocket.accept", "subprotocol": scope["user"].identity})

        assert ask("Emma", app=app, type="websocket", scheme="ws").messages[0]["subprotocol"] == "Emma"

    def test_the_lifespan_passes_by(self) -> None:
        async def lifespan(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "lifespan.startup.complete"})

        assert len(answer_of(AuthenticationMiddleware(lifespan, Badge()), type="lifespan").messages) == 1

    @pytest.mark.parametrize("wrong", ["Emma", AuthCredentials(), (AuthCredentials(),), [1, 2]])
    def test_a_backend_that_returns_something_else_is_told_so(self, wrong: Any) -> None:
        class Wrong(AuthenticationBackend):
            async def authenticate(self, conn: Any) -> Any:
                return wrong

        error = answer_of(AuthenticationMiddleware(who, Wrong())).error
        assert isinstance(error, TypeError)
        assert str(error) == "Wrong.authenticate has to return (AuthCredentials, user) or None"

    def test_a_backend_is_an_object(self) -> None:
        with pytest.raises(TypeError, match=r"backend is an object such as Badge\(\), not the class"):
            AuthenticationMiddleware(who, Badge)  # type: ignore[arg-type]

    def test_a_backend_without_its_method_is_told_so(self) -> None:
        error = answer_of(AuthenticationMiddleware(who, AuthenticationBackend())).error
        assert isinstance(error, NotImplementedError)
