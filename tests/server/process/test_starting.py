"""An application that takes long to start: what the log says of it, and how the wait ends."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
from pathlib import Path

import pytest
from tests.server.process.serving import Serving, poll, webfoot

from webfoot.server import Server, ServerOptions, StartupFailed
from webfoot.server.process import starting
from webfoot.server.process.pulse import Pulse
from webfoot.server.process.starting import SlowStart, SlowStarts, StartWatch

IMPORT = "import time\ndef load():\n    time.sleep(1000)\nload()\n"
BLOCKS = "import time\nasync def app(scope, receive, send):\n    await receive(); time.sleep(1000)\n"
AWAITS = "import asyncio\nasync def app(scope, receive, send):\n    await receive(); await asyncio.sleep(1000)\n"
THREAD = (
    "import asyncio, time\n\n"
    "async def app(scope, receive, send): await receive(); await asyncio.to_thread(lambda: time.sleep(1000))\n"
)
STOPPED = "import os, signal\n\nos.kill(os.getpid(), signal.SIGSTOP)\n"

GO = """
from webfoot.server.process import starting
starting.FIRST_WORD = 0.1
starting.LENIENCE = 1.0

if __name__ == "__main__":
    import sys
    from webfoot.server import run
    bound, workers, *more = sys.argv[1:]
    run("main:app", timeout_startup=float(bound) or None, workers=int(workers), uds="a.sock")
"""


def started(here: Path, text: str, bound: float, workers: int) -> Serving:
    (here / "main.py").write_text(text)
    (here / "go.py").write_text(GO)
    return Serving("go.py", str(bound), str(workers), cwd=here)


@pytest.mark.parametrize("text", [IMPORT, BLOCKS, AWAITS, THREAD], ids=["import", "blocks", "awaits", "thread"])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_log_says_where_it_is(tmp_path: Path, text: str, workers: int) -> None:
    with started(tmp_path, text, 0, workers) as serving:
        who = r"worker \d+: " if workers > 1 else "  "
        line = rf"{who}the application has been starting for \S+ s and is at main.py:3 in "
        serving.wait_for(line)
        serving.wait_for(line)


@pytest.mark.parametrize("text", [IMPORT, BLOCKS, AWAITS], ids=["import", "blocks", "awaits"])
@pytest.mark.parametrize("workers", [1, 2])
def test_there_is_a_bound(tmp_path: Path, text: str, workers: int) -> None:
    with started(tmp_path, text, 0.5, workers) as serving:
        assert serving.code() == 3
        poll(lambda: session_of(serving), lambda found: not found)
    assert not list(tmp_path.glob("*.sock"))
    last = serving.output.splitlines()[-1]
    assert last.startswith("webfoot: the application did not start within 0.5 s; it was at main.py:3 in ")
    assert last.endswith(" (timeout_startup gives it more time)")
    assert serving.output.count("did not start") == 1


def test_a_worker_that_can_do_nothing_any_more_is_killed(tmp_path: Path) -> None:
    """As one is that holds the interpreter's lock for ever."""
    with started(tmp_path, STOPPED, 0.5, 2) as serving:
        assert serving.code() == 3
        poll(lambda: session_of(serving), lambda found: not found)
    assert serving.output.splitlines()[-1].endswith(
        "did not start within 0.5 s and was killed before it served anything"
    )


def session_of(serving: Serving) -> str:
    """The processes of a server's session that run."""
    words = ["ps", "-o", "pid=,args=", "--sid", str(serving.process.pid)]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)])
def test_an_import_that_is_told_to_stop_leaves_no_socket(tmp_path: Path, number: int, code: int) -> None:
    (tmp_path / "main.py").write_text("print('imported', flush=True)\n" + IMPORT)
    with webfoot("run", "main:app", "--uds", "a.sock", cwd=tmp_path) as serving:
        serving.wait_for("imported")
        assert (tmp_path / "a.sock").exists()
        assert serving.end(number) == code
    assert not (tmp_path / "a.sock").exists()
    assert serving.output == "imported\n"


def test_a_program_around_a_server_is_told_by_an_exception() -> None:
    async def hangs(scope, receive, send):
        await receive()
        await asyncio.sleep(1000)

    with pytest.raises(StartupFailed, match=r"did not start within 0\.05 s; it was at .*test_starting.py:\d+ in "):
        asyncio.run(Server(ServerOptions(port=0, timeout_startup=0.05), hangs).serve())


def test_no_word_follows_a_start_that_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "FIRST_WORD", 0.01)
    said: list[SlowStart] = []
    watch = StartWatch(0.05, said.append)
    failures: list[StartupFailed] = []
    watch.give_up = failures.append
    monkeypatch.setattr(starting, "LENIENCE", 0.01)
    with watch:
        poll(lambda: failures)
    assert [each.seconds for each in said] == [0.01, 0.02, 0.04]
    assert "test_starting.py" in said[0].place or "serving.py" in said[0].place
    said.clear()
    for _ in range(3):
        with watch:
            pass
    assert not said


def test_several_workers_at_one_line_are_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    class Fake:
        def __init__(self, pid: int, slow_start: SlowStart | None) -> None:
            self.pid = pid
            self.slow_start = slow_start

    caplog.set_level(logging.WARNING, "webfoot")
    starts = SlowStarts()
    for pid, word in [(1, SlowStart(5, "a:1")), (2, SlowStart(5, "a:1")), (3, SlowStart(5, "a:2")), (4, None)]:
        worker = Fake(pid, word)
        starts.look_at(worker)  # type: ignore[arg-type]
        assert worker.slow_start is None
    starts.look_at(Fake(1, SlowStart(10, "a:1")))  # type: ignore[arg-type]
    assert [each.split(":")[0] for each in caplog.messages] == ["worker 1", "worker 3", "worker 1"]


def test_who_has_started_is_not_watched_for_it_any_longer() -> None:
    for patience, due in [(None, float("inf")), (30.0, 105.0)]:
        pulse = Pulse(patience, start_by=90.0)
        assert pulse.due == 90.0
        pulse.start(100.0)
        assert pulse.due == due
