"""Somebody who watches: the journeys that have ended, in their order."""

from __future__ import annotations

from webfoot.asgi.types import ASGIApp
from webfoot.journey.record import Record


class Recorder:
    """Implements `webfoot.trail.Watcher`. A connection on which no request began is no journey."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def begin(self) -> Record:
        return Record(self._finish)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return app

    def _finish(self, record: Record) -> None:
        if not record.is_empty:
            self.records.append(record)
