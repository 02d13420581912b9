"""Streams and WebSockets of the API on real sockets: when the bytes come, and what a client that leaves does."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
from collections.abc import AsyncIterable, Iterable
from typing import Any

import pytest
from pydantic import BaseModel
from tests.conformance.harness import Dialogue, with_server

from webfoot import Depends, EventSourceResponse, Webfoot, WebSocket

PARSERS = pytest.mark.parametrize("http", ["httptools", "h11"])


class Duck(BaseModel):
    name: str


def get(path: str) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: pond\r\n\r\n" % path.encode()


class Pond:
    """An application, and the events of its life in `log`."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.left = asyncio.Event()
        self.go_on = asyncio.Event()
        self.blocked, self.release = threading.Event(), threading.Event()
        self.app = Webfoot(dependencies=[Depends(self.session)])
        self.app.get("/lines")(self.lines)
        self.app.get("/events", response_class=EventSourceResponse)(self.lines)
        self.app.get("/threaded", response_class=EventSourceResponse)(self.threaded)
        self.app.get("/misfit")(self.misfit)
        self.app.get("/broken")(self.broken)
        self.app.websocket("/ws/{name}")(self.talks)

    async def session(self) -> AsyncIterable[None]:
        try:
            yield
        finally:
            self.log.append("session left")
            self.left.set()

    async def lines(self) -> AsyncIterable[Duck]:
        try:
            yield Duck(name="Jemima")
            await self.go_on.wait()
            while True:
                yield Duck(name="Donald")
                await asyncio.sleep(0)
        finally:
            self.log.append("generator left")

    def threaded(self) -> Iterable[int]:
        try:
            yield 1
            self.blocked.set()
            self.release.wait(5)
            yield 2
        finally:
            self.log.append("generator left")

    async def misfit(self) -> AsyncIterable[Duck]:
        yield Duck(name="Jemima")
        yield {"nome": "Donald"}

    async def broken(self) -> AsyncIterable[int]:
        yield 1
        raise ZeroDivisionError

    async def talks(self, websocket: WebSocket, name: str, age: int) -> None:
        await websocket.accept()
        await websocket.send_json([name, 12 // age])
        await websocket.receive_text()


def on_pond(http: str, scenario: Any) -> Pond:
    async def main() -> Pond:
        pond = Pond()
        await with_server(pond.app, lambda dialogue: scenario(pond, dialogue), http=http)
        return pond

    return asyncio.run(main())


@PARSERS
@pytest.mark.parametrize("path", ["/lines", "/events"])
def test_an_item_comes_as_soon_as_it_is_there(http: str, path: str) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(get(path))
        await dialogue.hear(lambda heard: b'{"name":"Jemima"}\n' in heard)
        pond.go_on.set()
        await dialogue.hear(lambda heard: b'{"name":"Donald"}\n' in heard)

    on_pond(http, scenario)


@PARSERS
@pytest.mark.parametrize("path", ["/lines", "/events"])
def test_generator_and_then_dependencies_are_left_when_the_client_leaves(http: str, path: str) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(get(path))
        await dialogue.hear(lambda heard: b"Jemima" in heard)
        dialogue.writer.transport.abort()
        if path == "/lines":  # notices with what it sends next
            await asyncio.sleep(0.05)
            pond.go_on.set()
        await asyncio.wait_for(pond.left.wait(), 5)

    assert on_pond(http, scenario).log == ["generator left", "session left"]


@PARSERS
def test_dependencies_outlive_a_generator_that_a_thread_is_inside_of(http: str) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(get("/threaded"))
        await dialogue.hear(lambda heard: b"data: 1" in heard)
        assert await asyncio.to_thread(pond.blocked.wait, 5)
        dialogue.writer.transport.abort()
        await asyncio.sleep(0.05)
        assert pond.log == []
        pond.release.set()
        await asyncio.wait_for(pond.left.wait(), 5)

    assert on_pond(http, scenario).log == ["generator left", "session left"]


@PARSERS
@pytest.mark.parametrize(
    ("path", "first", "error"),
    [("/misfit", b'{"name":"Jemima"}\n', "ResponseValidationError"), ("/broken", b"1\n", "ZeroDivisionError")],
)
def test_what_goes_wrong_in_the_middle_breaks_the_answer_off_and_is_logged_once(
    http: str, path: str, first: bytes, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(get(path))
        heard = await dialogue.hear(lambda heard: False)  # until the server closes
        assert first in heard
        assert not heard.endswith(b"0\r\n\r\n")

    with caplog.at_level(logging.ERROR):
        on_pond(http, scenario)
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is not None
    assert record.exc_info[0].__name__ == error


def handshake(path: str) -> bytes:
    key = base64.b64encode(bytes(16))
    return (
        b"GET %b HTTP/1.1\r\nHost: pond\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % (path.encode(), key)
    )


@PARSERS
def test_dependencies_of_a_websocket_are_left_when_its_client_leaves(
    http: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(handshake("/ws/Jemima?age=3"))
        heard = await dialogue.hear(lambda heard: b'["Jemima",4]' in heard)
        assert heard.startswith(b"HTTP/1.1 101 ")
        assert pond.log == []
        dialogue.writer.transport.abort()
        await asyncio.wait_for(pond.left.wait(), 5)

    with caplog.at_level(logging.ERROR):
        assert on_pond(http, scenario).log == ["session left"]
    assert caplog.records == []


@PARSERS
def test_a_handshake_that_does_not_fit_is_a_403(http: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(handshake("/ws/Jemima?age=old"))
        heard = await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        assert heard.startswith(b"HTTP/1.1 403 ")

    with caplog.at_level(logging.ERROR):
        assert on_pond(http, scenario).log == ["session left"]
    assert caplog.records == []


@PARSERS
def test_an_error_of_the_endpoint_is_a_1011_and_logged_once(http: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(pond: Pond, dialogue: Dialogue) -> None:
        await dialogue.say(handshake("/ws/Jemima?age=0"))
        heard = await dialogue.hear(lambda heard: b"\x03\xf3" in heard)  # 1011
        assert heard.startswith(b"HTTP/1.1 101 ")
        await asyncio.wait_for(pond.left.wait(), 5)

    with caplog.at_level(logging.ERROR):
        assert on_pond(http, scenario).log == ["session left"]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
