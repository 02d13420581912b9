"""Secrets in logs and recordings (CWE-532): what a guard says about a request holds nothing that would let one in."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from typing import Any

import pytest
from itsdangerous import TimestampSigner

from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import draw
from webfoot.server import ServerOptions
from webfoot.web import (
    AuthenticationBackend,
    AuthenticationError,
    AuthenticationMiddleware,
    Config,
    CORSMiddleware,
    Middleware,
    PlainTextResponse,
    Request,
    Route,
    SessionMiddleware,
    TrustedHostMiddleware,
    WebApp,
)
from webfoot.web.config import Environ
from webfoot.web.datastructures import Secret

KEY = "s3cret-of-the-server"
TOKEN = "s3cret-token-4f3a"
SESSION = TimestampSigner(KEY).sign(b64encode(b'{"pin": "s3cret-in-the-session"}')).decode()


class Talkative(AuthenticationBackend):
    """Repeats in its error whatever it was given."""

    async def authenticate(self, conn: Any) -> Any:
        said = conn.headers.get("authorization"), conn.cookies, dict(conn.query_params)
        raise AuthenticationError(f"not good enough: {said}")


async def store(request: Request) -> PlainTextResponse:
    request.session["pin"] = "s3cret-in-the-session" * 300
    return PlainTextResponse("")


def layers(*inner: Middleware) -> list[Middleware]:
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=["pond.test"]),
        Middleware(CORSMiddleware, allow_origins=["https://pond.test"]),
        Middleware(SessionMiddleware, secret_key=KEY),
        *inner,
    ]


APPS = {
    "refused": WebApp(middleware=layers(Middleware(AuthenticationMiddleware, backend=Talkative()))),
    "too long a cookie": WebApp(routes=[Route("/a", store)], middleware=layers()),
}


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
@pytest.mark.parametrize("cookie", [SESSION, SESSION + "x", "s3cret-nonsense"], ids=["good", "forged", "nonsense"])
@pytest.mark.parametrize("host", ["pond.test", "evil.test"])
def test_neither_the_journey_nor_the_log(app: WebApp, cookie: str, host: str, caplog: pytest.LogCaptureFixture) -> None:
    fields = (
        f"host: {host}",
        f"cookie: session={cookie}; other=s3cret-cookie",
        f"authorization: Bearer {TOKEN}",
        "origin: https://s3cret:s3cret@evil.test",
    )
    request = compose("GET", "/a?token=s3cret-query", fields, None)

    async def run() -> Any:
        return await send_once(app, ServerOptions(lifespan="off", access_log=False), request, 2)

    with caplog.at_level(logging.DEBUG):
        (record,) = asyncio.run(run())
    told = draw(record, width=2000) + json.dumps(as_json(record)) + repr(record.marks) + caplog.text
    assert record.status in (200, 400)
    assert "s3cret" not in told


def fails(text: str) -> Any:
    raise ValueError(f"no such database: {text}")


def test_settings_do_not_show_themselves() -> None:
    environ = Environ({"DATABASE": "postgres://duck:s3cret@pond"})
    config = Config(environ=environ)
    shown = [repr(environ), repr(config("DATABASE", cast=Secret)), repr([Secret("s3cret")]), f"{Secret('s3cret')!r}"]
    with pytest.raises(ValueError) as caught:
        config("DATABASE", cast=fails)
    assert "s3cret" not in "".join([*shown, str(caught.value), repr(caught.value)])
