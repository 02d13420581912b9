"""Several workers behind one socket."""

import os
import re
import signal

import pytest
from tests.server.process.serving import APP, Serving, ask, opened, poll, webfoot, write_app

from webfoot.server import OptionError, ServerOptions
from webfoot.server.process.backoff import Backoff

TWO = ("run", "main:app", "--port", "0", "--workers", "2")


@pytest.fixture
def here(tmp_path):
    write_app(tmp_path)
    return tmp_path


def pids(url, count):
    """The pids of the workers, once `count` different ones have answered."""
    seen = set()

    def look():
        seen.add(int(ask(url).split("pid ")[1].split()[0]))
        return len(seen) >= count

    poll(look)
    return seen


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_two_workers_share_the_socket_and_stop_together(here, number):
    with webfoot(*TWO, cwd=here) as serving:
        url = serving.url()
        assert "with 2 workers" in serving.output
        workers = pids(url, 2)
        assert serving.process.pid not in workers
        assert serving.end(number) == 0
        assert all(is_gone(pid) for pid in workers)
    assert serving.output.count("serving main:app") == 1
    assert serving.output.count("the application was told to shut down") == 2
    assert "Traceback" not in serving.output


def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_is_one_stop(here):
    with webfoot(*TWO, cwd=here) as serving:
        with opened(serving.url(), "/slow") as connection:
            os.killpg(serving.process.pid, signal.SIGINT)
            assert serving.code() == 0
            heard = b""
            while data := connection.recv(65536):
                heard += data
    assert b"pid" in heard
    assert serving.output.count("INFO:     stopping\n") == 1
    assert "Traceback" not in serving.output


def test_a_second_ctrl_c_ends_the_wait_of_all(here):
    with webfoot(*TWO, "--timeout-graceful-shutdown", "1000", cwd=here) as serving:
        with opened(serving.url(), "/stream"):
            serving.send(signal.SIGINT)
            serving.wait_for("waiting up to 1000 s")
            assert serving.end(signal.SIGINT) == 0


def test_a_worker_whose_event_loop_is_blocked_is_named_soon_after_ctrl_c(here):
    with webfoot(*TWO, cwd=here) as serving:
        with opened(serving.url(), "/block"):
            os.killpg(serving.process.pid, signal.SIGINT)
            serving.wait_for("stopping")
            at = r"main\.py:\d+ in app"
            serving.wait_for(
                rf"worker \d+ was told to stop, but its event loop is blocked at {at} \(Ctrl-C to cut off\)"
            )
            assert "was killed" not in serving.output
            assert serving.end(signal.SIGINT) == 1
    assert re.search(rf"worker \d+ did not stop in time, blocked at {at}, and was killed", serving.output)
    assert serving.output.count("was told to stop") == 1  # the other one heard of it


@pytest.mark.parametrize("how", ["exit", "kill", "term"])
def test_a_worker_that_ends_is_replaced(here, how):
    with webfoot(*TWO, cwd=here) as serving:
        url = serving.url()
        before = pids(url, 2)
        victim = min(before)
        if how == "exit":
            ask(url, "/die")
            serving.wait_for(r"worker \d+ ended with exit code 9; another one is started")
        elif how == "kill":
            os.kill(victim, signal.SIGKILL)
            serving.wait_for(f"worker {victim} was killed by SIGKILL; another one is started")
        else:
            os.kill(victim, signal.SIGTERM)
            serving.wait_for(f"worker {victim} ended with exit code 0 and is replaced")
        assert poll(lambda: pids(url, 2) - before)
        assert serving.end() == 0


def test_more_and_less_workers_by_signal(here):
    with webfoot("run", "main:app", "--port", "0", "--workers", "2", cwd=here) as serving:
        url = serving.url()
        first = pids(url, 2)
        serving.send(signal.SIGTTIN)
        third = poll(lambda: pids(url, 3)) - first
        serving.send(signal.SIGTTOU)
        poll(lambda: all(is_gone(pid) for pid in third))
        assert pids(url, 2) == first
        assert serving.end() == 0
    assert "workers from now on: 3" in serving.output
    assert "workers from now on: 2" in serving.output


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signals_of_no_use_change_nothing(tmp_path, workers):
    """They would end the process, and operators know them from other servers."""
    write_app(tmp_path)
    with webfoot("run", "main:app", "--port", "0", "--workers", workers, cwd=tmp_path) as serving:
        url = serving.url()
        serving.send(signal.SIGUSR1)
        serving.wait_for("SIGUSR1 changes nothing: there is no log file")
        serving.send(signal.SIGUSR2)
        serving.wait_for("SIGUSR2 changes nothing: there are no records")
        assert ask(url)
        assert serving.end() == 0


@pytest.mark.parametrize(
    ("takes", "sign"),
    [
        ("import signal; signal.signal(signal.SIGUSR1, lambda *_: print('taken', flush=True))", "taken"),
        ("import faulthandler, signal; faulthandler.register(signal.SIGUSR1)", "most recent call first"),
    ],
    ids=["in Python", "in C"],
)
def test_a_signal_that_the_application_takes(tmp_path, takes, sign):
    write_app(tmp_path, f"{takes}\n{APP}")
    with webfoot("run", "main:app", "--port", "0", cwd=tmp_path) as serving:
        url = serving.url()
        serving.send(signal.SIGUSR1)
        assert ask(url)
        serving.wait_for(sign)
        assert serving.end() == 0
    assert "changes nothing" not in serving.output


def test_a_failed_start_stops_all_with_one_reason(tmp_path):
    write_app(tmp_path, "async def app(scope, receive, send):\n    await receive()\n    raise ValueError('no pond')\n")
    with webfoot(*TWO, cwd=tmp_path) as serving:
        assert serving.code() == 3
    assert serving.output.count("ValueError: no pond") == 2  # the traceback's and the sentence's
    assert serving.output.count("webfoot: the application failed to start") == 1
    assert serving.output.count("Traceback") == 1


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("import no_such_thing\n", 1, "No module named 'no_such_thing'"),
        ("import os\nos._exit(7)\n", 3, "ended with exit code 7 before it served anything"),
    ],
)
def test_an_application_that_cannot_be_loaded_stops_all(tmp_path, text, code, sentence):
    write_app(tmp_path, text)
    with webfoot(*TWO, cwd=tmp_path) as serving:
        assert serving.code() == code
    assert serving.output.splitlines()[-1].startswith("webfoot: ")
    assert sentence in serving.output.splitlines()[-1]


def test_a_replacement_that_cannot_start_leaves_the_others_serving(here):
    with webfoot(*TWO, cwd=here) as serving:
        url = serving.url()
        before = pids(url, 2)
        write_app(here, "import no_such_thing\n")
        os.kill(min(before), signal.SIGKILL)
        serving.wait_for("no_such_thing.*another one is started in 0.5 s")
        assert pids(url, 1) == {max(before)}
        write_app(here)
        assert pids(url, 2) - before
        assert serving.end() == 0


def test_workers_stop_when_their_parent_is_gone(here):
    with webfoot(*TWO, cwd=here) as serving:
        workers = pids(serving.url(), 2)
        serving.process.kill()
        poll(lambda: all(is_gone(pid) for pid in workers))
        serving.code()
    assert serving.output.count("the application was told to shut down") == 2


def test_a_program_without_main_guard_is_told_so(here):
    (here / "go.py").write_text("from webfoot.server import run\nrun('main:app', port=0, workers=2)\n")
    with Serving("go.py", cwd=here) as serving:
        assert serving.code() == 2
    assert serving.output == ("webfoot: run() with workers or reload must stand below `if __name__ == '__main__':`\n")


def test_a_program_with_main_guard(here):
    (here / "go.py").write_text(
        "from webfoot.server import run\nif __name__ == '__main__':\n    run('main:app', port=0, workers=2)\n"
    )
    with Serving("go.py", cwd=here) as serving:
        pids(serving.url(), 2)
        assert serving.end() == 0


def test_workers_need_the_name_of_the_application():
    with pytest.raises(OptionError, match="must be 'module:attribute'"):
        ServerOptions(lambda scope, receive, send: None, workers=2)


def test_the_pause_grows_and_is_forgotten():
    backoff = Backoff()
    assert [backoff.failed(100.0 + n) for n in range(9)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.failed(1000.0) == 0
