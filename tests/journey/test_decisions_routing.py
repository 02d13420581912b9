"""What routes, mounts, hosts and exception handlers tell whoever watches: real requests, and the sentence for each."""

from __future__ import annotations

import asyncio

import pytest

from webfoot.cli.journey import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.server import ServerOptions
from webfoot.web import Host, HTTPException, Middleware, Mount, PlainTextResponse, Route, Router, WebApp


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
        Mount("/ponds/{pond}", routes=routes),
        Mount("/inner", app=WebApp(routes=routes)),
        *routes,
    ],
    middleware=[Middleware(Passing)],
    exception_handlers={Own: sorry},
)


def asked(target, method="GET", host=None):
    async def run():
        request = compose(method, target, (f"host: {host}",) if host else (), None)
        return await send_once(app, ServerOptions(lifespan="off"), request, 0.3)

    (record,) = asyncio.run(run())
    return record


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


def test_the_layers_are_marked_from_the_first_watched_request_on():
    for _ in range(2):
        record = asked("/ducks/3")
        entered = [mark.facts["name"] for mark in record.marks if mark.station == "middleware_entered"]
        assert entered == ["ServerErrorMiddleware", "Passing", "ExceptionMiddleware"]
