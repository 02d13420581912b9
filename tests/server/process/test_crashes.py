"""Workers that die, hang, or cannot live: what is lost, what is said, and how fast others are started."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.server.process.crowd import APP, Crowd, write_generation
from tests.server.process.serving import ask, opened, poll, webfoot, write_app

TWO = ("run", "main:app", "--port", "0", "--workers", "2", "--no-access-log")

SUDDEN_ENDS = (
    *("IncompleteReadError", "ConnectionResetError", "cut off without a Close frame", "no close frame"),
    "did not receive a valid HTTP response",  # a WebSocket that was about to be opened
)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_killed_worker_loses_only_what_it_held(tmp_path: Path, loop: str) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*TWO, "--loop", loop, cwd=tmp_path) as serving, Crowd(serving.url(), keep=20, fresh=4) as crowd:
        poll(lambda: len(crowd.answers) == 4 and len(crowd.pids) == 2)
        victim = min(crowd.pids)
        os.kill(victim, signal.SIGKILL)
        serving.wait_for(f"worker {victim} was killed by SIGKILL; another one is started")
        poll(lambda: len(crowd.pids) == 3)
        lost = len(crowd.lost)
        before = crowd.answers["fresh"]
        poll(lambda: crowd.answers["fresh"] > before + 50)
        crowd.__exit__()
        assert serving.end() == 0
    assert len(crowd.lost) == lost, crowd.lost
    assert lost <= 28  # there are so many clients
    assert all(any(end in each for end in SUDDEN_ENDS) for each in crowd.lost), crowd.lost


def test_a_hung_worker_is_found_and_replaced(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*TWO, "--timeout-worker-healthcheck", "1", cwd=tmp_path) as serving:
        url = serving.url()
        hanging = threading.Thread(target=ask, args=(url, "/hang"))
        hanging.start()
        found = serving.wait_for(r"worker (\d+) did not answer for 1 s, blocked at (\S+) in app, and was killed;")
        hanging.join()
        line = 1 + APP.splitlines().index("            time.sleep(1000)")
        assert found[2] == f"main.py:{line}"
        assert "another one is started" in serving.output
        assert is_gone(int(found[1]))
        poll(lambda: ask(url).startswith("1 "))
        assert serving.end() == 0
    assert re.search(r"the stack of worker \d+:\n.*\n +File .*main.py", serving.output)


def test_a_worker_that_is_long_in_starting_is_left_alone(tmp_path: Path) -> None:
    write_app(tmp_path, f"import time\ntime.sleep(1.5)\n{APP}")
    with webfoot(*TWO, "--timeout-worker-healthcheck", "0.3", cwd=tmp_path) as serving:
        assert ask(serving.url()).startswith("1 ")
        assert serving.end() == 0
    assert "killed" not in serving.output


def test_a_busy_worker_is_left_alone(tmp_path: Path) -> None:
    slow = APP.replace("await asyncio.sleep(0.002)", "time.sleep(0.1)")
    write_app(tmp_path, slow)
    with webfoot(*TWO, "--timeout-worker-healthcheck", "1", cwd=tmp_path) as serving:
        with Crowd(serving.url(), keep=4, fresh=2, events=0, sockets=0) as crowd:
            poll(lambda: sum(crowd.answers.values()) > 40)
        assert serving.end() == 0
    assert crowd.lost == []
    assert "killed" not in serving.output


def test_workers_that_die_together_are_told_of_together(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*TWO, cwd=tmp_path) as serving, Crowd(serving.url(), events=0, sockets=0) as crowd:
        poll(lambda: len(crowd.pids) == 2)
        for pid in tuple(crowd.pids):
            os.kill(pid, signal.SIGKILL)
        serving.wait_for(r"workers \d+ and \d+ were killed by SIGKILL; others are started")
        poll(lambda: len(crowd.pids) > 2)
        crowd.__exit__()
        assert serving.end() == 0


def test_a_crash_loop_does_not_spin(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        "import asyncio, os\n"
        "open('starts', 'a').write('x')\n"
        "async def app(scope, receive, send):\n"
        "    await receive()\n"
        "    await send({'type': 'lifespan.startup.complete'})\n"
        "    await asyncio.sleep(0.2)\n"
        "    os._exit(5)\n",
    )
    with webfoot(*TWO, cwd=tmp_path) as serving:
        serving.wait_for("started in 2 s")
        starts = len((tmp_path / "starts").read_text())
        assert starts <= 10
        time.sleep(0.5)
        assert len((tmp_path / "starts").read_text()) <= starts + 2  # both may have been on their way
        assert serving.end() == 0
    assert "Traceback" not in serving.output


def test_a_crash_of_the_interpreter_says_where(tmp_path: Path) -> None:
    write_app(tmp_path, APP.replace("time.sleep(1000)", "os.kill(os.getpid(), signal.SIGSEGV)"))
    with webfoot(*TWO, cwd=tmp_path) as serving:
        ask(serving.url(), "/hang")
        serving.wait_for(r"worker \d+ was killed by SIGSEGV at .*main.py:\d+ in app; another one is started")
        assert serving.end() == 0


def test_workers_that_start_end_with_their_parent(tmp_path: Path) -> None:
    write_app(tmp_path, "import os, time\nprint('pid', os.getpid(), flush=True)\ntime.sleep(1000)\n")
    with webfoot(*TWO, cwd=tmp_path) as serving:
        pids = [int(serving.wait_for(r"pid (\d+)")[1]) for _ in range(2)]
        serving.process.kill()
        poll(lambda: all(is_gone(pid) for pid in pids))


def test_quit_stops_at_once(tmp_path: Path) -> None:
    write_generation(tmp_path, 1)
    with webfoot(*TWO, "--timeout-graceful-shutdown", "1000", cwd=tmp_path) as serving:
        with opened(serving.url(), "/events"):
            assert serving.end(signal.SIGQUIT) == 0
