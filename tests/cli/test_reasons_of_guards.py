"""What `webfoot dev` says of guards: refusals, redirects, and what passes although somebody will miss something."""

from __future__ import annotations

import asyncio
import logging

import pytest

from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.cli.reasons import _tell
from webfoot.server import ServerOptions
from webfoot.web import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationMiddleware,
    CORSMiddleware,
    Middleware,
    PlainTextResponse,
    Route,
    SessionMiddleware,
    TrustedHostMiddleware,
    UnauthenticatedUser,
    WebApp,
    requires,
)


class Nobody(AuthenticationBackend):
    async def authenticate(self, conn):
        return AuthCredentials(), UnauthenticatedUser()


async def home(request):
    return PlainTextResponse("")


@requires("member", redirect="home")
async def members(request):
    return PlainTextResponse("")


app = WebApp(
    routes=[Route("/", home, name="home"), Route("/members", members)],
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=["www.pond.test"]),
        Middleware(CORSMiddleware, allow_origins=["https://pond.test"]),
        Middleware(SessionMiddleware, secret_key="key"),
        Middleware(AuthenticationMiddleware, backend=Nobody()),
    ],
)


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        ("/", ["host: www.pond.test"], []),
        ("/", ["host: www.pond.test", "origin: https://pond.test"], []),
        ("/", ["host: evil.test"], ["  GET /: The middleware TrustedHostMiddleware answered 400: "]),
        ("/", ["host: pond.test"], ["  GET /: The middleware TrustedHostMiddleware answered 307: "]),
        ("/members", ["host: www.pond.test"], ["  GET /members: The guard requires answered 303: "]),
        (
            "/",
            ["host: www.pond.test", "origin: https://evil.test", "cookie: session=forged"],
            [
                "  GET /: CORSMiddleware: no Access-Control-Allow-Origin, so the page cannot read the response: ",
                "  GET /: SessionMiddleware: the session is empty, for the cookie 'session' is not taken: ",
            ],
        ),
        (
            "/none",
            ["host: www.pond.test", "origin: https://evil.test"],
            ["  GET /none: The router answered 404: ", "  GET /none: CORSMiddleware: no Access-Control-Allow-Origin"],
        ),
    ],
)
def test_what_is_said(path, headers, said, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("webfoot.access"), "disabled", False)
    with caplog.at_level(logging.INFO, "webfoot.access"):
        request = compose("GET", path, headers, None)
        (record,) = asyncio.run(send_once(app, ServerOptions(access_log=False), request, 10))
        caplog.clear()
        _tell(record)
    assert len(caplog.messages) == len(said)
    assert all(line.startswith(each) for line, each in zip(caplog.messages, said, strict=True))
