"""Limits around and inside of applications that know nothing of them."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse as TheirText
from starlette.routing import Mount as TheirMount
from starlette.routing import Route as TheirRoute
from tests.web.middleware.limiting import TOO_LARGE, answer, post, sent

from webfoot.web import (
    Host,
    Middleware,
    Mount,
    PlainTextResponse,
    WebApp,
)
from webfoot.web.middleware.body_limit import RequestBodyLimitMiddleware, RequestBodyTooLarge
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.middleware.wsgi import WSGIMiddleware


async def theirs(request: Any) -> TheirText:
    return TheirText(str(len(await request.body())))


async def raw(scope: Any, receive: Any, send: Any) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)
    await PlainTextResponse(str(size))(scope, receive, send)


async def fails(scope: Any, receive: Any, send: Any) -> None:
    try:
        await raw(scope, receive, send)
    except Exception:
        await PlainTextResponse("oh no", status_code=500)(scope, receive, send)


def wsgi(environ: Any, start_response: Any) -> Any:
    try:
        size = len(environ["wsgi.input"].read())
    except Exception:
        start_response("500 Internal Server Error", [])
        return [b"oh no"]
    start_response("200 OK", [])
    return [b"%d" % size]


FOREIGN = {
    "raw": raw,
    "WSGI": WSGIMiddleware(wsgi),
    "an application that makes a 500 of everything": fails,
    "starlette": Starlette(routes=[TheirRoute("/{rest:path}", theirs, methods=["POST"])]),
}


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("how", ["around", "mounted", "own", "mounted-own", "host"])
def test_foreign_applications(foreign: str, how: str) -> None:
    inner = FOREIGN[foreign]
    limited = {
        "around": lambda: RequestBodyLimitMiddleware(inner, max_body_size=10),
        "mounted": lambda: WebApp(routes=[Mount("/x", app=inner)], max_body_size=10),
        "own": lambda: WebApp(routes=[Mount("/x", app=inner, max_body_size=10)]),
        "host": lambda: WebApp(routes=[Host("duck.example", app=inner)], max_body_size=10),
        "mounted-own": lambda: WebApp(routes=[Mount("/x", app=inner, max_body_size=10)], max_body_size=5),
    }[how]()
    assert answer(limited, "/x/y", b"x" * 10, length=10) == (200, b"10")
    assert answer(limited, "/x/y", b"x" * 11, length=11) == TOO_LARGE
    assert answer(limited, "/x/y", b"x" * 6, b"x" * 6) == TOO_LARGE


def test_the_500_of_a_foreign_application_that_was_not_refused_stays() -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("oh no", status_code=500)(scope, receive, send)
        raise LookupError("no duck")

    answered, _ = sent(RequestBodyLimitMiddleware(breaks, 10), "/", b"x", length=1)
    assert (answered.status, type(answered.error)) == (500, LookupError)


def test_as_a_middleware() -> None:
    made = WebApp(
        routes=[post("/"), post("/more", max_body_size=20)],
        middleware=[Middleware(RequestBodyLimitMiddleware, max_body_size=10)],
    )
    assert answer(made, "/", b"x" * 11, length=11) == TOO_LARGE
    assert answer(made, "/more", b"x" * 11, length=11) == (200, b"11")
    around = RequestBodyLimitMiddleware(made, max_body_size=5)
    assert answer(around, "/", b"x" * 10, length=10) == (200, b"10")
    two = RequestBodyLimitMiddleware(RequestBodyLimitMiddleware(raw, max_body_size=20), max_body_size=10)
    assert answer(two, "/", b"x" * 20, length=20) == (200, b"20")
    assert answer(two, "/", b"x" * 11, b"x" * 10) == TOO_LARGE


def test_mounted_in_starlette() -> None:
    inner = WebApp(routes=[post("/y"), post("/less", max_body_size=5), Mount("/raw", app=raw)], max_body_size=10)
    outer = Starlette(routes=[TheirMount("/x", app=inner)])
    for path, limit in (("/x/y", 10), ("/x/less", 5), ("/x/raw/", 10)):
        assert answer(outer, path, b"x" * limit, length=limit) == (200, b"%d" % limit)
        assert answer(outer, path, b"x" * (limit + 1), length=limit + 1) == TOO_LARGE
        assert answer(outer, path, b"x" * limit, b"x") == TOO_LARGE


def test_in_starlette() -> None:
    outer = Starlette(routes=[TheirRoute("/", theirs, methods=["POST"])])
    outer.add_middleware(RequestBodyLimitMiddleware, max_body_size=10)
    assert answer(outer, "/", b"x" * 10, length=10) == (200, b"10")
    assert answer(outer, "/", b"x" * 11, length=11) == TOO_LARGE
    assert answer(outer, "/", b"x" * 6, b"x" * 6) == TOO_LARGE


def test_around_an_application_whose_middleware_reads() -> None:
    """Our own makes a 500 of what its middleware raises; it is still the client's fault."""

    class Reads(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            await request.body()
            return await call_next(request)

    reading = WebApp(routes=[post("/")], middleware=[Middleware(Reads)])
    assert answer(RequestBodyLimitMiddleware(reading, 3), "/", b"xx", b"xx") == TOO_LARGE


def test_a_failure_after_an_answer_of_its_own_is_told_as_it_is() -> None:
    async def answers_and_fails(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(RequestBodyTooLarge):
            await receive()
        await PlainTextResponse("too much", status_code=400)(scope, receive, send)
        raise LookupError("no duck")

    answered, _ = sent(RequestBodyLimitMiddleware(answers_and_fails, 1), "/", b"xx")
    assert (answered.status, type(answered.error)) == (400, LookupError)
