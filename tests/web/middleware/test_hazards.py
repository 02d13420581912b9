"""Middleware in an order that defeats its purpose."""

import functools

import pytest

from webfoot.web.application import WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.authentication import AuthenticationMiddleware
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.middleware.gzip import GZipMiddleware
from webfoot.web.middleware.hazards import hazards
from webfoot.web.middleware.https_redirect import HTTPSRedirectMiddleware
from webfoot.web.middleware.sessions import SessionMiddleware
from webfoot.web.middleware.trusted_host import TrustedHostMiddleware
from webfoot.web.responses import JSONResponse

CORS = Middleware(CORSMiddleware, allow_origins=["https://pond.example"])
SESSIONS = Middleware(SessionMiddleware, secret_key="quack")


class ProxyHeadersMiddleware:
    def __init__(self, app): ...


class Guard(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if "token" not in request.headers:
            return JSONResponse({}, 401)
        return await call_next(request)


async def guard(request, call_next):
    if "token" not in request.headers:
        raise HTTPException(401)
    return await call_next(request)


async def watch(request, call_next):
    return await call_next(request)


@pytest.mark.parametrize(
    ("outer", "inner", "says"),
    [
        (
            Middleware(TrustedHostMiddleware),
            CORS,
            "TrustedHostMiddleware is around CORSMiddleware, so a page",
        ),
        (Middleware(AuthenticationMiddleware, backend=None), CORS, "its browser reports a CORS error"),
        (Middleware(HTTPSRedirectMiddleware), CORS, "it redirects preflight requests, which no browser follows"),
        (Middleware(AuthenticationMiddleware, backend=None), SESSIONS, "its backend has no request.session yet"),
        (Middleware(HTTPSRedirectMiddleware), Middleware(ProxyHeadersMiddleware), "for ever"),
        (Middleware(Guard), CORS, "Guard.dispatch is around CORSMiddleware"),
        (Middleware(BaseHTTPMiddleware, dispatch=guard), CORS, "guard is around CORSMiddleware"),
        (Middleware(BaseHTTPMiddleware, dispatch=functools.partial(guard)), CORS, "guard is around CORSMiddleware"),
    ],
    ids=lambda value: value.told_as if isinstance(value, Middleware) else "",
)
def test_the_wrong_way_round(outer, inner, says):
    (sentence,) = hazards([outer, inner])
    assert says in sentence
    assert f"add {inner.name} after" in sentence
    assert hazards([inner, outer]) == []


def test_what_only_watches_may_be_anywhere():
    assert hazards([Middleware(BaseHTTPMiddleware, dispatch=watch), CORS]) == []


def test_twice():
    (sentence,) = hazards([Middleware(GZipMiddleware), CORS, Middleware(GZipMiddleware)])
    assert sentence == (
        "GZipMiddleware is there 2 times, one around the other: the outer one has nothing to do; one is enough"
    )


def test_every_site_with_cookies():
    (sentence,) = hazards([Middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)])
    assert "every site may act as its visitors" in sentence
    assert hazards([Middleware(CORSMiddleware, allow_origins=["*"])]) == []


def test_the_order_that_add_middleware_makes():
    app = WebApp()
    app.add_middleware(CORSMiddleware, allow_origins=["https://pond.example"])
    app.add_middleware(TrustedHostMiddleware)
    assert len(hazards(app.user_middleware)) == 1


def test_layers_of_another_toolkit():
    from starlette.middleware import Middleware as Theirs
    from starlette.middleware.cors import CORSMiddleware as TheirCORS
    from starlette.middleware.trustedhost import TrustedHostMiddleware as TheirHosts

    (sentence,) = hazards([Theirs(TheirHosts), Theirs(TheirCORS)])
    assert sentence.startswith("TrustedHostMiddleware is around CORSMiddleware")
