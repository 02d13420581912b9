"""What a service manager hears of a server, on a socket of ours in its place."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.process.serving import GUARD, Serving, ask, webfoot, write_app

from webfoot.server.process.service_manager import ServiceManager

QUIET = 0.3
"""Seconds in which nothing more comes."""


class Manager:
    """The manager's end. `heard` is all that it was told so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[dict[str, str]] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{name[1:]}" if name.startswith("@") else name)

    def hear(self, seconds: float = GUARD) -> dict[str, str]:
        self.socket.settimeout(seconds)
        words = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
        self.heard.append(words)
        return words

    def hear_of(self, key: str) -> dict[str, str]:
        while key not in (words := self.hear()):
            pass
        return words


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    name = str(tmp_path / "notify")
    manager = Manager(name if request.param == "path" else f"@{name[-60:]}")
    yield manager
    manager.socket.close()


@pytest.mark.parametrize("more", [(), ("--workers", "2"), ("--reload",)], ids=["alone", "workers", "reload"])
def test_ready_when_it_answers_and_stopping_when_it_stops(tmp_path: Path, manager: Manager, more: tuple[str, ...]):
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", *more, cwd=tmp_path, NOTIFY_SOCKET=manager.name) as server:
        words = manager.hear()
        assert words["READY"] == "1"
        url = words["STATUS"].removeprefix("serving on ")
        assert ask(url).startswith("pid ")
        assert server.url() == url
        with pytest.raises(TimeoutError):
            manager.hear(QUIET)  # neither the workers nor a watchdog that was not asked for
        server.send(signal.SIGTERM)
        assert manager.hear() == {"STOPPING": "1", "STATUS": "stopping"}
        assert server.code() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reload_begins_and_ends(tmp_path: Path, manager: Manager, workers: str):
    write_app(tmp_path)
    words = ("run", "main:app", "--port", "0", "--workers", workers)
    with webfoot(*words, cwd=tmp_path, NOTIFY_SOCKET=manager.name) as server:
        ready = manager.hear_of("READY")
        url = server.url()
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.send(signal.SIGHUP)
        reloading = manager.hear()
        assert reloading["RELOADING"] == "1"
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert manager.hear() == ready
        assert ask(url).startswith("pid ")
        server.send(signal.SIGTERM)
        assert "STOPPING" in manager.hear()
        assert server.code() == 0


def test_a_reload_that_fails_ends_too(tmp_path: Path, manager: Manager):
    app = write_app(tmp_path)
    with webfoot(
        "run", "main:app", "--port", "0", "--workers", "2", cwd=tmp_path, NOTIFY_SOCKET=manager.name
    ) as server:
        ready = manager.hear_of("READY")
        app.write_text("1/0")
        server.send(signal.SIGHUP)
        assert "RELOADING" in manager.hear()
        assert manager.hear() == ready
        server.wait_for("the reload has failed")


@pytest.mark.parametrize("more", [(), ("--workers", "2")], ids=["alone", "workers"])
def test_the_watchdog_is_fed(tmp_path: Path, manager: Manager, more: tuple[str, ...]):
    write_app(tmp_path)
    variables = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000"}
    with webfoot("run", "main:app", "--port", "0", *more, cwd=tmp_path, **variables):
        manager.hear_of("READY")
        for _ in range(3):
            manager.hear_of("WATCHDOG")
        assert all(words == {"WATCHDOG": "1"} for words in manager.heard if "READY" not in words)


def test_a_blocked_loop_does_not_feed_it(tmp_path: Path, manager: Manager):
    write_app(tmp_path)
    variables = {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000"}
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path, **variables) as server:
        url = server.url()
        manager.hear_of("WATCHDOG")
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), GUARD) as client:
            client.sendall(b"GET /block HTTP/1.1\r\nhost: x\r\n\r\n")
            with pytest.raises(TimeoutError):
                while True:
                    manager.hear(QUIET)


def test_a_manager_that_is_not_there_is_a_warning(tmp_path: Path):
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path, NOTIFY_SOCKET=str(tmp_path / "nobody")) as server:
        assert ask(server.url()).startswith("pid ")
        server.wait_for("the service manager at NOTIFY_SOCKET cannot be told how we are: .*No such file")
        assert server.end() == 0
        assert server.output.count("NOTIFY_SOCKET") == 1


@pytest.mark.parametrize(
    ("variables", "is_due"),
    [
        ({"WATCHDOG_USEC": "1000000"}, True),
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "0"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
        ({}, False),
    ],
    ids=["any process", "this one", "another one", "zero", "no number", "not asked"],
)
def test_whether_a_watchdog_waits(variables: dict[str, str], is_due: bool):
    assert (ServiceManager({"NOTIFY_SOCKET": "/nowhere", **variables}).due == 0.0) is is_due


def test_a_program_with_a_server_in_it_speaks_for_itself(tmp_path: Path, manager: Manager):
    write_app(tmp_path)
    program = (
        "import asyncio, logging; from webfoot.server import Server, ServerOptions; logging.basicConfig(level='INFO')\n"
        "asyncio.run(Server(ServerOptions('main:app', port=0)).serve())"
    )
    with Serving("-c", program, cwd=tmp_path, NOTIFY_SOCKET=manager.name) as server:
        server.url()
        with pytest.raises(TimeoutError):
            manager.hear(QUIET)
