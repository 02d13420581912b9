"""TestClient: what it sends, what it gives, and what fails."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from array import array
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.testing.apps import (
    Pond,
    boom,
    boom_after_response,
    flavour,
    redirect,
    report,
    shouting,
    silent,
    streams,
)

from webfoot.asgi.guard import ASGIViolation, Guard
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import AsyncTestClient, IncompleteResponse, TestClient


def test_the_scope_of_a_request() -> None:
    client = TestClient(report, root_path="/api", headers={"x-a": "1"}, cookies={"c": "2"}, client=("pond", 7))
    seen = client.post("/a b/é?q=1%202", content=b"abc").json()
    assert seen["method"] == "POST"
    assert seen["path"] == "/a b/é"
    assert seen["raw_path"] == "/a%20b/%C3%A9"
    assert seen["query_string"] == "q=1%202"
    assert seen["root_path"] == "/api"
    assert seen["client"] == ["pond", 7]
    assert seen["server"] == ["testserver", 80]
    assert seen["state"] == {}
    headers = dict(seen["headers"])
    assert headers["host"] == "testserver"
    assert headers["user-agent"] == "testclient"
    assert headers["x-a"] == "1"
    assert headers["cookie"] == "c=2"
    assert headers["content-length"] == "3"
    assert seen["parts"] == ["abc"]


@pytest.mark.parametrize(
    ("url", "scheme", "server"),
    [
        ("https://other/x", "https", ["other", 443]),
        ("http://other:81/x", "http", ["other", 81]),
        ("http://[::1]:82/x", "http", ["::1", 82]),
    ],
)
def test_an_absolute_url(url: str, scheme: str, server: list[object]) -> None:
    seen = TestClient(report).get(url).json()
    assert (seen["scheme"], seen["server"]) == (scheme, server)


def test_the_parts_of_an_upload_arrive_one_by_one() -> None:
    def upload() -> Iterator[bytes]:
        yield b"a"
        yield b"b"

    assert TestClient(report).post("/", content=upload()).json()["parts"] == ["a", "b", ""]


def test_forms_files_and_json_are_sent_as_httpx2_does() -> None:
    client = TestClient(report)
    assert client.post("/", json={"a": 1}).json()["parts"] == ['{"a":1}']
    assert client.post("/", data={"a": "1"}).json()["parts"] == ["a=1"]
    assert "quack" in "".join(client.post("/", files={"photo": b"quack"}).json()["parts"])


def test_redirects_are_followed_and_cookies_are_kept() -> None:
    client = TestClient(redirect)
    response = client.get("/old")
    assert response.text == "duck=1@/new"
    assert [earlier.status_code for earlier in response.history] == [307]
    assert TestClient(redirect, follow_redirects=False).get("/old").status_code == 307


def test_a_base_url_with_a_path() -> None:
    assert TestClient(redirect, base_url="http://testserver/v1").get("/ducks").text == "@/v1/ducks"


def test_head_has_no_body() -> None:
    assert TestClient(redirect).head("/").content == b""


def test_several_headers_of_one_name() -> None:
    client = TestClient(report, headers=[("x-a", "1"), ("x-a", "2"), ("user-agent", "duck")])
    headers = client.get("/").json()["headers"]
    assert [value for name, value in headers if name == "x-a"] == ["1", "2"]
    assert dict(headers)["user-agent"] == "duck"


def test_context_variables_of_the_test_reach_the_application() -> None:
    token = flavour.set("plum")
    try:
        assert TestClient(report).get("/").json()["flavour"] == "plum"
    finally:
        flavour.reset(token)


def test_debug_trailers_and_early_hints_are_extensions_of_the_response() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.debug", "info": {"template": "nest.html", "context": {"eggs": 3}}})
        await send({"type": "http.response.early_hint", "links": [b"</a.css>"]})
        await send({"type": "http.response.start", "status": 200, "trailers": True})
        await send({"type": "http.response.body"})
        await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})

    response = TestClient(app).get("/")
    assert response.extensions["http.response.trailers"] == [(b"x-sum", b"1")]
    assert response.extensions["http.response.early_hint"] == [[b"</a.css>"]]
    assert response.extensions["http.response.debug"]["context"] == {"eggs": 3}
    assert response.template == "nest.html"  # type: ignore[attr-defined]
    assert response.context == {"eggs": 3}  # type: ignore[attr-defined]


def test_the_clients_keep_to_the_specification() -> None:
    with TestClient(Guard(Pond())) as client:
        assert client.post("/", content=b"abc").text == "quack"
        assert client.post("/", content=iter([b"a", b"b"])).text == "quack"

    async def scenario() -> None:
        async with AsyncTestClient(Guard(Pond())) as client:
            assert (await client.get("/")).text == "quack"

    asyncio.run(scenario())
    with TestClient(Guard(streams(b"a", b"b", log=[]), ignore={"lifespan-unanswered"})).stream("GET", "/"):
        pass


@pytest.mark.parametrize("app", [boom, boom_after_response, streams(b"x", then=ValueError("boom"))])
def test_the_application_s_exception_is_raised_in_the_test(app: Any) -> None:
    client = TestClient(app)
    with pytest.raises(ValueError, match=r"^boom$"):
        client.get("/")


def test_without_raising_a_failure_is_an_answer() -> None:
    response = TestClient(boom, raise_server_exceptions=False).get("/")
    assert (response.status_code, response.content) == (500, b"")
    response = TestClient(boom_after_response, raise_server_exceptions=False).get("/")
    assert (response.status_code, response.content) == (500, b"oops")
    assert TestClient(silent, raise_server_exceptions=False).get("/").status_code == 500


def test_without_raising_a_truncated_response_is_an_error_of_the_protocol() -> None:
    client = TestClient(streams(b"x", then=ValueError("boom")), raise_server_exceptions=False)
    with pytest.raises(httpx2.RemoteProtocolError, match="failed before its response was complete"):
        client.get("/")


def test_an_application_that_does_not_answer() -> None:
    with pytest.raises(IncompleteResponse, match="returned without sending a response"):
        TestClient(silent).get("/")


def test_an_application_is_held_to_the_asgi_specification() -> None:
    with pytest.raises(ASGIViolation, match="header names must be lower-case"):
        TestClient(shouting).get("/")
    assert TestClient(shouting, guard=False).get("/").text == "QUACK"


@pytest.mark.parametrize("body", [bytearray(b"quack"), memoryview(b"quack"), memoryview(array("H", b"quacks"))])
def test_a_body_may_be_what_the_server_takes_for_bytes(body: Any) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        length = str(len(bytes(body))).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    assert TestClient(app).get("/").content == bytes(body)


def test_a_body_that_is_text_is_refused() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": "quack"})

    with pytest.raises(RuntimeError, match=r"^the body in http.response.body must be bytes, not str$"):
        TestClient(app).get("/")


def test_the_client_goes_on_after_a_failure() -> None:
    pond = Pond()
    fail = [True]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and fail:
            raise ValueError(fail.pop())
        await pond(scope, receive, send)

    with TestClient(app) as client:
        with pytest.raises(ValueError):
            client.get("/")
        assert client.get("/").text == "quack"


def test_without_httpx2_there_is_one_sentence() -> None:
    code = "import sys; sys.modules['httpx2'] = None\nimport webfoot.testing"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == ("ImportError: webfoot.testing needs httpx2: pip install 'webfoot[testing]'")
    assert done.stderr.count("Traceback") == 1
