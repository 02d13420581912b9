"""No test hangs: whatever an application does or does not do, the client has an end, and says where."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import httpx2
import pytest

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import AsyncTestClient, Exchange, TestClient, http_scope
from webfoot.testing.patience import patiently
from webfoot.web import PlainTextResponse, Request, Route, WebApp

SHORT = 0.06  # seconds


async def never(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await asyncio.sleep(3600)


def stops(moment: str) -> Any:
    """An application that goes to sleep before its head, in its body, or after it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        if moment != "head":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"quack", "more_body": moment == "body"})
        await asyncio.sleep(3600)

    return app


SENTENCES = [
    (
        "head",
        r"^the application has sent nothing for 0.06 seconds, in test_patience.py line \d+ \(app\); timeout= allows",
    ),
    (
        "body",
        r"^the application has sent nothing for 0.06 seconds, in test_patience.py line \d+ \(app\); timeout= allows",
    ),
    ("end", r"^the application has not ended for 0.06 seconds, in test_patience.py line \d+ \(app\); timeout= allows"),
]


@pytest.mark.parametrize("in_with_block", [True, False])
@pytest.mark.parametrize(("moment", "sentence"), SENTENCES)
def test_an_application_that_stops(moment: str, sentence: str, in_with_block: bool) -> None:
    client = TestClient(stops(moment), timeout=SHORT, disconnect_grace=0.01)
    with client if in_with_block else nullcontext():
        with pytest.raises(httpx2.ReadTimeout, match=sentence) as late:
            client.get("/")
        assert late.value.request.url.path == "/"


@pytest.mark.parametrize(("moment", "sentence"), SENTENCES)
def test_an_application_that_stops_in_the_loop_of_the_test(moment: str, sentence: str) -> None:
    async def scenario() -> None:
        async with AsyncTestClient(stops(moment), timeout=SHORT, disconnect_grace=0.01) as client:
            with pytest.raises(httpx2.ReadTimeout, match=sentence):
                await client.get("/")
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_the_time_of_one_request() -> None:
    with pytest.raises(httpx2.ReadTimeout):
        TestClient(never, disconnect_grace=0.01).get("/", timeout=SHORT)
    with pytest.raises(httpx2.ReadTimeout):
        TestClient(never, disconnect_grace=0.01).get("/", timeout=httpx2.Timeout(None, read=SHORT))


def test_none_waits() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(2 * SHORT)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert TestClient(slow, timeout=None).get("/").status_code == 204
    assert TestClient(slow, timeout=SHORT).get("/", timeout=None).status_code == 204


def test_the_time_begins_anew_with_each_part() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for more in (True, True, True, False):
            await asyncio.sleep(SHORT)
            await send({"type": "http.response.body", "body": b".", "more_body": more})

    assert TestClient(slow, timeout=3 * SHORT).get("/").text == "...."


def test_a_timeout_of_the_application_is_its_own() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError("no answer from the pond")

    with pytest.raises(TimeoutError, match=r"^no answer from the pond$"):
        TestClient(app).get("/")


@pytest.mark.parametrize("moment", ["startup", "shutdown"])
def test_a_lifespan_that_does_not_answer(moment: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if moment == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await asyncio.sleep(3600)

    sentence = rf"^the application's {moment} did not end within 0.06 seconds, in test_patience.py line \d+ \(app\)$"
    with pytest.raises(TimeoutError, match=sentence):
        with TestClient(app, timeout=SHORT):
            pass

    async def scenario() -> None:
        with pytest.raises(TimeoutError, match=sentence):
            async with AsyncTestClient(app, timeout=SHORT):
                pass
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_an_application_that_blocks_its_loop() -> None:
    release = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        release.wait()

    sentence = r"^the application blocks the event loop, in test_patience.py line \d+ \(app\)$"
    try:
        with pytest.raises(RuntimeError, match=sentence):
            TestClient(app, timeout=SHORT).get("/")
    finally:
        release.set()
    _no_thread_is_left()


def test_a_startup_may_load_for_longer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        time.sleep(0.7)  # longer than a request may: its patience, and the probe behind it
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    with TestClient(app, timeout=0.15):
        pass


def test_an_application_that_holds_its_loop_for_a_while_is_waited_for() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        time.sleep(4 * SHORT)  # a computation, or a debugger
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    assert TestClient(app, timeout=SHORT).get("/").status_code == 204


def test_a_breakpoint_in_any_thread_stops_the_clock() -> None:
    waiting = eval("lambda event: event.wait()", {"__name__": "bdb"})  # as a frame of a debugger looks
    go_on = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(waiting, go_on)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    threading.Timer(4 * SHORT, go_on.set).start()
    assert TestClient(app, timeout=SHORT).get("/").status_code == 204


def test_a_thread_that_is_waited_for_is_told() -> None:
    release = threading.Event()

    def endpoint(request: Request) -> PlainTextResponse:
        release.wait()
        return PlainTextResponse("late")

    client = TestClient(WebApp(routes=[Route("/", endpoint)]), timeout=SHORT, disconnect_grace=0.01)
    try:
        with pytest.raises(
            httpx2.ReadTimeout, match=r"0.06 seconds, in test_patience.py line \d+ \(endpoint\); timeout="
        ):
            client.get("/")
    finally:
        release.set()


def test_a_client_that_waits_for_itself() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            client.get("/")

    client = TestClient(app)
    with client:
        with pytest.raises(RuntimeError, match=r"^a test client cannot be used from within its own event loop; Async"):
            client.get("/")


def test_the_time_of_the_client_is_that_of_its_websockets() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["path"] == "/open":
            await send({"type": "websocket.accept"})
        await asyncio.sleep(3600)

    client = TestClient(app, timeout=SHORT, disconnect_grace=0.01)
    place = r"0.06 seconds, in test_patience.py line \d+ \(app\)$"
    with pytest.raises(TimeoutError, match=f"^the application did not answer the handshake within {place}"):
        with client.websocket_connect("/"):
            pass
    with client.websocket_connect("/open") as session:
        with pytest.raises(TimeoutError, match=f"^the application sent nothing within {place}"):
            session.receive()


def test_what_is_excused_does_not_count() -> None:
    async def scenario(excused: Callable[[], bool]) -> bool:
        news = asyncio.Event()
        asyncio.get_running_loop().call_later(4 * SHORT, news.set)
        return await patiently(news, SHORT, excused)

    assert asyncio.run(scenario(lambda: True))
    assert not asyncio.run(scenario(lambda: False))


def test_an_exchange_without_a_client() -> None:
    async def scenario() -> None:
        exchange = Exchange(never, http_scope(), grace=0.01)
        with pytest.raises(TimeoutError, match=r"^the application has sent nothing for 0.06 seconds, in test_pat.*\)$"):
            await exchange.start(SHORT)
        await exchange.close()

    asyncio.run(scenario())


def _no_thread_is_left() -> None:
    for thread in threading.enumerate():
        if thread.name == "webfoot-testclient":
            thread.join(5)
            assert not thread.is_alive()
