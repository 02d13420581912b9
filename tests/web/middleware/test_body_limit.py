"""How large a body may be, whoever says so, and that nothing beyond it is read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.web.driving import MarkedTrail
from tests.web.middleware.limiting import TOO_LARGE, answer, post, sent

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web import (
    CORSMiddleware,
    HTTPException,
    Middleware,
    Mount,
    PlainTextResponse,
    Router,
    WebApp,
)
from webfoot.web.middleware.body_limit import BODY_LIMIT_KEY, RequestBodyLimitMiddleware, RequestBodyTooLarge
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware


async def ignore(request: Any) -> PlainTextResponse:
    ignored.append(request.url.path)
    return PlainTextResponse("ignored")


ignored: list[str] = []


app = WebApp(
    routes=[
        post("/"),
        post("/ignore", ignore),
        post("/more", max_body_size=20),
        post("/less", max_body_size=5),
        Mount("/mount", routes=[post("/"), post("/more", max_body_size=40)], max_body_size=30),
        Mount("/router", app=Router([post("/"), post("/less", max_body_size=2)], max_body_size=30)),
        Mount("/app", app=WebApp(routes=[post("/")], max_body_size=50)),
        Mount("/plain", app=WebApp(routes=[post("/"), post("/more", max_body_size=20)])),
    ],
    max_body_size=10,
)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/", 10),
        ("/more", 20),
        ("/less", 5),
        ("/mount/", 30),
        ("/mount/more", 40),
        ("/router/", 30),
        ("/router/less", 2),
        ("/app/", 50),
        ("/plain/", 10),
        ("/plain/more", 20),
    ],
)
def test_the_most_specific_limit_counts(path: str, limit: int) -> None:
    fits, exceeds = b"x" * limit, b"x" * (limit + 1)
    assert answer(app, path, fits, length=limit) == (200, b"%d" % limit)
    assert answer(app, path, *(b"x" for _ in fits)) == (200, b"%d" % limit)
    assert answer(app, path, exceeds, length=limit + 1) == TOO_LARGE
    assert answer(app, path, *(b"x" for _ in exceeds)) == TOO_LARGE


@pytest.mark.parametrize("limits", [{"max_body_size": 3}, {}])
def test_without_a_limit_around_it_a_route_has_its_own(limits: Any) -> None:
    alone = WebApp(routes=[post("/", max_body_size=7), post("/any")], **limits)
    assert answer(alone, "/", b"x" * 7, length=7) == (200, b"7")
    assert answer(alone, "/", b"x" * 8, length=8) == TOO_LARGE
    assert answer(alone, "/", b"x" * 4, b"x" * 4) == TOO_LARGE
    assert answer(alone, "/any", b"x" * 100, length=100) == (TOO_LARGE if limits else (200, b"100"))


def test_what_is_declared_too_large_is_not_read_and_its_endpoint_not_called() -> None:
    ignored.clear()
    answered, read = sent(app, "/ignore", b"x" * 11, length=11)
    assert (answered.status, answered.body, read, ignored) == (*TOO_LARGE, 0, [])
    assert answer(app, "/ignore", b"x" * 10, length=10) == (200, b"ignored")


def test_no_more_is_read_than_needed_to_know() -> None:
    answered, read = sent(app, "/", *[b"xxxx"] * 1000)
    assert (answered.status, read) == (413, 3)


@pytest.mark.parametrize("length", ["3", "abc", "-1", "+5", "5, 5", "", "1_0"])
def test_whatever_is_declared_the_bytes_are_counted(length: str) -> None:
    assert answer(app, "/", b"x" * 11, length=length) == TOO_LARGE
    assert answer(app, "/", b"x" * 10, length=length) == (200, b"10")


@pytest.mark.parametrize("length", ["9" * 20, "9" * 5000])
def test_a_length_beyond_all_numbers(length: str) -> None:
    assert answer(app, "/", b"x", length=length) == TOO_LARGE


def test_nothing_may_be_sent_where_the_limit_is_nothing() -> None:
    none = WebApp(routes=[post("/")], max_body_size=0)
    assert answer(none, "/") == (200, b"0")
    assert answer(none, "/", length=0) == (200, b"0")
    assert answer(none, "/", b"x") == TOO_LARGE


def test_the_applications_handler_answers() -> None:
    async def sorry(request: Any, exc: Any) -> PlainTextResponse:
        assert isinstance(exc, RequestBodyTooLarge)
        return PlainTextResponse(f"at most {exc.limit}, please", status_code=413)

    handled = WebApp(
        routes=[post("/"), post("/own", max_body_size=2)], max_body_size=3, exception_handlers={413: sorry}
    )
    assert answer(handled, "/", b"xxxx", length=4) == (413, b"at most 3, please")
    assert answer(handled, "/", b"xx", b"xx") == (413, b"at most 3, please")
    assert answer(handled, "/own", b"xxx", length=3) == (413, b"at most 2, please")
    only_own = WebApp(routes=[post("/own", max_body_size=2)], exception_handlers={413: sorry})
    assert answer(only_own, "/own", b"xxx", length=3) == (413, b"at most 2, please")
    assert answer(only_own, "/own", b"xx", b"x") == (413, b"at most 2, please")


def test_a_browser_may_read_the_413() -> None:
    cors = WebApp(
        routes=[post("/"), post("/own", max_body_size=2)],
        middleware=[Middleware(CORSMiddleware, allow_origins=["*"])],
        max_body_size=3,
    )
    for path in ("/", "/own"):
        answered, _ = sent(cors, path, b"x" * 9, length=9, headers={"origin": "https://pond.example"})
        assert (answered.status, answered.headers["access-control-allow-origin"]) == (413, "*")


def test_an_endpoint_may_answer_by_itself() -> None:
    async def catches(request: Any) -> PlainTextResponse:
        try:
            await request.body()
        except HTTPException as exc:
            return PlainTextResponse(f"caught {exc.status_code}")
        return PlainTextResponse("read")

    catching = WebApp(routes=[post("/", catches)], max_body_size=3)
    assert answer(catching, "/", b"xx", b"xx") == (200, b"caught 413")


def test_who_asks_again_hears_the_same() -> None:
    async def twice(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(2):
            with pytest.raises(RequestBodyTooLarge):
                while True:
                    await receive()
        await PlainTextResponse("asked twice")(scope, receive, send)

    answered, read = sent(RequestBodyLimitMiddleware(twice, 3), "/", b"xx", b"xx", b"xx")
    assert (answered.status, answered.body, read) == (200, b"asked twice", 2)


def test_middleware_that_reads_is_bounded_too() -> None:
    class Reads(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            await request.body()
            return await call_next(request)

    reading = WebApp(
        routes=[post("/"), post("/more", max_body_size=20), post("/less", max_body_size=5)],
        middleware=[Middleware(Reads)],
        max_body_size=10,
    )
    assert answer(reading, "/", b"x" * 10) == (200, b"10")
    assert answer(reading, "/", b"x" * 11) == TOO_LARGE
    # What lies around the route reads under the limit that is known there.
    assert answer(reading, "/more", b"x" * 15) == TOO_LARGE
    assert answer(reading, "/more", b"x" * 15, length=15) == TOO_LARGE
    assert answer(reading, "/less", b"x" * 4, b"x" * 4) == TOO_LARGE


def test_a_response_that_has_started_is_not_taken_back() -> None:
    async def starts(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive()).get("more_body"):
            pass

    for limited in (RequestBodyLimitMiddleware(starts, 3), WebApp(routes=[Mount("/", app=starts)], max_body_size=3)):
        answered, _ = sent(limited, "/", b"xx", b"xx")
        assert isinstance(answered.error, RuntimeError)
        assert "when the response had already started" in str(answered.error)
        assert [message["type"] for message in answered.messages] == ["http.response.start"]


def test_neither_is_that_of_a_middleware() -> None:
    class Starts:
        def __init__(self, app: Any) -> None: ...

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while (await receive()).get("more_body"):
                pass

    answered, _ = sent(WebApp(middleware=[Middleware(Starts)], max_body_size=3), "/", b"xx", b"xx")
    assert isinstance(answered.error, RequestBodyTooLarge)
    assert [message["type"] for message in answered.messages] == ["http.response.start"]


def test_a_404_stays_one() -> None:
    assert answer(app, "/nowhere", b"x" * 99, length=99) == (404, b"Not Found")


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_only_http_is_concerned(kind: str) -> None:
    seen: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], receive))

    asyncio.run(RequestBodyLimitMiddleware(inner, 1)({"type": kind}, ignore, ignore))  # type: ignore[arg-type]
    assert seen == [(kind, ignore)]


def test_nothing_is_left_in_the_scope() -> None:
    for path, chunks in (("/", [b"x"]), ("/", [b"x" * 11])):
        answered, _ = sent(app, path, *chunks)
        assert BODY_LIMIT_KEY not in answered.scope


@pytest.mark.parametrize("wrong", [-1, "5", 1.5, True])
def test_what_is_no_limit_is_refused_where_it_is_written(wrong: Any) -> None:
    for make in (
        lambda: WebApp(max_body_size=wrong),
        lambda: Router(max_body_size=wrong),
        lambda: Mount("/", routes=[], max_body_size=wrong),
        lambda: post("/", max_body_size=wrong),
        lambda: RequestBodyLimitMiddleware(app, wrong),
    ):
        with pytest.raises(ValueError, match="max_body_size is a number of bytes, 0 or more, not"):
            make()
    with pytest.raises(ValueError, match="needs a limit"):
        RequestBodyLimitMiddleware(app, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chunks", "length", "told"),
    [
        ([b"x" * 11], 11, "refused the body, because content-length says 11 bytes and 10 are allowed"),
        ([b"x" * 6] * 2, None, "refused the body, because 12 bytes of it have come and 10 are allowed"),
    ],
)
def test_what_was_decided_is_told(chunks: list[bytes], length: int | None, told: str) -> None:
    trail = MarkedTrail()
    sent(app, "/", *chunks, length=length, **{TRAIL_KEY: trail})
    assert trail.only("decided") == {"by": "max_body_size", "what": told, "status": 413}
