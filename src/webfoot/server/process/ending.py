"""The last resort: a process that was told to stop ends, whatever its application does.

A blocked event loop runs no timer and no signal callback, and the interpreter waits at its end for every thread that
is not a daemon. Both are answered by a daemon thread with a deadline.
"""

from __future__ import annotations

import atexit
import gc
import io
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

log = logging.getLogger("webfoot")

_WRITERS: Final = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)

CUT_OFF = 1
"""Exit code of a process that had to be cut off."""


class Deadline:
    """Ends the process with `code` after `seconds`, unless cancelled before; says what held it up.

    The words have a thread of their own: what holds the process up may be the log itself, a pipe that nobody empties.
    Both threads exist from the beginning, because an interpreter that is ending starts none.

    `clean_up` is called before: nobody else will remove the file of a Unix socket.
    """

    LAST_WORDS = 0.5

    def __init__(self, seconds: float, code: int = CUT_OFF, clean_up: Callable[[], object] = lambda: None) -> None:
        self._timers = (
            threading.Timer(seconds, _explain),
            threading.Timer(seconds + self.LAST_WORDS, cut_off, (code, clean_up)),
        )
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def cancel(self) -> None:
        for timer in self._timers:
            timer.cancel()


def cut_off(code: int, clean_up: Callable[[], object]) -> NoReturn:
    """End the process from a thread, whatever the others do."""
    with suppress(Exception):
        clean_up()
    os._exit(code)


def tell_unless_heard(seconds: float = 1.0) -> threading.Timer:
    """A timer to be cancelled by the event loop. If it cannot, because code blocks it, the log says where."""

    def tell() -> None:
        where = _place_of(threading.main_thread())  # the only one that is sent signals
        log.warning("told to stop, but the event loop is blocked at %s (Ctrl-C to cut off)", where)

    timer = threading.Timer(seconds, tell)
    timer.daemon = True
    timer.start()
    return timer


def leave(code: int) -> NoReturn:
    """End the interpreter; threads that do not end within two seconds do not keep it, nor does another signal."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they would add a traceback, and another exit code
        signal.signal(number, signal.SIG_IGN)
    # Threads are joined before functions registered here run, so from then on there is nothing left to guard.
    atexit.register(Deadline(2.0, code).cancel)
    sys.exit(code)


def leave_swiftly(code: int) -> NoReturn:
    """As `leave`, but the interpreter is not taken apart piece by piece, which lasts as long as to import it all.

    What is registered for the end is done, threads are waited for, files are written out.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    Deadline(2.0, code)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for each in gc.get_objects():
        if type(each) in _WRITERS and not each.closed:
            with suppress(OSError, ValueError):
                each.flush()
    os._exit(code)


def _explain() -> None:
    log.critical("the process did not end in time and is cut off; it was held up at %s", _held_up_at())
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _held_up_at() -> str:
    """The innermost line of each thread that could hold the process up."""
    return "; ".join(_place_of(each) for each in threading.enumerate() if not each.daemon)


def _place_of(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return f"its end ({thread.name})"
    innermost = traceback.extract_stack(frame)[-1]
    return f"{innermost.filename}:{innermost.lineno} in {innermost.name} ({thread.name})"
