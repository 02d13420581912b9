"""WebSocket sessions of the test clients."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from tests.testing.sockets import echo

from webfoot.testing import (
    TestClient,
    WebSocketDenialResponse,
)
from webfoot.web import JSONResponse, Route, WebApp, WebSocket, WebSocketDisconnect
from webfoot.web.routing import WebSocketRoute, websocket_session

flavour: contextvars.ContextVar[str] = contextvars.ContextVar("flavour", default="none")


@websocket_session
async def tell_scope(websocket: WebSocket) -> None:
    await websocket.accept()
    scope = {key: value for key, value in websocket.scope.items() if key not in ("asgi", "extensions")}
    scope["headers"] = {name.decode(): value.decode() for name, value in scope["headers"]}
    for key in ("raw_path", "query_string"):
        scope[key] = scope[key].decode()
    await websocket.send_json({**scope, "flavour": flavour.get(), "thread": threading.current_thread().name})


def scope_seen(client: TestClient, url: str, *arguments: Any, **options: Any) -> Any:
    with client.websocket_connect(url, *arguments, **options) as session:
        return session.receive_json()


def test_the_scope_of_a_websocket() -> None:
    client = TestClient(tell_scope, root_path="/api", headers={"x-a": "1"}, cookies={"c": "2"}, client=("pond", 7))
    seen = scope_seen(client, "/a b/é?q=1%202", ["chat", "feed"], headers={"x-b": "2"})
    assert (seen["type"], seen["scheme"], seen["http_version"]) == ("websocket", "ws", "1.1")
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/a b/é", "/a%20b/%C3%A9", "q=1%202")
    assert (seen["root_path"], seen["client"], seen["server"]) == ("/api", ["pond", 7], ["testserver", 80])
    assert seen["subprotocols"] == ["chat", "feed"]
    assert seen["state"] == {}
    headers = seen["headers"]
    assert (headers["host"], headers["user-agent"], headers["cookie"]) == ("testserver", "testclient", "c=2")
    assert (headers["x-a"], headers["x-b"]) == ("1", "2")
    assert (headers["upgrade"], headers["connection"]) == ("websocket", "Upgrade")
    assert (headers["sec-websocket-version"], headers["sec-websocket-protocol"]) == ("13", "chat, feed")
    assert len(base64.b64decode(headers["sec-websocket-key"], validate=True)) == 16


@pytest.mark.parametrize(
    ("base_url", "url", "scheme", "server", "path"),
    [
        ("http://testserver", "/x", "ws", ["testserver", 80], "/x"),
        ("http://testserver", "x", "ws", ["testserver", 80], "/x"),
        ("https://pond", "/x", "wss", ["pond", 443], "/x"),
        ("http://pond:81/v1", "/x", "ws", ["pond", 81], "/v1/x"),
        ("http://testserver", "ws://other:82/x", "ws", ["other", 82], "/x"),
        ("http://testserver", "wss://other/x", "wss", ["other", 443], "/x"),
        ("http://testserver", "https://other/x", "wss", ["other", 443], "/x"),
    ],
)
def test_the_address(base_url: str, url: str, scheme: str, server: list[Any], path: str) -> None:
    seen = scope_seen(TestClient(tell_scope, base_url=base_url), url)
    assert (seen["scheme"], seen["server"], seen["path"]) == (scheme, server, path)


def test_parameters_as_for_a_request() -> None:
    assert scope_seen(TestClient(tell_scope), "/", params={"a": "b c"})["query_string"] == "a=b+c"


def test_a_protocol_that_a_header_offers() -> None:
    assert scope_seen(TestClient(tell_scope), "/", headers={"sec-websocket-protocol": "a,b"})["subprotocols"] == [
        "a",
        "b",
    ]


def test_what_was_accepted() -> None:
    with TestClient(echo).websocket_connect("/", ["chat", "feed"]) as session:
        assert session.accepted_subprotocol == "chat"
        assert session.extra_headers == [(b"x-duck", b"1")]
        assert session.scope["path"] == "/"
    with TestClient(echo).websocket_connect("/") as session:
        assert session.accepted_subprotocol is None


def test_context_variables_of_the_test_are_seen() -> None:
    token = flavour.set("corn")
    assert scope_seen(TestClient(tell_scope), "/")["flavour"] == "corn"
    flavour.reset(token)


def test_cookies_that_are_set_with_the_accept_are_kept() -> None:
    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept(headers=[(b"set-cookie", b"duck=7")])
        await websocket.send_json(websocket.cookies)

    client = TestClient(app)
    assert scope_seen(client, "/") == {}
    assert scope_seen(client, "/") == {"duck": "7"}


def test_authentication_and_event_hooks_are_those_of_the_client() -> None:
    answers = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        if "authorization" not in websocket.headers:
            response = JSONResponse({}, 401, headers={"www-authenticate": 'Digest realm="pond", nonce="1", qop="auth"'})
            await websocket.send_denial_response(response)
            return
        await websocket.accept()
        await websocket.send_text(websocket.headers["authorization"].partition(" ")[0])

    client = TestClient(app)
    client.event_hooks = {"response": [lambda response: answers.append(response.status_code)]}
    with client.websocket_connect("/", auth=httpx2.DigestAuth("jemima", "quack")) as session:
        assert session.receive_text() == "Digest"
    assert answers == [401, 101]
    assert [each.name for each in threading.enumerate() if each.name == "webfoot-testclient"] == []


def test_a_redirect_is_a_refusal() -> None:
    """As in a browser: a WebSocket's handshake is fetched with redirect mode "error" (WHATWG WebSockets, 2)."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 307, "headers": [(b"location", b"/elsewhere")]})
        await send({"type": "websocket.http.response.body"})

    with pytest.raises(WebSocketDenialResponse) as refused, TestClient(app).websocket_connect("/"):
        pass
    assert (refused.value.status_code, refused.value.headers["location"]) == (307, "/elsewhere")


def test_messages_both_ways() -> None:
    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        while (message := await websocket.receive())["type"] == "websocket.receive":
            await websocket.send({**message, "type": "websocket.send"})

    with TestClient(app).websocket_connect("/") as session:
        session.send_text("é")
        session.send_bytes(b"\xff")
        session.send_json({"a": "é"})
        session.send_json([1], mode="binary")
        session.send_json([2])
        session.send({"type": "websocket.receive", "text": "raw"})
        assert session.receive_text() == "é"
        assert session.receive_bytes() == b"\xff"
        assert session.receive_text() == '{"a":"é"}'
        assert session.receive_json(mode="binary") == [1]
        assert session.receive_json() == [2]
        assert session.receive() == {"type": "websocket.send", "text": "raw"}


def test_the_other_kind_of_message() -> None:
    with TestClient(echo).websocket_connect("/") as session:
        session.send_text("a")
        with pytest.raises(AssertionError, match=r"the application sent .* where bytes was to be received"):
            session.receive_bytes()
        with pytest.raises(ValueError, match="mode is 'text' or 'binary', not 'bytes'"):
            session.receive_json(mode="bytes")  # type: ignore[arg-type]


def test_the_close_of_the_application() -> None:
    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("bye")
        await websocket.close(4002, "enough")

    with TestClient(app).websocket_connect("/") as session:
        session.send_text("not read any more")
        assert session.receive_text() == "bye"
        for use in (session.receive_text, session.receive_json, session.receive, lambda: session.send_text("a")):
            with pytest.raises(WebSocketDisconnect) as closed:
                use()
            assert (closed.value.code, closed.value.reason) == (4002, "enough")
    with TestClient(app).websocket_connect("/") as session:
        assert session.receive()["type"] == "websocket.send"
        assert session.receive() == {"type": "websocket.close", "code": 4002, "reason": "enough"}


def test_closing_from_the_test() -> None:
    told = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        told.extend([await receive() for _ in range(3)])

    with TestClient(app).websocket_connect("/") as session:
        session.send_text("last")
        session.close(4000, "lunch")
        session.close(4001)
        with pytest.raises(RuntimeError, match="nothing can be sent on a session that this side has closed"):
            session.send_text("more")
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive()
        assert (closed.value.code, closed.value.reason) == (4000, "lunch")
    gone = {"type": "websocket.disconnect", "code": 4000, "reason": "lunch"}
    assert told == [{"type": "websocket.receive", "text": "last"}, gone, gone]


def test_a_bare_disconnect() -> None:
    told = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        told.append(await websocket.receive())

    with TestClient(app).websocket_connect("/") as session:
        session.send({"type": "websocket.disconnect", "code": 1006})
    assert told == [{"type": "websocket.disconnect", "code": 1006, "reason": ""}]


def test_a_fast_application_waits_for_a_slow_client() -> None:
    sent = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        while True:
            await websocket.send_bytes(bytes(10_000))
            sent.append(1)

    with TestClient(app).websocket_connect("/") as session:
        session.receive_bytes()
        session.receive_bytes()
        assert len(sent) < 12
    assert len(sent) < 12


def test_in_a_with_block_all_share_a_loop_and_the_state() -> None:
    @asynccontextmanager
    async def lifespan(app: WebApp) -> AsyncIterator[dict[str, Any]]:
        yield {"room": [], "news": asyncio.Queue()}

    async def join(websocket: WebSocket) -> None:
        await websocket.accept()
        websocket.state.room.append(websocket)
        async for text in websocket.iter_text():
            for each in websocket.state.room:
                await each.send_text(text)
        websocket.state.room.remove(websocket)
        websocket.state.news.put_nowait("left")

    async def news(request: Any) -> JSONResponse:
        return JSONResponse([len(request.state.room), await request.state.news.get()])

    app = WebApp(routes=[WebSocketRoute("/", join), Route("/news", news)], lifespan=lifespan)
    with TestClient(app) as client:
        with client.websocket_connect("/") as jemima, client.websocket_connect("/") as drake:
            jemima.send_text("quack")
            assert (jemima.receive_text(), drake.receive_text()) == ("quack", "quack")
            drake.close()
            assert client.get("/news").json() == [1, "left"]
            jemima.send_text("alone")
            assert jemima.receive_text() == "alone"


def test_without_one_the_loop_ends_with_the_session() -> None:
    with TestClient(tell_scope).websocket_connect("/") as session:
        assert session.receive_json()["thread"] == "webfoot-testclient"
        assert "webfoot-testclient" in [each.name for each in threading.enumerate()]
    assert "webfoot-testclient" not in [each.name for each in threading.enumerate()]


def test_uvloop() -> None:
    with TestClient(echo, backend_options={"use_uvloop": True}).websocket_connect("/") as session:
        session.send_text("a")
        assert session.receive_text() == "a"
