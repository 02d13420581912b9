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

from webfoot.asgi.guard import ASGIViolation
from webfoot.testing import (
    AsyncTestClient,
    IncompleteResponse,
    TestClient,
    WebSocketDenialResponse,
    WebSocketExchange,
    websocket_scope,
)
from webfoot.web import HTTPException, JSONResponse, Route, WebApp, WebSocket, WebSocketDisconnect
from webfoot.web.routing import WebSocketRoute, websocket_session

flavour: contextvars.ContextVar[str] = contextvars.ContextVar("flavour", default="none")


@websocket_session
async def echo(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol=next(iter(websocket["subprotocols"]), None), headers=[(b"x-duck", b"1")])
    async for text in websocket.iter_text():
        await websocket.send_text(text)


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


# -- the handshake ---------------------------------------------------------------------------------------------------


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


# -- refusals --------------------------------------------------------------------------------------------------------


def refusal_of(app: Any, **options: Any) -> WebSocketDenialResponse:
    with pytest.raises(WebSocketDisconnect) as refused, TestClient(app, **options).websocket_connect("/"):
        raise AssertionError("it was accepted")
    assert isinstance(refused.value, WebSocketDenialResponse)
    return refused.value


def test_a_close_before_the_accept_is_a_403_whatever_its_code() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4001, "reason": "no ducks"})

    refused = refusal_of(app)
    assert (refused.status_code, refused.content) == (403, b"")
    assert (refused.code, refused.reason) == (1006, "")
    assert str(refused) == (
        "the handshake was refused with 403 Forbidden "
        "(closed before it was accepted; the close code, 4001 no ducks, reaches no client)"
    )


def test_a_close_before_the_handshake_was_received() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})

    assert refusal_of(app).status_code == 403


def test_a_denial_is_a_response() -> None:
    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"a": [1]}, 451, headers={"x-duck": "1"}))

    refused = refusal_of(app)
    assert (refused.status_code, refused.json(), refused.headers["x-duck"]) == (451, {"a": [1]}, "1")
    assert refused.url == "ws://testserver/"
    assert str(refused) == "the handshake was refused with 451 Unavailable For Legal Reasons"
    with pytest.raises(httpx2.HTTPStatusError):
        refused.raise_for_status()


def test_a_refusal_is_waited_for_to_its_end() -> None:
    done = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})
        done.append((await receive())["type"])
        done.append((await receive())["code"])
        await asyncio.sleep(0.01)
        done.append("done")

    refusal_of(app)
    assert done == ["websocket.connect", 1006, "done"]


def test_an_exception_after_the_refusal_is_raised() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.close"})
        raise LookupError("no ducks")

    with pytest.raises(LookupError), TestClient(app).websocket_connect("/"):
        pass
    assert refusal_of(app, raise_server_exceptions=False).status_code == 403


def test_no_answer() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    with pytest.raises(ASGIViolation, match="returned without an answer"), TestClient(app).websocket_connect("/"):
        pass
    with pytest.raises(IncompleteResponse, match="the application returned without an answer to the handshake"):
        with TestClient(app, guard=False).websocket_connect("/"):
            pass
    refused = refusal_of(app, raise_server_exceptions=False)
    assert (refused.status_code, refused.text) == (500, "Internal Server Error")


def test_half_a_denial() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 404, "headers": []})

    with pytest.raises(IncompleteResponse, match="before its denial was complete"):
        with TestClient(app).websocket_connect("/"):
            pass


# -- messages --------------------------------------------------------------------------------------------------------


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


# -- failures --------------------------------------------------------------------------------------------------------


@websocket_session
async def fails(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("one")
    raise LookupError("no ducks")


def test_an_exception_is_raised_where_it_is_met() -> None:
    with pytest.raises(LookupError, match="no ducks"):
        with TestClient(fails).websocket_connect("/") as session:
            assert session.receive_text() == "one"
            session.receive_text()


def test_an_exception_is_raised_at_the_end_at_the_latest() -> None:
    with pytest.raises(LookupError, match="no ducks"), TestClient(fails).websocket_connect("/"):
        pass


def test_an_exception_is_raised_once() -> None:
    with TestClient(fails).websocket_connect("/") as session:
        session.receive_text()
        with pytest.raises(LookupError):
            session.receive_text()


def test_the_failure_of_a_test_is_not_hidden_by_that_of_the_application() -> None:
    with pytest.raises(LookupError) as raised, TestClient(fails).websocket_connect("/") as session:
        assert session.receive_text() == "two"
    assert isinstance(raised.value.__context__, AssertionError)


def test_without_exceptions_it_is_what_a_client_gets() -> None:
    with TestClient(fails, raise_server_exceptions=False).websocket_connect("/") as session:
        assert session.receive_text() == "one"
        assert session.receive() == {"type": "websocket.close", "code": 1011, "reason": ""}


def test_leaving_is_no_failure_of_the_application() -> None:
    @websocket_session
    async def listens(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "a"})

    for each in (listens, bare):
        with TestClient(each).websocket_connect("/"):
            pass


def test_what_goes_wrong_in_the_clean_up_is_one() -> None:
    clients: list[WebSocket] = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            await websocket.receive_text()
        except WebSocketDisconnect:
            clients.remove(websocket)

    with pytest.raises(ValueError, match="not in list"), TestClient(app).websocket_connect("/"):
        pass


def test_the_guard_holds() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "headers": [(b"X-Duck", b"1")]})

    with pytest.raises(ASGIViolation) as violation, TestClient(app).websocket_connect("/"):
        pass
    assert violation.value.rule == "header-case"
    with TestClient(app, guard=False).websocket_connect("/"):
        pass


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([{"type": "websocket.send", "text": "a"}], "websocket.send was sent before websocket.accept"),
        ([{"type": "websocket.accept"}] * 2, "websocket.accept was sent a second time"),
        (
            [{"type": "websocket.accept", "subprotocol": "x"}],
            "the subprotocol 'x' was accepted, which the client did not",
        ),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.send"}],
            "exactly one of text (str) and bytes, not NoneType and",
        ),
        (
            [{"type": "websocket.accept"}, {"type": "websocket.send", "text": b""}],
            "exactly one of text (str) and bytes",
        ),
        ([{"type": "websocket.accept"}, {"type": "websocket.close", "code": 1005}], "1005 must not be sent"),
        (
            [{"type": "websocket.close"}, {"type": "websocket.close"}],
            "websocket.close was sent after the WebSocket was",
        ),
        ([{"type": "http.response.start"}], "http.response.start was sent in a WebSocket exchange"),
        ([{"type": "websocket.http.response.start", "status": 101}], "status of a response must be an int from 200 to"),
        ([{"type": 1}], "an event needs a str as its 'type'"),
    ],
)
def test_without_the_guard_the_order_is_still_held(messages: list[Any], words: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(message)

    with pytest.raises(Exception) as raised, TestClient(app, guard=False).websocket_connect("/"):
        pass
    assert words in str(raised.value)


def test_an_extension_that_is_not_offered() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"].clear()
        await receive()
        await send({"type": "websocket.http.response.start", "status": 404})

    with pytest.raises(RuntimeError, match="does not offer the extension"):
        with TestClient(app, guard=False).websocket_connect("/"):
            pass


# -- nothing hangs ---------------------------------------------------------------------------------------------------


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/accepted":
        await send({"type": "websocket.accept"})
    await asyncio.sleep(3600)


def test_an_application_that_does_not_answer() -> None:
    client = TestClient(sleeps, disconnect_grace=0.01)
    with pytest.raises(TimeoutError, match=r"did not answer the handshake within 0\.05 seconds"):
        with client.websocket_connect("/", timeout=0.05):
            pass


def test_an_application_that_says_nothing() -> None:
    client = TestClient(sleeps, disconnect_grace=0.01)
    with client.websocket_connect("/accepted", timeout=0.05) as session:
        for receive in (session.receive, session.receive_text):
            with pytest.raises(TimeoutError, match=r"the application sent nothing within 0\.05 seconds"):
                receive()


def test_an_application_that_does_not_care_who_left() -> None:
    cancelled = []

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with TestClient(app, disconnect_grace=0.01).websocket_connect("/"):
        pass
    assert cancelled == [True]


def test_an_application_that_cannot_be_stopped() -> None:
    door = threading.Event()

    async def endless(websocket: WebSocket) -> None:
        await websocket.accept()
        while not door.is_set():
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                pass

    with pytest.raises(RuntimeError, match="went on after its client had gone and after it had been cancelled"):
        with TestClient(WebApp(routes=[WebSocketRoute("/", endless)]), disconnect_grace=0.02) as client:
            try:
                with client.websocket_connect("/"):
                    pass
            finally:
                door.set()


def test_an_application_that_blocks() -> None:
    door = threading.Event()

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        door.wait(10)

    with pytest.raises(RuntimeError, match="the application blocks the event loop"):
        with TestClient(app, disconnect_grace=0.01).websocket_connect("/", timeout=0.01) as session:
            try:
                session.send_text("go")
                session.receive_text()
            finally:
                door.set()


def test_a_session_outside_of_its_block() -> None:
    session = TestClient(echo).websocket_connect("/")
    with pytest.raises(AssertionError, match="a session is used in its `with` block"):
        session.send_text("a")
    with session:
        pass
    with pytest.raises(RuntimeError, match="the session's `with` block has ended"):
        session.receive_text()


# -- the loop --------------------------------------------------------------------------------------------------------


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


# -- the asynchronous client -----------------------------------------------------------------------------------------


def test_the_asynchronous_client() -> None:
    door = asyncio.Event()

    async def wait(websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="chat")
        await door.wait()
        await websocket.send_json({"a": 1})
        await websocket.send_bytes(b"b")
        assert await websocket.receive_json() == [2]
        assert await websocket.receive_json("binary") == [3]
        assert await websocket.receive_bytes() == b"c"
        assert await websocket.receive_text() == "d"
        await websocket.close(4000)

    async def refuse(websocket: WebSocket) -> None:
        raise HTTPException(403, "not you")

    async def scenario() -> None:
        app = WebApp(routes=[WebSocketRoute("/wait", wait), WebSocketRoute("/refuse", refuse)])
        async with AsyncTestClient(app) as client:
            async with client.websocket_connect("/wait", ["chat"]) as session:
                waiting = asyncio.create_task(session.receive_json())
                await asyncio.sleep(0)
                door.set()
                assert await waiting == {"a": 1}
                assert await session.receive_bytes() == b"b"
                await session.send_json([2])
                await session.send_json([3], mode="binary")
                await session.send_bytes(b"c")
                await session.send_text("d")
                assert (await session.receive())["code"] == 4000
                assert session.accepted_subprotocol == "chat"
                with pytest.raises(WebSocketDisconnect):
                    await session.receive_text()
            with pytest.raises(WebSocketDenialResponse) as refused:
                async with client.websocket_connect("/refuse"):
                    pass
            assert refused.value.text == "not you"

    asyncio.run(scenario())


def test_the_asynchronous_client_raises_what_the_application_raises() -> None:
    async def scenario() -> None:
        client = AsyncTestClient(fails)
        with pytest.raises(LookupError):
            async with client.websocket_connect("/"):
                pass
        with pytest.raises(LookupError):
            async with client.websocket_connect("/") as session:
                await session.receive_text()
                await session.receive_text()
        async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect(
            "/accepted", timeout=0.01
        ) as session:
            with pytest.raises(TimeoutError):
                await session.receive()
        with pytest.raises(TimeoutError):
            async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect("/", timeout=0.01):
                pass

    asyncio.run(scenario())


def test_a_timeout_of_the_tests_own_goes_through() -> None:
    async def scenario() -> None:
        async with AsyncTestClient(sleeps, disconnect_grace=0.01).websocket_connect("/accepted") as session:
            with pytest.raises(TimeoutError) as raised:
                async with asyncio.timeout(0.01):
                    await session.receive()
            assert str(raised.value) == ""

    asyncio.run(scenario())


# -- without a client ------------------------------------------------------------------------------------------------


def test_an_exchange() -> None:
    async def scenario() -> None:
        exchange = WebSocketExchange(echo, websocket_scope("/", subprotocols=["chat"]))
        await exchange.start()
        assert (exchange.status, exchange.subprotocol, exchange.headers) == (101, "chat", [(b"x-duck", b"1")])
        exchange.say({"type": "websocket.receive", "text": "quack"})
        assert await exchange.hear() == {"type": "websocket.send", "text": "quack"}
        await exchange.close()
        assert [event["type"] for event in exchange.events] == ["websocket.accept", "websocket.send"]
        assert exchange.ended
        assert exchange.error is None

    asyncio.run(scenario())


def test_a_task_group_that_hears_of_the_disconnect_has_not_failed() -> None:
    """A task group of the application's, in which each task met the disconnect."""

    @websocket_session
    async def app(websocket: WebSocket) -> None:
        await websocket.accept()
        async with asyncio.TaskGroup() as group:
            group.create_task(websocket.receive_text())

    with TestClient(app).websocket_connect("/"):
        pass
