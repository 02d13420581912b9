"""Request bodies that are made part by part: when the application asks, where the test is, and with an end."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.testing import AsyncTestClient, TestClient


class Reader:
    """Answers with the body, after it was read; keeps what it has received."""

    def __init__(self, *, parts: int | None = None) -> None:
        self.received: list[Any] = []
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        while self.parts is None or len(self.received) < self.parts:
            event = await receive()
            self.received.append(event.get("body", event["type"]))
            if not event.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"".join(self.received)})


def test_a_part_is_made_when_the_application_asks_for_it_and_in_the_thread_of_the_test() -> None:
    app = Reader()
    seen = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            seen.append((threading.current_thread(), len(app.received)))
            yield b"%d" % number

    with TestClient(app) as client:
        assert client.post("/", content=parts()).text == "012"
    assert seen == [(threading.main_thread(), number) for number in range(3)]
    assert app.received == [b"0", b"1", b"2", b""]


@pytest.mark.parametrize("wanted", [0, 2])
def test_an_upload_without_end_that_is_answered_early(wanted: int) -> None:
    made = itertools.count()
    app = Reader(parts=wanted)
    assert TestClient(app).post("/", content=(b"%d" % number for number in made)).text == "01"[:wanted]
    assert next(made) <= wanted + 1


def test_an_upload_without_end_in_the_loop_of_the_test() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"."

    async def scenario() -> None:
        assert (await AsyncTestClient(Reader(parts=2)).post("/", content=endless())).text == ".."

    asyncio.run(scenario())


def test_an_upload_that_fails_is_the_failure_of_the_client() -> None:
    def parts() -> Iterator[bytes]:
        yield b"a"
        raise FileNotFoundError("no such photo")

    for raises in (True, False):
        app = Reader()
        with pytest.raises(FileNotFoundError, match="no such photo"):
            TestClient(app, raise_server_exceptions=raises).post("/", content=parts())
        assert app.received == [b"a", "http.disconnect"]


def test_an_upload_that_runs_out_of_its_own_time() -> None:
    def parts() -> Iterator[bytes]:
        yield b"a"
        raise TimeoutError("the camera is slow")

    with pytest.raises(TimeoutError, match="the camera is slow"):
        TestClient(Reader()).post("/", content=parts())


def test_an_upload_that_is_asked_for_late() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        time.sleep(0.3)  # longer than the patience: the loop is asked meanwhile whether it is blocked
        await Reader()(scope, receive, send)

    assert TestClient(app, timeout=0.1).post("/", content=(b"quack" for _ in range(3))).text == "quack" * 3


def test_an_upload_that_fails_in_the_loop_of_the_test() -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"a"
        raise FileNotFoundError("no such photo")

    async def scenario() -> None:
        for raises in (True, False):
            app = Reader()
            with pytest.raises(FileNotFoundError, match="no such photo"):
                await AsyncTestClient(app, raise_server_exceptions=raises).post("/", content=parts())
            assert app.received == [b"a", "http.disconnect"]

    asyncio.run(scenario())


def test_parts_that_are_no_bytes_are_the_mistake_of_the_test() -> None:
    parts: Any = iter(["quack"])
    with pytest.raises(TypeError, match=r"^the parts of a request's body must be bytes, not str$"):
        TestClient(Reader()).post("/", content=parts)


def test_a_slow_upload_is_not_the_slowness_of_the_application() -> None:
    def parts() -> Iterator[bytes]:
        yield b"a"
        time.sleep(0.2)
        yield b"b"

    assert TestClient(Reader(), timeout=0.06).post("/", content=parts()).text == "ab"


def test_files_are_read_as_the_application_reads() -> None:
    app = Reader()
    with TestClient(app) as client:
        answer = client.post("/", files={"photo": ("duck.png", b"x" * 200_000)}, data={"name": "mandarin"})
    assert answer.content.count(b"x") >= 200_000
    assert b"mandarin" in answer.content
    assert len(app.received) > 3


def test_a_response_that_begins_before_the_upload_has_ended() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        more = True
        while more:
            event = await receive()
            more = event["more_body"]
            await send({"type": "http.response.body", "body": event["body"].upper(), "more_body": more})

    parts = (b"%c" % letter * 50_000 for letter in b"abcd")
    with TestClient(echo).stream("POST", "/", content=parts) as response:
        heard = "".join(response.iter_text())
    assert [(letter, len(list(run))) for letter, run in itertools.groupby(heard)] == [(each, 50_000) for each in "ABCD"]


def test_ten_threads_with_an_upload_each() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        await Reader()(scope, receive, send)

    answers: dict[int, str] = {}
    with TestClient(echo) as client:

        def go(number: int) -> None:
            answers[number] = client.post("/", content=(b"%d;" % number for _ in range(20))).text

        threads = [threading.Thread(target=go, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert answers == {number: f"{number};" * 20 for number in range(10)}
