"""Replacing workers that still serve: one at a time, and nobody has to go before the next one is ready."""

from __future__ import annotations

import logging
from collections.abc import Callable

from webfoot.server.process.worker import Worker

log = logging.getLogger("webfoot")


class Turnover:
    """Who is to be replaced in `workers`, a list that this changes.

    heir: the one that is starting in order to take the first place of the queue.
    """

    def __init__(self, workers: list[Worker], start: Callable[[], Worker], retire: Callable[[Worker], None]) -> None:
        self.heir: Worker | None = None
        self._workers = workers
        self._start = start
        self._retire = retire
        self._queue: list[Worker] = []
        self._reloading: set[Worker] = set()  # those that all of a reload is about
        self._reloaded = 0

    @property
    def is_due(self) -> bool:
        return bool(self._queue) and self.heir is None

    @property
    def is_reload(self) -> bool:
        return bool(self._reloading)

    def ask_for(self, worker: Worker) -> None:
        if worker not in self._queue:
            self._queue.append(worker)

    def ask_for_all(self) -> None:
        """A reload. If there is one under way, it begins anew: what it has started may be out of date."""
        heir, self.heir = self.heir, None
        if heir is not None:
            self._retire(heir)
        self._queue = list(self._workers)
        self._reloading = set(self._workers)
        self._reloaded = 0

    def go_on(self) -> None:
        if self.is_due:
            self.heir = self._start()

    def look(self) -> Worker | None:
        """Let an heir that is ready take its place; gives back one that has ended instead."""
        heir = self.heir
        if heir is None:
            return None
        runs = heir.listen()
        if not runs:
            self.heir = None
            return heir
        if heir.has_started:
            self.heir = None
            place = self._queue.pop(0)
            self._workers[self._workers.index(place)] = heir
            self._retire(place)
            if not self._reloading:
                log.info("worker %d is replaced by worker %d", place.pid, heir.pid)
            self._count_out(place)
        return None

    def strike_out(self, worker: Worker) -> None:
        """A worker has ended before its turn. If its heir is under way, that is a worker like others now."""
        if self.heir is not None and self._queue[:1] == [worker]:
            self._workers.append(self.heir)
            self.heir = None
        if worker in self._queue:
            self._queue.remove(worker)
        self._count_out(worker)

    def call_off(self) -> int:
        """The reload has failed: nobody else is replaced for it. How many were already."""
        self._reloading.clear()
        self._queue = [each for each in self._queue if each.is_leaving]
        return self._reloaded

    def _count_out(self, worker: Worker) -> None:
        if worker in self._reloading:
            self._reloading.discard(worker)
            self._reloaded += 1
            if not self._reloading:
                log.info("reloaded")
