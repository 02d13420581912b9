"""One worker process that is restarted whenever a file changes.

The parent keeps the listening socket, so connections that arrive during a restart wait in the kernel instead of being
refused. The old worker ends before the new one loads the application: both at once would have to share what there is
only one of. An application that does not start prints why, and a worker that serves the reason instead waits for the
next save.

    a file changes       the worker is told to stop        (what runs may end, within the grace)
    the worker has ended the spare one loads the application, or a fresh one if there is none
    it serves            another spare one is started, which imports the same libraries (see `spare`)
"""

from __future__ import annotations

import logging
import math
import signal
import socket
import threading
from collections.abc import Callable
from multiprocessing.connection import wait
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final, NamedTuple

from webfoot.server.broken.application import BrokenApplication
from webfoot.server.broken.report import Report
from webfoot.server.health.seats import Seats
from webfoot.server.process.black_box import tell_last_words
from webfoot.server.process.bounds import HURRY, longest_stop
from webfoot.server.process.changes import FileFilter, forget_compiled, named, watch, watched_directories
from webfoot.server.process.developing import UNFIT, Broken
from webfoot.server.process.greeting import greet
from webfoot.server.process.libraries import Libraries
from webfoot.server.process.rereading import reread_options
from webfoot.server.process.service_manager import ServiceManager
from webfoot.server.process.signals import SignalQueue
from webfoot.server.process.spare import Spare
from webfoot.server.process.starting import SlowStarts
from webfoot.server.process.supervisor import end, end_at_once, wait_for
from webfoot.server.process.terminal_mode import TerminalMode
from webfoot.server.process.verdict import Failed
from webfoot.server.process.worker import Worker
from webfoot.server.process.working import Started
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Watcher

log = logging.getLogger("webfoot")

_STARTING_STOP: Final = 1.0
"""Seconds for a worker to end that has not served anybody yet."""

_LASTING: Final = ("reload_dirs", "reload_includes", "reload_excludes", "journey_page")
"""Settings of which use is made when a reloader begins; `journey_page`: there is a directory to keep journeys in."""

_DOUBTS: Final = 2
"""So often an application may have wanted other libraries than those that were there; then none is imported ahead."""


class Settings(NamedTuple):
    """Where the settings come from that are read anew when they change.

    file: absolute. reread: the options as they are now; raises OptionError. watch: who watches the requests then.
    """

    file: Path
    reread: Callable[[], ServerOptions]
    watch: Callable[[ServerOptions], Callable[[], Watcher]]


class Reloader:
    """Raises OptionError on construction if there is nothing to watch, or nothing to watch it with."""

    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        watch_requests: Callable[[], Watcher] | None = None,
        seats: Seats | None = None,
        settings: Settings | None = None,
    ) -> None:
        self._options = options
        self._settings = settings
        self._sockets = sockets
        self._watch_requests = watch_requests
        self._seats = seats if seats is not None else Seats([])
        roots = watched_directories(options)
        self._changes = watch(roots, self._filter(roots, options))
        self._changed: SimpleQueue[str] = SimpleQueue()
        self._signals = SignalQueue(signal.SIGINT, signal.SIGTERM)
        self._manager = ServiceManager.of_process()
        self._terminal = TerminalMode()
        self._slow_starts = SlowStarts()
        self._worker: Worker | None = None
        self._instead: BrokenApplication | None = None  # what the worker serves in place of the application
        self._end_by = math.inf  # when the worker, told to stop, is killed
        self._began = 0.0  # when the restart did
        self._greeted = False
        self._spare: Spare | None = None
        self._libraries = Libraries()
        self._doubts = 0

    def _filter(self, roots: list[Path], options: ServerOptions) -> FileFilter:
        file = self._settings.file if self._settings is not None else None
        return FileFilter(roots, options.reload_includes, options.reload_excludes, file)

    def run(self) -> int:
        """Serve and restart until told to stop; gives back the exit code."""
        with self._signals:
            threading.Thread(target=self._watch, name="webfoot reload", daemon=True).start()
            self._start()
            while not self._signals.take():
                self._look_at_worker()
                self._look_at_changes()
                self._wait()
                self._manager.beat()
            log.info("stopping")
            self._manager.stopping()
            self._drop_spare()
            if self._worker is not None:
                self._end(self._worker)
            self._terminal.restore()
        return 0

    def _end(self, worker: Worker) -> None:
        if worker.has_started:
            end([worker], self._options, self._signals)
            return
        worker.say("stop")
        wait([worker.sentinel], _STARTING_STOP)
        end_at_once(worker)

    def _watch(self) -> None:
        try:
            for changes in self._changes:
                for _, path in changes:
                    self._changed.put(path)
                self._signals.wake()
        except Exception as error:  # whatever the system says, too many watches for example: serving goes on
            log.error("changes of files are not seen any longer: %s", error)

    def _wait(self) -> None:
        left = min(self._manager.due, self._end_by) - monotonic()
        wait_for([self._worker] if self._worker else [], self._signals, max(0.0, left) if left < math.inf else None)

    def _look_at_changes(self) -> None:
        changed: set[str] = set()
        while True:
            try:
                changed.add(self._changed.get_nowait())
            except Empty:
                break
        if not self._settings_changed(changed):
            changed.discard(self._settings_file)
        if not changed or self._is_ending:
            return
        self._began = monotonic()
        forget_compiled(changed)
        log.info("restarting, because %s changed", named(changed))
        if self._worker is None:
            self._start()
        else:
            self._end_by = monotonic() + self._stop_time(self._worker)
            self._worker.say("stop")

    @property
    def _settings_file(self) -> str:
        return str(self._settings.file) if self._settings is not None else ""

    def _settings_changed(self, changed: set[str]) -> bool:
        """Whether there are other settings, for the next worker. Wrong ones are told, and those from before stay."""
        settings = self._settings
        if settings is None or self._settings_file not in changed:
            return False
        options = reread_options(self._options, settings.reread, _LASTING)
        if options is None or options == self._options:
            return False
        self._options, self._watch_requests = options, settings.watch(options)
        self._drop_spare()  # it was made for those before
        return True

    @property
    def _is_ending(self) -> bool:
        return self._end_by < math.inf

    def _stop_time(self, worker: Worker) -> float:
        return longest_stop(self._options) + HURRY if worker.has_started else _STARTING_STOP

    def _look_at_worker(self) -> None:
        worker = self._worker
        if worker is None:
            return
        served_before = worker.has_started
        runs = worker.listen()
        self._slow_starts.look_at(worker)
        if isinstance(worker.told, Started) and not served_before:
            self._tell_started(worker.told)
        if worker.libraries is not None:
            self._libraries, worker.libraries = worker.libraries, None
            self._prepare_spare()
        if not runs or monotonic() >= self._end_by:
            self._bury(worker)

    def _tell_started(self, told: Started) -> None:
        urls = told.urls
        if self._instead is not None:
            log.info("waiting for a file to change; until then %s shows this", " and ".join(urls))
            self._prepare_spare()
        elif not self._greeted:
            self._greeted = True
            greet(self._options, urls)
            if told.docs and urls[0].startswith("http"):
                log.info("documentation: %s%s", urls[0], told.docs)
            self._manager.ready(urls)
        else:
            log.info("serving again after %.0f ms", (monotonic() - self._began) * 1e3)

    def _bury(self, worker: Worker) -> None:
        """The worker has ended, or should have."""
        was_told, served_instead = self._is_ending, self._instead is not None
        code, failure, epitaph, stack = worker.exit_code, worker.failure, worker.epitaph, worker.stack
        pid, how, has_served = worker.pid, worker.end, worker.has_started
        if not end_at_once(worker):
            tell_last_words(self._options, pid, worker.end, worker.stack)
        self._terminal.restore()
        self._worker = None
        self._end_by = math.inf
        if was_told:
            self._start()
        elif code == UNFIT:
            self._doubts += 1
            self._start()
        elif served_instead:
            log.error("%s", epitaph)
            log.info("waiting for a file to change")
        else:
            report = _tell_of(failure, epitaph, stack)
            if has_served and code:
                tell_last_words(self._options, pid, how, stack)
            self._start(BrokenApplication(report))

    def _start(self, instead: BrokenApplication | None = None) -> None:
        self._instead = instead
        spare = self._take_spare()
        if spare is None:
            spare = self._new_spare(Libraries())
        self._worker = spare.go(instead)

    def _take_spare(self) -> Spare | None:
        spare, self._spare = self._spare, None
        if spare is None or spare.is_fresh:
            return spare
        if spare.is_unfit:
            self._doubts = _DOUBTS
        spare.drop()
        return None

    def _prepare_spare(self) -> None:
        if self._spare is None and self._options.reload_spare:
            self._spare = self._new_spare(self._libraries if self._doubts < _DOUBTS else Libraries())

    def _new_spare(self, libraries: Libraries) -> Spare:
        return Spare(self._options, self._sockets, self._watch_requests, self._seats.give(), libraries)

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.drop()


def _tell_of(failure: Failed | None, epitaph: str, stack: str) -> Report:
    """Print why there is no application; gives back the same for the browser."""
    if failure is None:
        log.error("%s", epitaph)
        return Report(epitaph, stack)
    failure.report()
    return failure.shown if isinstance(failure, Broken) else Report(failure.sentence, failure.traceback or stack)
