from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web import PlainTextResponse
from webfoot.web.middleware.https_redirect import HTTPSRedirectMiddleware


async def app(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse("safe")(scope, receive, send)


def ask(host: str | None = "pond.example", path: str = "/ducks", **more: Any) -> Answered:
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    return answer_of(HTTPSRedirectMiddleware(app), "POST", path, raw_headers=headers, **more)


@pytest.mark.parametrize(
    ("host", "there"),
    [
        ("pond.example", "pond.example"),
        ("pond.example:80", "pond.example"),
        ("pond.example:443", "pond.example"),
        ("pond.example:8000", "pond.example:8000"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::1]:80", "[::1]"),
        ("[::1]:8000", "[::1]:8000"),
        # no valid host: the server's own address
        (None, "duck.example"),
        ("pond.example/evil", "duck.example"),
        ("evil@pond.example", "duck.example"),
        ("pond.example:99999", "duck.example"),
    ],
)
def test_http_is_sent_to_https(host: str | None, there: str) -> None:
    answered = ask(host, query_string=b"a=1&b=%20")
    assert (answered.status, answered.headers["location"]) == (307, f"https://{there}/ducks?a=1&b=%20")


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/ducks?x", "/ducks#x", "/\u00fc", "/\\evil.example", "@evil.example"]
)
def test_no_path_changes_the_host(path: str) -> None:
    assert ask(path=path).headers["location"].startswith("https://pond.example/")


@pytest.mark.parametrize("server", [None, ("/run/pond.sock", None)], ids=["no address", "unix socket"])
def test_without_any_host_there_is_nowhere_to_go(server: Any) -> None:
    answered = ask(None, server=server)
    assert (answered.status, answered.text) == (400, "Invalid host header")


def test_what_is_secure_passes() -> None:
    assert ask(scheme="https").text == "safe"
    assert ask(scheme="wss", type="websocket").messages[0]["type"] == "websocket.http.response.start"


@pytest.mark.parametrize("more", [{"scheme": "ws"}, {"scheme": None}], ids=str)
def test_a_websocket_is_sent_to_wss_where_the_server_can_say_so(more: dict[str, Any]) -> None:
    start, _ = ask(type="websocket", extensions={"websocket.http.response": {}}, **more).messages
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 307)
    assert (b"location", b"wss://pond.example/ducks") in start["headers"]
    (closed,) = ask(type="websocket", **more).messages
    assert closed["type"] == "websocket.close"


def test_the_lifespan_passes_by() -> None:
    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    assert len(answer_of(HTTPSRedirectMiddleware(lifespan), type="lifespan").messages) == 1
