"""Several worker processes behind one listening socket, and somebody who looks after them.

The parent binds, the workers accept. A worker that dies is replaced; one that dies again and again is replaced ever
more slowly. If the application refuses to start while no other worker serves, all stop with its reason.

    SIGINT, SIGTERM   stop gracefully; SIGINT once more ends the wait
    SIGTTIN, SIGTTOU  one worker more, one worker less
"""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Iterable
from multiprocessing.connection import wait
from time import monotonic

from webfoot.server.process.serve import HURRY, greet, longest_stop
from webfoot.server.process.signals import SignalQueue
from webfoot.server.process.verdict import Failed
from webfoot.server.process.worker import Started, Worker
from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")


class Backoff:
    """How long to wait before the next try: 0, 0.5, 1, 2 ... 30 seconds, from the start again after a quiet minute."""

    FIRST, LONGEST, QUIET = 0.5, 30.0, 60.0

    def __init__(self) -> None:
        self._failures = 0
        self._last = 0.0

    def failed(self, now: float) -> float:
        """The pause after a failure at `now` (monotonic seconds)."""
        self._failures = 0 if now - self._last > self.QUIET else self._failures + 1
        self._last = now
        return min(self.FIRST * 2 ** (self._failures - 1), self.LONGEST) if self._failures else 0.0


class Supervisor:
    def __init__(self, options: ServerOptions, sockets: list[socket.socket]) -> None:
        self._options = options
        self._sockets = sockets
        self._workers: list[Worker] = []
        self._retiring: dict[Worker, float] = {}
        self._wanted = options.workers
        self._greeted = False
        self._backoff = Backoff()
        self._not_before = 0.0
        self._verdict: Failed | None = None
        self._signals = SignalQueue(signal.SIGINT, signal.SIGTERM, signal.SIGTTIN, signal.SIGTTOU)

    def run(self) -> int:
        """Look after the workers until told to stop; gives back the exit code."""
        with self._signals:
            while self._verdict is None:
                self._fill_up()
                self._wait()
                self._take_stock()
                if self._obey_signals():
                    break
            end([*self._workers, *self._retiring], self._options, self._signals)
        return self._verdict.report() if self._verdict is not None else 0

    def _fill_up(self) -> None:
        while len(self._workers) < self._wanted and monotonic() >= self._not_before:
            self._workers.append(Worker(self._options, self._sockets))
            log.debug("worker %d was started", self._workers[-1].pid)

    def _wait(self) -> None:
        """Until a worker or a signal has something to say, or it is time for something."""
        times = [*self._retiring.values()]
        if len(self._workers) < self._wanted:
            times.append(self._not_before)
        workers = [*self._workers, *self._retiring]
        wait_for(workers, self._signals, max(0.0, min(times) - monotonic()) if times else None)

    def _take_stock(self) -> None:
        for worker in list(self._workers):
            if not worker.listen():
                self._workers.remove(worker)
                self._bury(worker)
        self._retire()
        if not self._greeted and len(self._workers) >= self._wanted and all(each.has_started for each in self._workers):
            told = self._workers[0].told
            assert isinstance(told, Started)
            greet(self._options, told.urls)
            self._greeted = True

    def _bury(self, worker: Worker) -> None:
        """A worker has ended without being asked to: decide whether another one makes sense."""
        failure = worker.failure
        alone = not any(each.has_started for each in self._workers)
        if failure is not None and (alone or not self._greeted):
            self._verdict = self._verdict or failure
        elif worker.exit_code == 0:
            log.info("%s and is replaced", worker.epitaph)
        else:
            pause = self._backoff.failed(monotonic())
            self._not_before = monotonic() + pause
            why = f": {failure.sentence}" if failure is not None else ""
            log.error("%s%s; another one is started%s", worker.epitaph, why, f" in {pause:g} s" if pause else "")
        worker.forget()

    def _retire(self) -> None:
        for worker, deadline in list(self._retiring.items()):
            if worker.listen() and monotonic() < deadline:
                continue
            del self._retiring[worker]
            end_at_once(worker)

    def _obey_signals(self) -> bool:
        """True if one of them says stop."""
        for number in self._signals.take():
            if number in (signal.SIGINT, signal.SIGTERM):
                log.info("stopping")
                return True
            if number == signal.SIGTTIN:
                self._wanted += 1
            elif self._wanted > 1:
                self._wanted -= 1
                self._retiring[self._workers.pop()] = monotonic() + longest_stop(self._options) + HURRY
                next(reversed(self._retiring)).say("stop")
        return False


def end(workers: list[Worker], options: ServerOptions, signals: SignalQueue) -> None:
    """Stop workers: gracefully, at once when SIGINT comes again, and by SIGKILL when they overstay."""
    left = [worker for worker in workers if worker.listen()]
    for worker in left:
        worker.say("stop")
    deadline = monotonic() + longest_stop(options) + HURRY
    while left and monotonic() < deadline:
        wait_for(left, signals, deadline - monotonic())
        if signal.SIGINT in signals.take():
            deadline = min(deadline, monotonic() + 3 * HURRY)
            for worker in left:
                worker.say("force")
        left = [worker for worker in left if worker.listen()]
    for worker in workers:
        end_at_once(worker)


def end_at_once(worker: Worker) -> None:
    """Kill a worker that has not ended yet, and forget it."""
    if worker.exit_code is None:
        log.warning("worker %d did not stop in time and is killed", worker.pid)
        worker.kill()
    worker.forget()


def wait_for(workers: Iterable[Worker], signals: SignalQueue, seconds: float | None) -> None:
    """Until one of the workers says something or ends, or a signal comes, or the time is up."""
    things = [signals, *(thing for worker in workers for thing in worker.waitables)]
    wait(things, seconds)  # type: ignore[arg-type]
