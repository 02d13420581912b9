"""A loop that is held: by whom, at which line, and whom it held up."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.journey.timing.measured import LOOPS, get

from webfoot.journey.record import Record
from webfoot.journey.watching import Listener, Watching
from webfoot.server.health.loop_watch import LoopWatch

BOUND = 0.08


def hold(seconds: float = 0.25) -> None:
    time.sleep(seconds)  # the line that is found


LINE = hold.__code__.co_firstlineno + 1
HERE = str(Path(__file__).relative_to(Path.cwd()))


async def app(scope: Any, receive: Any, send: Any) -> None:
    match scope["path"]:
        case "/holds":
            hold()
        case "/long":
            hold(1.3)
        case "/computes":
            until = time.monotonic() + 0.25
            while time.monotonic() < until:
                pass
        case "/sleeps":
            await asyncio.sleep(0.3)
        case "/starts":
            await asyncio.create_task(holding(), name="a task of its own")
        case "/leaves":
            asyncio.get_running_loop().call_later(0.01, hold)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})


async def holding() -> None:
    hold()


class Ended(Listener):
    def __init__(self) -> None:
        self.records: dict[str | None, Record] = {}

    def done(self, record: Record) -> None:
        self.records[record.target] = record


def watched(*paths: str, loop: str = "asyncio", first: str = "") -> dict[str | None, Record]:
    """Ask for `first` and leave it waiting, then for the others, in a server whose loop is watched."""
    ended = Ended()

    async def talk(dialogue: Dialogue) -> None:
        watch = LoopWatch(dialogue.service, BOUND)
        watch.start()
        try:
            port = dialogue.writer.get_extra_info("peername")[1]
            if first:
                await dialogue.say(get(first))
                await asyncio.sleep(0.05)
            await asyncio.gather(*(ask(port, path) for path in paths))
            await asyncio.sleep(0.35)
        finally:
            watch.stop()

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(with_server(app, talk, Watching([ended])))
    return ended.records


async def ask(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(get(path))
    await reader.read()
    writer.close()


@pytest.mark.parametrize("loop", list(LOOPS))
def test_one_warning_says_it_all(caplog, loop):
    with caplog.at_level(logging.WARNING, "webfoot"):
        records = watched("/holds", first="/sleeps", loop=loop)

    [said] = [each.getMessage() for each in caplog.records]
    assert "by GET /holds at" in said
    assert f"{HERE}:{LINE} in hold" in said
    assert "it held up GET /sleeps" in said
    assert said.count("\n") == 2  # the application's two lines
    culprit, victim = records["/holds"], records["/sleeps"]
    for record in (culprit, victim):
        [held] = record.holds
        assert held.by == culprit.id
        assert held.ns >= BOUND * 1e9
        assert held.place == f"{__file__}:{LINE} in hold"
        assert held.stack[-1] == held.place


def test_those_that_came_meanwhile_are_counted(caplog):
    async def talk(dialogue: Dialogue) -> None:
        watch = LoopWatch(dialogue.service, BOUND)
        watch.start()
        address = dialogue.writer.get_extra_info("peername")
        with socket.create_connection(address) as first, socket.create_connection(address) as second:
            await asyncio.sleep(0.05)
            threading.Timer(0.1, lambda: [each.sendall(get("/quick")) for each in (first, second)]).start()
            await dialogue.say(get("/holds"))
            await dialogue.reader.read()
            await asyncio.sleep(0.1)
        watch.stop()

    with caplog.at_level(logging.WARNING, "webfoot"):
        asyncio.run(with_server(app, talk))

    [said] = [each.getMessage() for each in caplog.records]
    assert "it held up 2 that came meanwhile" in said


def test_code_that_computes(caplog):
    with caplog.at_level(logging.WARNING, "webfoot"):
        watched("/computes")

    assert "by GET /computes at" in caplog.text
    assert "nobody else was waiting" in caplog.text


def test_a_task_of_the_application_that_a_request_waits_for(caplog):
    with caplog.at_level(logging.WARNING, "webfoot"):
        watched("/starts")

    assert "by GET /starts at" in caplog.text
    assert "in holding" in caplog.text


def test_a_callback_that_is_nobodys(caplog):
    with caplog.at_level(logging.WARNING, "webfoot"):
        watched("/leaves")

    assert f"by a callback at {HERE}:{LINE} in hold" in caplog.text


def test_it_is_said_while_the_loop_is_still_held(caplog):
    with caplog.at_level(logging.WARNING, "webfoot"):
        watched("/long")

    first, second = (each.getMessage() for each in caplog.records)
    assert "by GET /long" in first and "and still is" in first and f":{LINE} in hold" in first
    assert "was held for 1." in second


def test_a_loop_that_is_free_is_not_spoken_of(caplog):
    with caplog.at_level(logging.WARNING, "webfoot"):
        records = watched("/sleeps", "/quick")

    assert caplog.records == []
    assert all(not record.holds for record in records.values())


def test_a_debugger_holds_nothing(caplog, tmp_path):
    """Somebody looks at his program, and knows that it stands still."""
    source = "import time\ndef interact():\n    time.sleep(0.3)\n"
    debugger: dict[str, Any] = {}
    exec(compile(source, str(tmp_path / "pdb.py"), "exec"), debugger)

    async def talk(dialogue: Dialogue) -> None:
        watch = LoopWatch(dialogue.service, BOUND)
        watch.start()
        await asyncio.sleep(0.05)
        debugger["interact"]()
        await asyncio.sleep(0.1)
        watch.stop()

    with caplog.at_level(logging.WARNING, "webfoot"):
        asyncio.run(with_server(app, talk))
    assert caplog.records == []


def test_a_flood_of_holds_is_summed_up(caplog):
    async def talk(dialogue: Dialogue) -> None:
        watch = LoopWatch(dialogue.service, 0.01)
        watch.start()
        for _ in range(30):
            time.sleep(0.03)
            await asyncio.sleep(0.01)
        watch.stop()

    with caplog.at_level(logging.WARNING, "webfoot"):
        asyncio.run(with_server(app, talk))
    assert 1 <= len(caplog.records) <= 21
