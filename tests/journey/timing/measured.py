"""A server on a real socket whose requests are timed, and the splits of those that have ended."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

import uvloop
from tests.conformance.harness import PATIENCE, Dialogue, with_server

from webfoot.journey.record import Record
from webfoot.journey.timing.listening import Timing
from webfoot.journey.timing.split import Split, split_of
from webfoot.journey.watching import Listener, Watching

MS = 1_000_000
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Ended(Listener):
    def __init__(self) -> None:
        self.records: list[Record] = []

    def done(self, record: Record) -> None:
        self.records.append(record)


def records_of(
    app: Any, talk: Callable[[Dialogue], Awaitable[Any]], count: int = 1, loop: str = "asyncio", **options: Any
) -> list[Record]:
    """What was recorded of `count` requests that `talk` has made, in the order in which they ended."""
    ended = Ended()
    watching = Watching([Timing(), ended])

    async def to_the_end(dialogue: Dialogue) -> None:
        async with asyncio.timeout(PATIENCE):
            await talk(dialogue)
            while len(ended.records) < count:
                await asyncio.sleep(0.005)

    gc.collect()
    gc.disable()  # a collection counts for whoever runs just then, and here it takes a tenth of a second
    try:
        with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
            runner.run(with_server(watching.loaded(app), to_the_end, watching, **options))
    finally:
        gc.enable()
    return ended.records


def split_of_one(app: Any, talk: Callable[[Dialogue], Awaitable[Any]], **more: Any) -> Split:
    [record] = records_of(app, talk, **more)
    return whole(record)


def whole(record: Record) -> Split:
    """The split, of which the parts are not negative and add up to all of the time."""
    split = split_of(record)
    assert split is not None
    assert all(getattr(split, each.name) >= 0 for each in fields(split)), split
    assert split.total == record.took_ns
    return split


def waited(split: Split, *parts: str) -> int:
    """At least so long, on a machine that is busy with other things, too: the end of a wait may then be lag."""
    return sum(getattr(split, part) for part in parts) + split.loop_lag


def asking(request: bytes) -> Callable[[Dialogue], Awaitable[Any]]:
    """Say it and read all that comes."""

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(request)
        await dialogue.reader.read()

    return talk


def get(path: str = "/", *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET %b HTTP/1.1" % path.encode(), b"host: x", b"connection: close", *headers, b"", b""])


async def answer(send: Any, body: bytes = b"quack") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
