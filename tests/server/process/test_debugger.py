"""`breakpoint()` in an application that is being developed: the terminal's input is the debugger's."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.process.serving import GUARD, ask, write_app
from tests.server.process.test_reload import ANSWER, QUICK, save

STOPS = ANSWER.replace(
    '    await send({"type": "http.response.body"',
    "    breakpoint()\n" + '    await send({"type": "http.response.body"',
)


class Window:
    """The other end of a terminal."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.said = b""

    def wait_for(self, text: bytes) -> bytes:
        """Read until it has come; what stood in front of it since the last time."""
        while text not in self.said:
            self.said += os.read(self._descriptor, 4096)
        before, _, self.said = self.said.partition(text)
        return before

    def type(self, line: bytes) -> None:
        os.write(self._descriptor, line + b"\n")

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._descriptor)[3] & termios.ECHO)


@contextmanager
def dev(directory: Path) -> Iterator[tuple[Window, subprocess.Popen[bytes]]]:
    window, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "webfoot", "dev", "main:app", "--port", "0"],
        cwd=directory,
        env={**os.environ, **QUICK, "NO_COLOR": "1", "TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(terminal)
    try:
        yield Window(window), process
    finally:
        process.kill()
        process.wait()
        os.close(window)


def asking(url: str) -> tuple[threading.Thread, list[str]]:
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(ask(url)), daemon=True)
    thread.start()
    return thread, answers


def test_a_debugger_has_the_terminal_also_after_a_restart(tmp_path: Path) -> None:
    write_app(tmp_path, STOPS % "one")
    with dev(tmp_path) as (window, process):
        window.wait_for(b"serving main:app on ")
        url = window.wait_for(b" (Ctrl-C").decode()
        for number in ("one", "two"):
            thread, answers = asking(url)
            window.wait_for(b"(Pdb) ")
            window.type(b"print('in the ' + 'debugger')")
            window.wait_for(b"in the debugger")
            window.type(b"c")
            thread.join(GUARD)
            assert answers == [number]
            if number == "one":
                save(tmp_path, STOPS % "two")
                window.wait_for(b"serving again")
        window.type(b"\x03")  # Ctrl-C
        assert process.wait(GUARD) == 0


def test_a_debugger_that_is_killed_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    silent = "import termios\n    attributes = termios.tcgetattr(0)\n    attributes[3] &= ~termios.ECHO\n    "
    silent += "termios.tcsetattr(0, termios.TCSANOW, attributes)\n    import os\n    os._exit(9)\n"
    write_app(tmp_path, STOPS.replace("breakpoint()", silent) % "one")
    with dev(tmp_path) as (window, process):
        window.wait_for(b"serving main:app on ")
        asking(window.wait_for(b" (Ctrl-C").decode())
        window.wait_for(b"ended with exit code 9")
        window.wait_for(b"waiting for a file to change")
        assert window.echoes()
        window.type(b"\x03")
        assert process.wait(GUARD) == 0
