"""What routes, mounts, hosts and exception handlers tell whoever watches: real requests, and the sentence for each."""

from __future__ import annotations

import pytest
from tests.journey.asking import record_of

from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.web import (
    BaseHTTPMiddleware,
    Host,
    HTTPException,
    Middleware,
    Mount,
    PlainTextResponse,
    Route,
    Router,
    WebApp,
    WebSocketRoute,
)


class Own(Exception):
    pass


async def show(request):
    return PlainTextResponse(f"duck {request.path_params['id']}")


async def refuse(request):
    raise HTTPException(402, "pay for the bread")


async def own(request):
    raise Own("sunk")


async def sorry(request, exc):
    return PlainTextResponse("sorry", status_code=409)


async def asgi(scope, receive, send):
    await PlainTextResponse("closed", status_code=503)(scope, receive, send)


async def sinks(scope, receive, send):
    raise LookupError("holed")


class Clumsy:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)
        raise LookupError("lost the bread")


class Closed:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await PlainTextResponse("closed", status_code=503)(scope, receive, send)


class DucksOnly(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        raise HTTPException(403, "ducks only")


async def no_geese(request, call_next):
    return PlainTextResponse("no geese", status_code=451)


class Passing:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


routes = [Route("/ducks/{id:int}", show), Route("/pay", refuse), Route("/own", own)]
app = WebApp(
    routes=[
        Host("{pond}.ducks.example", app=Router(routes), name="pond"),
        Mount("/raw", app=asgi),
        Mount("/sinks", app=sinks),
        Mount("/shut", routes=routes, middleware=[Middleware(Passing), Middleware(Closed)]),
        Mount("/shut-inside", app=WebApp(routes=routes, middleware=[Middleware(Passing), Middleware(Closed)])),
        Route("/closed", show, middleware=[Middleware(Passing), Middleware(Closed)]),
        Route("/no-geese", show, middleware=[Middleware(BaseHTTPMiddleware, dispatch=no_geese)]),
        Route("/clumsy/{id:int}", show, middleware=[Middleware(Clumsy), Middleware(Passing)]),
        Route("/ducks-only", show, middleware=[Middleware(DucksOnly)]),
        Route("/pay-through", refuse, middleware=[Middleware(Passing)]),
        WebSocketRoute("/chat", show),
        Host("{pond}.quay.test", app=Router([Route("/quay", show)])),
        Mount("/ponds/{pond}", routes=routes),
        Mount("/inner", app=WebApp(routes=routes)),
        *routes,
    ],
    middleware=[Middleware(Passing)],
    exception_handlers={Own: sorry},
)


def asked(target, method="GET", host=None, app=app):
    headers = (f"host: {host}",) if host else ()
    return record_of(app, method, target, *headers, patience=0.3, lifespan="off")


@pytest.mark.parametrize(
    ("target", "options", "status", "sentence"),
    [
        (
            "/ducks/x",
            {},
            404,
            "no route matches GET /ducks/x; nearest: GET /ducks/{id:int} (segment 'x' is not an int)",
        ),
        ("/ducks/3", {"host": "big.duck.example"}, 200, None),
        ("/geese", {"host": "big.duck.example"}, 404, "nearest: {pond}.ducks.example (the host is big.duck.example)"),
        ("/geese", {"host": "big.ducks.example"}, 404, "no route matches GET /geese"),
        ("/ducks/3", {"host": "big.ducks.example", "method": "POST"}, 405, "takes no POST, only GET and HEAD"),
        ("/ponds/big/ducks/3/", {}, 307, "so the client is sent to /ponds/big/ducks/3"),
        ("/raw/x", {}, 503, "application mounted at /raw answered 503 itself"),
        ("/sinks/x", {}, 500, "The application mounted at /sinks failed with 500: it raised LookupError: holed"),
        ("/shut/ducks/3", {}, 503, "The middleware Closed answered 503 itself: nothing behind it was called."),
        ("/shut-inside/ducks/3", {}, 503, "The middleware Closed answered 503 itself: nothing behind it was called."),
        ("/closed", {}, 503, "The middleware Closed answered 503 itself: nothing behind it was called."),
        ("/ducks-only", {}, 403, "The middleware DucksOnly answered 403: it raised HTTPException(403, 'ducks only')"),
        ("/no-geese", {}, 451, "The middleware no_geese answered 451 itself: nothing behind it was called."),
        ("/clumsy/3", {}, 200, "The middleware Clumsy failed after the answer 200 was complete: it raised LookupError"),
        ("/pay-through", {}, 402, "The endpoint refuse answered 402: it raised HTTPException(402"),
        (
            "/chat",
            {},
            404,
            "/chat takes only WebSockets, and this request asked for no upgrade; the client must use ws://",
        ),
        ("/quay", {"host": "localhost"}, 404, "nearest: {pond}.quay.test (which has this path; the host is localhost)"),
        ("/pay", {}, 402, "pay for the bread"),
        ("/own", {}, 409, "sorry"),
        ("/inner/own", {}, 500, "Own: sunk"),
    ],
)
def test_why(target, options, status, sentence):
    record = asked(target, **options)
    assert record.fact("response_started", "status") == status
    told = why(record)
    if sentence is None:
        assert told is None or told.sentence
    else:
        assert sentence in told.sentence


@pytest.mark.parametrize(
    ("target", "said"), [("/ducks/3", "takes no OPTIONS, only GET"), ("/geese", "no route matches")]
)
def test_a_preflight_that_nobody_answers(target, said):
    fields = ("origin: https://front.example", "access-control-request-method: GET")
    sentence = why(record_of(app, "OPTIONS", target, *fields, patience=0.3, lifespan="off")).sentence
    assert said in sentence
    assert sentence.endswith("a CORS preflight from https://front.example, which only a CORSMiddleware would answer.")
    assert "preflight" not in why(asked(target, method="OPTIONS")).sentence


def test_an_http_exception_of_the_applications_middleware_is_answered_by_nobody():
    told = why(asked("/pay", app=WebApp(routes=routes, middleware=[Middleware(DucksOnly)])))
    assert told.sentence.startswith("The middleware DucksOnly led to 500: it raised HTTPException(403, 'ducks only')")
    assert told.sentence.endswith(", and nobody answers an HTTPException out there: let it return a response.")


def test_each_mount_and_host_is_on_the_way():
    record = asked("/ponds/big/ducks/3")
    found = [mark.facts["route"] for mark in record.marks if mark.station == "route_matched"]
    assert found == ["/ponds/{pond}", "/ducks/{id:int}"]
    record = asked("/ducks/3", host="big.ducks.example")
    found = [
        (mark.facts["route"], mark.facts["path_params"]) for mark in record.marks if mark.station == "route_matched"
    ]
    assert found == [("{pond}.ducks.example", {"pond": "big"}), ("/ducks/{id:int}", {"pond": "big", "id": 3})]
    assert "{pond}.ducks.example" in draw(record, width=200)


def test_the_layers_of_a_route_are_on_the_way_and_the_route_is_entered_behind_them():
    for _ in range(2):
        record = asked("/pay-through")
        on_the_way = [
            (mark.station, mark.facts["name"])
            for mark in record.marks
            if mark.station in ("middleware_entered", "route_entered", "middleware_left")
        ]
        outer = ["ServerErrorMiddleware", "Passing", "ExceptionMiddleware"]
        assert on_the_way == [
            *(("middleware_entered", name) for name in [*outer, "Passing"]),
            ("route_entered", "refuse"),
            *(("middleware_left", name) for name in ["Passing", *reversed(outer)]),
        ]
    assert "│││╭ Passing" in draw(record, width=200)
    assert "│││╰ Passing" in draw(record, width=200)


def test_the_layers_are_marked_from_the_first_watched_request_on():
    for _ in range(2):
        record = asked("/ducks/3")
        entered = [mark.facts["name"] for mark in record.marks if mark.station == "middleware_entered"]
        assert entered == ["ServerErrorMiddleware", "Passing", "ExceptionMiddleware"]
