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
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

from webfoot.server.settings.places import frames_of_thread, place_of_thread

log = logging.getLogger("webfoot")

_WRITERS: Final = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)

CUT_OFF = 1
"""Exit code of a process that had to be cut off, and of one whose application failed to shut down."""

_JOINS: Final = threading._shutdown.__code__  # type: ignore[attr-defined]
"""What the interpreter runs while it waits for threads."""

_FOR_THREADS: Final = 2.0
"""Seconds that threads of the application have to end."""

_TOLD: Final = 0.5
"""Seconds after which it is told which of them are waited for."""


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


def tell_after(seconds: float, tell: Callable[[], None]) -> threading.Timer:
    """A timer to be cancelled, which keeps no process from its end."""
    timer = threading.Timer(seconds, tell)
    timer.daemon = True
    timer.start()
    return timer


def tell_unless_heard(seconds: float = 1.0) -> threading.Timer:
    """A timer to be cancelled by the event loop. If it cannot, because code blocks it, the log says where."""

    def tell() -> None:
        where = _place_of(threading.main_thread())  # the only one that is sent signals
        log.warning("told to stop, but the event loop is blocked at %s (Ctrl-C to cut off)", where)

    return tell_after(seconds, tell)


def leave(code: int) -> NoReturn:
    """End the interpreter; threads that do not end within two seconds do not keep it, nor does another signal."""
    telling = _tell_of_threads()
    for number in (signal.SIGINT, signal.SIGTERM):  # they would add a traceback, and another exit code
        signal.signal(number, signal.SIG_IGN)
    # Threads are joined before functions registered here run, so from then on there is nothing left to guard.
    atexit.register(Deadline(_FOR_THREADS, code).cancel)
    atexit.register(telling.cancel)
    sys.exit(code)


def leave_swiftly(code: int) -> NoReturn:
    """As `leave`, but the interpreter is not taken apart piece by piece, which lasts as long as to import it all.

    What is registered for the end is done, threads are waited for, files are written out.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    Deadline(_FOR_THREADS, code)
    telling = _tell_of_threads()
    threading._shutdown()  # type: ignore[attr-defined]
    telling.cancel()
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


def _tell_of_threads() -> threading.Timer:
    """Begins before the end does: an interpreter that is ending starts no thread."""

    def tell() -> None:
        threads = [_place_of(each) for each in threading.enumerate() if _is_waited_for(each)]
        if threads:
            log.info(
                "waiting up to %g s for the application's threads, which are not daemons: %s",
                *(_FOR_THREADS, "; ".join(threads)),
            )

    return tell_after(_TOLD, tell)


def _is_waited_for(thread: threading.Thread) -> bool:
    return not thread.daemon and thread is not threading.main_thread()


def _held_up_at() -> str:
    """The innermost line of each thread that could hold the process up."""
    threads = [each for each in threading.enumerate() if _is_waited_for(each)]
    if not (threads and _waits_for_threads(threading.main_thread())):
        threads.insert(0, threading.main_thread())
    return "; ".join(_place_of(each) for each in threads)


def _waits_for_threads(thread: threading.Thread) -> bool:
    return any(frame.f_code is _JOINS for frame in frames_of_thread(thread.ident or 0))


def _place_of(thread: threading.Thread) -> str:
    return f"{place_of_thread(thread.ident or 0) or 'its end'} ({thread.name})"
