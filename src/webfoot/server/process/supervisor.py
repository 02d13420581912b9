"""Several worker processes behind one listening socket, and somebody who looks after them.

The parent binds, the workers accept. A worker that dies or hangs is replaced; if that happens again and again, ever
more slowly. If the application refuses to start at the beginning, all stop with its reason.

    SIGINT, SIGTERM   stop gracefully; SIGINT once more ends the wait
    SIGQUIT           stop at once
    SIGHUP            read the settings again and replace all workers (see `turnover`)
    SIGTTIN, SIGTTOU  one worker more, one worker less
    SIGUSR2           write down what the flight recorder holds, if it is on; else it changes nothing, as SIGUSR1
"""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.connection import wait
from time import monotonic
from typing import Final

from webfoot.server.health.seats import Seats
from webfoot.server.net.binding import address_of
from webfoot.server.process.backoff import Backoff
from webfoot.server.process.black_box import DUMP, dump, tell_last_words
from webfoot.server.process.bounds import HURRY, PARTING, longest_stop
from webfoot.server.process.ending import CUT_OFF
from webfoot.server.process.epitaphs import tell_of
from webfoot.server.process.greeting import greet, tell_of_stop
from webfoot.server.process.rereading import reread_options
from webfoot.server.process.service_manager import ServiceManager
from webfoot.server.process.signals import SignalQueue, Terminal, tell_of_idle_signal
from webfoot.server.process.starting import SlowStarts
from webfoot.server.process.turnover import Turnover
from webfoot.server.process.verdict import Failed
from webfoot.server.process.worker import Launch, Worker
from webfoot.server.process.working import Started
from webfoot.server.settings.options import ServerOptions

log = logging.getLogger("webfoot")

_TOGETHER: Final = 0.05
"""Seconds in which the deaths of several workers are one event."""

_UNHEARD: Final = 1.0
"""Seconds for a worker's event loop to hear that it is to end; of one that does not it is told where it is blocked."""

_OVERSLEPT: Final = 1.0
"""Seconds that we may wake up too late before a worker's silence is held to be ours."""


class Supervisor:
    """`reread` gives the options anew, from wherever they came; it may raise OptionError.

    `first` is a worker that serves already, `launch` says how others are started (see `succession`).
    """

    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        reread: Callable[[], ServerOptions] | None = None,
        seats: Seats | None = None,
        first: Worker | None = None,
        launch: Launch | None = None,
    ) -> None:
        self._options = self._options_before = options
        self._seats = seats if seats is not None else Seats([])
        self._manager = ServiceManager.of_process()
        self._sockets = sockets
        self._reread = reread
        self._launch = launch
        self._workers: list[Worker] = [] if first is None else [first]
        self._dead: list[Worker] = []
        self._bury_at = math.inf
        self._retiring: dict[Worker, float] = {}
        self._turnover = Turnover(self._workers, self._start, self._retire)
        self._wanted = options.workers
        self._greeted = first is not None
        self._backoff = Backoff()
        self._not_before = 0.0
        self._verdict: Failed | None = None
        self._slow_starts = SlowStarts()
        self._orders: dict[int, Callable[[], None]] = {
            signal.SIGHUP: self._reload,
            signal.SIGTTIN: lambda: self._resize(self._wanted + 1),
            signal.SIGTTOU: lambda: self._resize(self._wanted - 1),
        }
        self._orders |= {each: partial(tell_of_idle_signal, each) for each in (signal.SIGUSR1, signal.SIGUSR2)}
        if options.recorder:
            self._orders[DUMP] = lambda: dump(self._options, os.getpid())
        self._terminal = Terminal()
        self._signals = SignalQueue(signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, *self._orders)

    def run(self) -> int:
        """Look after the workers until told to stop; gives back the exit code."""
        with self._signals:
            # Blocked since the process changed its role.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {*self._signals.numbers, DUMP})
            if self._greeted:
                scheme = "https" if self._options.is_secured else "http"
                self._manager.ready([address_of(each, scheme) for each in self._sockets])
            arrived: list[int] = []
            while self._verdict is None and not _mean_stop(arrived):
                self._fill_up()
                self._wait()
                self._manager.beat()
                self._take_stock()
                self._feel_pulses()
                arrived = self._signals.take()
                for number in arrived:
                    self._orders.get(number, lambda: None)()
            delays = arrived[:1] == [signal.SIGTERM]
            word = "drain" if delays else "stop"
            self._seats.board.stop()
            self._manager.stopping()
            if self._verdict is None:
                tell_of_stop(self._options.shutdown_delay if delays else 0.0)
            left = [*self._everybody(), *self._dead]
            have_ended = end(left, self._options, self._signals, signal.SIGQUIT in arrived, word)
        if self._verdict is not None:
            return self._verdict.report()
        return 0 if have_ended else CUT_OFF

    def _everybody(self) -> list[Worker]:
        heir = self._turnover.heir
        return [*self._workers, *([heir] if heir is not None else []), *self._retiring]

    def _watched(self) -> list[Worker]:
        heir = self._turnover.heir
        return [*self._workers, heir] if heir is not None else self._workers

    def _start(self) -> Worker:
        worker = Worker(self._options, self._sockets, seat=self._seats.give(), launch=self._launch)
        log.debug("worker %d was started", worker.pid)
        return worker

    def _retire(self, worker: Worker) -> None:
        self._retiring[worker] = monotonic() + PARTING + longest_stop(self._options) + HURRY
        worker.say("retire")

    def _fill_up(self) -> None:
        if self._dead or monotonic() < self._not_before:
            return
        while len(self._workers) < self._wanted:
            self._workers.append(self._start())
        self._turnover.go_on()

    def _wait(self) -> None:
        """Until a worker or a signal has something to say, or it is time for something."""
        time = min(
            self._bury_at,
            self._manager.due,
            *self._retiring.values(),
            *(each.pulse.due for each in self._watched()),
            math.inf,
        )
        if not self._dead and (len(self._workers) < self._wanted or self._turnover.is_due):
            time = min(time, self._not_before)
        seconds = max(0.0, time - monotonic()) if time < math.inf else None
        began = monotonic()
        wait_for(self._everybody(), self._signals, seconds)
        overslept = monotonic() - began - (seconds or 0.0) if seconds is not None else 0.0
        if overslept > _OVERSLEPT:
            for worker in self._watched():
                worker.pulse.forgive(overslept)

    def _take_stock(self) -> None:
        for worker in list(self._workers):
            if not worker.listen():
                self._workers.remove(worker)
                self._turnover.strike_out(worker)
                self._dead.append(worker)
                self._bury_at = min(self._bury_at, monotonic() + _TOGETHER)
            elif worker.is_leaving:
                self._turnover.ask_for(worker)
        if monotonic() >= self._bury_at:
            self._bury()
        failed = self._turnover.look()
        if failed is not None:
            self._go_on_without(failed)
        for worker, deadline in list(self._retiring.items()):
            if not worker.listen() or monotonic() >= deadline:
                del self._retiring[worker]
                pid = worker.pid
                if not end_at_once(worker):
                    tell_last_words(self._options, pid, worker.end, worker.stack)
        self._greet()
        if not self._turnover.is_reload:
            self._manager.reloaded()

    def _greet(self) -> None:
        if not self._greeted and len(self._workers) >= self._wanted and all(each.has_started for each in self._workers):
            told = self._workers[0].told
            assert isinstance(told, Started)
            greet(self._options, told.urls)
            self._manager.ready(told.urls)
            self._greeted = True

    def _bury(self) -> None:
        """Workers have ended without being asked to: decide whether others make sense."""
        dead, self._dead = self._dead, []
        self._bury_at = math.inf
        failure = next((each.failure for each in dead if each.failure is not None), None)
        if failure is not None and not self._greeted:
            self._verdict = failure
        else:
            self._seats.board.count_restarts(len(dead))
            tell_of(dead, self._pause())
            for worker in dead:
                if worker.exit_code:
                    tell_last_words(self._options, worker.pid, worker.end, worker.stack)
        for worker in dead:
            worker.forget()

    def _pause(self) -> float:
        pause = self._backoff.failed(monotonic())
        self._not_before = monotonic() + pause
        return pause

    def _go_on_without(self, heir: Worker) -> None:
        """The worker that was to take over does not serve: those in whose places it was to come go on."""
        failure = heir.failure
        why = failure.sentence if failure is not None else heir.epitaph
        if self._turnover.is_reload:
            done = self._turnover.call_off()
            self._options = self._options_before
            some = f" ({done} of them new)" if done else ""
            traceback = f"\n{failure.traceback.rstrip()}" if failure is not None and failure.traceback else ""
            log.error("the reload has failed, and the workers that there are go on%s: %s%s", some, why, traceback)
        else:
            log.error("a worker could not be replaced, and goes on: %s; another try in %g s", why, self._pause())
        heir.forget()

    def _feel_pulses(self) -> None:
        now = monotonic()
        for worker in self._watched():
            self._slow_starts.look_at(worker)
            if now < worker.pulse.due:
                continue
            if worker.pulse.is_asked or not worker.has_started:
                worker.condemn(worker.silence)
                log.error("the stack of worker %d:\n%s", worker.pid, worker.stack or "is not known")
            else:
                worker.pulse.ask(now)
                worker.say("ping")

    def _resize(self, wanted: int) -> None:
        self._wanted = max(1, wanted)
        log.info("workers from now on: %d", self._wanted)
        while len(self._workers) > self._wanted:
            worker = self._workers.pop()
            self._turnover.strike_out(worker)
            self._retire(worker)

    def _reload(self) -> None:
        if self._terminal.is_gone:
            os.kill(os.getpid(), signal.SIGTERM)
            return
        self._manager.reloading()
        options = reread_options(self._options, self._reread)
        if options is None:
            self._manager.reloaded()
            return
        self._options_before, self._options = self._options, options
        if options.workers != self._options_before.workers:
            self._resize(options.workers)
        log.info("reloading: the workers are replaced one after another")
        self._turnover.ask_for_all()


def _mean_stop(numbers: list[int]) -> bool:
    return not {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT}.isdisjoint(numbers)


def end(
    workers: list[Worker], options: ServerOptions, signals: SignalQueue, at_once: bool = False, word: str = "stop"
) -> bool:
    """Stop workers: gracefully, at once when SIGINT comes again, and by SIGKILL when they overstay.

    Whether all have ended without that, and their applications, too.
    """
    told = left = [worker for worker in workers if worker.listen()]
    deadline = monotonic() + longest_stop(options) + HURRY
    if at_once:  # and not "stop" before: what has begun by then, the application's shutdown, would be cut off
        word, deadline = "force", min(deadline, monotonic() + 3 * HURRY)
    for worker in left:
        worker.tell_to_end(word)
    tell_at = monotonic() + _UNHEARD
    if deadline < tell_at + _UNHEARD:  # how it ended is told soon, and where it was then
        tell_at = math.inf
    while left and monotonic() < deadline:
        if not {signal.SIGINT, signal.SIGQUIT}.isdisjoint(signals.take()):
            deadline = min(deadline, monotonic() + 3 * HURRY)
            for worker in left:
                worker.say("force")
        wait_for(left, signals, max(0.0, min(deadline, tell_at) - monotonic()))
        left = [worker for worker in left if worker.listen()]
        if monotonic() >= tell_at:
            tell_at = math.inf
            _tell_of_unheard(left)
    is_whole = not left and not any(worker.has_started and worker.exit_code == CUT_OFF for worker in told)
    for worker in workers:
        end_at_once(worker)
    return is_whole


def _tell_of_unheard(workers: list[Worker]) -> None:
    for worker in workers:
        if not worker.is_heard and (at := worker.place()):
            line = "worker %d was told to stop, but its event loop is blocked at %s (Ctrl-C to cut off)"
            log.warning(line, worker.pid, at)


def end_at_once(worker: Worker) -> bool:
    """Kill a worker that has not ended yet, and forget it. Whether it had ended by itself."""
    had_ended = worker.exit_code is not None
    if not had_ended:
        worker.condemn("did not stop in time")
        log.warning("%s", worker.epitaph)
    worker.forget()
    return had_ended


def wait_for(workers: Iterable[Worker], signals: SignalQueue, seconds: float | None) -> None:
    """Until one of the workers says something or ends, or a signal comes, or the time is up."""
    things = [signals, *(thing for worker in workers for thing in worker.waitables)]
    wait(things, seconds)  # type: ignore[arg-type]
