"""Small parts that come in a burst share one write, in order; what must not wait does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from webfoot.server.gateway.service import Service
from webfoot.server.net.connections import Connections
from webfoot.server.net.transport import Transport
from webfoot.server.settings.options import ServerOptions

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
START = {"type": "http.response.start", "status": 200, "headers": []}


def part(data: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


class Below(asyncio.Transport):
    """The loop's side: notes each write, and how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[bytes | str] = []

    def write(self, data: Any) -> None:
        self.calls.append(bytes(data))

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")

    def write_eof(self) -> None:
        self.calls.append("eof")

    def is_closing(self) -> bool:
        return not {"abort", "close"}.isdisjoint(self.calls)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


def calls(app: Callable[..., Awaitable[None]], request: bytes = GET) -> list[bytes | str]:
    """What reaches the loop's transport when `app` answers one request."""

    entered = []

    async def told(*call: Any) -> None:
        entered.append(call)
        await app(*call)

    async def scenario() -> list[bytes | str]:
        service = Service(told, ServerOptions(access_log=False))
        transport, below = Transport(service, Connections(service)), Below()
        transport.connection_made(below)
        transport.data_received(request)
        while not entered or service.running:  # where tasks start eagerly (Python 3.12), it may all be over already
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        return below.calls

    return asyncio.run(scenario())


def test_the_first_part_goes_at_once_and_the_rest_of_a_burst_together() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        for number in range(50):
            await send(part(b"%02d" % number))
        await send(part(b"", False))

    first, rest = calls(streams)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.endswith(b"\r\n\r\n2\r\n00\r\n")
    assert rest == b"".join(b"2\r\n%02d\r\n" % number for number in range(1, 50)) + b"0\r\n\r\n"


def test_what_is_held_goes_with_the_loops_next_turn() -> None:
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await send(part(b"b"))
        for _ in range(3):
            await asyncio.sleep(0)
        await send(part(b"c"))
        for _ in range(3):
            await asyncio.sleep(0)
        await send(part(b"", False))

    said = calls(waits)
    assert [each[-6:] for each in said[:3]] == [b"1\r\na\r\n", b"1\r\nb\r\n", b"1\r\nc\r\n"]
    assert said[3:] == [b"0\r\n\r\n"]


def test_an_application_that_blocks_the_loop_between_its_parts_still_streams() -> None:
    async def blocks(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        for data in (b"a", b"b", b"c"):
            await send(part(data))
            time.sleep(0.005)
        await send(part(b"", False))

    assert [each[-6:] for each in calls(blocks)[:3]] == [b"1\r\na\r\n", b"1\r\nb\r\n", b"1\r\nc\r\n"]


def test_a_burst_is_handed_on_when_it_has_become_large() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        for _ in range(100):
            await send(part(b"x" * 4000))
        await send(part(b"y" * 100_000))
        await send(part(b"", False))

    said = calls(streams)
    assert max(len(each) for each in said) < 64 * 1024 + 101_000
    assert len(said) < 12
    assert b"".join(said).count(b"x" * 4000) == 100


@pytest.mark.parametrize(("size", "count"), [(10, 100_000), (1000, 3000), (100_000, 30)])
def test_an_application_that_waits_for_nothing_leaves_the_loop_to_others_now_and_then(size: int, count: int) -> None:
    turns = 0

    def turn() -> None:
        nonlocal turns
        turns += 1
        asyncio.get_running_loop().call_soon(turn)

    async def streams(scope: Any, receive: Any, send: Any) -> None:
        turn()
        await send(START)
        for _ in range(count):
            await send(part(b"x" * size))
        seen.append(turns)
        await send(part(b"", False))

    seen: list[int] = []
    assert b"".join(each for each in calls(streams) if isinstance(each, bytes)).count(b"x" * size) == count
    assert seen[0] > size * count // (400 * 1024)


def test_an_application_that_blocks_the_loop_leaves_it_to_others_now_and_then() -> None:
    others: list[int] = []

    async def blocks(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        asyncio.get_running_loop().call_soon(others.append, 0)
        for _ in range(8):
            await send(part(b"x"))
            time.sleep(0.005)
        others.append(1)
        await send(part(b"", False))

    calls(blocks)
    assert others == [0, 1]


@pytest.mark.parametrize("ends", ["raises", "cancelled"])
def test_what_was_sent_before_a_failure_is_not_lost(ends: str) -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await send(part(b"b"))
        if ends == "raises":
            raise ValueError("quack")
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        await asyncio.sleep(1)

    _head, held, end = calls(fails)
    assert (held, end) == (b"1\r\nb\r\n", "abort")


def test_the_answer_to_a_last_request_ends_before_our_side_does() -> None:
    async def streams(scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await send(part(b"b"))
        await send(part(b"", False))

    _head, held, end = calls(streams, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert (held, end) == (b"1\r\nb\r\n0\r\n\r\n", "eof")
