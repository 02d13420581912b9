"""The flight recorder of real processes: killed under load, hung, crashed, asked by a signal and by the command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.server.process.crowd import Crowd, write_generation
from tests.server.process.serving import Serving, ask, connect, poll, webfoot, write_app

from webfoot.journey.flight.directory import flights
from webfoot.journey.flight.reading import Flight

APP = """
import asyncio, os, signal, time
from webfoot import Depends, Header, Request, Webfoot
from pydantic import BaseModel

app = Webfoot()

class Login(BaseModel):
    name: str
    password: str

@app.get("/ok")
async def ok():
    return {}

@app.get("/wait")
async def wait():
    await asyncio.sleep(1000)

@app.get("/hang")
async def hang():
    time.sleep(1000)

@app.get("/abort")
async def abort():
    os.abort()

@app.get("/fault")
async def fault():
    signal.raise_signal(signal.SIGSEGV)

@app.get("/reset/{token}")
async def reset(token: str):
    raise RuntimeError(f"{token} is stale")

@app.post("/login")
async def login(login: Login, request: Request, key: str, authorization: str = Header("")):
    raise RuntimeError(f"no session for {authorization} with {key}, {request.cookies}, password={login.password!r}")
"""


def recorded(tmp_path: Path, *words: str, app: str = APP, **environment: str) -> Serving:
    write_app(tmp_path, app)
    place = ("--recorder", "--recorder-dir", str(tmp_path / "flights"), "--recorder-slow", "0.3")
    return webfoot("run", "main:app", "--port", "0", "--no-access-log", *place, *words, cwd=tmp_path, **environment)


def found(tmp_path: Path) -> list[Flight]:
    return flights(tmp_path / "flights")


def dumped(*words: str | int | Path) -> str:
    command = [sys.executable, "-m", "webfoot", "journey", "dump", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def leave_open(url: str, path: str, tmp_path: Path) -> Any:
    """A request that is not answered, once it is under way."""
    connection = connect(url)
    connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    poll(lambda: any(each.path == path for flight in found(tmp_path) for each in flight.in_flight))
    return connection


def test_killed_under_load(tmp_path: Path) -> None:
    """Nobody had time for last words, and all that was under way is there, whole."""
    write_generation(tmp_path, 1)
    main = (tmp_path / "main.py").read_text()
    with recorded(tmp_path, app=main) as serving, Crowd(serving.url(), keep=8, fresh=2, events=2, sockets=2) as crowd:
        poll(lambda: len(crowd.answers) == 4 and crowd.answers["keep"] > 200)
        os.kill(serving.process.pid, signal.SIGKILL)
        serving.process.wait()
    (flight,) = found(tmp_path)

    assert not flight.is_alive
    assert 2 <= len(flight.in_flight) <= 14
    assert sum(request.path == "/events" for request in flight.in_flight) == 2
    assert len(flight.ended) > 200
    assert all(request.status == 200 for request in flight.ended)
    assert flight.unseen == 0
    shown = dumped(tmp_path / "flights")
    assert "has ended" in shown and shown.count("GET /events") == 2


def test_a_worker_that_hangs_is_told_of_with_what_it_had_under_way(tmp_path: Path) -> None:
    words = ("--workers", "2", "--timeout-worker-healthcheck", "1", "--request-ids")
    with recorded(tmp_path, *words) as serving:
        url = serving.url()
        hanging = leave_open(url, "/hang", tmp_path)
        told = serving.wait_for(r"worker (\d+) had 1 request under way; its records are in (\S+)")
        serving.wait_for(r"  +\d\.\d{3} s  GET /hang  127\.0\.0\.1:\d+  \S+  " + told[1] + r"-\d+")
        hanging.close()
        assert "did not answer for 1 s, blocked at main.py:" in dumped(told[2])
        assert "GET /hang" in dumped(told[2])
        assert serving.end() == 0


@pytest.mark.parametrize(("path", "name"), [("/abort", "SIGABRT"), ("/fault", "SIGSEGV")])
def test_a_worker_that_crashes(tmp_path: Path, path: str, name: str) -> None:
    with recorded(tmp_path, "--workers", "2") as serving:
        url = serving.url()
        assert ask(url, path) == ""
        serving.wait_for(rf"worker \d+ was killed by {name}")
        serving.wait_for(r"worker \d+ had 1 request under way")
        serving.wait_for(rf"GET {path}  ")
        assert re.search(
            rf"^worker \d+ of .*, was killed by {name} at main\.py:\d+ in ", dumped(tmp_path / "flights"), re.M
        )
        assert serving.end() == 0


def test_a_server_of_one_process_that_crashes(tmp_path: Path) -> None:
    with recorded(tmp_path) as serving:
        assert ask(serving.url(), "/abort") == ""
        assert serving.code() == -signal.SIGABRT
        pid = serving.process.pid
    assert [each.path for each in found(tmp_path)[0].in_flight] == ["/abort"]
    assert f"worker {pid} of server {pid}: main:app" in dumped(tmp_path / "flights")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_has_all_of_it_written_down(tmp_path: Path, workers: str) -> None:
    with recorded(tmp_path, "--workers", workers) as serving:
        url = serving.url()
        waiting = leave_open(url, "/wait", tmp_path)
        ask(url, "/reset/abcdefg")
        poll(lambda: sum(flight.kept for flight in found(tmp_path)), lambda kept: kept == 1)
        serving.send(signal.SIGUSR2)
        path = Path(serving.wait_for(r"the records of the flight recorder are in (\S+)")[1])
        waiting.close()
        assert serving.end() == 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]

    assert path.stat().st_mode & 0o777 == 0o600
    assert sum(line["entry"] == "worker" for line in lines) == int(workers)
    assert [line["path"] for line in lines if line["entry"] == "request" and line["took"] is None] == ["/wait"]
    (journey,) = [line for line in lines if line["entry"] == "journey"]
    assert journey["why"]["sentence"].startswith("The endpoint reset failed with 500")
    assert journey["id"] in [line["id"] for line in lines if line["entry"] == "request" and line["kept"]]


def test_the_signal_works_while_the_event_loop_is_blocked(tmp_path: Path) -> None:
    with recorded(tmp_path) as serving:
        hanging = leave_open(serving.url(), "/hang", tmp_path)
        serving.send(signal.SIGUSR2)
        path = Path(serving.wait_for(r"records of the flight recorder are in (\S+)")[1])
        assert '"/hang"' in path.read_text()
        hanging.close()


def test_an_application_may_have_the_signal_for_itself(tmp_path: Path) -> None:
    app = f"import signal\nsignal.signal(signal.SIGUSR2, lambda *_: print('mine', flush=True))\n{APP}"
    with recorded(tmp_path, app=app) as serving:
        serving.url()
        serving.send(signal.SIGUSR2)
        serving.wait_for("mine")
        assert serving.end() == 0
    assert not list((tmp_path / "flights").glob("dump-*"))


def test_a_reload_leaves_the_records_of_before(tmp_path: Path) -> None:
    with recorded(tmp_path) as serving:
        url = serving.url()
        ask(url, "/ok")
        serving.send(signal.SIGHUP)
        serving.wait_for("reloaded")
        poll(lambda: ask(url, "/ok") == "{}" and [len(each.ended) for each in found(tmp_path)][1:] == [1])
        assert {flight.server for flight in found(tmp_path)} == {serving.process.pid}
        serving.send(signal.SIGUSR2)
        serving.wait_for("records of the flight recorder are in")
        assert serving.end() == 0


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_no_secret_is_in_any_of_the_files(tmp_path: Path, http: str) -> None:
    with recorded(tmp_path, "--http", http) as serving:
        url = serving.url()
        ask(url, "/reset/h1dden-path")
        body = b'{"name": "Emma", "password": "h1dden-body"}'
        head = (
            b"POST /login?key=h1dden-query HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            b"authorization: Bearer h1dden-header\r\ncookie: sid=h1dden-cookie\r\n"
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        with connect(url) as connection:
            connection.sendall(head + body)
            while connection.recv(65536):
                pass
        with connect(url) as connection:  # refused by the server: it has no host
            connection.sendall(b"GET /?token=h1dden-refused HTTP/1.1\r\nauthorization: Basic h1dden-basic\r\n\r\n")
            while connection.recv(65536):
                pass
        poll(lambda: found(tmp_path)[0].kept, lambda kept: kept == 3)
        serving.send(signal.SIGUSR2)
        serving.wait_for("records of the flight recorder are in")
        serving.end()
    files = list((tmp_path / "flights").iterdir())
    held = b"".join(file.read_bytes() for file in files)

    assert len(files) == 2
    assert held.count(b"no session for") >= 2 and b"/login" in held and b"RFC 9112 section 3.2" in held
    assert re.findall(rb"h1dden[\w-]*", held) == []


def test_nobody_may_enter_and_the_server_serves_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "flights").mkdir()
    (tmp_path / "flights").chmod(0o755)
    with recorded(tmp_path) as serving:
        serving.wait_for(r"the flight recorder is off: \S+ is open to other users \(mode 755\): chmod 700 it")
        assert ask(serving.url(), "/ok") == "{}"
        assert serving.end() == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flights of a server that was killed: one request slow, one failed, one well, one under way."""
    tmp_path = tmp_path_factory.mktemp("killed")
    app = f"{APP}\n@app.get('/slow')\nasync def slow():\n    await asyncio.sleep(0.31)\n"
    with recorded(tmp_path, app=app) as serving:
        url = serving.url()
        for path in ("/ok", "/slow", "/reset/abcdefg"):
            ask(url, path)
        held = leave_open(url, "/wait", tmp_path)
        os.kill(serving.process.pid, signal.SIGKILL)
        serving.process.wait()
        held.close()
    return tmp_path / "flights"


class TestTheCommand:
    @pytest.mark.parametrize(
        ("words", "paths"),
        [
            ((), ["/wait", "/ok", "/slow", "/reset/[redacted]"]),
            (("--slow",), ["/wait", "/slow"]),
            (("--failed",), ["/wait", "/reset/[redacted]"]),
            (("--slow", "--failed"), ["/wait", "/slow", "/reset/[redacted]"]),
            (("--last", "1"), ["/wait", "/reset/[redacted]"]),
            (("--last", "0"), ["/wait"]),
        ],
    )
    def test_what_is_asked_for(self, place: Path, words: tuple[str, ...], paths: list[str]) -> None:
        assert re.findall(r"GET (\S+)", dumped(place, *words)) == paths
        lines = [json.loads(line) for line in dumped(place, "--json", *words).splitlines()]
        assert [line["path"] for line in lines if line["entry"] == "request"] == paths
        kept = [line["target"] for line in lines if line["entry"] == "journey"]
        assert kept == [path for path in paths if path not in ("/wait", "/ok")]

    def test_the_reason_stands_below(self, place: Path) -> None:
        assert "The endpoint reset failed with 500: it raised RuntimeError" in dumped(place)

    def test_journeys_alone_can_be_exported(self, place: Path, tmp_path: Path) -> None:
        (tmp_path / "kept.jsonl").write_text(dumped(place, "--journeys", "--failed"))
        command = [sys.executable, "-m", "webfoot", "journey", "export", "--as", "curl", str(tmp_path / "kept.jsonl")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "/reset/" in done.stdout

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("999999999",), "there are no records of 999999999: start the server with `webfoot run --recorder`"),
            (("nonsense",), "nonsense is no pid, no directory and no file of the flight recorder"),
            ((__file__,), f"{__file__} is no file of the flight recorder"),
        ],
    )
    def test_what_is_not_there(self, words: tuple[str, ...], sentence: str) -> None:
        command = [sys.executable, "-m", "webfoot", "journey", "dump", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert sentence in done.stderr and len(done.stderr.splitlines()) == 1

    def test_a_server_that_runs_is_found_by_its_pid(self, tmp_path: Path) -> None:
        """Also in a directory of its own choice, and by the pid of one of its workers."""
        with recorded(tmp_path, "--workers", "2") as serving:
            url = serving.url()
            ask(url, "/ok")
            shown = dumped(serving.process.pid)
            assert len(re.findall(r"^worker \d+ of server \d+: main:app, since .*, serves$", shown, re.M)) == 2
            assert "GET /ok" in shown
            worker = re.findall(r"worker (\d+)", shown)[0]
            assert f"worker {worker} of server" in dumped(worker)
            assert serving.end() == 0

    def test_several_servers_are_listed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        write_app(tmp_path, APP)
        words = ("run", "main:app", "--port", "0", "--no-access-log", "--recorder")
        with webfoot(*words, cwd=tmp_path) as first, webfoot(*words, cwd=tmp_path) as second:
            first.url(), second.url()
            shown = dumped()
            for each in (first, second):
                assert re.search(rf"^  {each.process.pid}  main:app, 1 worker, since .*, serves, in \S+$", shown, re.M)
            assert first.end() == second.end() == 0
