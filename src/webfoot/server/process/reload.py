"""One worker process that is restarted whenever a file changes.

The parent keeps the listening socket, so connections that arrive during a restart wait in the kernel instead of being
refused. An application that does not start prints why, and the next save tries again.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from time import monotonic
from typing import Any

from webfoot.server.health.seats import Seats
from webfoot.server.process.serve import greet
from webfoot.server.process.service_manager import ServiceManager
from webfoot.server.process.signals import SignalQueue
from webfoot.server.process.supervisor import end, wait_for
from webfoot.server.process.worker import Worker
from webfoot.server.process.working import Started
from webfoot.server.settings.options import OptionError, ServerOptions
from webfoot.trail import Watcher

log = logging.getLogger("webfoot")


class FileFilter:
    """Which files matter: the name matches `includes`, and no part of the path below its root matches `excludes`."""

    def __init__(self, roots: Sequence[Path], includes: Sequence[str], excludes: Sequence[str]) -> None:
        self._roots = roots
        self._includes = includes
        self._excludes = excludes

    def __call__(self, change: object, path: str) -> bool:
        name = Path(path)
        if not any(fnmatch(name.name, pattern) for pattern in self._includes):
            return False
        root = next((root for root in self._roots if name.is_relative_to(root)), None)
        parts = name.relative_to(root).parts if root else name.parts
        return not any(fnmatch(part, pattern) for part in parts for pattern in self._excludes)


class Reloader:
    """Raises OptionError on construction if there is nothing to watch, or nothing to watch it with."""

    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        watch_requests: Callable[[], Watcher] | None = None,
        seats: Seats | None = None,
    ) -> None:
        self._seats = seats if seats is not None else Seats([])
        self._options = options
        self._sockets = sockets
        self._watch_requests = watch_requests
        self._roots = watched_directories(options)
        self._changes = watch(self._roots, FileFilter(self._roots, options.reload_includes, options.reload_excludes))
        self._changed: set[str] = set()
        self._worker: Worker | None = None
        self._manager = ServiceManager.of_process()
        self._signals = SignalQueue(signal.SIGINT, signal.SIGTERM)

    def run(self) -> int:
        """Serve and restart until told to stop; gives back the exit code."""
        with self._signals:
            threading.Thread(target=self._watch, name="webfoot reload", daemon=True).start()
            self._start_worker()
            while True:
                left = max(0.0, self._manager.due - monotonic())
                wait_for([self._worker] if self._worker else [], self._signals, left if left < math.inf else None)
                self._manager.beat()
                if self._signals.take():
                    log.info("stopping")
                    self._manager.stopping()
                    break
                self._look_at_worker()
                if self._changed:
                    self._restart()
            self._end_worker()
        return 0

    def _watch(self) -> None:
        try:
            for changes in self._changes:
                self._changed |= {path for _, path in changes}
                self._signals.wake()
        except Exception as error:  # whatever the system says, too many watches for example: serving goes on
            log.error("changes of files are not seen any longer: %s", error)

    def _look_at_worker(self) -> None:
        worker = self._worker
        if worker is None:
            return
        started_before = worker.has_started
        runs = worker.listen()
        if isinstance(worker.told, Started) and not started_before:
            greet(self._options, worker.told.urls)
            self._manager.ready(worker.told.urls)
        if not runs:
            if worker.failure is not None:
                worker.failure.report()
            else:
                log.error("%s", worker.epitaph)
            log.info("waiting for a file to change")
            worker.forget()
            self._worker = None

    def _restart(self) -> None:
        changed, self._changed = self._changed, set()
        log.info("restarting, because %s changed", _named(changed))
        self._end_worker()
        self._start_worker()

    def _start_worker(self) -> None:
        self._worker = Worker(self._options, self._sockets, self._watch_requests, self._seats.give())

    def _end_worker(self) -> None:
        if self._worker is not None:
            end([self._worker], self._options, self._signals)
            self._worker = None


def watched_directories(options: ServerOptions) -> list[Path]:
    roots = [Path(each).resolve() for each in options.reload_dirs or (options.app_dir or os.getcwd(),)]
    for root in roots:
        if not root.is_dir():
            raise OptionError(f"the option reload_dirs names {root}, which is not a directory")
    return roots


def watch(roots: Iterable[Path], matters: FileFilter) -> Iterator[set[Any]]:
    """Sets of (change, path), as they happen."""
    try:
        import watchfiles
    except ImportError:
        raise OptionError(
            "reload needs the package watchfiles, which is not installed: pip install 'webfoot[dev]'"
        ) from None
    return watchfiles.watch(*roots, watch_filter=matters, raise_interrupt=False)


def _named(paths: Iterable[str]) -> str:
    names = sorted(os.path.relpath(path) for path in paths)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
