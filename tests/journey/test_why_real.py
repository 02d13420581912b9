"""The same sentences from real applications: a request through the server, the toolkit and the API framework."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from webfoot import Cookie, Depends, Form, Header, HTTPException, Request, Webfoot
from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.server import ServerOptions
from webfoot.web import CORSMiddleware, Middleware, Mount, Route, WebApp
from webfoot.web.background import BackgroundTask
from webfoot.web.responses import JSONResponse, PlainTextResponse, RedirectResponse, StreamingResponse


class Duck(BaseModel):
    name: str = Field(min_length=2)
    eggs: list[int] = []
    password: str | None = Field(None, min_length=8)


class Stored(BaseModel):
    id: int
    name: str


async def session():
    yield "session"


def ranger(x_ranger: Annotated[str, Header()] = "Jo", badge: Annotated[int, Cookie()] = 1):
    if x_ranger == "nobody":
        raise HTTPException(401, "who are you?")
    if x_ranger == "ill":
        raise RuntimeError("the ranger fell ill")
    return x_ranger


async def swallows():
    try:
        yield
    except Exception:
        pass


async def cannot_clean_up():
    yield
    raise OSError("the broom is gone")


api = Webfoot()


@api.post("/ponds/{pond_id}/ducks", status_code=201)
async def create_duck(
    pond_id: int,
    duck: Duck,
    store: Annotated[str, Depends(session)],
    by: Annotated[str, Depends(ranger)],
    dry: bool = False,
) -> Stored:
    match duck.name:
        case "gone":
            raise HTTPException(404, "no such pond")
        case "zero":
            1 / 0
        case "key":
            raise KeyError("pond")
        case "nameless":
            return {"id": pond_id}
        case "conflict":
            return JSONResponse({}, 409)
    return {"id": pond_id, "name": duck.name}


@api.get("/swallows")
async def after_swallows(_: Annotated[None, Depends(swallows)]):
    raise ValueError("lost")


@api.get("/dirty")
async def dirty(_: Annotated[None, Depends(cannot_clean_up)]):
    return 1


@api.get("/unsayable")
async def unsayable():
    return {"a": object()}


@api.get("/declared", status_code=410)
async def declared():
    return {}


@api.post("/form")
async def form(eggs: Annotated[int, Form()]):
    return eggs


@api.get("/slow")
async def slow():
    await asyncio.Event().wait()


@api.exception_handler(KeyError)
async def on_key_error(request: Request, error: KeyError):
    return JSONResponse({}, 418)


class Gate:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http" and scope["path"] == "/shut":
            await PlainTextResponse("shut", 403)(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == "/stuck":
            raise LookupError("the gate is stuck")
        else:
            await self.app(scope, receive, send)


class Net:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        except ZeroDivisionError:
            await PlainTextResponse("later", 503)(scope, receive, send)


async def item(request):
    return JSONResponse({})


async def refuses(request):
    raise HTTPException(404, "no such duck")


def fails_in_a_thread(request):
    raise RuntimeError("no") from ValueError("inside")


async def divides(request):
    return 1 / 0


async def moved(request):
    return RedirectResponse("/items/1", 301)


async def feed(request):
    async def pieces():
        yield b"a"
        raise OSError("the feed is torn")

    return StreamingResponse(pieces())


async def mails(request):
    def mail():
        raise OSError("no post today")

    return PlainTextResponse("", background=BackgroundTask(mail))


web = WebApp(
    routes=[
        Route("/items/{id:int}", item),
        Route("/items", item, methods=["GET", "POST"]),
        Route("/refuses", refuses),
        Route("/fails", fails_in_a_thread),
        Route("/divides", divides),
        Route("/moved", moved),
        Route("/feed", feed),
        Route("/mails", mails),
        Route("/reset/{token}", item, methods=["POST"]),
        Mount("/admin", routes=[Route("/users/", item)]),
    ],
    middleware=[Middleware(Gate), Middleware(Net)],
)


guarded = WebApp(
    routes=[Route("/", item)],
    middleware=[
        Middleware(CORSMiddleware, allow_origins=["https://pond.test"], allow_methods=["GET"], allow_headers=["x-a"])
    ],
)


def preflight(origin, method, *headers):
    return asked("OPTIONS", "/", None, f"origin: {origin}", f"access-control-request-method: {method}", *headers)


async def raw(scope, receive, send):
    match scope["path"]:
        case "/silent":
            return
        case "/order":
            await send({"type": "http.response.body", "body": b""})
        case "/raises":
            raise ValueError("raw")
        case "/half":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
            return
        case "/body":
            while (await receive()).get("more_body"):
                pass
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


POST = ("POST", "/ponds/7/ducks")


def asked(method, path, data=None, *headers):
    return compose(method, path, headers, data)


# name: application, request, status, layer, sentence; HERE stands for a line of this file
ROWS = {
    "404": (
        web, asked("GET", "/item/3"), 404, "router",
        "The router answered 404: no route matches GET /item/3; nearest: GET /items/{id:int} (segment 'item' is not "
        "'items'); GET,POST /items (it has 1 segment, the path has 2 segments).",
    ),
    "404 wrong kind of value": (
        web, asked("GET", "/items/x"), 404, "router",
        "The router answered 404: no route matches GET /items/x; nearest: GET /items/{id:int} (segment 'x' is not an "
        "int); GET,POST /items (it has 1 segment, the path has 2 segments).",
    ),
    "404 below a mount": (
        web, asked("GET", "/admin/user/"), 404, "router",
        "The router answered 404: no route matches GET /admin/user/ (/user/ below the mount /admin); nearest: GET "
        "/admin/users/ (segment 'user' is not 'users').",
    ),
    "404 nothing near": (
        api, asked("GET", "/nonsense"), 404, "router",
        "The router answered 404: no route matches GET /nonsense, and none comes near.",
    ),
    "405": (
        web, asked("PATCH", "/items"), 405, "router",
        "The router answered 405: /items exists, but takes no PATCH, only GET, HEAD and POST.",
    ),
    "405 of an operation": (
        api, asked("DELETE", "/slow"), 405, "router",
        "The router answered 405: /slow exists, but takes no DELETE, only GET.",
    ),
    "405 below a mount": (
        web, asked("PUT", "/admin/users/"), 405, "router",
        "The router answered 405: /admin/users/ exists, but takes no PUT, only GET and HEAD.",
    ),
    "405 where a secret is in the path": (
        web, asked("GET", "/reset/s3cret"), 405, "router",
        "The router answered 405: /reset/{token} exists, but takes no GET, only POST.",
    ),
    "307": (
        web, asked("GET", "/items/"), 307, "router",
        "The router answered 307: no route matches /items/, but one matches without the last slash, so the client is "
        "sent to /items (redirect_slashes).",
    ),
    "middleware answers itself": (
        web, asked("GET", "/shut"), 403, "middleware",
        "The middleware Gate answered 403 itself: nothing behind it was called.",
    ),
    "middleware raises": (
        web, asked("GET", "/stuck"), 500, "middleware",
        "The middleware Gate failed with 500: it raised LookupError: the gate is stuck at HERE.",
    ),
    "middleware catches": (
        web, asked("GET", "/divides"), 503, "middleware",
        "The middleware Net answered 503 to a failure of the endpoint divides: it raised ZeroDivisionError: "
        "division by "
        "zero at HERE.",
    ),
    "toolkit endpoint raises HTTPException": (
        web, asked("GET", "/refuses"), 404, "endpoint",
        "The endpoint refuses answered 404: it raised HTTPException(404, 'no such duck') at HERE.",
    ),
    "toolkit endpoint fails": (
        web, asked("GET", "/fails"), 500, "endpoint",
        "The endpoint fails_in_a_thread failed with 500: it raised RuntimeError: no at HERE, caused by ValueError: "
        "inside.",
    ),
    "toolkit endpoint redirects": (
        web, asked("GET", "/moved"), 301, "endpoint",
        "The endpoint moved answered 301 itself: the response that it returned says so (HERE), unless the middleware "
        "Gate or Net changed it.",
    ),
    "stream fails": (
        web, asked("GET", "/feed"), 200, "endpoint",
        "The response of the endpoint feed failed after the answer 200 had begun: it raised OSError: the feed is torn "
        "at HERE.",
    ),
    "background task fails": (
        web, asked("GET", "/mails"), 200, "background",
        "What the endpoint mails left to do in the background (mail) failed after the answer 200 was complete: it "
        "raised OSError: no post today at HERE.",
    ),
    "CORS origin": (
        guarded, preflight("https://evil.test", "GET"), 400, "middleware",
        "The middleware CORSMiddleware answered 400: a preflight for GET from https://evil.test; the origin "
        "https://evil.test is not in allow_origins (https://pond.test).",
    ),
    "CORS method": (
        guarded, preflight("https://pond.test", "PUT"), 400, "middleware",
        "The middleware CORSMiddleware answered 400: a preflight for PUT from https://pond.test; PUT is not in "
        "allow_methods (GET).",
    ),
    "CORS headers": (
        guarded, preflight("https://pond.test", "GET", "access-control-request-headers: x-b"), 400, "middleware",
        "The middleware CORSMiddleware answered 400: a preflight for GET from https://pond.test; x-b is not in "
        "allow_headers (Accept, Accept-Language, Content-Language, Content-Type, x-a).",
    ),
    "422 path": (
        api, asked("POST", "/ponds/x/ducks", '{"name": "Emma"}'), 422, "validation",
        "Validation answered 422: path value 'pond_id' was 'x' and should be a valid integer.",
    ),
    "422 several, dependencies first": (
        api, asked("POST", "/ponds/x/ducks?dry=maybe", '{"eggs": ["a"]}', "cookie: badge=x"), 422, "validation",
        "Validation answered 422: cookie 'badge' was [redacted] and should be a valid integer; "
        "4 more: path value 'pond_id', query value 'dry', body field name and others.",
    ),
    "422 missing": (
        api, asked(*POST, "{}"), 422, "validation",
        "Validation answered 422: body field name is missing.",
    ),
    "422 no body": (
        api, asked(*POST), 422, "validation",
        "Validation answered 422: the body is missing.",
    ),
    "422 inside the body": (
        api, asked(*POST, '{"name": "Emma", "eggs": [1, "two"]}'), 422, "validation",
        "Validation answered 422: body field eggs[1] was 'two' and should be a valid integer.",
    ),
    "422 secret": (
        api, asked(*POST, '{"name": "Emma", "password": "hunter2"}'), 422, "validation",
        "Validation answered 422: body field password was [redacted] and should have at least 8 characters.",
    ),
    "422 broken JSON": (
        api, asked(*POST, '{"name"'), 422, "validation",
        "Validation answered 422: the body is not valid JSON: Expecting ':' delimiter: line 1 column 8 (char 7).",
    ),
    "422 content type": (
        api, asked(*POST, '{"name": "Emma"}', "content-type: text/plain"), 422, "validation",
        "Validation answered 422: the body was not read as JSON, because its content-type is text/plain and should be "
        "application/json.",
    ),
    "422 form": (
        api, asked("POST", "/form", "eggs=x", "content-type: application/x-www-form-urlencoded"), 422, "validation",
        "Validation answered 422: body field eggs was 'x' and should be a valid integer.",
    ),
    "422 JSON instead of a form": (
        api, asked("POST", "/form", '{"eggs": 3}'), 422, "validation",
        "Validation answered 422: the body was not read as a form, because its content-type is application/json and "
        "should be application/x-www-form-urlencoded or multipart/form-data.",
    ),
    "422 a form without a body": (
        api, asked("POST", "/form"), 422, "validation",
        "Validation answered 422: body field eggs is missing.",
    ),
    "dependency raises HTTPException": (
        api, asked(*POST, '{"name": "Emma"}', "x-ranger: nobody"), 401, "dependency",
        "The dependency ranger answered 401: it raised HTTPException(401, 'who are you?') at HERE.",
    ),
    "dependency fails": (
        api, asked(*POST, '{"name": "Emma"}', "x-ranger: ill"), 500, "dependency",
        "The dependency ranger failed with 500: it raised RuntimeError: the ranger fell ill at HERE.",
    ),
    "dependency swallows": (
        api, asked("GET", "/swallows"), 500, "dependency",
        "The dependency swallows failed with 500: it caught ValueError: lost around its yield and did not raise "
        "it again.",
    ),
    "dependency cannot clean up": (
        api, asked("GET", "/dirty"), 200, "dependency",
        "The clean-up of dependency cannot_clean_up failed after the answer 200 was complete: it raised OSError: the "
        "broom is gone at HERE.",
    ),
    "endpoint raises HTTPException": (
        api, asked(*POST, '{"name": "gone"}'), 404, "endpoint",
        "The endpoint create_duck answered 404: it raised HTTPException(404, 'no such pond') at HERE.",
    ),
    "endpoint fails": (
        api, asked(*POST, '{"name": "zero"}'), 500, "endpoint",
        "The endpoint create_duck failed with 500: it raised ZeroDivisionError: division by zero at HERE.",
    ),
    "handler": (
        api, asked(*POST, '{"name": "key"}'), 418, "exception handler",
        "The exception handler on_key_error answered 418 to a failure of the endpoint create_duck: it raised KeyError: "
        "'pond' at HERE.",
    ),
    "reply does not fit": (
        api, asked(*POST, '{"name": "nameless"}'), 500, "reply",
        "The reply of the endpoint create_duck failed with 500: what it returned (dict) does not fit the response "
        "model "
        "Stored: field name is missing (HERE).",
    ),
    "endpoint answers itself": (
        api, asked(*POST, '{"name": "conflict"}'), 409, "endpoint",
        "The endpoint create_duck answered 409 itself: the response that it returned says so (HERE).",
    ),
    "status of the route": (
        api, asked("GET", "/declared"), 410, "endpoint",
        "The endpoint declared answered 410 itself: it returned normally, and the status is what its route declares or "
        "what it has set (HERE).",
    ),
    "client leaves": (
        api, asked("GET", "/slow"), None, "server",
        "The connection ended before there was an answer while the endpoint slow was running: the client left before "
        "the response was complete.",
    ),
    "raw application": (
        raw, asked("GET", "/"), 404, "application",
        "The application raw answered 404 itself, and it marks no stations of its own.",
    ),
    "raw application returns without an answer": (
        raw, asked("GET", "/silent"), 500, "application",
        "The server answered 500: the application returned without a response.",
    ),
    "raw application raises": (
        raw, asked("GET", "/raises"), 500, "application",
        "The application failed with 500: it raised ValueError: raw at HERE.",
    ),
    "raw application breaks the order": (
        raw, asked("GET", "/order"), 500, "application",
        "The application failed with 500: it broke its contract: http.response.body was sent before "
        "http.response.start "
        "(ASGI HTTP 2.5) at HERE.",
    ),
    "raw application stops half way": (
        raw, asked("GET", "/half"), 200, "application",
        "The answer 200 was cut short: the application returned before the response was complete.",
    ),
    "no Host": (
        raw, b"GET / HTTP/1.1\r\n\r\n", 400, "server",
        "The server answered 400: an HTTP/1.1 request must have a Host field (rule host-missing, RFC 9112 section "
        "3.2).",
    ),
    "long target": (
        raw, asked("GET", "/" + "x" * 9000), 414, "server",
        "The server answered 414: the request line is longer than 8192 bytes (rule request-line-size, RFC 9110 section "
        "15.5.15).",
    ),
    "large head": (
        raw, asked("GET", "/", None, "x: " + "x" * 70000), 431, "server",
        "The server answered 431: the request head is larger than 65536 bytes (rule head-size, RFC 6585 section 5).",
    ),
    "large body": (
        raw, asked("POST", "/", "x" * 2001), 413, "server",
        "The server answered 413: the request body is larger than limit_request_body, 2000 bytes (rule body-size, "
        "RFC 9110 section 15.5.14).",
    ),
    "expectation": (
        raw, asked("POST", "/", "x", "expect: a miracle"), 417, "server",
        "The server answered 417: the only expectation known is 100-continue (rule expect, RFC 9110 section 10.1.1).",
    ),
    "no chunk": (
        raw, b"POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n", 400, "server",
        "The server answered 400: a chunk does not begin with its size in hexadecimal (rule chunk-size, RFC 9112 "
        "section "
        "7.1).",
    ),
}  # fmt: skip


def journey_of(app, request):
    async def run():
        patience = 0.2 if b" /slow " in request else 10
        return await send_once(app, ServerOptions(lifespan="off", limit_request_body=2000), request, patience)

    (record,) = asyncio.run(run())
    return record


@pytest.mark.parametrize(("app", "request_bytes", "status", "layer", "expected"), ROWS.values(), ids=ROWS)
def test_the_sentence_and_the_layer(app, request_bytes, status, layer, expected):
    record = journey_of(app, request_bytes)
    reason = why(record)

    assert reason is not None
    assert re.sub(r"[\w/.]*tests/journey/test_why_real\.py:\d+", "HERE", reason.sentence) == expected
    assert (record.status, reason.layer) == (status, layer)
    assert record.done
    assert "s3cret" not in draw(record)
    assert "hunter2" not in repr(record.marks)


def test_all_went_well():
    record = journey_of(api, asked(*POST, '{"name": "Emma"}'))

    assert record.status == 201
    assert why(record) is None


def test_every_station_is_marked_on_the_way_of_a_typed_post():
    record = journey_of(api, asked(*POST, '{"name": "Emma"}'))

    assert {mark.station for mark in record.marks} == {
        *("connected", "chosen", "bytes_received", "head_parsed", "head_accepted", "scope_built", "app_entered"),
        *("middleware_entered", "route_matched", "route_entered", "values_collected", "body_read"),
        *("dependency_entered", "values_validated", "endpoint_called", "endpoint_returned", "reply_validated"),
        *("dependency_left", "middleware_left", "response_started", "response_body", "response_ended"),
        *("bytes_encoded", "bytes_sent", "kept_alive"),
    }
    assert len(draw(record).splitlines()) <= 40
