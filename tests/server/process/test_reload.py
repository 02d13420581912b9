"""Restarting when a file changes."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.server.process.serving import ask, connect, opened, poll, webfoot, write_app

from webfoot.server import OptionError, ServerOptions
from webfoot.server.process.changes import FileFilter, forget_compiled, watch, watched_directories

ANSWER = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%s"})
"""
SLEEPS = """
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    print("asked", flush=True)
    await asyncio.sleep(1000)
"""
LEAVES = (
    """
import atexit, threading, time
from pathlib import Path

atexit.register(lambda: Path("registered").write_text("done"))
file = open("open", "w")
file.write("written")
threading.Thread(target=lambda: (time.sleep(0.3), Path("thread").write_text("waited for"))).start()
"""
    + ANSWER % "one"
)
# Polling works on every file system that a test may run on.
QUICK = {"WATCHFILES_FORCE_POLLING": "true", "WATCHFILES_POLL_DELAY_MS": "30"}


def dev(here, *flags):
    return webfoot("dev", "main:app", "--port", "0", *flags, cwd=here, **QUICK)


def save(here, text):
    """Write the module anew."""
    path = here / "main.py"
    stamp = path.stat().st_mtime
    write_app(here, text)
    os.utime(path, (stamp + 10, stamp + 10))


def later(path, than=None):
    """Give it a time of change that differs even where only seconds count, as for who polls."""
    stamp = (than or path).stat().st_mtime + 10
    os.utime(path, (stamp, stamp))


def test_a_changed_file_is_served_and_connections_meanwhile_wait(tmp_path):
    write_app(tmp_path)
    gate = tmp_path / "gate"
    with dev(tmp_path) as serving:
        url = serving.url()
        assert "pid" in ask(url)
        save(
            tmp_path,
            f"import os, time\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.01)\n{ANSWER % 'two'}",
        )
        serving.wait_for(r"restarting, because main\.py changed")
        serving.wait_for("the application was told to shut down")
        with connect(url) as early:  # nobody accepts at this moment, but the socket is open
            early.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            gate.touch()
            heard = b""
            while data := early.recv(65536):
                heard += data
        assert b"two" in heard
        serving.wait_for("serving again after [0-9]+ ms")
        assert "stopping" not in serving.output
        assert serving.end(signal.SIGINT) == 0
    assert serving.output.count("INFO:     stopping\n") == 1
    assert re.search(r"GET +/ +200 +[0-9.]+ ms", serving.output)
    assert "Traceback" not in serving.output


def test_a_broken_application_says_why_and_waits_for_the_next_save(tmp_path):
    write_app(tmp_path, ANSWER % "one")
    with dev(tmp_path) as serving:
        url = serving.url()
        save(tmp_path, "def app(:\n")
        serving.wait_for("webfoot: importing main failed at .*main.py:1: SyntaxError")
        serving.wait_for("waiting for a file to change")
        save(tmp_path, "import no_such_thing\n\n")
        serving.wait_for("webfoot: importing main failed at .*main.py:1: ModuleNotFoundError")
        save(tmp_path, ANSWER % "healed")
        serving.wait_for("serving again")
        assert "healed" in ask(url)
        assert serving.end() == 0


def test_a_broken_start_of_dev_waits_too(tmp_path):
    write_app(tmp_path, "raise ValueError('egg')\n")
    with dev(tmp_path) as serving:
        serving.wait_for("webfoot: importing main failed at .*main.py:1: ValueError: egg")
        save(tmp_path, ANSWER % "duck")
        assert "duck" in ask(serving.url())
        assert serving.end(signal.SIGTERM) == 0


def test_an_open_stream_does_not_hold_the_restart_up_for_long(tmp_path):
    stream = ANSWER.replace('body": b"%s"}', 'body": b"drop", "more_body": True}') + (
        "    import asyncio\n    await asyncio.Event().wait()\n"
    )
    write_app(tmp_path, stream)
    with dev(tmp_path, "--timeout-graceful-shutdown", "0.1") as serving:
        url = serving.url()
        with opened(url, "/"):
            save(tmp_path, ANSWER % "again")
            serving.wait_for("cut off GET /")
            assert "again" in ask(url)
        assert serving.end() == 0


def test_the_import_path_that_is_wrong_from_the_beginning(tmp_path):
    with webfoot("dev", "main:app", "--port", "0", "--app-dir", "nowhere", cwd=tmp_path) as serving:
        assert serving.code() == 2
    assert serving.output.count("\n") == 1
    assert "nowhere, which is not a directory" in serving.output


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("/src/main.py", True),
        ("/src/pond/ducks.py", True),
        ("/src/page.html", False),
        ("/src/.venv/lib/x.py", False),
        ("/src/main.pyc", False),
        ("/src/~main.py", False),
        ("/src/main.py~", False),
        ("/src/venv/lib/python3.11/site-packages/pond.py", False),
        ("/src/static/node_modules/build.py", False),
        ("/src/.env", False),
        ("/elsewhere/x.py", True),
    ],
)
def test_which_files_matter(path, matters):
    assert FileFilter([Path("/src")])(None, path) is matters


@pytest.mark.parametrize(
    ("path", "includes", "excludes", "matters"),
    [
        ("/src/page.html", ["*.html"], [], True),
        ("/src/main.py", ["*.html"], [], True),
        ("/src/.env", [".env"], [], True),
        ("/src/.venv/page.html", ["*.html"], [], False),
        ("/src/templates/deep/page.txt", ["templates/*"], [], True),
        ("/src/other/page.txt", ["templates/*"], [], False),
        ("/src/made/models.py", [], ["made"], False),
        ("/src/made/models.py", ["models.py"], ["made"], False),
        ("/src/pond/made_models.py", [], ["pond/made_*"], False),
    ],
)
def test_what_is_asked_for_beats_the_defaults(path, includes, excludes, matters):
    assert FileFilter([Path("/src")], includes, excludes)(None, path) is matters


def test_a_hidden_directory_above_the_watched_one_does_not_matter():
    assert FileFilter([Path("/home/.work/src")], ["*.py"], [".*"])(None, "/home/.work/src/main.py")


def test_without_watchfiles_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    options = ServerOptions("main:app", reload=True, reload_dirs=[str(tmp_path)])
    with pytest.raises(OptionError, match=r"reload needs the package watchfiles.*pip install 'webfoot\[dev\]'"):
        watch(watched_directories(options), FileFilter([], [], []))


def test_reload_is_polled(tmp_path):
    write_app(tmp_path, ANSWER % "one")
    with dev(tmp_path) as serving:
        url = serving.url()
        (tmp_path / "notes.txt").write_text("not watched")
        poll(lambda: "one" in ask(url))
        assert serving.end() == 0
    assert "restarting" not in serving.output


def test_a_file_that_is_not_python_is_watched_when_asked_for(tmp_path):
    write_app(tmp_path, "text = open('.env', 'rb').read()\n" + ANSWER.replace('b"%s"', "text"))
    (tmp_path / ".env").write_text("one")
    with dev(tmp_path, "--reload-include", ".env") as serving:
        url = serving.url()
        assert ask(url) == "one"
        (tmp_path / ".env").write_text("two, a longer one")
        later(tmp_path / ".env")
        serving.wait_for(r"restarting, because \.env changed")
        serving.wait_for("serving again")
        assert ask(url) == "two, a longer one"
        assert serving.end() == 0


def test_an_editor_that_renames_is_seen_and_so_is_a_file_that_is_gone(tmp_path):
    write_app(tmp_path, ANSWER % "one")
    with dev(tmp_path) as serving:
        url = serving.url()
        (tmp_path / "main.py.new").write_text(ANSWER % "renamed")
        later(tmp_path / "main.py.new", than=tmp_path / "main.py")
        os.rename(tmp_path / "main.py.new", tmp_path / "main.py")
        serving.wait_for("serving again")
        assert ask(url) == "renamed"
        (tmp_path / "main.py").unlink()
        serving.wait_for("webfoot: there is no module main")
        (tmp_path / "main.py").write_text(ANSWER % "back")
        poll(lambda: ask(url), lambda answer: answer == "back")
        assert serving.end() == 0


def test_a_save_while_the_application_starts_counts(tmp_path):
    write_app(tmp_path, ANSWER % "one")
    with dev(tmp_path) as serving:
        url = serving.url()
        save(tmp_path, "import time\nprint('held up', flush=True)\ntime.sleep(1000)\n")
        serving.wait_for("held up")
        save(tmp_path, ANSWER % "two, after a while")
        assert ask(url) == "two, after a while"
        assert serving.end() == 0


HANGS = {
    "import": "import time\nprint('held up', flush=True)\ntime.sleep(1000)\n",
    "start-up": """
import asyncio

async def app(scope, receive, send):
    print("held up", flush=True)
    await receive()
    await asyncio.Event().wait()
""",
    "blocked start-up": """
import time

async def app(scope, receive, send):
    await receive()
    print("held up", flush=True)
    time.sleep(1000)
""",
}


@pytest.mark.parametrize("where", HANGS)
def test_ctrl_c_ends_a_start_that_hangs(tmp_path, where):
    write_app(tmp_path, HANGS[where])
    with dev(tmp_path) as serving:
        serving.wait_for("held up")
        assert serving.end(signal.SIGINT) == 0
    assert "Traceback" not in serving.output


@pytest.mark.parametrize("where", HANGS)
def test_a_save_ends_a_start_that_hangs(tmp_path, where):
    write_app(tmp_path, HANGS[where])
    with dev(tmp_path) as serving:
        serving.wait_for("held up")
        save(tmp_path, ANSWER % "awake")
        assert ask(serving.url()) == "awake"
        assert serving.end() == 0


def test_ctrl_c_during_a_restart_is_not_lost(tmp_path):
    write_app(tmp_path, SLEEPS)
    with dev(tmp_path, "--timeout-graceful-shutdown", "1000") as serving:
        with connect(serving.url()) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            serving.wait_for("asked")
            save(tmp_path, ANSWER % "two")
            serving.wait_for("waiting up to 1000 s for GET /")
            serving.send(signal.SIGINT)
            serving.wait_for("stopping")
            assert serving.end(signal.SIGINT) == 0
    assert "serving again" not in serving.output


def test_what_an_application_leaves_for_its_end_is_done_when_it_is_restarted(tmp_path):
    write_app(tmp_path, LEAVES)
    with dev(tmp_path) as serving:
        url = serving.url()
        assert ask(url) == "one"
        save(tmp_path, ANSWER % "two")
        serving.wait_for("serving again")
        assert (tmp_path / "registered").read_text() == "done"
        assert (tmp_path / "open").read_text() == "written"
        assert (tmp_path / "thread").read_text() == "waited for"
        assert serving.end() == 0


def test_no_request_is_lost_across_restarts(tmp_path):
    write_app(tmp_path, ANSWER % "number 0")
    with dev(tmp_path) as serving:
        url = serving.url()
        answers, done = [], threading.Event()

        def go_on_asking():
            while not done.is_set():
                answers.append(ask(url))

        asking = threading.Thread(target=go_on_asking)
        asking.start()
        try:
            for number in (1, 2, 3):
                save(tmp_path, ANSWER % f"number {number}")
                serving.wait_for("serving again")
        finally:
            done.set()
            asking.join()
        assert {each for each in answers if not each.startswith("number ")} == set()
        assert ask(url) == "number 3"
        assert serving.end() == 0


def test_when_the_parent_is_killed_nobody_is_left(tmp_path):
    write_app(tmp_path, ANSWER % "one")
    with dev(tmp_path) as serving:
        assert ask(serving.url()) == "one"
        serving.end(signal.SIGKILL)
        poll(lambda: nobody_in(serving.process.pid))


def nobody_in(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_two_saves_of_one_size_within_a_second(tmp_path):
    module = tmp_path / "twice.py"

    def saved(word):
        module.write_text(f"said = {word!r}")
        os.utime(module, (1_700_000_000, 1_700_000_000))
        command = [sys.executable, "-c", "import twice; print(twice.said)"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True).stdout.strip()

    assert (saved("quack"), saved("honks")) == ("quack", "quack")
    forget_compiled([str(module), str(tmp_path / "gone.py"), str(tmp_path / "page.html")])
    assert saved("honks") == "honks"
