"""SIGHUP for a server of one process: it stays the same process, and no request is lost."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest
from tests.server.process.crowd import APP, Crowd, write_generation
from tests.server.process.serving import Serving, ask, connect, poll, webfoot, write_app

RUN = ("run", "main:app", "--port", "0", "--no-access-log")


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_nothing_is_lost_in_three_reloads(tmp_path: Path, loop: str) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, "--loop", loop, cwd=tmp_path) as serving, Crowd(serving.url()) as crowd:
        poll(lambda: len(crowd.answers) == 4)
        for generation in (2, 3, 4):
            write_generation(tmp_path, generation)
            serving.send(signal.SIGHUP)
            serving.wait_for("INFO:     reloaded")
            poll(lambda generation=generation: crowd.generations[generation] > 20)
        assert len(children(serving.process.pid)) <= 3  # the worker, maybe one that drains
        crowd.__exit__()
        assert serving.end() == 0
    assert crowd.lost == []
    assert len(crowd.pids) == 4
    assert "Traceback" not in serving.output
    assert "killed" not in serving.output


def test_a_wrong_application_changes_nothing(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, cwd=tmp_path) as serving:
        url = serving.url()
        write_app(tmp_path, "import no_such_thing\n")
        serving.send(signal.SIGHUP)
        serving.wait_for("the reload has failed, and the process goes on: .*no_such_thing")
        assert ask(url) == f"1 {serving.process.pid}"
        poll(lambda: not children(serving.process.pid))
        write_generation(tmp_path, 2)
        serving.send(signal.SIGHUP)
        serving.wait_for("INFO:     reloaded")
        assert ask(url).startswith("2 ")
        assert serving.end() == 0


def test_the_new_one_has_the_environment_of_the_beginning_and_nothing_of_the_old_one_stays(tmp_path: Path) -> None:
    text = "import threading, time, os\n" + APP.replace("GENERATION = 1", "GENERATION = int(os.environ.get('N', '1'))")
    thread = (
        "threading.Thread(target=lambda: [print('tick', flush=True) or time.sleep(0.1) for _ in range(9999)]).start()"
    )
    write_app(
        tmp_path,
        f"{text}\nif 'N' not in os.environ: {thread.replace('.start()', '')[:-1]}, daemon=True).start()\n"
        "os.environ['N'] = '7'\nos.chdir('/')\n",
    )
    with webfoot(*RUN, cwd=tmp_path) as serving:
        url = serving.url()
        serving.wait_for("tick")
        assert ask(url).startswith("1 ")
        serving.send(signal.SIGHUP)
        serving.wait_for("INFO:     reloaded")
        assert ask(url).startswith("1 ")
        assert serving.end() == 0


def test_a_program_that_names_no_module(tmp_path: Path) -> None:
    write_app(
        tmp_path, f"{APP}\nif __name__ == '__main__':\n    from webfoot.server import run\n    run(app, port=0)\n", "go"
    )
    with Serving("go.py", cwd=tmp_path) as serving:
        url = serving.url()
        serving.send(signal.SIGHUP)
        serving.wait_for("INFO:     reloaded; this process looks after worker")
        (worker,) = children(serving.process.pid)
        assert ask(url) == f"1 {worker}"
        os.kill(worker, signal.SIGKILL)
        serving.wait_for(f"worker {worker} was killed by SIGKILL; another one is started")
        assert poll(lambda: ask(url), lambda said: said.startswith("1 "))
        assert serving.end() == 0


def test_the_path_of_a_unix_socket_stays_until_the_end(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    path = tmp_path / "pond.sock"
    with webfoot("run", "main:app", "--uds", str(path), cwd=tmp_path) as serving:
        serving.url()
        serving.send(signal.SIGHUP)
        serving.wait_for("INFO:     reloaded")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
        assert serving.end() == 0
    assert not path.exists()


def test_told_to_stop_while_another_takes_over(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*RUN, cwd=tmp_path) as serving:
        with connect(serving.url()) as client:  # idle, so that the process waits for it a moment
            serving.send(signal.SIGHUP)
            poll(lambda: children(serving.process.pid))
            assert serving.end() == 0
            assert client.recv(1) == b""
