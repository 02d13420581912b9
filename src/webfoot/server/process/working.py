"""What runs inside of a worker process, and how it talks with its parent (the words are in `worker`)."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

from webfoot.server.gateway.lifespan import StartupFailed
from webfoot.server.health.seats import Seat
from webfoot.server.process.bounds import FORCED_STOP, HURRY, longest_stop
from webfoot.server.process.ending import CUT_OFF, Deadline, leave
from webfoot.server.process.serve import Server
from webfoot.server.process.stack import show_stack_in
from webfoot.server.process.starting import SlowStart
from webfoot.server.process.verdict import VERDICTS, Failed, verdict_on
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher


@dataclass(frozen=True, slots=True)
class Started:
    """docs: the path of the application's documentation, if it is known to have some."""

    urls: list[str]
    docs: str = ""


class WorkerServer(Server):
    """A server that reports to its parent instead of to the terminal, and leaves Ctrl-C to it."""

    _signals = (signal.SIGTERM,)
    _leader = staticmethod(os.getppid)

    def _hangup(self) -> AbstractContextManager[None]:
        return nullcontext()

    def attach(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._speaking = threading.Lock()
        self._words: dict[str, Callable[[], None]] = {
            "ping": lambda: self._say("alive"),
            "retire": self.retire,
            "drain": self.drain,
            "stop": self.stop,
            "force": self.force,
        }

    async def live(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pipe.fileno(), self._hear)
        try:
            await super().live(sockets)
        finally:
            loop.remove_reader(self._pipe.fileno())

    def judged(self, error: Exception) -> Failed:
        """What its parent is told of `error`, one of VERDICTS."""
        return verdict_on(error)

    def _greet(self) -> None:
        self._say(Started(self.urls))

    def _take_leave(self) -> None:
        """Its parent says so, once for all."""

    def _leave_soon(self) -> None:
        self._say("leaving")

    def _tell_of_start(self, word: SlowStart) -> None:
        self._say(word)

    def _give_up(self, failure: StartupFailed) -> None:
        verdict = self.judged(failure)
        self._say(verdict)
        os._exit(verdict.code)

    def _say(self, word: object) -> None:
        with suppress(OSError), self._speaking:  # the parent has gone, which is heard of below
            self._pipe.send(word)

    def _hear(self) -> None:
        try:
            word = self._pipe.recv()
        except (EOFError, OSError):  # the parent has ended without a word
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            word = "stop"
        self._words[word]()


def work(
    options: ServerOptions,
    sockets: list[socket.socket],
    pipe: Connection,
    stacks: Connection,
    watch: Callable[[], Watcher] | None = None,
    seat: Seat | None = None,
) -> NoReturn:
    """The life of the worker process."""
    settle_in(stacks)
    server = WorkerServer(options, watcher=watch() if watch is not None else None, seat=seat)
    leave(serve_under(server, sockets, pipe))


def settle_in(stacks: Connection) -> None:
    """What comes first in a worker process."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)  # they reach the whole group; the parent decides what they mean
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    show_stack_in(stacks)


def serve_under(server: WorkerServer, sockets: list[socket.socket], pipe: Connection) -> int:
    """Serve until the parent at the other end of `pipe` says otherwise; gives back the exit code of the process."""
    options = server.options
    server.attach(pipe)
    _end_with_parent(pipe, lambda: longest_stop(options) + HURRY if server.started else FORCED_STOP)
    try:
        configure(options)
        server.run(sockets)
    except VERDICTS as error:
        failed = server.judged(error)
        with suppress(OSError):
            pipe.send(failed)
        return failed.code
    return CUT_OFF if server.ended_badly else 0


def _end_with_parent(pipe: Connection, bound: Callable[[], float]) -> None:
    """See to it that this process ends when its parent does, also while it imports or its loop is blocked.

    `bound`: the seconds that it may take.
    """

    def wait() -> None:
        gone = select.poll()
        gone.register(pipe.fileno(), 0)  # not for words, only for the end
        gone.poll()
        with suppress(RuntimeError):  # the interpreter is at its end and starts no thread
            Deadline(bound())

    threading.Thread(target=wait, name="webfoot parent", daemon=True).start()
