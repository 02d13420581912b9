from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web import PlainTextResponse
from webfoot.web.middleware.trusted_host import TrustedHostMiddleware

DENIABLE = {"websocket.http.response": {}}


async def app(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("welcome")(scope, receive, send)


def ask(host: str | bytes | None, allowed: list[str] | None, *, www_redirect: bool = True, **more: Any) -> Answered:
    raw = host.encode("latin-1") if isinstance(host, str) else host
    fields = [] if raw is None else [(b"host", raw)]
    guarded = TrustedHostMiddleware(app, allowed, www_redirect)
    return answer_of(guarded, "GET", "/pond", raw_headers=[(b"accept", b"*/*"), *fields], **more)


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("pond.example", "pond.example"),
        ("pond.example", "POND.Example"),
        ("Pond.Example", "pond.example"),
        ("pond.example", "pond.example:8000"),
        ("pond.example", "pond.example:65535"),
        ("*.pond.example", "north.pond.example"),
        ("*.pond.example", "a.b.POND.example:80"),
        ("127.0.0.1", "127.0.0.1:8000"),
        ("[::1]", "[::1]"),
        ("[::1]", "[::1]:8000"),
        ("[::1]", "[0:0::1]"),
        ("[2001:DB8::A]", "[2001:db8:0::a]"),
        ("localhost", "localhost"),
    ],
)
def test_hosts_that_are_ours(allowed: str, host: str) -> None:
    assert ask(host, ["other.example", allowed]).text == "welcome"


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("pond.example", "evil.example"),
        ("pond.example", "evilpond.example"),
        ("pond.example", "pond.example.evil.example"),
        ("pond.example", "north.pond.example"),
        ("pond.example", "pond.example."),
        ("*.pond.example", "pond.example"),
        ("*.pond.example", "evilpond.example"),
        ("*.pond.example", "north.pond.example.evil.example"),
        ("[::1]", "[::2]"),
        ("[::1]", "::1"),
        ("[::1]", "[::12345]"),
        ("[::1]", "[1.2.3.4]"),
        ("127.0.0.1", "127.0.0.1.evil.example"),
    ],
)
def test_hosts_that_are_not(allowed: str, host: str) -> None:
    answered = ask(host, [allowed])
    assert (answered.status, answered.text) == (400, "Invalid host header")


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        ":80",
        "pond.example:",
        "pond.example:http",
        "pond.example:65536",
        "pond.example:99999999",
        "pond.example:80:80",
        "pond.example/evil",
        "pond.example?",
        "pond.example#",
        "evil@pond.example",
        "pond.example, evil.example",
        "pond.example evil.example",
        " pond.example",
        "pond.example\t",
        "pond.example\\evil",
        "[::1",
        "[pond.example]",
        "pond.exampl\u00e9",
        b"\xff",
    ],
)
def test_what_is_no_host_at_all(host: str | bytes | None) -> None:
    assert ask(host, ["pond.example", "*.example", "[::1]"]).status == 400


@pytest.mark.parametrize("allowed", [None, ["*"], ["pond.example", "*"]])
@pytest.mark.parametrize("host", ["evil.example", None, ":"])
def test_every_host_is_allowed_where_that_is_said(allowed: list[str] | None, host: str | None) -> None:
    assert ask(host, allowed).text == "welcome"


def test_no_host_is_allowed_where_none_is_named() -> None:
    assert ask("pond.example", []).status == 400


@pytest.mark.parametrize("second", [b"pond.example", b"evil.example"])
def test_two_host_fields_are_one_too_many(second: bytes) -> None:
    headers = [(b"host", b"pond.example"), (b"host", second)]
    assert answer_of(TrustedHostMiddleware(app, ["pond.example"]), raw_headers=headers).status == 400


@pytest.mark.parametrize("field", [b"x-forwarded-host", b"x-host", b"forwarded"])
def test_what_a_proxy_says_of_the_host_does_not_count(field: bytes) -> None:
    headers = [(b"host", b"evil.example"), (field, b"pond.example")]
    assert answer_of(TrustedHostMiddleware(app, ["pond.example"]), raw_headers=headers).status == 400


@pytest.mark.parametrize(
    ("host", "location"),
    [
        ("pond.example", "http://www.pond.example/pond?a=b"),
        ("pond.example:8000", "http://www.pond.example:8000/pond?a=b"),
    ],
)
def test_a_host_whose_www_is_ours_is_sent_there(host: str, location: str) -> None:
    answered = ask(host, ["www.pond.example"], query_string=b"a=b")
    assert (answered.status, answered.headers["location"]) == (307, location)


@pytest.mark.parametrize(
    ("host", "allowed", "redirects"),
    [
        ("pond.example", ["www.pond.example"], False),  # not asked for
        ("evil.example", ["www.pond.example"], True),
        ("pond.example", ["*.pond.example"], True),  # www is one of many there
        ("pond.example/", ["www.pond.example"], True),
        ("x@pond.example", ["www.pond.example"], True),
    ],
)
def test_and_no_other(host: str, allowed: list[str], redirects: bool) -> None:
    assert ask(host, allowed, www_redirect=redirects).status == 400


def test_a_websocket_is_denied_or_closed() -> None:
    denied = ask("evil.example", ["pond.example"], type="websocket", scheme="ws", extensions=DENIABLE).messages
    assert [(m["type"], m.get("status")) for m in denied] == [
        ("websocket.http.response.start", 400),
        ("websocket.http.response.body", None),
    ]
    (closed,) = ask("evil.example", ["pond.example"], type="websocket", scheme="ws").messages
    assert closed["type"] == "websocket.close"


def test_the_lifespan_passes_by() -> None:
    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    assert len(answer_of(TrustedHostMiddleware(lifespan, ["pond.example"]), type="lifespan").messages) == 1


@pytest.mark.parametrize("host", ["*pond.example", "a.*.example", "pond.*", "*.*", "*.", "**"])
def test_patterns_that_are_none(host: str) -> None:
    with pytest.raises(ValueError, match=r"a pattern is '\*\.example\.com', or '\*' for every host"):
        TrustedHostMiddleware(app, [host])


@pytest.mark.parametrize(
    "host", ["pond.example:80", "https://pond.example", "pond.example/", "::1", "p\u00f6nd.example", "a b"]
)
def test_hosts_that_could_never_match(host: str) -> None:
    with pytest.raises(ValueError, match="a host is a name or an address without scheme, port and path"):
        TrustedHostMiddleware(app, ["pond.example", host])


def test_a_text_is_no_list() -> None:
    with pytest.raises(TypeError, match=r"allowed_hosts are a list such as \['pond.example'\]"):
        TrustedHostMiddleware(app, "pond.example")
