"""Restarting when a file changes."""

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.server.process.serving import ask, connect, opened, poll, webfoot, write_app

from webfoot.server import OptionError, ServerOptions
from webfoot.server.process.reload import FileFilter, watch, watched_directories

ANSWER = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%s"})
"""
# Polling works on every file system that a test may run on.
QUICK = {"WATCHFILES_FORCE_POLLING": "true", "WATCHFILES_POLL_DELAY_MS": "30"}


def dev(here, *flags):
    return webfoot("dev", "main:app", "--port", "0", *flags, cwd=here, **QUICK)


def save(here, text):
    """Write the module anew, with a time of change that differs even where only seconds count."""
    path = here / "main.py"
    stamp = path.stat().st_mtime + 10
    write_app(here, text)
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
        assert serving.url() == url
        assert "stopping" not in serving.output
        assert serving.end(signal.SIGINT) == 0
    assert serving.output.count("INFO:     stopping\n") == 1
    assert '"GET / HTTP/1.1" 200' in serving.output
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
        assert serving.url() == url
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
        ("/elsewhere/x.py", True),
    ],
)
def test_which_files_matter(path, matters):
    options = ServerOptions()
    assert FileFilter([Path("/src")], options.reload_includes, options.reload_excludes)(None, path) is matters


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
