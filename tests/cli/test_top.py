"""`webfoot top` beside real servers: what hangs, and why."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.server.process.serving import GUARD, connect, poll, webfoot, write_app

APP = """
import asyncio, time
from webfoot.web import run_in_threadpool
from webfoot.web.threads import pool

pool.limit = 1

def block():
    time.sleep(60)

async def app(scope, receive, send):
    path = scope["path"]
    if path == "/hold":
        block()
    if path == "/sleep":
        await asyncio.sleep(60)
    if path == "/thread":
        await run_in_threadpool(time.sleep, 60)
    while path == "/body" and (await receive())["more_body"]:
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    while path == "/big":
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
    if path == "/events":
        await send({"type": "http.response.body", "body": b"data: quack\\n\\n", "more_body": True})
        await asyncio.sleep(60)
    await send({"type": "http.response.body", "body": b"quack"})
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Callable[[bytes], socket.socket], Path]]:
    """The url of a server with a recorder, a way to ask it without waiting, and the recorder's directory."""
    write_app(tmp_path, APP)
    directory = tmp_path / "flights"
    words = ("run", "main:app", "--port", "0", "--recorder", "--recorder-dir", str(directory), "--no-access-log")
    with webfoot(*words, cwd=tmp_path) as serving, ExitStack() as held:
        url = serving.url()

        def ask(request: bytes) -> socket.socket:
            connection = held.enter_context(connect(url))
            connection.sendall(request)
            return connection

        yield url, ask, directory


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode()


def top(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "webfoot", "top", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)


def waiting(where: object, count: int) -> dict[str, dict[str, Any]]:
    """What is under way, by path, once so many say what they wait for."""

    def look() -> dict[str, dict[str, Any]]:
        told = json.loads(top(str(where), "--json").stdout)
        return {each["path"]: each for each in told["in_flight"] if each["waits_for"]}

    return poll(look, lambda found: len(found) == count)


def test_what_each_request_waits_for(server):
    _, ask, directory = server
    for path in ("/sleep", "/events", "/thread", "/big"):
        ask(get(path))
    ask(b"POST /body HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nqu")

    found = waiting(directory, 5)

    assert found["/sleep"]["waits_for"] == "main.py:16 in app"
    assert found["/thread"]["waits_for"].startswith("main.py:18 in app, which waits for ")
    assert found["/thread"]["waits_for"].endswith(" in a thread")
    assert found["/body"]["waits_for"] == "the client's body, main.py:19 in app"
    assert found["/big"]["waits_for"] == "the client, which reads slowly, main.py:23 in app"
    assert found["/big"]["status"] == 200 and found["/big"]["sent"] >= 100_000
    assert found["/events"]["kind"] == "stream"


def test_a_client_that_has_left(server):
    _, ask, directory = server
    ask(get("/sleep")).shutdown(socket.SHUT_WR)

    def look() -> list[str]:
        told = json.loads(top(str(directory), "--json").stdout)
        return [each["waits_for"] for each in told["in_flight"] if each["path"] == "/sleep"]

    assert poll(look, lambda found: "has left" in "".join(found)) == ["main.py:16 in app, its client has left"]


def test_a_queue_for_the_only_thread(server):
    _, ask, directory = server
    ask(get("/thread"))
    waiting(directory, 1)
    ask(get("/thread"))

    told = poll(
        lambda: json.loads(top(str(directory), "--json").stdout)["in_flight"],
        lambda found: len(found) == 2 and all(each["waits_for"] for each in found),
    )
    assert told[0]["waits_for"].endswith(" in a thread")
    assert told[1]["waits_for"] == "main.py:18 in app, which waits for a free thread"


def test_a_loop_that_is_held(server):
    url, ask, _ = server
    ask(get("/sleep"))
    time.sleep(0.3)
    ask(get("/hold"))

    found = poll(lambda: waiting(url, 2), lambda told: told["/hold"]["waits_for"].startswith("holds"))

    assert found["/hold"]["waits_for"] == "holds the event loop at main.py:9 in block"
    assert found["/sleep"]["waits_for"] == "the event loop, held by GET /hold at main.py:9 in block"
    table = top(url).stdout
    assert "by GET /hold at main.py:9 in block" in table and "/sleep" in table and "\x1b" not in table


def test_there_is_no_such_server(tmp_path: Path):
    refused = top(str(tmp_path))

    assert refused.returncode != 0
    assert "--recorder" in refused.stderr and refused.stderr.count("\n") == 1


def test_on_a_terminal_keys_sort_filter_and_end_it(server):
    _, ask, directory = server
    ask(get("/sleep"))
    with Terminal("top", str(directory)) as terminal:
        terminal.wait_for("main.py:16 in app")
        terminal.press("s")
        terminal.wait_for("sort: sent")
        terminal.press("f")
        terminal.press("goose")
        terminal.wait_for("nothing is under way that has 'goose' in it")
        terminal.press("\r")
        terminal.wait_for("f filter: goose")
        terminal.press("q")
        terminal.wait_for("\x1b[?1049l")  # what stood there before is there again
        assert terminal.process.wait(GUARD) == 0


class Terminal:
    """A command that thinks that somebody looks at it."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "140", "LINES": "30", "TERM": "xterm"}
        command = [sys.executable, "-m", "webfoot", *words]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        self._seen = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> None:
        """What is seen from now on, or was not looked at before."""
        end = time.monotonic() + GUARD
        while text not in self._seen:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} was not seen, but {self._seen[-2000:]!r}"
            try:
                self._seen += os.read(self._ours, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"it ended without {text!r}: {self._seen[-2000:]!r}") from None
        self._seen = self._seen.rpartition(text)[2]
