"""What keeps a server from serving, whether it is one process, several, or one that reloads: one sentence that tells
what is wrong and how to mend it, the exit code, and nothing left behind."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.server.net.test_certificates import Pond
from tests.server.process.serving import Serving, poll, webfoot

ALONE, WORKERS, RELOAD = (), ("--workers", "2"), ("--reload",)
MODES = {"alone": ALONE, "workers": WORKERS, "reload": RELOAD}

APP = (
    "async def app(scope, receive, send):\n    await receive()\n    await send({'type': 'lifespan.startup.complete'})\n"
)
REFUSES = "async def app(scope, receive, send):\n    await receive()\n    raise ValueError('no database')\n"
SAYS_NO = APP.replace(".complete'", ".failed', 'message': 'no database'")

# settings: (words, text of a file of settings, exit code, sentence). {here} is the working directory.
SETTINGS = {
    "certificate-missing": (["--ssl-certfile", "no.pem"], "", 2, "ssl_certfile cannot be no.pem: there is no"),
    "certificate-garbage": (["--ssl-certfile", "main.py"], "", 2, "ssl_certfile cannot be main.py: it holds no "),
    "key-of-another": (
        ["--ssl-certfile", "default.pem", "--ssl-keyfile", "other.pem"],
        "",
        2,
        "the key in other.pem does not belong to the certificate in default.pem",
    ),
    "port-taken": (["--port", "{taken}"], "", 1, "cannot listen on 127.0.0.1:{taken}: the port is taken by another"),
    "no-socket-there": (["--uds", "main.py"], "", 1, "cannot listen on main.py: a file that is no socket is"),
    "second-place": (
        ["--bind", "unix:a.sock", "--bind", "127.0.0.1:{taken}"], "", 1, "cannot listen on 127.0.0.1:{taken}: the port"
    ),
    "log-config": (["--log-config", "no.json"], "", 2, "log_config names no.json, which cannot be read: No such file"),
    "unknown-setting": (["--uds", "a.sock"], "\nprot = 1\n", 2, "prot (from webfoot.toml:2); did you mean port?"),
    "wrong-type": (["--uds", "a.sock"], 'workers = "4"', 2, "the option workers cannot be '4' (from webfoot.toml:1)"),
    "not-toml": (["--uds", "a.sock"], "port 80", 2, "cannot be read from webfoot.toml: line 1, column 6: expected '='"),
    "contradiction": (
        [],
        'uds = "a.sock"\nfd = 3',
        2,
        "(uds is from webfoot.toml:1, fd is from webfoot.toml:2)",
    ),
}  # fmt: skip

# applications: text, exit code, sentence, with a traceback. One that reloads waits for the next save instead.
APPLICATIONS = {
    "missing": (None, 1, "there is no module main in {here} or elsewhere on the import path", False),
    "syntax": ("def app(:\n", 1, "importing main failed at main.py:1: SyntaxError", True),
    "raises": ("\nraise OSError('no disk')\n", 1, "importing main failed at main.py:2: OSError: no disk", True),
    "exits": ("import sys\nsys.exit(7)\n", 1, "importing main failed at main.py:2: SystemExit: 7", True),
    "no-app": ("app = 3\n", 1, "main:app is no ASGI application: it is an int, which cannot be called", False),
    "start-raises": (REFUSES, 3, "failed to start at main.py:3: ValueError: no database", True),
    "start-fails": (SAYS_NO, 3, "the application failed to start: no database", False),
}


# Those that several processes and one that reloads find in another way than one process alone.
EVERYWHERE = ("key-of-another", "port-taken", "second-place", "missing", "raises", "start-raises")


def cases(table: Iterable[str], *modes: str) -> list[tuple[str, str]]:
    return [(name, mode) for name in table for mode in (modes if name in EVERYWHERE else modes[:1])]


def left_behind(here: Path, serving: Serving) -> list[str]:
    """Sockets in the working directory, and whether a process of the server's session runs."""
    files = [path.name for path in here.glob("*.sock")]
    try:
        os.killpg(serving.process.pid, 0)
    except ProcessLookupError:
        return files
    return [*files, "a process"]


def refused(here: Path, words: list[str], code: int, sentence: str, has_traceback: bool = False) -> None:
    with webfoot("run", *words, cwd=here) as serving:
        assert serving.code() == code, serving.output
        poll(lambda: left_behind(here, serving), lambda left: not left)
    lines = serving.output.splitlines()
    assert re.match(r"webfoot: \S", lines[-1]), serving.output
    assert sentence in lines[-1]
    assert (len(lines) > 1) is has_traceback, serving.output


@pytest.mark.parametrize(("name", "mode"), cases(SETTINGS, *MODES))
def test_settings(tmp_path: Path, name: str, mode: str) -> None:
    words, settings, code, sentence = SETTINGS[name]
    (tmp_path / "main.py").write_text(APP)
    (tmp_path / "webfoot.toml").write_text(settings)
    if name == "key-of-another":
        Pond(tmp_path).issue("other", "localhost")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        here = [word.replace("{taken}", port) for word in words]
        more = ["main:app", "--config", "webfoot.toml", *here, *MODES[mode]]
        refused(tmp_path, more, code, sentence.replace("{taken}", port))


@pytest.mark.parametrize(("name", "mode"), cases(APPLICATIONS, "alone", "workers"))
def test_applications(tmp_path: Path, name: str, mode: str) -> None:
    text, code, sentence, has_traceback = APPLICATIONS[name]
    if text is not None:
        (tmp_path / "main.py").write_text(text)
    words = ["main:app", "--uds", "a.sock", *MODES[mode]]
    refused(tmp_path, words, code, sentence.replace("{here}", str(tmp_path)), has_traceback)


def test_a_taken_port_is_told_before_the_application_is_imported(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('imported')\n" + APP)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with webfoot("run", "main:app", "--port", str(taken.getsockname()[1]), cwd=tmp_path) as serving:
            assert serving.code() == 1
    assert "imported" not in serving.output


STOPS = """
from webfoot.server.process import bounds
bounds.LEAST_SHUTDOWN = bounds.DRAIN_TAIL = 0.1

if __name__ == "__main__":
    import sys
    from webfoot.server import run
    run("main:app", uds="a.sock", workers=int(sys.argv[1]), timeout_graceful_shutdown=0.1)
"""
WAITS = APP + "    await receive()\n    await __import__('asyncio').sleep(1000)\n"
BLOCKS = APP + "    await receive()\n    __import__('time').sleep(1000)\n"


@pytest.mark.parametrize("text", [WAITS, BLOCKS], ids=["waits", "blocks"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_shutdown_that_hangs_is_cut_off_and_named(tmp_path: Path, text: str, workers: str) -> None:
    (tmp_path / "main.py").write_text(text)
    (tmp_path / "go.py").write_text(STOPS)
    with Serving("go.py", workers, cwd=tmp_path) as serving:
        serving.url()
        assert serving.end() == 1, serving.output
        poll(lambda: left_behind(tmp_path, serving), lambda left: not left)
    *others, last = serving.output.splitlines()
    assert " at main.py:5 in app" in last
    assert re.search(r"cut off|did not stop in time, blocked at", last), serving.output
    assert len(others) <= 1 + int(workers), serving.output
