from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.web.application import WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.exceptions import ExceptionMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse, PlainTextResponse, StreamingResponse
from webfoot.web.routing import Mount, Route


class Sunk(Exception):
    pass


class VerySunk(Sunk):
    pass


async def sink(request: Request) -> PlainTextResponse:
    raise VerySunk("<glug>")


async def teapot(request: Request) -> PlainTextResponse:
    raise HTTPException(418, "short", headers={"X-Stout": "yes"})


async def started(request: Request) -> StreamingResponse:
    async def chunks() -> Any:
        yield b"x"
        raise Sunk("half way")

    return StreamingResponse(chunks())


ROUTES = [
    Route("/sink", sink),
    Route("/teapot", teapot),
    Route("/started", started),
    Mount("/m", routes=[Route("/sink", sink)]),
]


def test_an_unhandled_exception_is_a_500_and_goes_on_to_the_server() -> None:
    answered = answer_of(WebApp(routes=ROUTES), "GET", "/sink")
    assert (answered.status, answered.text) == (500, "Internal Server Error")
    assert isinstance(answered.error, VerySunk)


def test_the_scope_does_not_keep_the_servers_send() -> None:
    # The server holds the scope; if the scope held the server's side too, each request would leave a cycle behind.
    for path in ("/sink", "/teapot", "/m/none"):
        scope = answer_of(WebApp(routes=ROUTES, middleware=[Middleware(Log, "log")]), "GET", path).scope
        assert "webfoot.answers" not in scope


def test_debug_shows_the_traceback_in_the_form_that_is_asked_for() -> None:
    app = WebApp(debug=True, routes=ROUTES)
    plain = answer_of(app, "GET", "/sink")
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.text.startswith("Traceback") and plain.text.rstrip().endswith("VerySunk: <glug>")
    page = answer_of(app, "GET", "/sink", headers={"accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.status == 500
    assert "<glug>" not in page.text and "&lt;glug&gt;" in page.text
    assert "raise VerySunk" in page.text and "/sink" in page.text


@pytest.mark.parametrize("key", [500, Exception])
def test_the_handler_for_all_the_rest(key: Any) -> None:
    def broken(request: Request, exc: Exception) -> JSONResponse:
        return JSONResponse({"error": str(exc), "path": request.url.path}, status_code=500)

    app = WebApp(routes=ROUTES, exception_handlers={key: broken})
    answered = answer_of(app, "GET", "/sink")
    assert (answered.status, answered.text) == (500, '{"error":"<glug>","path":"/sink"}')
    assert isinstance(answered.error, VerySunk), "the server has to hear of it all the same"


def test_a_started_response_is_left_alone() -> None:
    answered = answer_of(WebApp(routes=ROUTES), "GET", "/started")
    assert (answered.status, answered.text) == (200, "x")
    assert isinstance(answered.error, Sunk)


def test_the_handler_hears_of_what_fails_too_late_for_an_answer() -> None:
    heard: list[Exception] = []

    async def report(request: Request, exc: Exception) -> PlainTextResponse:
        heard.append(exc)
        return PlainTextResponse("dropped", status_code=500)

    answered = answer_of(WebApp(routes=ROUTES, exception_handlers={500: report}), "GET", "/started")
    assert (answered.status, answered.text) == (200, "x")
    assert heard == [answered.error]


def test_http_exceptions_are_plain_text_with_their_headers() -> None:
    answered = answer_of(WebApp(routes=ROUTES), "GET", "/teapot")
    assert (answered.status, answered.text, answered.headers["x-stout"]) == (418, "short", "yes")
    assert answered.error is None


@pytest.mark.parametrize("status", [204, 304])
def test_http_exceptions_without_content(status: int) -> None:
    async def empty(request: Request) -> PlainTextResponse:
        raise HTTPException(status)

    answered = answer_of(WebApp(routes=[Route("/", empty)]))
    assert (answered.status, answered.body) == (status, b"")


def test_handlers_by_status_come_before_handlers_by_class() -> None:
    async def by_status(request: Request, exc: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("by status", status_code=exc.status_code)

    def by_class(request: Request, exc: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("by class", status_code=exc.status_code)

    app = WebApp(routes=ROUTES, exception_handlers={HTTPException: by_class, 404: by_status})
    assert answer_of(app, "GET", "/none").text == "by status"
    assert answer_of(app, "GET", "/m/none").text == "by status"
    assert answer_of(app, "GET", "/teapot").text == "by class"
    assert answer_of(app, "POST", "/sink").text == "by class"


def test_the_nearest_class_decides() -> None:
    async def nearest(request: Request, exc: Sunk) -> PlainTextResponse:
        return PlainTextResponse("nearest", status_code=400)

    async def farther(request: Request, exc: Sunk) -> PlainTextResponse:
        return PlainTextResponse("farther", status_code=400)

    assert answer_of(WebApp(routes=ROUTES, exception_handlers={Sunk: farther}), "GET", "/sink").text == "farther"
    both = WebApp(routes=ROUTES, exception_handlers={Sunk: farther, VerySunk: nearest})
    assert answer_of(both, "GET", "/sink").text == "nearest"


def test_a_handler_may_raise_what_another_handles() -> None:
    async def translate(request: Request, exc: Sunk) -> PlainTextResponse:
        raise HTTPException(409, "translated")

    answered = answer_of(WebApp(routes=ROUTES, exception_handlers={Sunk: translate}), "GET", "/sink")
    assert (answered.status, answered.text) == (409, "translated")


def test_a_handled_exception_after_the_start_is_named_clearly() -> None:
    async def drowned(request: Request, exc: Sunk) -> PlainTextResponse:
        return PlainTextResponse("too late")

    answered = answer_of(WebApp(routes=ROUTES, exception_handlers={Sunk: drowned}), "GET", "/started")
    assert answered.text == "x"
    assert isinstance(answered.error, RuntimeError)
    assert "Sunk would be answered by" in str(answered.error) and "already started" in str(answered.error)
    assert isinstance(answered.error.__cause__, Sunk)


def test_a_handler_that_returns_no_response_is_told_so() -> None:
    async def forgetful(request: Request, exc: Exception) -> Any:
        return {"error": "glug"}

    error = answer_of(WebApp(routes=ROUTES, exception_handlers={Sunk: forgetful}), "GET", "/sink").error
    assert isinstance(error, TypeError) and isinstance(error.__cause__, VerySunk)
    assert str(error).endswith("forgetful has to return a Response, and it returned dict, which is none")


def test_a_wrong_key_is_refused() -> None:
    with pytest.raises(TypeError, match="a status code or an exception class, not for '404'"):
        WebApp(exception_handlers={"404": sink})
    with pytest.raises(TypeError, match="a status code or an exception class, not for '404'"):
        ExceptionMiddleware(PlainTextResponse("x"), handlers={"404": sink})


class Log:
    """Middleware that notes how it was left."""

    notes: list[tuple[str, object]] = []

    def __init__(self, app: Any, name: str) -> None:
        self.app, self.name = app, name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.notes.append((self.name, message["status"]))
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as exc:
            self.notes.append((self.name, type(exc).__name__))
            raise


@pytest.fixture
def notes() -> list[tuple[str, object]]:
    Log.notes.clear()
    return Log.notes


def test_middleware_of_a_route_sees_responses_not_handled_exceptions(notes: list[tuple[str, object]]) -> None:
    layers = [Middleware(Log, "route")]
    app = WebApp(
        routes=[
            Route("/teapot", teapot, middleware=layers),
            Mount("/m", routes=[Route("/teapot", teapot), Route("/sink", sink)], middleware=[Middleware(Log, "mount")]),
        ],
        middleware=[Middleware(Log, "app")],
    )
    answer_of(app, "GET", "/teapot")
    answer_of(app, "GET", "/m/teapot")
    answer_of(app, "GET", "/m/sink")
    answer_of(app, "GET", "/m/none")
    assert notes == [
        ("route", 418),
        ("app", 418),
        ("mount", 418),
        ("app", 418),
        ("mount", "VerySunk"),
        ("app", "VerySunk"),
        ("mount", "HTTPException"),
        ("app", 404),
    ]


def test_a_middleware_that_holds_back_the_start_does_not_hide_that_it_was_sent() -> None:
    class HoldsBack:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            held: list[Any] = []

            async def hold(message: Any) -> None:
                held.append(message)

            await self.app(scope, receive, hold)
            for message in held:
                await send(message)

    async def drowned(request: Request, exc: Sunk) -> PlainTextResponse:
        return PlainTextResponse("too late")

    for app in (
        WebApp(routes=ROUTES, middleware=[Middleware(HoldsBack)], exception_handlers={Sunk: drowned}),
        WebApp(
            routes=[Route("/started", started, middleware=[Middleware(HoldsBack)])], exception_handlers={Sunk: drowned}
        ),
    ):
        answered = answer_of(app, "GET", "/started")
        assert "already started" in str(answered.error)
        assert answered.status == 500


def test_a_mounted_application_answers_with_its_own_handlers() -> None:
    async def inner_404(request: Request, exc: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("inner", status_code=404)

    async def outer_404(request: Request, exc: HTTPException) -> PlainTextResponse:
        return PlainTextResponse("outer", status_code=404)

    inner = WebApp(routes=ROUTES, exception_handlers={404: inner_404})
    app = WebApp(routes=[Mount("/in", app=inner)], exception_handlers={404: outer_404})
    assert answer_of(app, "GET", "/in/none").text == "inner"
    assert answer_of(app, "GET", "/none").text == "outer"
    sunk = answer_of(app, "GET", "/in/sink")
    assert (sunk.status, [m["type"] for m in sunk.messages].count("http.response.start")) == (500, 1)
    assert isinstance(sunk.error, VerySunk)


def test_the_trail_tells_of_a_handled_exception() -> None:
    async def drowned(request: Request, exc: Sunk) -> PlainTextResponse:
        return PlainTextResponse("sorry", status_code=409)

    app = WebApp(routes=ROUTES, middleware=[Middleware(Log, "log")], exception_handlers={Sunk: drowned})
    trail = MarkedTrail()
    answer_of(app, "GET", "/m/sink", **{"webfoot.trail": trail})
    left = [facts for station, facts in trail.marks if station == "middleware_left"]
    assert [(facts["name"], facts["outcome"]) for facts in left] == [
        ("ExceptionMiddleware", "handled"),
        ("Log", "passed"),
        ("ServerErrorMiddleware", "passed"),
    ]
    assert isinstance(left[0]["error"], VerySunk)
    assert left[0]["handler"].endswith("drowned")
    assert left[0]["status"] == 409
