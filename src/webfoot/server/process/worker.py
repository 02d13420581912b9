"""One process of several: the handle that its parent holds. What runs inside is in `working`.

Parent and worker talk over a pipe:

    worker says    Started, Failed    it serves, it will not
                   Libraries          what its application has imported (see `developing`)
                   SlowStart          it does not yet
                   "alive"            the answer of its event loop to "ping"
                   "leaving"          it wants to end, and goes on serving until it is told to
    parent says    Go                 load the application (see `developing`)
                   "ping"
                   "retire"           another one has taken over: end without hurry
                   "drain"            end gracefully, and accept for `shutdown_delay` before
                   "stop", "force"    end gracefully, at once

When the parent is gone, the pipe closes and the worker stops. No signal is needed for this: Ctrl-C in a terminal and
service managers signal the whole process group, so a signal that the parent forwarded would arrive twice.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Protocol, TypeAlias

from webfoot.server.health.seats import Seat
from webfoot.server.process.libraries import Libraries
from webfoot.server.process.pulse import Pulse
from webfoot.server.process.stack import SHOW, place_in, read_stack
from webfoot.server.process.starting import LENIENCE, SlowStart
from webfoot.server.process.verdict import UNGUARDED, Failed
from webfoot.server.process.working import Started, work
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

_spawning = multiprocessing.get_context("spawn")

_STACK_TIME = 0.5
"""Seconds that a worker has to write its stack."""


class Process(Protocol):
    """What a worker has to be able to do, as multiprocessing names it."""

    @property
    def pid(self) -> int | None: ...
    @property
    def exitcode(self) -> int | None: ...
    @property
    def sentinel(self) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def join(self) -> None: ...
    def close(self) -> None: ...


Launch: TypeAlias = "Callable[[ServerOptions, list[socket.socket], Connection, Connection, Callable[[], Watcher] | None, Seat | None], Process]"  # noqa: E501


class Worker:
    """A worker process as its parent sees it.

    told: what it has said of its start. slow_start: that it takes long.
    is_leaving: it wants to be replaced. is_heard: its event loop has answered since it was told to end.
    pulse: when to ask whether its event loop turns.
    stack: of a worker that hung or crashed, as Python prints it; empty if it is not known.

    `watch`, a function at the top of its module, makes in the worker whoever watches the journeys of its requests.
    """

    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        watch: Callable[[], Watcher] | None = None,
        seat: Seat | None = None,
        launch: Launch | None = None,
    ) -> None:
        pipe, theirs = _spawning.Pipe()
        reader, stacks = _spawning.Pipe(duplex=False)
        process = (launch or spawn)(options, sockets, theirs, stacks, watch, seat)
        theirs.close()
        stacks.close()
        self._take_charge(options, seat, process, pipe, reader)

    def _take_charge(
        self, options: ServerOptions, seat: Seat | None, process: Process, pipe: Connection, stacks: Connection
    ) -> None:
        self.told: Started | Failed | None = None
        self.libraries: Libraries | None = None
        self.is_leaving = False
        self.is_heard = True
        self._options = options
        # A worker sees to its start by itself, unless code that is not Python's lets nobody else run.
        start = options.timeout_startup + 4 * LENIENCE if options.timeout_startup is not None else math.inf
        self.pulse = Pulse(options.timeout_worker_healthcheck, monotonic() + start)
        self.slow_start: SlowStart | None = None
        self.stack = ""
        self._seat = seat
        self._process = process
        self._pipe = pipe
        self._stacks = stacks
        self._judged = ""

    @property
    def pipes(self) -> tuple[Connection, Connection]:
        return self._pipe, self._stacks

    @property
    def descriptors(self) -> list[int]:
        """As `waitables`, in numbers."""
        return [self._process.sentinel] if self._pipe.closed else [self._pipe.fileno(), self._process.sentinel]

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    @property
    def sentinel(self) -> int:
        """Becomes ready when the process ends."""
        return self._process.sentinel

    @property
    def has_started(self) -> bool:
        return isinstance(self.told, Started)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        return self._process.exitcode

    @property
    def failure(self) -> Failed | None:
        """Why it never served, if it has ended without serving."""
        if isinstance(self.told, Failed):
            return self.told
        if self.exit_code is None or self.has_started:
            return None
        if self.exit_code == UNGUARDED:
            return Failed(2, "run() with workers or reload must stand below `if __name__ == '__main__':`", "")
        return Failed(3, f"worker {self.pid} {self.end} before it served anything", "")

    @property
    def silence(self) -> str:
        """What it was not heard of for too long, in words that follow "worker 12"."""
        if not self.has_started:
            return f"did not start within {self._options.timeout_startup:g} s"
        return f"did not answer for {self._options.timeout_worker_healthcheck:g} s"

    @property
    def end(self) -> str:
        """How it ended, in words that follow "worker 12"."""
        if self._judged:
            return self._judged
        code = self.exit_code or 0
        if code >= 0:
            return f"ended with exit code {code}"
        at = f" at {place_in(self.stack)}" if self.stack else ""
        return f"was killed by {signal.Signals(-code).name}{at}"

    @property
    def epitaph(self) -> str:
        return f"worker {self.pid} {self.end}"

    @property
    def waitables(self) -> list[object]:
        """What becomes ready when the worker says something or ends."""
        return [self._process.sentinel] if self._pipe.closed else [self._pipe, self._process.sentinel]

    def listen(self) -> bool:
        """Take in what the worker has said. False once it has ended; then these were its last words."""
        running = self.exit_code is None
        try:
            while not self._pipe.closed and self._pipe.poll():
                self._take_in(self._pipe.recv())
        except (EOFError, OSError):
            self._pipe.close()
        if not running and (self.exit_code or 0) < 0 and not self._stacks.closed:
            self.stack = self.stack or read_stack(self._stacks, 0)
            self._stacks.close()
        return running

    def _take_in(self, word: Started | Failed | SlowStart | Libraries | str) -> None:
        if word == "leaving":
            self.is_leaving = True
        elif word == "alive":
            self.is_heard = True
        elif isinstance(word, SlowStart):
            self.slow_start = word
        elif isinstance(word, Libraries):
            self.libraries = word
        elif not isinstance(word, str):
            self.told = word
        if self.has_started:
            self.pulse.start(monotonic())

    def hand(self, word: object) -> None:
        """Tell something to one that waits for it."""
        with suppress(OSError):  # it has ended
            self._pipe.send(word)

    def say(self, word: str) -> None:
        """Tell it something. One that does not serve yet may not listen, but a signal reaches it always."""
        self.hand(word)
        if not self.has_started:
            self._process.terminate()

    def tell_to_end(self, word: str) -> None:
        """`say`, and ask whether it was heard."""
        self.say(word)
        if self.has_started:
            self.is_heard = False
            self.hand("ping")

    def place(self) -> str:
        """Where it stands; "" if it does not tell."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, SHOW)
        self.stack = read_stack(self._stacks, _STACK_TIME)
        return place_in(self.stack)

    def condemn(self, reason: str) -> None:
        """Kill a worker that hangs: `reason` is how its end is told of. Its stack is asked for before."""
        self.pulse.stop()
        at = self.place()
        self._judged = f"{reason}{f', blocked at {at},' if at else ''} and was killed"
        self._process.kill()

    def kill(self) -> None:
        self._process.kill()

    def forget(self) -> None:
        """Release what belongs to a worker that has ended."""
        self._process.join()
        self._process.close()
        self._pipe.close()
        self._stacks.close()
        if self._seat is not None:
            self._seat.give_back()


def spawn(
    options: ServerOptions,
    sockets: list[socket.socket],
    pipe: Connection,
    stacks: Connection,
    watch: Callable[[], Watcher] | None,
    seat: Seat | None,
    target: Callable[..., object] = work,
) -> BaseProcess:
    """A fresh interpreter that does `target`, to which it is given the other ends of our pipes."""
    arguments = (options, sockets, pipe, stacks, watch, seat)
    process = _spawning.Process(target=target, args=arguments, name="webfoot worker")
    # Before the worker ignores it, Ctrl-C would print a traceback of its imports; it inherits this mask.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    return process
