"""Host header attacks (CWE-644; RFC 9112 section 3.2): the client writes the Host field, and links are made of it."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.harness import Answers, Dialogue, with_server
from tests.web.driving import answer_of

from webfoot.web import (
    HTTPSRedirectMiddleware,
    Middleware,
    PlainTextResponse,
    Request,
    Route,
    TrustedHostMiddleware,
    WebApp,
)


async def reset_link(request: Request) -> PlainTextResponse:
    """What goes into a mail: a link with a token, to whatever host the request named."""
    return PlainTextResponse(str(request.url_for("reset", token="t0ken")))


APP = WebApp(
    routes=[Route("/forgot", reset_link), Route("/reset/{token}", reset_link, name="reset")],
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["pond.example", "*.pond.example"])],
)

FORGED = [
    b"evil.example",
    b"evil.example:80",
    b"pond.example.evil.example",
    b"evilpond.example",
    b"evil.example/pond.example",
    b"evil.example#pond.example",
    b"evil.example?.pond.example",
    b"pond.example@evil.example",
    b"pond.example:80@evil.example",
    b"evil.example\\.pond.example",
    b"evil.example\t.pond.example",
    b"evil.example .pond.example",
    b"evil.example\x00.pond.example",
    b"[evil.example].pond.example",
    b"pond.example, evil.example",
    b"",
]


@pytest.mark.parametrize("host", FORGED)
def test_no_link_is_made_of_a_forged_host(host: bytes) -> None:
    answered = answer_of(APP, "GET", "/forgot", raw_headers=[(b"host", host)])
    assert answered.status == 400
    assert "t0ken" not in answered.text


def test_the_host_that_is_judged_is_the_one_in_the_link() -> None:
    for host in (b"pond.example", b"POND.example:8000", b"a.pond.example"):
        link = answer_of(APP, "GET", "/forgot", raw_headers=[(b"host", host)]).text
        assert link == f"http://{host.decode()}/reset/t0ken"


@pytest.mark.parametrize("name", [b"x-forwarded-host", b"x-host", b"x-original-host", b"forwarded"])
def test_other_fields_do_not_change_the_link(name: bytes) -> None:
    headers = [(b"host", b"pond.example"), (name, b"host=evil.example")]
    assert answer_of(APP, "GET", "/forgot", raw_headers=headers).text == "http://pond.example/reset/t0ken"


@pytest.mark.parametrize("hosts", [(b"pond.example", b"evil.example"), (b"evil.example", b"pond.example")])
def test_two_hosts_are_refused_by_the_middleware_and_by_the_server(hosts: tuple[bytes, bytes]) -> None:
    assert answer_of(APP, "GET", "/forgot", raw_headers=[(b"host", host) for host in hosts]).status == 400

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"GET /forgot HTTP/1.1\r\nHost: %b\r\nHost: %b\r\n\r\n" % hosts)
        return Answers(await dialogue.hear(lambda heard: False), True)

    assert asyncio.run(with_server(APP, talk)).statuses == [400]


def test_the_address_in_the_request_line_is_the_host() -> None:
    """RFC 9112 section 3.2.2: it counts more than Host, so both must be one and the same for the application."""

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(
            b"GET http://evil.example/forgot HTTP/1.1\r\nHost: pond.example\r\nConnection: close\r\n\r\n"
        )
        return Answers(await dialogue.hear(lambda heard: False), True)

    answers = asyncio.run(with_server(APP, talk))
    assert answers.statuses == [400]
    assert b"t0ken" not in answers.raw


@pytest.mark.parametrize("host", FORGED)
def test_behind_trusted_hosts_the_redirect_to_https_stays_here(host: bytes) -> None:
    app: Any = TrustedHostMiddleware(HTTPSRedirectMiddleware(APP), ["pond.example"])
    answered = answer_of(app, raw_headers=[(b"host", host)])
    assert (answered.status, answered.headers.get("location")) == (400, None)


@pytest.mark.parametrize(
    "host", [b"[1]", b"[::12345]", b"[1.2.3.4]", b"[:::]", b"[1]:80", b"[", b"[]", b"]", b"[::1]]"]
)
def test_what_is_no_address_in_brackets_breaks_nothing(host: bytes) -> None:
    """Python's own urlsplit raises for such a host, wherever a URL of the request is first looked at."""
    headers = [(b"host", host)]
    open_app = WebApp(routes=[Route("/forgot", reset_link), Route("/reset/{token}", reset_link, name="reset")])
    assert answer_of(open_app, "GET", "/forgot", raw_headers=headers).text == "http://duck.example/reset/t0ken"
    assert (
        answer_of(HTTPSRedirectMiddleware(open_app), raw_headers=headers).headers["location"] == "https://duck.example/"
    )
    assert answer_of(APP, "GET", "/forgot", raw_headers=headers).status == 400


ODD = st.text(st.sampled_from(":.@/\\ []%,;#?*-_80a\t\u00e9"), max_size=6)
NEARLY = st.builds("{0}{1}{2}{3}".format, ODD, st.sampled_from(["pond.example", "[::1]", ""]), ODD, ODD)


@settings(max_examples=300, deadline=None)
@given(host=NEARLY)
def test_whatever_the_host_it_is_ours_or_refused(host: str) -> None:
    allowed = ["pond.example", "*.pond.example", "[::1]"]
    guarded: Any = TrustedHostMiddleware(HTTPSRedirectMiddleware(APP), allowed)
    answered = answer_of(guarded, "GET", "/forgot", raw_headers=[(b"host", host.encode("latin-1"))])
    assert answered.error is None
    if answered.status == 400:
        return
    there = urlsplit(answered.headers["location"])
    assert there.scheme == "https"
    assert there.username is None
    assert there.hostname in ("pond.example", "::1") or (there.hostname or "").endswith(".pond.example")
    assert host.lower().startswith(there.netloc.lower())
