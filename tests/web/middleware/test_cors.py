"""The header values are held against Starlette's in tests/differential/web; here is what differs and what must hold."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Mount, Route

HOME = "https://pond.example"


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def fail(request: Request) -> PlainTextResponse:
    raise LookupError("lost")


def asked(method: str = "GET", path: str = "/", *, headers: dict[str, str], **options: Any) -> Answered:
    app = WebApp(routes=[Route("/", hello), Route("/fail", fail)], middleware=[Middleware(CORSMiddleware, **options)])
    return answer_of(app, method, path, headers=headers)


def test_an_allowed_origin_may_read_the_response() -> None:
    headers = asked(headers={"origin": HOME}, allow_origins=[HOME]).headers
    assert (headers["access-control-allow-origin"], headers["vary"]) == (HOME, "Origin")


def test_another_may_not_and_caches_are_told() -> None:
    for given in ({"origin": "https://evil.example"}, {}):
        headers = asked(headers=given, allow_origins=[HOME]).headers
        assert "access-control-allow-origin" not in headers
        assert headers["vary"] == "Origin"


def test_the_expression_has_to_match_the_whole_origin() -> None:
    regex = r"https://.*\.example"
    assert "access-control-allow-origin" in asked(headers={"origin": HOME}, allow_origin_regex=regex).headers
    spoofed = asked(headers={"origin": HOME + ".evil.com"}, allow_origin_regex=regex)
    assert "access-control-allow-origin" not in spoofed.headers


def test_with_credentials_the_origin_is_named() -> None:
    headers = asked(headers={"origin": HOME}, allow_origins=["*"], allow_credentials=True).headers
    assert headers["access-control-allow-origin"] == HOME
    assert headers["access-control-allow-credentials"] == "true"


def test_a_preflight_is_answered_without_the_application() -> None:
    preflight = {"origin": HOME, "access-control-request-method": "GET"}
    answered = asked("OPTIONS", "/fail", headers=preflight, allow_origins=[HOME])
    assert (answered.status, answered.text) == (200, "OK")


def test_a_refused_preflight_names_what_is_not_allowed() -> None:
    preflight = {
        "origin": HOME,
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "content-type, x-duck",
        "access-control-request-private-network": "true",
    }
    answered = asked("OPTIONS", headers=preflight)
    assert (answered.status, answered.text) == (400, "Disallowed CORS origin, method, headers, private-network")


@pytest.mark.parametrize("debug", [False, True])
def test_an_unhandled_exception_can_be_read_by_the_browser_too(debug: bool) -> None:
    app = WebApp(
        debug=debug,
        routes=[Route("/fail", fail)],
        middleware=[Middleware(CORSMiddleware, allow_origins=[HOME], expose_headers=["X-Duck"])],
    )
    answered = answer_of(app, "GET", "/fail", headers={"origin": HOME})
    assert answered.status == 500
    assert answered.headers["access-control-allow-origin"] == HOME
    assert answered.headers["access-control-expose-headers"] == "X-Duck"
    assert answered.headers["vary"] == "Origin"


@pytest.mark.parametrize("around", ["wrapped", "mounted"])
def test_an_exception_answered_by_an_inner_application_gets_them_once(around: str) -> None:
    inner = WebApp(routes=[Route("/fail", fail)])
    options: dict[str, Any] = {"allow_origins": [HOME], "expose_headers": ["X-Duck"]}
    app: Any = CORSMiddleware(inner, **options)
    if around == "mounted":
        app = WebApp(routes=[Mount("/", inner)], middleware=[Middleware(CORSMiddleware, **options)])
    answered = answer_of(app, "GET", "/fail", headers={"origin": HOME})
    assert answered.status == 500
    assert answered.headers["access-control-allow-origin"] == HOME
    assert answered.headers["vary"] == "Origin"


def test_other_kinds_of_connection_pass_by() -> None:
    app = CORSMiddleware(WebApp(), allow_origins=["*"])
    assert answer_of(app, "GET", "/", type="websocket").messages[0]["type"] == "websocket.close"


def test_a_response_without_headers_gets_some() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b""})

    answered = answer_of(CORSMiddleware(bare, allow_origins=["*"]), headers={"origin": HOME})
    assert answered.headers["access-control-allow-origin"] == "*"


def preflight(**asked_for: str) -> dict[str, str]:
    named = {f"access-control-request-{name.replace('_', '-')}": value for name, value in asked_for.items()}
    return {"origin": HOME, "access-control-request-method": "GET", **named}


@pytest.mark.parametrize(
    ("options", "headers", "refused"),
    [
        ({}, preflight(headers="Accept, content-type"), None),
        ({}, preflight(headers="x-duck"), "headers"),
        ({}, preflight(headers="x-duck,accept,x-goose"), "headers"),
        ({}, preflight(headers="range"), "headers"),  # one that a browser has to ask for is not a simple range
        ({"allow_headers": ["X-Duck"]}, preflight(headers="x-duck, ACCEPT"), None),
        ({"allow_headers": ["*"]}, preflight(headers="anything"), None),
        ({}, preflight(method="QUERY"), "method"),
        ({"allow_methods": ["*"]}, preflight(method="QUERY"), None),
        ({"allow_methods": ["*"]}, preflight(method="BREW"), "method"),
        ({}, preflight(private_network="true"), "private-network"),
        ({}, preflight(private_network=""), "private-network"),  # "true" is the only value there is
        ({"allow_private_network": True}, preflight(private_network="true"), None),
    ],
    ids=str,
)
def test_what_a_preflight_may_ask_for(options: dict[str, Any], headers: dict[str, str], refused: str | None) -> None:
    answered = asked("OPTIONS", headers=headers, allow_origins=[HOME], **options)
    assert answered.text == ("OK" if refused is None else f"Disallowed CORS {refused}")
    assert answered.status == (200 if refused is None else 400)
    if options.get("allow_private_network"):
        assert answered.headers["access-control-allow-private-network"] == "true"
    if options.get("allow_headers") == ["*"]:
        assert answered.headers["access-control-allow-headers"] == "anything"


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_only_a_preflight_is_one(method: str) -> None:
    assert asked("OPTIONS", headers={"origin": HOME}, allow_origins=[HOME]).status == 405
    headers = {"access-control-request-method": method}
    assert "access-control-allow-methods" not in asked(method, headers=headers, allow_origins=[HOME]).headers


def test_what_the_application_says_itself_is_replaced_and_vary_is_kept() -> None:
    own = {"Access-Control-Allow-Origin": "mine", "Access-Control-Expose-Headers": "x", "Vary": "Accept"}
    app = CORSMiddleware(PlainTextResponse("", headers=own), allow_origins=[HOME], expose_headers=["X-Duck"])
    (start, _) = answer_of(app, headers={"origin": HOME}).messages
    fields = [(name.decode(), value.decode()) for name, value in start["headers"]]
    assert [value for name, value in fields if name == "access-control-allow-origin"] == [HOME]
    assert [value for name, value in fields if name == "access-control-expose-headers"] == ["X-Duck"]
    assert [value for name, value in fields if name == "vary"] == ["Accept, Origin"]


def test_a_response_sent_twice_is_not_changed() -> None:
    response = PlainTextResponse("")
    app = CORSMiddleware(response, allow_origins=["*"])
    before = list(response.raw_headers)
    assert answer_of(app, headers={"origin": HOME}).headers == answer_of(app, headers={"origin": HOME}).headers
    assert response.raw_headers == before


def test_a_subclass_may_decide_about_origins() -> None:
    class Friends(CORSMiddleware):
        def is_allowed_origin(self, origin: str) -> bool:
            return origin.endswith(".friend")

    app = Friends(PlainTextResponse(""), allow_credentials=True)
    for origin, allowed in (("https://a.friend", "https://a.friend"), ("https://a.foe", None)):
        for method in ("GET", "OPTIONS"):
            answered = answer_of(app, method, headers={**preflight(), "origin": origin})
            assert answered.headers.get("access-control-allow-origin") == allowed
