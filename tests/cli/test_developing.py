"""All who watch in `webfoot dev` together."""

import asyncio
import gc

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot import Webfoot
from webfoot.cli.developing import watcher
from webfoot.server import ServerOptions

app = Webfoot()


@app.get("/")
async def duck():
    return "quack"


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_requests_leave_nothing_to_the_cyclic_collector(http):
    """It would run all the time, and under it so would those who wait for it."""
    watching = watcher(ServerOptions(guard=True, journey_page=True, why_header=True, recorder=True), "none", None)

    async def talk(dialogue: Dialogue) -> int:
        async def ask(times: int) -> None:
            for _ in range(times):
                await dialogue.say(b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n")
                await dialogue.reader.readuntil(b'"quack"')
            await asyncio.sleep(0)

        await ask(5)
        gc.collect()
        await ask(50)
        return gc.collect()

    gc.disable()
    try:
        left = asyncio.run(with_server(watching.loaded(app), talk, watching, http=http, guard=True))
    finally:
        gc.enable()
    assert left < 50
