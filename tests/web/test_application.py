from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.web import Mount, Route, WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"hello {request.app.state.who}")


class Layer:
    def __init__(self, app: Any, tag: str) -> None:
        self.app, self.tag = app, tag

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("tags", []).append(self.tag)
        await self.app(scope, receive, send)


def made() -> WebApp:
    app = WebApp(routes=[Route("/", hello)])
    app.state.who = "duck"
    return app


def test_endpoints_reach_the_application_and_its_state() -> None:
    app = made()
    answered = answer_of(app)
    assert answered.text == "hello duck"
    assert answered.scope["app"] is app


def test_routes_can_be_added_late() -> None:
    app = made()
    assert answer_of(app, "GET", "/late").status == 404
    app.add_route("/late", hello, methods=["POST"], name="late")
    app.mount("/m", app=PlainTextResponse("mounted"), name="m")
    assert answer_of(app, "POST", "/late").text == "hello duck"
    assert answer_of(app, "GET", "/m/").text == "mounted"
    assert app.url_path_for("late") == "/late"
    assert app.url_path_for("m", path="x") == "/m/x"
    assert len(app.routes) == 3


def test_the_middleware_added_last_is_the_outermost() -> None:
    app = made()
    app.add_middleware(Layer, "first")
    app.add_middleware(Layer, tag="second")
    assert answer_of(app).scope["tags"] == ["second", "first"]


def test_middleware_and_handlers_come_before_the_first_request() -> None:
    app = made()
    answer_of(app)
    with pytest.raises(RuntimeError, match="Cannot add middleware after an application has started"):
        app.add_middleware(Layer, "late")
    with pytest.raises(RuntimeError, match="Cannot add an exception handler after"):
        app.add_exception_handler(404, lambda request, exc: PlainTextResponse("late"))


def test_handlers_by_call_and_by_decorator() -> None:
    app = made()

    @app.exception_handler(404)
    async def missing(request: Request, exc: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("nobody here", status_code=404)

    app.add_exception_handler(405, lambda request, exc: PlainTextResponse("not so", status_code=405))
    assert answer_of(app, "GET", "/none").text == "nobody here"
    assert answer_of(app, "PUT", "/").text == "not so"


def test_a_subclass_may_build_its_own_stack() -> None:
    class Own(WebApp):
        def build_middleware_stack(self) -> Any:
            return Layer(super().build_middleware_stack(), "own")

    app = Own(routes=[Route("/", PlainTextResponse("x"))])
    app.add_middleware(Layer, "inner")
    assert answer_of(app).scope["tags"] == ["own", "inner"]
    trail = MarkedTrail()
    assert answer_of(app, **{"webfoot.trail": trail}).scope["tags"] == ["own", "inner"], (
        "watched or not, it is the same"
    )
    entered = [facts["name"] for station, facts in trail.marks if station == "middleware_entered"]
    assert entered == ["Layer", "ExceptionMiddleware"]


def test_slash_redirects_can_be_turned_off() -> None:
    routes = [Route("/ducks/", hello)]
    assert answer_of(WebApp(routes=routes), "GET", "/ducks").status == 307
    assert answer_of(WebApp(routes=routes, redirect_slashes=False), "GET", "/ducks").status == 404


def test_handlers_that_could_never_handle_anything_are_refused_where_they_are_written() -> None:
    async def handle(request: Request, exc: Exception) -> PlainTextResponse:
        return PlainTextResponse("x")

    for wrong in ("404", None, LookupError("a"), KeyboardInterrupt):
        with pytest.raises(TypeError, match="an exception handler is for a status code or an exception class, not for"):
            WebApp(exception_handlers={wrong: handle})
        with pytest.raises(TypeError, match="an exception handler is for a status code"):
            WebApp().add_exception_handler(wrong, handle)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the exception handler for 404 has to be a function, not 'page'"):
        WebApp(exception_handlers={404: "page"})  # type: ignore[dict-item]


def test_applications_in_applications() -> None:
    inner = made()
    inner.add_middleware(Layer, "inner")
    outer = WebApp(routes=[Mount("/in", app=inner)])
    answered = answer_of(outer, "GET", "/in/")
    assert (answered.text, answered.scope["tags"], answered.scope["root_path"]) == ("hello duck", ["inner"], "/in")
    assert answered.scope["app"] is inner
    assert answered.scope["router"] is outer.router
