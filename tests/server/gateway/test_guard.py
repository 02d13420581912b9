"""The setting `guard`: the application is held to the ASGI specification, and the name of its rule is in the log."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.harness import exchange_bytes

from webfoot.asgi.guard import MENDED, Guard
from webfoot.asgi.guard.plain import is_plain_request
from webfoot.cli.dev import command as dev

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def spacious(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-loud", b" 1 ")]})
    await send({"type": "http.response.body", "body": b"quack"})


async def quack(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})


def test_what_breaks_a_rule_is_a_500_that_names_it_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert exchange_bytes(spacious, [GET], guard=True).statuses == [500]
    assert "a header value must not begin or end with white space (RFC 9110, 5.5)" in caplog.text
    caplog.clear()
    assert exchange_bytes(spacious, [GET]).statuses == [200]
    assert not caplog.text


def test_what_frameworks_do_in_each_response_is_no_error_of_their_users() -> None:
    """Django, served by `webfoot dev`, would otherwise answer nothing but 500; `Guard` itself knows these rules."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        names = [(b"X-Loud", b"1"), (b"Content-Length", b"0")]
        await send({"type": "http.response.start", "status": 204, "headers": names})
        await send({"type": "http.response.body", "body": b""})

    answers = exchange_bytes(app, [GET], guard=True)
    assert answers.statuses == [204]
    assert answers.heads[0]["x-loud"] == "1"
    assert "content-length" not in answers.heads[0]
    for rule in ("content-length-204", "header-case"):
        assert exchange_bytes(Guard(app, ignore=MENDED - {rule}), [GET]).statuses == [500]


def test_the_body_of_an_answer_to_head_is_tolerated() -> None:
    assert exchange_bytes(quack, [b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"], guard=True).statuses == [200]


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_what_the_server_hands_out_is_right_at_first_sight(http: str, version: bytes) -> None:
    """Otherwise each request under `webfoot dev` would pay for the full check."""
    plain: list[bool] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        plain.append(is_plain_request(scope))
        await quack(scope, receive, send)

    fields = b"Host: a\r\nUser-Agent: duck/1.0 (pond; rv:7)\r\nAccept: */*\r\nCookie: a=b; c=d\r\nX-Empty:\r\n"
    assert exchange_bytes(
        app, [b"GET /a%20b?c=d HTTP/" + version + b"\r\n" + fields + b"\r\n"], http=http
    ).statuses == [200]
    assert plain == [True]


@pytest.mark.parametrize(("words", "on"), [([], True), (["--no-guard"], False)])
def test_it_is_on_in_development(words: list[str], on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr("webfoot.server.process.start.start", lambda options, watch, **_: served.append(options) or 0)
    dev.main(["main:app", *words], standalone_mode=False)
    assert [options.guard for options in served] == [on]
