"""More connections than there is room for: by the setting, and by the descriptors of the process."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.server.net import descriptors
from webfoot.server.process.loop import EventLoop

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def quack(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_who_comes_when_all_places_are_taken_is_told_so(loop: str) -> None:
    async def talk(dialogue: Dialogue) -> None:
        address = dialogue.writer.get_extra_info("peername")
        await dialogue.say(GET)
        await dialogue.hear(lambda heard: heard.endswith(b"quack"))
        for said in (b"", GET):
            reader, writer = await asyncio.open_connection(*address)
            writer.write(said)
            async with asyncio.timeout(5):
                heard = await reader.read()
            writer.close()
            assert heard.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: 1\r\n" in heard
            assert b"\r\nconnection: close\r\n" in heard
            assert b"its limit of 1 connections" in heard
        await dialogue.say(GET)  # who has a place is served
        await dialogue.hear(lambda heard: heard.endswith(b"quack"))
        dialogue.writer.close()
        async with asyncio.timeout(5):
            while len(dialogue.connections):
                await asyncio.sleep(0.01)
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET)
            assert (await reader.readuntil(b"quack")).startswith(b"HTTP/1.1 200 ")
        writer.close()

    with EventLoop(loop) as running:
        running.run(with_server(quack, talk, limit_connections=1))


def test_a_crowd_that_is_turned_away_takes_a_bounded_number_of_places() -> None:
    async def talk(dialogue: Dialogue) -> int:
        address = dialogue.writer.get_extra_info("peername")
        crowd = [await asyncio.open_connection(*address) for _ in range(300)]
        await asyncio.sleep(0.05)
        most = len(dialogue.connections)
        for _, writer in crowd:
            writer.close()
        return most

    assert asyncio.run(with_server(quack, talk, limit_connections=1)) <= 66


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The limit of open files, in the test's hand: what was set last is at the end."""
    known = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: known[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: known.append(pair))
    return known


@pytest.mark.parametrize(
    ("wanted", "room", "soft"), [(500, 500, 1024), (1000, 1000, 1128), (3968, 3968, 4096), (None, 3968, 4096)]
)
def test_the_limit_of_open_files_is_raised_as_far_as_needed(
    limits: list[tuple[int, int]], wanted: int | None, room: int, soft: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert descriptors.make_room(wanted) == room
    assert limits[-1] == (soft, 4096)
    assert not caplog.records


def test_too_few_descriptors_lower_the_limit_and_the_log_says_so(
    limits: list[tuple[int, int]], caplog: pytest.LogCaptureFixture
) -> None:
    assert descriptors.make_room(16384) == 3968
    (record,) = caplog.records
    assert record.getMessage().startswith("limit_connections is 3968 instead of 16384, because the system lets this ")


SCARCE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
from webfoot.server import run

hoard = []

async def app(scope, receive, send):
    if scope["path"] == "/hoard":
        try:
            while True:
                hoard.append(open("/dev/null"))
        except OSError:
            pass
    if scope["path"] == "/free":
        hoard.clear()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})

run(app, port=0, loop=sys.argv[1], lifespan="off", access_log=False)
"""


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_process_without_descriptors_says_so_once_and_goes_on_when_it_has_some(loop: str, tmp_path: Path) -> None:
    from tests.server.process.serving import Serving, ask, connect, poll

    script = tmp_path / "scarce.py"
    script.write_text(SCARCE)
    with Serving(str(script), loop, cwd=tmp_path) as serving:
        url = serving.url()
        with connect(url) as kept:
            kept.sendall(GET.replace(b"/ ", b"/hoard "))
            heard = b""
            while not heard.endswith(b"quack"):
                heard += kept.recv(1000)
            waiting = [connect(url) for _ in range(30)]
            serving.wait_for("there is no file descriptor left")
            kept.sendall(GET.replace(b"/ ", b"/free "))  # who has a connection is served all the while
            assert kept.recv(1000).startswith(b"HTTP/1.1 200 ")
        for each in waiting:
            each.close()
        assert poll(lambda: ask(url), lambda answer: answer == "quack")
        assert serving.end() == 0
    assert "Traceback" not in serving.output
    assert serving.output.count("no file descriptor left") == 1
