"""What the guards tell whoever watches: real requests, the sentence for those refused, and never a secret."""

from __future__ import annotations

import enum
import re
from base64 import b64encode

import pytest
from itsdangerous import TimestampSigner
from tests.journey.asking import record_of

from webfoot.journey.says import says
from webfoot.journey.terminal import draw
from webfoot.journey.why import why
from webfoot.web import (
    URL,
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    AuthenticationMiddleware,
    CORSMiddleware,
    HTTPSRedirectMiddleware,
    Middleware,
    PlainTextResponse,
    Route,
    SessionMiddleware,
    SimpleUser,
    TrustedHostMiddleware,
    WebApp,
    requires,
)
from webfoot.web.routing import WebSocketRoute

KEY = "the key of this test"
WEBSOCKET = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)


class Bearer(AuthenticationBackend):
    async def authenticate(self, conn):
        field = conn.headers.get("authorization")
        if field is None:
            return None
        token = field.removeprefix("Bearer ")
        if token.startswith("old"):
            raise AuthenticationError(f"the token {token} has expired")
        return AuthCredentials(token.split("-")), SimpleUser("Emma")


async def home(request):
    return PlainTextResponse(str(request.session))


async def refuses(request):
    return PlainTextResponse("no", 400)


async def grows(request):
    request.session["x"] = "x" * 5000
    return PlainTextResponse("")


@requires(["member", "admin"])
async def admin(request):
    return PlainTextResponse("admin")


@requires("member", redirect="home")
def members(request):
    return PlainTextResponse("members")


@requires("member")
async def feed(websocket):
    await websocket.accept()


async def shy(websocket):
    await websocket.close()


ROUTES = [
    Route("/", home, name="home"),
    Route("/refuses", refuses),
    Route("/grows", grows),
    Route("/admin", admin),
    Route("/members", members),
    WebSocketRoute("/feed", feed),
    WebSocketRoute("/shy", shy),
]


def app(*layers):
    return WebApp(routes=ROUTES, middleware=[*layers, Middleware(AuthenticationMiddleware, backend=Bearer())])


CORS = Middleware(CORSMiddleware, allow_origins=["https://pond.test"], allow_origin_regex=r"https://[a-z]+\.test:1")
HOSTS = Middleware(TrustedHostMiddleware, allowed_hosts=["pond.test", "www.lake.test"])
HTTPS = Middleware(HTTPSRedirectMiddleware)
SESSIONS = Middleware(SessionMiddleware, secret_key=KEY, max_age=3600)


def journey(app, path, *headers, method="GET"):
    return record_of(app, method, path, *headers, patience=0.3, lifespan="off")


def decisions(record):
    return [says(mark) for mark in record.all("decided")]


# application, path, headers, status, layer, sentence
REFUSED = {
    "a host": (
        app(HOSTS), "/", ["host: evil.test"], 400, "middleware",
        "The middleware TrustedHostMiddleware answered 400: the host evil.test is not in allowed_hosts (pond.test, "
        "www.lake.test).",
    ),
    "a host without www": (
        app(HOSTS), "/", ["host: lake.test"], 307, "middleware",
        "The middleware TrustedHostMiddleware answered 307: www.lake.test is in allowed_hosts and lake.test is not "
        "(www_redirect).",
    ),
    "no TLS": (
        app(HTTPS), "/", [], 307, "middleware",
        "The middleware HTTPSRedirectMiddleware answered 307: the request came over http and not over https.",
    ),
    "credentials": (
        app(), "/", ["authorization: Bearer old-4f3a9c77"], 400, "middleware",
        "The middleware AuthenticationMiddleware answered 400: Bearer raised AuthenticationError: the token [redacted] "
        "has expired.",
    ),
    "scopes": (
        app(), "/admin", ["authorization: Bearer member-7"], 403, "guard",
        "The guard requires answered 403: admin needs the scopes member, admin; granted are member, 7, so admin is "
        "missing.",
    ),
    "scopes, sent to log in": (
        app(), "/members", [], 303, "guard",
        "The guard requires answered 303: members needs the scopes member; granted are none, so member is missing.",
    ),
    "a WebSocket's host": (
        app(HOSTS), "/feed", ["host: evil.test", *WEBSOCKET], 400, "middleware",
        "The middleware TrustedHostMiddleware answered 400: the host evil.test is not in allowed_hosts (pond.test, "
        "www.lake.test).",
    ),
    "a WebSocket's credentials": (
        app(), "/feed", ["authorization: Bearer old-4f3a9c77", *WEBSOCKET], 403, "middleware",
        "The middleware AuthenticationMiddleware answered 403: Bearer raised AuthenticationError: the token [redacted] "
        "has expired.",
    ),
    "a WebSocket's scopes": (
        app(), "/feed", [*WEBSOCKET], 403, "guard",
        "The guard requires answered 403: feed needs the scopes member; granted are none, so member is missing.",
    ),
    "a WebSocket's own no": (
        app(HOSTS), "/shy", ["host: pond.test", *WEBSOCKET], 403, "endpoint",
        "The endpoint shy answered 403: closed (1000) before accept(), which refuses the handshake; a client never "
        "sees that code.",
    ),
    "an endpoint behind a guard that let it pass": (
        app(CORS, SESSIONS), "/refuses", ["origin: https://evil.test", "cookie: session=forged"], 400, "endpoint",
        "The endpoint refuses answered 400 itself: the response that it returned says so (HERE).",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("app", "path", "headers", "status", "layer", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refusals(app, path, headers, status, layer, sentence):
    record = journey(app, path, *headers)
    reason = why(record)
    assert re.sub(r"[\w/.]*tests/journey/test_decisions_guards\.py:\d+", "HERE", reason.sentence) == sentence
    assert (record.status, reason.layer) == (status, layer)
    assert "4f3a9c77" not in draw(record)
    assert "4f3a9c77" not in repr(record.marks)


def cookie(content, key=KEY):
    return "cookie: session=" + TimestampSigner(key).sign(b64encode(content)).decode()


# application, path, headers, what was said
PASSED = {
    "a foreign page": (
        app(CORS), "/", ["origin: https://evil.test"],
        ["CORSMiddleware: no Access-Control-Allow-Origin, so the page cannot read the response: the origin "
         "https://evil.test is not in allow_origins (https://pond.test) and does not match allow_origin_regex "
         r"(https://[a-z]+\.test:1)"],
    ),
    "an allowed page": (app(CORS), "/", ["origin: https://pond.test"], []),
    "our own page": (app(CORS), "/", ["host: evil.test", "origin: http://evil.test"], []),
    "no page": (app(CORS), "/", [], []),
    "a good host": (app(HOSTS), "/", ["host: pond.test:80"], []),
    "a session with another key": (
        app(SESSIONS), "/", [cookie(b"{}", "another")],
        ["SessionMiddleware: the session is empty, for the cookie 'session' is not taken: its signature is not of this "
         "secret_key"],
    ),
    "a session that is no JSON": (
        app(SESSIONS), "/", [cookie(b"{")],
        ["SessionMiddleware: the session is empty, for the cookie 'session' is not taken: it is signed, but what it "
         "holds is no JSON"],
    ),
    "a session of another program": (
        app(SESSIONS), "/", [cookie(b"[]")],
        ["SessionMiddleware: the session is empty, for the cookie 'session' is not taken: it is signed, but what it "
         "holds is no JSON object"],
    ),
    "a good session": (app(SESSIONS), "/", [cookie(b'{"a": 1}')], []),
}  # fmt: skip


@pytest.mark.parametrize(("app", "path", "headers", "said"), PASSED.values(), ids=PASSED)
def test_what_passes(app, path, headers, said):
    record = journey(app, path, *headers)
    assert decisions(record) == said
    assert all(mark.facts["status"] is None for mark in record.all("decided"))
    for header in headers:
        assert not header.startswith("cookie") or header.partition("=")[2] not in repr(record.marks)


def test_a_session_that_is_too_old(monkeypatch):
    field = cookie(b'{"a": 1}')
    now = TimestampSigner(KEY).get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + 3601)
    (said,) = decisions(journey(app(SESSIONS), "/", field))
    assert said.endswith("is not taken: it is older than max_age (3600 seconds)")


def test_a_session_that_browsers_drop(caplog):
    record = journey(app(SESSIONS), "/grows")
    (said,) = decisions(record)
    assert said.startswith("SessionMiddleware: the cookie 'session' has ")
    assert "xxx" not in repr(record.marks)
    assert why(record) is None


def test_an_allowed_preflight_says_what_it_allowed():
    headers = ["origin: https://pond.test", "access-control-request-method: GET"]
    record = journey(app(CORS), "/", *headers, method="OPTIONS")
    assert decisions(record) == [
        "CORSMiddleware: answered 200: a preflight for GET from https://pond.test; that is allowed"
    ]
    assert why(record) is None


def test_a_preflight_names_all_that_is_wrong():
    headers = [
        "origin: https://evil.test",
        "access-control-request-method: PUT",
        "access-control-request-headers: x-a, x-b",
        "access-control-request-private-network: true",
    ]
    (said,) = decisions(journey(app(CORS), "/", *headers, method="OPTIONS"))
    for part in ("the origin https://evil.test is not", "PUT is not in allow_methods (GET)", "x-a, x-b are not in"):
        assert part in said
    assert "allow_private_network is off" in said


class Scope(enum.Enum):
    SWIM = 1


class Enums(AuthenticationBackend):
    async def authenticate(self, conn):
        return AuthCredentials([Scope.SWIM]), SimpleUser("Emma")


@requires([Scope.SWIM, "fly"])
async def flies(request):
    return PlainTextResponse("")


def test_to_watch_changes_nothing_whatever_the_options_hold():
    """Scopes and origins that are no text (an enum, a URL object of some library) are taken like any other."""
    cors = Middleware(CORSMiddleware, allow_origins=[URL("https://pond.test"), "https://lake.test"])
    odd = WebApp(routes=[Route("/", flies)], middleware=[cors, Middleware(AuthenticationMiddleware, backend=Enums())])
    record = journey(odd, "/", "origin: https://evil.test")
    assert record.status == 403
    assert "so fly is missing" in why(record).sentence
    assert "allow_origins (https://lake.test, https://pond.test)" in decisions(record)[0]
