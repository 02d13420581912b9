"""Clients that are slow, silent or stuck, with the clock in hand: each of them ends, and what it is told."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.testing.wire import ClockLoop, Wire

POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
DAY = 86400


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        if not event["more_body"]:
            break
    await answer(send, b"quack")


async def pours(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, bytes(8_000_000))


async def answer(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Client:
    """A wire, and how many seconds its client has spent."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.spent = 0.0

    @property
    def is_over(self) -> bool:
        return len(self.wire._connections) == 0

    async def wait(self, seconds: float) -> bool:
        """Let time pass; False if the server closes the connection meanwhile."""
        end = self.spent + seconds
        while self.spent < end and not self.wire._reader._eof:
            await self.pass_time(min(0.5, end - self.spent))
        return not self.wire._reader._eof

    async def pass_time(self, seconds: float) -> None:
        self.wire.advance(seconds)
        self.spent += seconds
        connections = self.wire._connections
        connections._timer.cancel()
        connections._sweep()
        await turns(5)

    async def drip(self, *pieces: bytes, every: float) -> bool:
        """Send one piece after the other, the last one again and again, until the connection ends or a day is over."""
        count = 0
        while self.spent < DAY:
            try:
                await self.wire.say(pieces[min(count, len(pieces) - 1)])
            except ConnectionError:
                return True
            count += 1
            await turns()
            if not await self.wait(every):
                return True
        return False


def with_client(talk: Callable[[Client], Awaitable[Any]], app: Any = reads_all, **options: Any) -> Any:
    """Runs `talk` and then wants everything to be over: no connection, no task, no traceback."""

    async def scene() -> Any:
        async with Wire(app, **options) as wire:
            client = Client(wire)
            told = await talk(client)
            for _ in range(6):  # a client that does not close its side is not waited for
                await client.pass_time(0.5)
            assert client.is_over, "the connection is still there"
            assert not wire._connections._service.running, "the application is still running"
        await turns()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return told

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(scene())


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG, "webfoot"):
        yield
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.WARNING]


def status_of(heard: bytes) -> int | None:
    """408 closes the connection and says so (RFC 9110 section 15.5.9); None: there was no answer."""
    if not heard:
        return None
    assert heard.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in heard.lower()
    return int(heard.split(b" ")[1])


# What the client does, what it is told, and how many seconds it gets.
DRIPS: dict[str, tuple[tuple[bytes, ...], float, int | None, float]] = {
    "says nothing": ((b"",), 1, None, 10),
    "sends empty lines": ((b"\r\n",), 1, None, 10),
    "drips its request line": ((b"GET /", b"a"), 1, 408, 10),
    "drips endless fields": ((GET[:-2], b"X: y\r\n"), 1, 408, 10),
    "stops in its request line": ((b"GET", b""), 1, 408, 10),
    "drips its body": ((POST, b"a"), 1, 408, 30.2),
    "drips its body each 29 seconds": ((POST, b"a"), 29, 408, 31),
    "drips its body below the rate": ((POST, b"a" * 120), 1, 408, 60),
    "drips chunks": ((CHUNKED, b"1\r\na\r\n"), 1, 408, 31),
    "stops in its body": ((POST + b"abc", b""), 1, 408, 30),
    "stops in a chunk-size": ((CHUNKED + b"3\r\nabc\r\n1", b""), 1, 408, 30),
    "drips a chunk-size": ((CHUNKED, b"0"), 1, 408, 30.1),
    "stops in its trailers": ((CHUNKED + b"0\r\nX: y", b""), 1, 408, 30),
    "drips endless trailers": ((CHUNKED + b"0\r\n", b"X: y\r\n"), 1, 408, 31),
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_slow_request(what: str, parser: str) -> None:
    pieces, every, status, seconds = DRIPS[what]

    async def talk(client: Client) -> tuple[bytes, float]:
        assert await client.drip(*pieces, every=every), "it went on for a day"
        spent = client.spent
        return await client.wire.rest(), spent

    heard, spent = with_client(talk, http=parser)
    assert status_of(heard) == status
    assert seconds - 1 <= spent <= seconds + every + 1


def test_a_body_above_the_rate_may_take_hours() -> None:
    async def talk(client: Client) -> bytes:
        await client.wire.say(POST)
        for _ in range(1000):
            await client.wire.say(b"a" * 1000)
            await turns()
            assert await client.wait(4)
        heard = await client.wire.hear(b"quack")
        client.wire.finish()
        return heard

    assert with_client(talk).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("body", [b"", b"a", b"a" * 500_000], ids=["nothing", "a byte", "more than is held"])
def test_the_clock_stands_still_while_the_application_does_not_read(body: bytes) -> None:
    busy = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await busy.wait()
        await reads_all(scope, receive, send)

    async def talk(client: Client) -> bytes:
        sending = asyncio.ensure_future(client.wire.say(POST, body))
        assert await client.wait(3600)
        busy.set()
        await turns()
        await sending
        assert await client.wait(20)  # its own patience begins only now
        await client.wire.say(b"a" * (1_000_000 - len(body)))
        heard = await client.wire.hear(b"quack")
        client.wire.finish()
        return heard

    assert with_client(talk, slow).startswith(b"HTTP/1.1 200 ")


def test_what_the_client_used_up_is_not_given_back_by_a_slow_application() -> None:
    """The application takes its time for each byte, and yet the pauses between them are the client's own."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] == "http.request":
            await asyncio.sleep(100)

    async def talk(client: Client) -> bytes:
        await client.wire.say(POST)
        await turns()
        assert await client.wait(19)
        await client.wire.say(b"a")
        await turns()
        assert await client.wait(100)  # of the application's own
        assert await client.wait(9)
        assert not await client.wait(3)
        return await client.wire.rest()

    assert status_of(with_client(talk, slow)) == 408


def test_an_expectation_and_then_no_body(parser: str) -> None:
    async def talk(client: Client) -> bytes:
        await client.wire.say(POST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        assert await client.wire.hear(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert not await client.wait(31)
        return await client.wire.rest()

    assert status_of(with_client(talk, http=parser)) == 408


def test_a_body_that_nobody_reads_any_more_is_waited_for_but_a_while(parser: str) -> None:
    async def early(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"quack")

    async def talk(client: Client) -> bytes:
        await client.wire.say(CHUNKED + b"3\r\nabc\r\n")
        assert await client.drip(b"1\r\na\r\n", every=1)
        assert client.spent <= 31
        return await client.wire.rest()

    assert with_client(talk, early, http=parser).endswith(b"quack")


def test_an_idle_connection_is_closed_without_a_word(parser: str) -> None:
    async def talk(client: Client) -> bytes:
        await client.wire.say(GET)
        await client.wire.hear(b"quack")
        await turns()
        assert await client.wait(74)
        assert not await client.wait(2)
        return await client.wire.rest()

    assert with_client(talk, http=parser) == b""


@pytest.mark.parametrize("said", [b"", b"GET / HT", POST + b"abc"], ids=["nothing", "half a head", "half a body"])
def test_a_client_that_closes_its_side(said: bytes, parser: str) -> None:
    async def talk(client: Client) -> bytes:
        await client.wire.say(said)
        client.wire.finish()
        await turns()
        return await client.wire.rest()

    assert with_client(talk, http=parser) == b""


def test_a_client_that_does_not_close_its_side_after_us(parser: str) -> None:
    async def talk(client: Client) -> bytes:
        await client.wire.say(GET.replace(b"Host", b"Connection: close\r\nHost"))
        heard = await client.wire.rest()
        for _ in range(5):
            await client.wire.say(b"and another thing")  # which keeps nothing open
            client.wire.advance(0.5)
        return heard

    assert with_client(talk, http=parser).endswith(b"quack")


def read_slowly(size: int, every: float, app: Any = pours, **options: Any) -> float:
    """Ask for a large response and read `size` bytes of it `every` so many seconds; how long that went on."""

    async def scene() -> float:
        theirs, ours = socket.socketpair()
        for each in (theirs, ours):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        wire = Wire(app, **options)
        async with wire:
            client = Client(wire)
            await wire_listener(wire).adopt(theirs)
            assert len(wire._connections) == 2
            wire.vanish()
            ours.send(GET)
            await turns()
            while not client.is_over and client.spent < 3600:
                for _ in range(math.ceil(every / 10)):
                    await client.pass_time(min(every, 10))
                left = size
                while left:
                    try:
                        left -= len(ours.recv(left)) or left
                    except OSError:
                        break
            assert not wire._connections._service.running
            ours.close()
            return client.spent

    def wire_listener(wire: Wire) -> Any:
        from webfoot.server.net.listener import Listener

        return Listener(wire._connections._service, wire._connections, ())

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        return runner.run(scene())


@pytest.mark.parametrize(
    ("size", "every", "least", "most"),
    [(0, 1, 59, 62), (1, 60, 59, 125), (1, 50, 59, 105), (120, 1, 60, 125)],
    ids=["nothing", "a byte a minute", "a byte each 50 s", "120 bytes a second"],
)
def test_a_client_that_reads_too_slowly(size: int, every: float, least: float, most: float) -> None:
    assert least <= read_slowly(size, every) <= most


def test_a_client_that_reads_slowly_but_keeps_the_rate() -> None:
    assert read_slowly(500, 1) >= 3600


@pytest.mark.parametrize(("size", "ends"), [(0, True), (1, True), (50_000, False)])
def test_a_file_that_the_kernel_sends_is_under_the_same_clock(size: int, ends: bool, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(8_000_000))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.pathsend", "path": str(tmp_path / "file")})

    assert (read_slowly(size, 10, app) < 125) is ends


def test_a_client_that_reads_slowly_where_no_rate_is_wanted() -> None:
    assert read_slowly(5000, 50, rate_response=0) >= 3600


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_two_hundred_slow_clients_are_in_nobodys_way(loop: str) -> None:
    from webfoot.server.process.loop import EventLoop

    async def talk(dialogue: Dialogue) -> list[bytes]:
        address = dialogue.writer.get_extra_info("peername")
        slow = []
        for number in range(200):
            slow.append(await asyncio.open_connection(*address))
            slow[-1][1].write((b"", b"GET / HT", POST + b"abc", CHUNKED + b"5")[number % 4])
        answers = []
        for _ in range(20):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET * 5)
            for _ in range(5):
                async with asyncio.timeout(5):
                    answers.append((await reader.readuntil(b"quack"))[:12])
            writer.close()
        async with asyncio.timeout(10):
            told = [await reader.read() for reader, _ in slow]
        for _, writer in slow:
            writer.close()
        assert {status_of(each) for each in told[1::4] + told[2::4] + told[3::4]} == {408}
        assert set(told[0::4]) == {b""}
        return answers

    patience = {"timeout_first_byte": 1, "timeout_head": 1, "timeout_body": 1}
    with EventLoop(loop) as running:
        assert running.run(with_server(reads_all, talk, **patience)) == [b"HTTP/1.1 200"] * 100
