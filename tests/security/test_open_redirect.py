"""A redirect, or a path made by name, that leads to another host (CWE-601), or into the header (CWE-113).

A browser takes `//host` for a host (RFC 3986 section 4.2), reads backslashes as slashes and drops tabs and line ends
(WHATWG URL).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from tests.web.driving import answer_of

from webfoot.web import HTTPException, Request
from webfoot.web.application import WebApp
from webfoot.web.responses import PlainTextResponse, RedirectResponse
from webfoot.web.routing import Host, Mount, Route, Router

EVIL = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\r\n/evil.example",
    "//evil.example/%2e%2e",
    "//evil.example\\@pond.example",
    "/%09/evil.example",
    "//pond.example@evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "//[::1]",
]


def as_a_browser_reads(location: str) -> str:
    """Where a browser goes from http://pond.example/here."""
    cleaned = location.replace("\\", "/").translate({9: None, 10: None, 13: None})
    return urljoin("http://pond.example/here", cleaned)


def stays(location: str) -> bool:
    return as_a_browser_reads(location).startswith("http://pond.example/")


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("root", ["", "/root"])
def test_slash_redirects_stay_on_this_host(evil: str, root: str) -> None:
    tables: list[Any] = [
        Router([Route("/{rest:path}/", PlainTextResponse("x"))]),
        Router([Route("/{rest:path}/x", PlainTextResponse("x"))]),
        WebApp(routes=[Mount("/{a:path}", routes=[Route("/y/", PlainTextResponse("x"))])]),
        WebApp(routes=[Host("{any:path}", app=Router([Route("/{rest:path}/", PlainTextResponse("x"))]))]),
    ]
    asked = 0
    for table in tables:
        for end in ("", "/x/", "/y"):
            path = evil if evil.startswith("/") else f"/{evil}"
            answered = answer_of(table, "GET", root + path + end, root_path=root)
            if "location" not in answered.headers:
                continue
            asked += 1
            assert stays(answered.headers["location"]), answered.headers["location"]
            assert not set("\r\n\t\\ ") & set(answered.headers["location"])
    assert asked


@pytest.mark.parametrize("evil", EVIL)
def test_paths_made_by_name_stay_on_this_host(evil: str) -> None:
    ok = PlainTextResponse("x")
    router = Router(
        [
            Route("/{x:path}", ok, name="path"),
            Mount("", ok, name="all"),
            Mount("/m", ok, name="m"),
            Mount("/{x:path}", routes=[Route("/in", ok, name="in")], name="deep"),
        ]
    )
    for made in (
        router.url_path_for("path", x=evil),
        router.url_path_for("all", path=evil),
        router.url_path_for("m", path=evil),
        router.url_path_for("deep:in", x=evil),
    ):
        assert stays(made), made


@pytest.mark.parametrize("evil", EVIL)
def test_a_redirect_to_a_path_made_by_name_stays_on_this_host(evil: str) -> None:
    async def login(request: Request) -> RedirectResponse:
        return RedirectResponse(request.app.url_path_for("page", x=evil))

    app = WebApp(routes=[Route("/login", login), Route("/{x:path}", PlainTextResponse("x"), name="page")])
    location = answer_of(app, "GET", "/login").headers["location"]
    assert stays(location)
    assert not set("\r\n\t\\") & set(location)


@pytest.mark.parametrize(
    "evil", ["evil.example/", "evil.example#", "evil.example?", "x@evil.example:80/", "a b", "evil.example\\"]
)
def test_a_host_made_by_name_ends_where_it_should(evil: str) -> None:
    app = WebApp(
        routes=[Host("{pond}.example", app=Router([Route("/", PlainTextResponse("x"), name="home")]), name="pond")]
    )
    with pytest.raises((ValueError, AssertionError)):
        app.url_path_for("pond:home", pond=evil)


def test_the_host_field_has_no_part_in_a_slash_redirect() -> None:
    router = Router([Route("/ducks/", PlainTextResponse("x"))])
    fields = [(b"host", b"evil.example"), (b"x-forwarded-host", b"evil.example"), (b"x-forwarded-proto", b"gopher")]
    assert answer_of(router, "GET", "/ducks", raw_headers=fields).headers["location"] == "/ducks/"


def test_an_exception_cannot_write_header_fields() -> None:
    async def echo(request: Request) -> PlainTextResponse:
        raise HTTPException(400, headers={"x-name": request.path_params["x"]})

    app = WebApp(routes=[Route("/{x}", echo)])
    answered = answer_of(app, "GET", "/a\r\nset-cookie: a=b")
    assert answered.status == 500
    assert "set-cookie" not in answered.headers
