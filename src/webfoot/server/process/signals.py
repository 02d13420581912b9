"""Signals of a process that serves, and of a process that looks after others which serve."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Iterable
from types import FrameType
from typing import Any

from webfoot.server.process.ending import Deadline, tell_unless_heard

log = logging.getLogger("webfoot")


class Handlers:
    """Signal handlers that give way to those of before when they are left.

    Outside of the main thread, where Python allows no handlers, entering does nothing.
    """

    def __init__(self, numbers: Iterable[int]) -> None:
        self.numbers = tuple(numbers)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self.handle) for number in self.numbers}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            # None stands for a handler that was not installed from Python: there is nothing to give back
            if handler is not None:
                signal.signal(number, handler)
        self._before.clear()

    def handle(self, number: int, frame: FrameType | None) -> None:
        raise NotImplementedError


class StopSignals(Handlers):
    """SIGINT and SIGTERM while a server runs in this event loop.

    The first of them calls `stop`, or `drain` if it is SIGTERM, where that was set to something else. SIGINT once more
    calls `force`, and a third one interrupts whatever Python code holds the loop. SIGTERM once more changes nothing:
    service managers send it to the whole process group and to the leader, so a process may well see it twice.

    If `patience` is given, the process is cut off so many seconds after the first signal, even if its loop is blocked;
    after SIGINT once more it has `hurry` seconds left. A loop that is blocked is told of after a second. `clean_up` is
    called before a process is cut off.
    """

    def __init__(
        self,
        stop: Callable[[], None],
        force: Callable[[], None],
        patience: float | None = None,
        hurry: float | None = None,
        numbers: Iterable[int] = (signal.SIGINT, signal.SIGTERM),
    ) -> None:
        super().__init__(numbers)
        self.seen: list[int] = []
        self.drain = stop
        self.clean_up: Callable[[], object] = lambda: None
        self._stop = stop
        self._force = force
        self._patience = patience
        self._hurry = hurry
        self._deadlines: list[Deadline] = []
        self._unheard: threading.Timer | None = None

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if self._unheard is not None:
            self._unheard.cancel()
        for deadline in self._deadlines:
            deadline.cancel()

    def redeliver(self) -> None:
        """Raise each signal once more, for the handlers of whoever embeds the server."""
        for number in dict.fromkeys(self.seen):
            signal.raise_signal(number)

    def handle(self, number: int, frame: FrameType | None) -> None:
        # A callback of loop.add_signal_handler waits for the loop; this runs even while the loop is blocked.
        self.seen.append(number)
        if len(self.seen) == 1:
            if self._patience is not None:
                self._deadlines.append(Deadline(self._patience, clean_up=self.clean_up))
                self._unheard = tell_unless_heard()
            self._loop.call_soon_threadsafe(self._heard)
        elif number == signal.SIGINT:
            if self._hurry is not None and len(self._deadlines) == 1:
                self._deadlines.append(Deadline(self._hurry, clean_up=self.clean_up))
            self._loop.call_soon_threadsafe(self._force)
            if self.seen.count(signal.SIGINT) > 2:
                raise KeyboardInterrupt

    def _heard(self) -> None:
        if self._unheard is not None:
            self._unheard.cancel()
        (self.drain if self.seen[0] == signal.SIGTERM else self._stop)()


class Terminated(BaseException):
    """A signal has come that would have ended the process without a chance to clean up."""


class Unwinding(Handlers):
    """SIGTERM and SIGHUP before an event loop runs that could take note of them: raises Terminated."""

    def __init__(self) -> None:
        super().__init__([signal.SIGTERM, signal.SIGHUP])

    def handle(self, number: int, frame: FrameType | None) -> None:
        raise Terminated


class Hangup(Handlers):
    """SIGHUP while a server runs in this event loop: calls `reload`; or `stop`, where the terminal is gone."""

    def __init__(self, reload: Callable[[], None], stop: Callable[[], None]) -> None:
        super().__init__([signal.SIGHUP])
        self._reload = reload
        self._stop = stop
        self._terminal = Terminal()

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        super().__enter__()

    def handle(self, number: int, frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop if self._terminal.is_gone else self._reload)


class Spared(Handlers):
    """SIGUSR1 and SIGUSR2, of which nobody wants to know: they would end the process. `wanted`: those of other use.

    To be entered before the application is loaded, which may take them for itself, in C code (faulthandler), too.
    """

    def __init__(self, wanted: Collection[int] = ()) -> None:
        free = (each for each in (signal.SIGUSR1, signal.SIGUSR2) if signal.getsignal(each) is signal.SIG_DFL)
        super().__init__([each for each in free if each not in wanted])

    def handle(self, number: int, frame: FrameType | None) -> None:
        # In a thread: the log may be in use where this has interrupted.
        threading.Thread(target=tell_of_idle_signal, args=(number,), daemon=True).start()


def tell_of_idle_signal(number: int) -> None:
    name = signal.Signals(number).name
    if number == signal.SIGUSR2:
        log.warning("%s changes nothing: there are no records to write down, because recorder is off", name)
    else:
        log.warning("%s changes nothing: there is no log file to open anew (SIGHUP reloads)", name)


class Terminal:
    """The terminal of this process, if it has one. SIGHUP also means that its window was closed."""

    def __init__(self) -> None:
        self._had_one = os.isatty(2)

    @property
    def is_gone(self) -> bool:
        return self._had_one and not os.isatty(2)


class SignalQueue(Handlers):
    """Signals as something to wait for: when the file descriptor is readable, `take()` gives those that arrived.

    `wake()` makes it readable without a signal; it may be called from any thread.
    """

    def __init__(self, *numbers: int) -> None:
        super().__init__(numbers)
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._arrived: list[int] = []

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._reader.close()
        self._writer.close()

    def fileno(self) -> int:
        return self._reader.fileno()

    def handle(self, number: int, frame: FrameType | None) -> None:
        self._arrived.append(number)
        self.wake()

    def wake(self) -> None:
        try:
            self._writer.send(b"\0")
        except BlockingIOError:
            pass  # full: it is readable anyway

    def take(self) -> list[int]:
        try:
            self._reader.recv(4096)
        except BlockingIOError:
            pass
        arrived, self._arrived = self._arrived, []
        return arrived
