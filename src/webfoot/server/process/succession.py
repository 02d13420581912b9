"""SIGHUP for a server of one process: another one takes over, and nobody is refused in between.

    the process  starts its own command line once more, with its sockets                            (the heir)
    the heir     loads the application as it is now, and says that it serves
    the process  drains, shuts its application down, and makes itself a supervisor (exec): a service manager goes on
                 seeing the process that it knows, and nothing of the application is left in it

From then on there are a supervisor and a worker, and SIGHUP means what it means for several workers.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from time import monotonic
from typing import Final, NoReturn

from webfoot.server.health.seats import Seat, Seats
from webfoot.server.net.binding import bound
from webfoot.server.process.command import Command, own_command
from webfoot.server.process.estate import Estate, inherited_estate
from webfoot.server.process.starting import SlowStarts
from webfoot.server.process.supervisor import Supervisor
from webfoot.server.process.worker import Worker
from webfoot.server.process.working import Started, work
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

log = logging.getLogger("webfoot")

WAITING: Final = {
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGQUIT,
    signal.SIGHUP,
    signal.SIGTTIN,
    signal.SIGTTOU,
    signal.SIGUSR2,
}
"""Signals that are kept for the supervisor while the process becomes one."""

_FAREWELL: Final = 2.0
"""Seconds for what the application has registered with `atexit`."""


def carry_on(
    options: ServerOptions, watch: Callable[[], Watcher] | None, reread: Callable[[], ServerOptions] | None
) -> int:
    """What a process does that was left an estate: it serves as the heir, or looks after the heir; the exit code."""
    estate = inherited_estate()
    seat = estate.seat()
    pipe, stacks = estate.pipes()
    command = own_command()
    if not estate.worker or command is None:
        work(options, estate.listening(), pipe, stacks, watch, seat)
    log.info("reloaded; this process looks after worker %d from now on", estate.worker)
    with bound(options, estate.listening()) as sockets:
        first = AdoptedWorker(options, seat, estate.worker, pipe, stacks)
        return Supervisor(options, sockets, reread, Seats(seat.sockets, seat), first, Rerun(command)).run()


class ChildProcess:
    """A process as `Worker` wants it: one that was started here, or before this program took the process over."""

    def __init__(self, pid: int, started: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self.sentinel = os.pidfd_open(pid)
        self._started = started
        self._code: int | None = None

    @property
    def exitcode(self) -> int | None:
        if self._code is None:
            self._code = self._started.poll() if self._started is not None else self._wait(os.WNOHANG)
        return self._code

    def _wait(self, flags: int) -> int | None:
        pid, status = os.waitpid(self.pid, flags)
        return os.waitstatus_to_exitcode(status) if pid else None

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.exitcode is None:
            os.kill(self.pid, number)

    def join(self) -> None:
        if self._code is None:
            self._code = self._started.wait() if self._started is not None else self._wait(0)

    def close(self) -> None:
        os.close(self.sentinel)


class Rerun:
    """Launches workers by the command line of this process (see `worker.spawn` for the arguments)."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def __call__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        pipe: Connection,
        stacks: Connection,
        watch: Callable[[], Watcher] | None,
        seat: Seat | None,
    ) -> ChildProcess:
        assert seat is not None
        estate = Estate.of(sockets, seat, pipe, stacks)
        started = subprocess.Popen(  # noqa: S603 - what the user has started himself
            self._command.words,
            env={**self._command.environment, **estate.variable},
            cwd=self._command.directory,
            pass_fds=estate.descriptors,
        )
        return ChildProcess(started.pid, started)


class Succession:
    """One try to have this process succeeded, in the event loop of its server.

    `ready` is called when the heir serves, `failed` when it never will.
    """

    def __init__(
        self,
        options: ServerOptions,
        command: Command,
        sockets: list[socket.socket],
        seat: Seat,
        ready: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._command = command
        self._own_seat = seat
        # The server closes its own.
        self._sockets = [each.dup() for each in sockets]
        self._seat = Seat(seat.board, seat.board.claim(), [each.dup() for each in seat.sockets])
        self._ready = ready
        self._failed = failed
        self._held = ExitStack()
        self._slow_starts = SlowStarts()
        self._heir = Worker(options, self._sockets, None, self._seat, Rerun(command))
        self._loop = asyncio.get_running_loop()
        self._watched: list[int] = []
        self._watch()

    def keep(self, held: ExitStack) -> None:
        """Do not let go of what the server would give up at its end, the path of a Unix socket for example."""
        self._held = held

    def _watch(self) -> None:
        self._watched = self._heir.descriptors
        for number in self._watched:
            self._loop.add_reader(number, self._look)

    def _look(self) -> None:
        for number in self._watched:  # before one of them is closed
            self._loop.remove_reader(number)
        runs = self._heir.listen()
        if runs and not self._heir.has_started:
            self._slow_starts.look_at(self._heir)
            self._watch()
            return
        if self._heir.has_started:
            self._ready()
            return
        failure = self._heir.failure
        assert failure is not None
        traceback = f"\n{failure.traceback.rstrip()}" if failure.traceback else ""
        log.error("the reload has failed, and the process goes on: %s%s", failure.sentence, traceback)
        self._heir.forget()
        for each in (*self._sockets, *self._seat.sockets):
            each.close()
        self._failed()

    def complete(self, stopped_by: int | None) -> NoReturn:
        """Make this process the supervisor of its heir; `stopped_by` is the signal that it is to stop by at once."""
        signal.pthread_sigmask(signal.SIG_BLOCK, WAITING)
        if stopped_by is not None:
            os.kill(os.getpid(), stopped_by)
        farewell = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
        farewell.start()
        farewell.join(_FAREWELL)
        self._own_seat.give_back()
        pipe, stacks = self._heir.pipes
        estate = Estate.of(self._sockets, self._seat, pipe, stacks, self._heir.pid)
        for number in estate.descriptors:
            os.set_inheritable(number, True)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.chdir(self._command.directory)
        variables = {**self._command.environment, **estate.variable}
        os.execve(sys.executable, self._command.words, variables)  # noqa: S606 - what the user has started himself


class AdoptedWorker(Worker):
    """A worker that this process has started before it became a supervisor."""

    def __init__(self, options: ServerOptions, seat: Seat, pid: int, pipe: Connection, stacks: Connection) -> None:
        self._take_charge(options, seat, ChildProcess(pid), pipe, stacks)
        self.told = Started([])
        self.pulse.start(monotonic())
