"""Who leaves is noticed at once, wherever the application stands, and no task is left behind."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop
from tests.conformance.harness import PATIENCE, Dialogue, with_server

from webfoot.asgi.types import ClientDisconnected

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"
LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


def start(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": list(headers)}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def scene(
    run: Any,
    act: Callable[[Any, Any, list[Any]], Awaitable[None]],
    raw: bytes = GET,
    half: bool = False,
    **options: Any,
) -> list[Any]:
    """What an application hears whose client resets the connection (`half`: closes its side of it) meanwhile."""
    heard: list[Any] = []
    begun = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def telling() -> Any:
            event = await receive()
            heard.append(event["type"])
            return event

        begun.append(scope)
        try:
            await act(telling, send, heard)
        except OSError as error:
            heard.append(type(error))
            raise

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.transport.pause_reading()
        await dialogue.say(raw)
        async with asyncio.timeout(5):
            while not begun:
                await asyncio.sleep(0)
            await asyncio.sleep(0.03)
            if half:
                dialogue.writer.write_eof()
            else:
                connected = dialogue.writer.get_extra_info("socket")
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                dialogue.writer.transport.abort()
            while dialogue.service.running:
                await asyncio.sleep(0.001)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, "a task was left behind"

    run(with_server(app, talk, **options))
    return heard


@LOOPS
def test_who_waits_for_the_body(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        with pytest.raises(ClientDisconnected):
            await send(start())

    assert scene(run, act, POST) == ["http.request", "http.disconnect"]
    assert not caplog.records


@LOOPS
def test_who_streams(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await send(start())
        while True:
            await send(body(b"x", True))
            await asyncio.sleep(0.001)

    assert scene(run, act) == [ClientDisconnected]
    assert not caplog.records


@LOOPS
@pytest.mark.parametrize("size", [10, 5_000, 70_000])
def test_who_streams_and_waits_for_nothing_else(run: Any, size: int, caplog: pytest.LogCaptureFixture) -> None:
    """A write to a client that has gone never makes it wait, so that it would go on, and nobody else get a turn."""

    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await send(start())
        for _ in range(1_000_000):
            await send(body(b"x" * size, True))

    assert scene(run, act) == [ClientDisconnected]
    assert not caplog.records


@LOOPS
def test_who_waits_until_the_client_takes_more(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The very `send()` that waits raises, not the one after it."""
    sent: list[int] = []

    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await send(start())
        while True:
            sent.append(0)
            await send(body(b"x" * 4_000_000, True))
            sent[-1] = 1

    assert scene(run, act) == [ClientDisconnected]
    assert sent[-1] == 0
    assert len(sent) < 10
    assert not caplog.records


@LOOPS
def test_who_listens_in_the_background_while_a_file_is_sent(run: Any, tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as sparse:
        sparse.truncate(256 << 20)

    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        listening = asyncio.create_task(receive())
        await send(start())
        try:
            await send({"type": "http.response.pathsend", "path": str(tmp_path / "file")})
        finally:
            await listening

    assert scene(run, act) == ["http.request", "http.disconnect", ClientDisconnected]


@LOOPS
def test_who_listens_in_the_background_while_another_sends(run: Any) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        listening = asyncio.create_task(receive())
        await send(start())
        try:
            while True:
                await send(body(b"x", True))
                await asyncio.sleep(0.001)
        finally:  # whichever of the two hears it first
            await listening

    assert scene(run, act) == ["http.request", "http.disconnect", ClientDisconnected]


@LOOPS
def test_two_who_listen_both_hear_it(run: Any) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        await asyncio.gather(receive(), receive())

    assert scene(run, act) == ["http.request", "http.disconnect", "http.disconnect"]


@LOOPS
def test_a_client_that_closes_its_side_gets_its_answer_all_the_same(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        await receive()
        await send(start())
        await send(body(b"x"))
        heard.append("sent")

    assert scene(run, act, half=True) == ["http.request", "http.disconnect", "sent"]
    assert not caplog.records


@LOOPS
def test_a_body_that_ends_in_the_middle_is_a_client_that_left(run: Any) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        await receive()
        await send(start())

    assert scene(run, act, POST, half=True) == ["http.request", "http.disconnect", ClientDisconnected]


@LOOPS
def test_what_came_before_is_not_delivered_to_nobody(run: Any) -> None:
    """The rest of the body is of no use when the client that wanted the answer is gone."""

    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await asyncio.sleep(0.06)
        await receive()
        await receive()

    assert scene(run, act, POST) == ["http.disconnect", "http.disconnect"]


@LOOPS
def test_requests_that_wait_for_their_turn_are_not_begun(run: Any) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        await receive()

    assert scene(run, act, GET * 3) == ["http.request", "http.disconnect"]


@LOOPS
@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("raises", [True, False])
def test_who_gives_up_because_the_client_left_has_done_nothing_wrong(
    run: Any, half: bool, raises: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await receive()
        await receive()
        if raises:
            raise ClientDisconnected("so I was told")

    assert scene(run, act, half=half)[:2] == ["http.request", "http.disconnect"]
    assert not caplog.records


@LOOPS
def test_an_application_that_does_not_care_ends_when_it_wants(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await asyncio.sleep(0.06)
        heard.append("done")

    assert scene(run, act) == ["done"]
    assert not caplog.records


@LOOPS
def test_work_behind_the_response_goes_on(run: Any) -> None:
    async def act(receive: Any, send: Any, heard: list[Any]) -> None:
        await send(start())
        await send(body(b"x"))
        await asyncio.sleep(0.06)
        await receive()

    assert scene(run, act) == ["http.disconnect"]


# Behind more pipelined bytes than we hold, so that nobody reads to where the connection ends.


@LOOPS
@pytest.mark.parametrize("how", ["half-closed", "reset"])
def test_a_client_that_left_behind_bytes_that_are_not_read_is_noticed(run: Any, how: str) -> None:
    told: list[str] = []

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        told.append((await receive())["type"])
        await send(start())
        await send(body(b"bye"))

    async def talk(dialogue: Dialogue) -> None:
        dialogue.writer.write(GET * 10_000)
        if how == "reset":
            await asyncio.sleep(0.1)
            linger = struct.pack("ii", 1, 0)
            dialogue.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            dialogue.writer.transport.abort()
        else:
            dialogue.writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            while not told:
                await asyncio.sleep(0.05)
        assert told[0] == "http.disconnect"

    run(with_server(waits, talk))
