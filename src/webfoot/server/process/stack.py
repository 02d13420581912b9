"""Where a worker stands that cannot say so itself: its loop is blocked, or the interpreter has crashed.

The worker has Python's faulthandler write its stack into a pipe, from within a signal handler, which needs no loop and
no lock of the interpreter. The parent reads it there: at its request, or as the last words of a crash.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
from multiprocessing.connection import Connection
from typing import Final

from webfoot.server.settings.frames import seen_from_here

SHOW: Final[int] = getattr(signal, "SIGRTMAX", signal.SIGUSR2)
"""The signal that asks for the stack: one that no application has taken for itself."""

_FRAME: Final = re.compile(r'File "(.+)", line (\d+) in (.+)')
_THREAD: Final = re.compile(r"^(?=(?:Current thread|Thread) 0x)", re.MULTILINE)
_SERVES: Final = os.path.join("webfoot", "server", "process", "loop.py")


def show_stack_in(pipe: Connection) -> None:
    """In the worker: write stacks into `pipe`. What does not fit into it is left out; nobody may have to wait."""
    os.set_blocking(pipe.fileno(), False)
    faulthandler.register(SHOW, file=pipe.fileno(), all_threads=True)
    if not faulthandler.is_enabled():  # else its user has chosen another place for crashes
        faulthandler.enable(file=pipe.fileno())


def read_stack(pipe: Connection, seconds: float) -> str:
    """In the parent: the stack that is in `pipe`, or comes within `seconds`; of the thread that serves or crashed."""
    dump = b""
    try:
        while pipe.poll(seconds if not dump else 0.05):
            data = os.read(pipe.fileno(), 65536)
            if not data:
                break
            dump += data
    except OSError:
        pass  # it has crashed, and what it had to say is read
    threads = _THREAD.split(dump.decode(errors="replace"))[1:]
    serving = [each for each in threads if _SERVES in each]
    current = [each for each in threads if each.startswith("Current")]
    return next(iter(serving + current), "").rstrip()


def place_in(stack: str) -> str:
    """The innermost line: "main.py:30 in work"; "" if there is none."""
    frame = _FRAME.search(stack)
    return seen_from_here(f"{frame[1]}:{frame[2]} in {frame[3]}") if frame else ""
