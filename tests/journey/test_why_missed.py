"""What was let pass and somebody misses: an answer that a page of another origin cannot read, a cookie that is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.journey.asking import record_of
from tests.journey.recorder import Recorder

from webfoot.cli.reasons import news_of
from webfoot.journey.terminal import draw
from webfoot.journey.why.missed import missed
from webfoot.web import CORSMiddleware, Middleware, Mount, PlainTextResponse, Route, WebApp

FRONT = "http://front.test:5173"
ORIGIN = f"Origin: {FRONT}\r\n"
COOKIE = "Cookie: pond=7\r\nSec-Fetch-Mode: cors\r\n"
HIDDEN = f"A page of {FRONT} asked and cannot read the answer, which its browser calls a CORS error: "
NONE = f"{HIDDEN}the answer has no Access-Control-Allow-Origin: there is no CORSMiddleware in the application."


class Guard:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/guarded"):
            await PlainTextResponse("no", 401)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Stripping(Guard):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def strip(message: Any) -> None:
            await send({**message, "headers": []} if "headers" in message else message)

        await self.app(scope, receive, strip)


async def duck(request: Any) -> PlainTextResponse:
    allowed = request.query_params.getlist("allow")
    answer = PlainTextResponse("quack")
    for one in allowed:
        answer.headers.append("access-control-allow-origin", one)
    return answer


async def sinks(request: Any) -> PlainTextResponse:
    raise LookupError("sunk")


async def raw(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})


async def silent(scope: Any, receive: Any, send: Any) -> None:
    return None


ROUTES = [Route("/duck", duck), Route("/sinks", sinks)]
CORS = Middleware(CORSMiddleware, allow_origins=[FRONT])
plain = WebApp(routes=ROUTES)
guarded = WebApp(routes=ROUTES, middleware=[Middleware(Guard), CORS])
covered = WebApp(routes=ROUTES, middleware=[CORS, Middleware(Guard)])
stripped = WebApp(routes=ROUTES, middleware=[Middleware(Stripping), CORS])
mounting = WebApp(routes=[Mount("/pond", app=guarded)])
parsers = pytest.mark.parametrize("parser", ["httptools", "h11"])


@parsers
@pytest.mark.parametrize(
    ("app", "path", "fields", "told"),
    [
        pytest.param(plain, "/duck", ORIGIN, [NONE], id="no middleware"),
        pytest.param(plain, "/duck", "", [], id="no origin"),
        pytest.param(plain, "/duck", "Origin: http://ducks.test\r\n", [], id="the same origin"),
        pytest.param(plain, "/duck", f"{ORIGIN}X-Forwarded-Host: front.test:5173\r\n", [], id="behind a proxy"),
        pytest.param(plain, "/duck", f"{ORIGIN}Sec-Fetch-Site: same-origin\r\n", [], id="the same to the browser"),
        pytest.param(plain, "/duck", f"{ORIGIN}Sec-Fetch-Site: same-site\r\n", [NONE], id="another port"),
        pytest.param(plain, "/duck", f"{ORIGIN}Sec-Fetch-Mode: navigate\r\n", [], id="a form"),
        pytest.param(plain, "/duck", f"{ORIGIN}Sec-Fetch-Mode: no-cors\r\n", [], id="an image"),
        pytest.param(
            plain,
            "/duck",
            "Origin: null\r\n",
            [NONE.replace(f"A page of {FRONT}", "A page without an origin (a file, a sandbox)")],
            id="null",
        ),
        pytest.param(covered, "/duck", ORIGIN, [], id="allowed"),
        pytest.param(covered, "/guarded", ORIGIN, [], id="answered within"),
        pytest.param(covered, "/sinks", ORIGIN, [], id="500 with the field"),
        pytest.param(
            guarded,
            "/guarded",
            ORIGIN,
            [
                f"{HIDDEN}the answer has no Access-Control-Allow-Origin: the middleware Guard answered outside of "
                "CORSMiddleware, which has to stand around it."
            ],
            id="answered outside",
        ),
        pytest.param(
            mounting,
            "/pond/guarded",
            ORIGIN,
            [
                f"{HIDDEN}the answer has no Access-Control-Allow-Origin: the middleware Guard answered outside of "
                "CORSMiddleware, which has to stand around it."
            ],
            id="answered outside, mounted",
        ),
        pytest.param(
            stripped,
            "/duck",
            ORIGIN,
            [
                f"{HIDDEN}the answer has no Access-Control-Allow-Origin, though CORSMiddleware was asked: "
                "the middleware Stripping gave another answer in its place."
            ],
            id="taken away",
        ),
        pytest.param(
            raw,
            "/duck",
            ORIGIN,
            [
                f"{HIDDEN}the answer has no Access-Control-Allow-Origin, and the application marks no stations: "
                "nothing in it has added that field."
            ],
            id="an application without stations",
        ),
        pytest.param(
            silent,
            "/duck",
            ORIGIN,
            [
                f"{HIDDEN}the answer has no Access-Control-Allow-Origin, for the server gave it and no layer of the "
                "application."
            ],
            id="the server answers",
        ),
        pytest.param(
            plain,
            "/duck?allow=http://other.test",
            ORIGIN,
            [f"{HIDDEN}the answer's Access-Control-Allow-Origin is http://other.test."],
            id="another origin is allowed",
        ),
        pytest.param(
            plain,
            "/duck?allow=*&allow=*",
            ORIGIN,
            [f"{HIDDEN}the answer has 2 fields Access-Control-Allow-Origin; who adds the second?"],
            id="twice",
        ),
        pytest.param(plain, "/duck?allow=*", ORIGIN, [], id="all are allowed"),
        pytest.param(
            plain,
            "/duck?allow=*",
            ORIGIN + COOKIE,
            [f"{HIDDEN}it sent cookies, so Access-Control-Allow-Origin must name it and not be *."],
            id="cookies and a star",
        ),
        pytest.param(
            plain,
            f"/duck?allow={FRONT}",
            ORIGIN + COOKIE,
            [f"{HIDDEN}it sent cookies, and the answer has no Access-Control-Allow-Credentials: true."],
            id="cookies without credentials",
        ),
    ],
)
def test_what_a_page_cannot_read(parser: Any, app: Any, path: str, fields: str, told: list[str]) -> None:
    assert list(missed(_asked(app, f"GET {path} HTTP/1.1\r\nHost: ducks.test\r\n{fields}\r\n", parser))) == told


@parsers
def test_it_is_told_beside_the_reason_of_an_error(parser: Any) -> None:
    record = _asked(plain, f"GET /dock HTTP/1.1\r\nHost: ducks.test\r\n{ORIGIN}\r\n", parser)
    reason, hidden = news_of(record)
    assert reason.startswith("The router answered 404: no route matches GET /dock")
    assert hidden == NONE
    assert "there is no CORSMiddleware" in " ".join(draw(record).split())


@parsers
def test_a_preflight_is_told_once(parser: Any) -> None:
    head = f"OPTIONS /duck HTTP/1.1\r\nHost: ducks.test\r\n{ORIGIN}Access-Control-Request-Method: GET\r\n\r\n"
    [sentence] = news_of(_asked(plain, head, parser))
    assert sentence.endswith(f"a CORS preflight from {FRONT}, which only a CORSMiddleware would answer.")


@parsers
def test_what_cors_middleware_says_itself_is_not_said_again(parser: Any) -> None:
    record = _asked(covered, "GET /duck HTTP/1.1\r\nHost: ducks.test\r\nOrigin: http://fox.test\r\n\r\n", parser)
    [sentence] = news_of(record)
    assert sentence.startswith("CORSMiddleware: no Access-Control-Allow-Origin, so the page cannot read the response")


def _asked(app: Any, head: str, parser: Any) -> Any:
    recorder = Recorder()

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(head.encode())
        await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        while dialogue.service.running:
            await asyncio.sleep(0)

    asyncio.run(with_server(app, talk, watcher=recorder, http=parser))
    return next(record for record in recorder.records if record.first("head_parsed"))


@pytest.mark.parametrize(
    ("attributes", "is_refused"),
    [
        ("SameSite=None", True),
        ("Path=/; samesite=none; HttpOnly", True),
        ("SameSite=None; Secure", False),
        ("secure; samesite=none", False),
        ("SameSite=Lax", False),
        ("", False),
    ],
)
def test_a_cookie_that_browsers_refuse(attributes, is_refused):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("quack", headers={"set-cookie": f"pond=hunter2; {attributes}"})(scope, receive, send)

    assert [*missed(record_of(app, "GET", "/"))] == (
        ["Browsers do not take the cookie pond: SameSite=None asks for Secure beside it."] if is_refused else []
    )
