"""One process of several: the handle that its parent holds, and what runs inside.

Parent and worker talk over a pipe. The worker says `Started` or `Failed`, the parent says "stop" or "force"; when the
parent is gone, the pipe closes and the worker stops. No signal is needed for this: Ctrl-C in a terminal and service
managers signal the whole process group, so a signal that the parent forwarded would arrive twice.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from webfoot.server.process.ending import leave
from webfoot.server.process.serve import Server
from webfoot.server.process.verdict import UNGUARDED, VERDICTS, Failed, verdict_on
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

_spawning = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Started:
    urls: list[str]


class Worker:
    """A worker process as its parent sees it. `told` is what it has said last.

    `watch`, a function at the top of its module, makes in the worker whoever watches the journeys of its requests.
    """

    def __init__(
        self, options: ServerOptions, sockets: list[socket.socket], watch: Callable[[], Watcher] | None = None
    ) -> None:
        self.told: Started | Failed | None = None
        self._pipe, theirs = _spawning.Pipe()
        self._process = _spawning.Process(target=work, args=(options, sockets, theirs, watch), name="webfoot worker")
        # Before the worker ignores it, Ctrl-C would print a traceback of its imports; it inherits this mask.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

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
        return Failed(3, f"{self.epitaph} before it served anything", "")

    @property
    def epitaph(self) -> str:
        """How it ended, in words."""
        code = self.exit_code or 0
        if code < 0:
            return f"worker {self.pid} was killed by {signal.Signals(-code).name}"
        return f"worker {self.pid} ended with exit code {code}"

    @property
    def waitables(self) -> list[object]:
        """What becomes ready when the worker says something or ends."""
        return [self._process.sentinel] if self._pipe.closed else [self._pipe, self._process.sentinel]

    def listen(self) -> bool:
        """Take in what the worker has said. False once it has ended; then these were its last words."""
        running = self.exit_code is None
        try:
            while not self._pipe.closed and self._pipe.poll():
                self.told = self._pipe.recv()
        except (EOFError, OSError):
            self._pipe.close()
        return running

    def say(self, word: str) -> None:
        """Tell it "stop" or "force". One that does not serve yet may not listen, but a signal reaches it always."""
        try:
            self._pipe.send(word)
        except OSError:
            pass  # it has ended
        if not self.has_started:
            self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def forget(self) -> None:
        """Release what belongs to a worker that has ended."""
        self._process.join()
        self._process.close()
        self._pipe.close()


class WorkerServer(Server):
    """A server that reports to its parent instead of to the terminal, and leaves Ctrl-C to it."""

    _signals = (signal.SIGTERM,)

    def attach(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def live(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pipe.fileno(), self._hear)
        try:
            await super().live(sockets)
        finally:
            loop.remove_reader(self._pipe.fileno())

    def _greet(self) -> None:
        self._pipe.send(Started(self.urls))

    def _take_leave(self) -> None:
        """Its parent says so, once for all."""

    def _hear(self) -> None:
        try:
            word = self._pipe.recv()
        except (EOFError, OSError):  # the parent has ended without a word
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            word = "stop"
        if word == "force":
            self.force()
        else:
            self.stop()


def work(
    options: ServerOptions, sockets: list[socket.socket], pipe: Connection, watch: Callable[[], Watcher] | None = None
) -> None:
    """What runs in the worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides what it means
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if options.reload and os.isatty(0):
        sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing puts /dev/null there; a debugger wants the terminal
    configure(options)
    server = WorkerServer(options, watcher=watch() if watch is not None else None)
    server.attach(pipe)
    code = 0
    try:
        server.run(sockets)
    except VERDICTS as error:
        failed = verdict_on(error)
        pipe.send(failed)
        code = failed.code
    leave(code)
