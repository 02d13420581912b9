from __future__ import annotations

import asyncio
import contextvars
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from webfoot.asgi.guard import ASGIViolation, Guard
from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.testing import AsyncTestClient, IncompleteResponse, TestClient

flavour: contextvars.ContextVar[str] = contextvars.ContextVar("flavour", default="none")


async def answer(send: Send, body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def read(receive: Receive) -> list[Message]:
    events = [await receive()]
    while events[-1].get("more_body"):
        events.append(await receive())
    return events


async def report(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the scope and the body parts that it saw, as JSON."""
    parts = [event["body"].decode() for event in await read(receive)]
    seen: dict[str, Any] = {"parts": parts, "thread": threading.current_thread().name, "flavour": flavour.get()}
    for key, value in scope.items():
        seen[key] = value.decode() if isinstance(value, bytes) else value
    seen["headers"] = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    await answer(send, json.dumps(seen, default=str).encode(), 200, (b"content-type", b"application/json"))


class Pond:
    """An application with a lifespan; remembers what happened to it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["loop"] = asyncio.get_running_loop()
            scope["state"]["lock"] = asyncio.Lock()
            self.seen.append("startup")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            assert asyncio.get_running_loop() is scope["state"]["loop"]
            self.seen.append("shutdown")
            await send({"type": "lifespan.shutdown.complete"})
        else:
            self.seen.append(scope["state"].get("loop") is asyncio.get_running_loop())
            scope["state"]["mine"] = True
            await answer(send, b"quack")


async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/old":
        await answer(send, b"", 307, (b"location", b"/new"), (b"set-cookie", b"duck=1"))
    else:
        await answer(send, dict(scope["headers"]).get(b"cookie", b"") + b"@" + scope["path"].encode())


def streams(*parts: bytes, then: BaseException | None = None, log: list[Any] | None = None) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if then is not None:
            raise then
        await receive()
        if log is not None:
            log.append(await receive())
        else:
            await send({"type": "http.response.body"})

    return app


# -- requests -------------------------------------------------------------------------------------------------------


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


# -- lifespan and loop ----------------------------------------------------------------------------------------------


def test_a_with_block_runs_the_lifespan_and_all_requests_in_one_loop() -> None:
    pond = Pond()
    client = TestClient(pond)
    with client:
        client.get("/")
        client.get("/")
        assert set(client.app_state) == {"loop", "lock"}
    assert pond.seen == ["startup", True, True, "shutdown"]


def test_without_with_no_lifespan_runs_and_a_client_can_be_used_both_ways() -> None:
    pond = Pond()
    client = TestClient(pond)
    assert client.get("/").text == "quack"
    assert pond.seen == [False]
    with client:
        client.get("/")
    assert client.get("/").text == "quack"
    with client:
        client.get("/")
    assert pond.seen == [False, "startup", True, "shutdown", False, "startup", True, "shutdown"]


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    client = TestClient(Pond())
    client.get("/")
    with client:
        client.get("/")
    assert threading.active_count() == before


def test_a_nested_with_block_is_refused() -> None:
    with TestClient(Pond()) as client:
        with pytest.raises(RuntimeError, match="already in a `with` block"):
            client.__enter__()


@pytest.mark.parametrize("moment", ["startup", "shutdown"])
@pytest.mark.parametrize("how", ["raises", "failed", "failed and raises"])
def test_a_lifespan_that_fails_fails_the_test(moment: str, how: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await answer(send)
        await receive()
        if moment == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        if "failed" in how:
            await send({"type": f"lifespan.{moment}.failed", "message": "no water"})
        if "raises" in how:
            raise ValueError("dry pond")
        return None

    expected: type[Exception] = ValueError if "raises" in how else RuntimeError
    entered = []
    with pytest.raises(expected, match="dry pond" if "raises" in how else f"{moment} failed: no water"):
        with TestClient(app) as client:
            entered.append(client.get("/").status_code)
    assert entered == ([] if moment == "startup" else [200])


def test_an_application_that_ignores_the_lifespan() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await answer(send, b"quack")

    with TestClient(app) as client:
        assert client.get("/").text == "quack"


def test_a_lifespan_that_asks_for_a_third_event_does_not_hang_the_end() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})

    with TestClient(app):
        pass


def test_a_lifespan_out_of_order() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.shutdown.complete"})

    with pytest.raises(RuntimeError, match=r"^lifespan\.shutdown\.complete was sent before lifespan\.startup\.comp"):
        TestClient(app).__enter__()


def test_uvloop_can_be_chosen() -> None:
    uvloop = pytest.importorskip("uvloop")
    with TestClient(Pond(), backend_options={"use_uvloop": True}) as client:
        assert isinstance(client.app_state["loop"], uvloop.Loop)


def test_a_wrong_backend_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^webfoot runs on asyncio only, not on 'trio'$"):
        TestClient(Pond(), backend="trio")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^unknown backend option 'debug': 'use_uvloop' is the only one$"):
        TestClient(Pond(), backend_options={"debug": True})


# -- failures -------------------------------------------------------------------------------------------------------


async def boom(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("boom")


async def boom_after_response(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"oops", 500)
    raise ValueError("boom")


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    return


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


async def shouting(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Loud", b"1")]})
    await send({"type": "http.response.body", "body": b"QUACK"})


def test_an_application_is_held_to_the_asgi_specification() -> None:
    with pytest.raises(ASGIViolation, match="header names must be lower-case"):
        TestClient(shouting).get("/")
    assert TestClient(shouting, guard=False).get("/").text == "QUACK"


def test_an_application_is_held_to_the_asgi_specification_by_the_asynchronous_client() -> None:
    async def scenario() -> None:
        with pytest.raises(ASGIViolation, match="header names must be lower-case"):
            await AsyncTestClient(shouting).get("/")
        assert (await AsyncTestClient(shouting, guard=False).get("/")).text == "QUACK"

    asyncio.run(scenario())


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


# -- streams --------------------------------------------------------------------------------------------------------


def test_chunks_arrive_as_they_are_produced() -> None:
    release = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.get_running_loop().run_in_executor(None, release.wait)
        await send({"type": "http.response.body", "body": b"second"})

    with TestClient(app).stream("GET", "/") as response:
        parts = response.iter_raw()
        assert next(parts) == b"first"
        release.set()
        assert list(parts) == [b"second"]


@pytest.mark.parametrize("in_with_block", [True, False])
def test_closing_early_tells_the_application(in_with_block: bool) -> None:
    log: list[Any] = []
    app = streams(b"a", b"b", log=log)

    def go(client: TestClient) -> None:
        with client.stream("GET", "/") as response:
            assert next(response.iter_raw()) == b"a"
        assert log == [{"type": "http.disconnect"}]

    client = TestClient(app_with_lifespan(app))
    if in_with_block:
        with client:
            go(client)
    else:
        go(client)


def app_with_lifespan(app: Any) -> Any:
    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)

    return both


def test_a_response_outlives_its_with_block_in_one_sentence() -> None:
    log: list[Any] = []
    with TestClient(app_with_lifespan(streams(b"a", b"b", log=log))) as client:
        response = client.send(client.build_request("GET", "/"), stream=True)
    with pytest.raises(IncompleteResponse, match="the application was cancelled without completing its response"):
        response.read()
    response.close()


def test_an_endless_stream_ends_when_it_is_closed() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
        except OSError as exc:
            ended.append(type(exc).__name__)
            raise

    with TestClient(app).stream("GET", "/") as response:
        assert next(response.iter_lines()) == "tick"
    assert ended == ["ClientDisconnected"]


@pytest.mark.parametrize("ignores_cancel", [False, True])
def test_an_application_that_never_ends_does_not_hang_the_close(ignores_cancel: bool) -> None:
    stop = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        while not stop.is_set():
            try:
                await asyncio.sleep(0.01 if ignores_cancel else 3600)
            except asyncio.CancelledError:
                if not ignores_cancel:
                    raise

    with TestClient(app, disconnect_grace=0.02) as client:
        if ignores_cancel:
            with pytest.raises(RuntimeError, match="went on after its client had gone"):
                with client.stream("GET", "/"):
                    pass
        else:
            with client.stream("GET", "/"):
                pass
        stop.set()


def test_an_application_that_blocks_its_loop_does_not_hang_the_close() -> None:
    answered, release = threading.Event(), threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await send({"type": "http.response.start", "status": 200})
        while not answered.is_set():
            await asyncio.sleep(0)
        release.wait()

    with TestClient(app, disconnect_grace=0.01) as client:
        with pytest.raises(
            RuntimeError, match=r"^the application blocks the event loop, in test_client.py line \d+ \(app\)$"
        ):
            with client.stream("GET", "/"):
                answered.set()
        release.set()


def test_a_failure_after_the_close_is_raised() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await receive()
        await receive()
        raise ValueError("clean-up went wrong")

    with pytest.raises(ValueError, match="clean-up went wrong"):
        with TestClient(app).stream("GET", "/"):
            pass
    with TestClient(app, raise_server_exceptions=False).stream("GET", "/"):
        pass


def test_background_work_is_done_when_the_call_returns() -> None:
    done: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, b"quack")
        await asyncio.sleep(0)
        done.append(True)

    assert TestClient(app).get("/").text == "quack"
    assert done == [True]


# -- the asynchronous client ----------------------------------------------------------------------------------------


def test_the_asynchronous_client_shares_the_loop_of_the_test() -> None:
    async def scenario() -> None:
        pond = Pond()
        async with AsyncTestClient(pond) as client:
            assert client.app_state["loop"] is asyncio.get_running_loop()
            responses = await asyncio.gather(*(client.get("/") for _ in range(5)))
            assert {response.text for response in responses} == {"quack"}
        assert pond.seen == ["startup", *[True] * 5, "shutdown"]
        assert (await AsyncTestClient(pond).get("/")).text == "quack"

    asyncio.run(scenario())


def test_the_asynchronous_client_uploads_as_the_application_reads() -> None:
    async def upload() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    async def scenario() -> None:
        client = AsyncTestClient(report)
        assert (await client.post("/", content=upload())).json()["parts"] == ["a", "b", ""]
        assert (await client.post("/", content=b"ab")).json()["parts"] == ["ab"]

    asyncio.run(scenario())


def test_the_asynchronous_client_streams_and_closes_early() -> None:
    async def scenario() -> None:
        log: list[Any] = []
        async with AsyncTestClient(streams(b"a", b"b", log=log)).stream("GET", "/") as response:
            assert await anext(response.aiter_raw()) == b"a"
        assert log == [{"type": "http.disconnect"}]

    asyncio.run(scenario())


def test_the_asynchronous_client_raises_or_answers() -> None:
    async def scenario() -> None:
        for app in (boom, boom_after_response, streams(b"x", then=ValueError("boom"))):
            with pytest.raises(ValueError, match=r"^boom$"):
                await AsyncTestClient(app).get("/")
        assert (await AsyncTestClient(boom, raise_server_exceptions=False).get("/")).status_code == 500
        truncated = AsyncTestClient(streams(b"x", then=ValueError("boom")), raise_server_exceptions=False)
        with pytest.raises(httpx2.RemoteProtocolError):
            await truncated.get("/")

    asyncio.run(scenario())


def test_a_cancelled_request_ends_the_application() -> None:
    ended: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        ended.append((await receive())["type"])

    async def scenario() -> None:
        task = asyncio.create_task(AsyncTestClient(app).get("/"))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert ended == ["http.disconnect"]


def test_the_asynchronous_lifespan_fails_the_test() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no water"})

    async def scenario() -> None:
        with pytest.raises(RuntimeError, match=r"^the application's startup failed: no water$"):
            async with AsyncTestClient(app):
                pass

    asyncio.run(scenario())


# -- without httpx2 -------------------------------------------------------------------------------------------------


def test_without_httpx2_there_is_one_sentence() -> None:
    code = "import sys; sys.modules['httpx2'] = None\nimport webfoot.testing"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == ("ImportError: webfoot.testing needs httpx2: pip install 'webfoot[testing]'")
    assert done.stderr.count("Traceback") == 1
