from __future__ import annotations

import asyncio
from typing import Any

import pytest

from webfoot.asgi.guard import Guard
from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.testing.wire import ClockLoop, Wire, exchange_bytes, run_on_wire

GET = b"GET /pond HTTP/1.1\r\nHost: pond\r\n\r\n"


async def echo_path(scope: Scope, receive: Receive, send: Send) -> None:
    body = b""
    while (event := await receive())["type"] == "http.request":
        body += event["body"]
        if not event["more_body"]:
            break
    content = scope["path"].encode() + b":" + body
    headers = [(b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_bytes_in_bytes_out(parser: str) -> None:
    answer = exchange_bytes(Guard(echo_path), GET, GET, http=parser)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.count(b"\r\n\r\n/pond:") == 2


def test_a_request_byte_by_byte() -> None:
    request = b"POST /pond HTTP/1.1\r\nHost: pond\r\nContent-Length: 5\r\n\r\nquack"
    parts = [request[at : at + 1] for at in range(len(request))]
    assert exchange_bytes(echo_path, *parts).endswith(b"/pond:quack")


def test_a_dialogue() -> None:
    async def talk(wire: Wire) -> bytes:
        await wire.say(GET)
        head = await wire.hear(b"\r\n\r\n")
        assert b"content-length: 6\r\n" in head.lower()
        assert await wire.hear_exactly(6) == b"/pond:"
        await wire.say(GET.replace(b"Host", b"Connection: close\r\nHost"))
        return await wire.rest()

    assert run_on_wire(echo_path, talk).endswith(b"/pond:")


def test_the_clock_can_be_set_forward() -> None:
    async def talk(wire: Wire) -> bytes:
        await wire.say(GET)
        await wire.hear(b"/pond:")
        wire.advance(3600)
        return await wire.rest()

    assert run_on_wire(echo_path, talk, timeout_keep_alive=1800) == b""


def test_an_ordinary_loop_has_no_such_clock() -> None:
    async def scenario() -> None:
        async with Wire(echo_path) as wire:
            await wire.say(GET)
            await wire.hear(b"/pond:")
            with pytest.raises(RuntimeError, match=r"^only a ClockLoop can be set forward"):
                wire.advance(1)

    asyncio.run(scenario())


def test_a_client_that_vanishes() -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        event: Message = {"type": ""}
        while event["type"] != "http.disconnect":
            event = await receive()
            heard.append(event["type"])

    async def talk(wire: Wire) -> None:
        await wire.say(GET)
        while not heard:
            await asyncio.sleep(0)
        wire.vanish()
        while heard[-1] != "http.disconnect":
            await asyncio.sleep(0)

    run_on_wire(app, talk)
    assert heard == ["http.request", "http.disconnect"]


def test_the_state_reaches_the_scope() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["state"]["duck"]})

    assert b"mandarin" in exchange_bytes(app, GET, state={"duck": b"mandarin"})


def test_timers_of_a_clock_loop_follow_its_clock() -> None:
    async def scenario() -> float:
        loop: Any = asyncio.get_running_loop()
        before = loop.time()
        loop.advance(1000)
        await asyncio.sleep(0)
        return loop.time() - before

    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        assert 1000 <= runner.run(scenario()) < 1010
