"""Workers that are no more, and what their flight files hold of them: those of this server, and of the one before it.

A worker that dies takes its journeys with it, and with them the one that killed it. Its flight file stays, and who
answers the page reads it: what was under way, and the last ones that were slow or had failed.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import Any, Final

from webfoot.journey.flight.directory import private_directory
from webfoot.journey.flight.dumping import answerable
from webfoot.journey.flight.layout import SUFFIX
from webfoot.journey.flight.reading import Flight, Request, UnreadableFlight, forget, glance, read
from webfoot.journey.page.lost import ended_at, journey_of, summary_of
from webfoot.journey.page.news import News, dumped
from webfoot.trail.page import PLACE

log = logging.getLogger("webfoot")

MOST_WORKERS: Final = 8
"""The last ones."""

MOST: Final = 50
"""Requests of one worker that were under way, the last ones to begin, and of those that had ended."""

MEMORY: Final = 24 * 3600.0
"""Seconds for which they are shown."""


@dataclass(frozen=True, slots=True)
class Departed:
    """One worker. at: when it ended, as far as that is known. how: "" if nobody has told; see `flight.epitaph`.
    under_way: how many requests. epoch, rows: what is told of it, as by a worker that lives.
    """

    worker: int
    at: float
    how: str
    under_way: int
    epoch: str
    path: Path
    rows: dict[str, dict[str, Any]] = field(repr=False)

    @property
    def has_died(self) -> bool:
        """And has not just come to its end."""
        return bool(self.how or self.under_way)

    @property
    def cursor(self) -> int:
        return max((row["cursor"] for row in self.rows.values()), default=0)

    def news(self) -> list[News]:
        return [News("journey", row, self.epoch, row["cursor"]) for row in self.rows.values()]


class FlightFiles:
    """directory: the setting `recorder_dir`, None where there is no recorder. only_died: passes over those that have
    ended as they should. known: as they were when somebody looked last.
    """

    def __init__(self, directory: str | None, *, only_died: bool = False) -> None:
        self.known: list[Departed] = []
        self._directory = directory
        self._only_died = only_died
        self._own: Flight | None = None
        self._read: dict[tuple[object, ...], Departed] = {}

    @property
    def are_written(self) -> bool:
        """Whether this worker has such a file."""
        if self._own is None and self._directory is not None:
            with suppress(OSError):
                mine = _glanced(private_directory(self._directory).glob(f"*-{os.getpid()}-*{SUFFIX}"))
                self._own = max((each for each in mine if each.is_alive), key=_started_at, default=None)
        return self._own is not None

    async def look(self) -> list[Departed]:
        """The last to end comes last."""
        if self.are_written:
            self.known = await asyncio.to_thread(self._look)
        return self.known

    async def whole(self, id: str) -> bytes | None:
        """A journey as JSON, with its line of the list; None if it is not kept."""
        for each in await self.look():
            row = each.rows.get(id)
            if row is not None:
                return await asyncio.to_thread(_whole, each, row)
        return None

    async def forget(self) -> None:
        """All of them; and of those that live what has ended by now, for when they are no more."""
        if self.are_written:
            await asyncio.to_thread(self._forget)
            self.known = []

    # In a thread: the files may be long.

    def _forget(self) -> None:
        for flight in self._kin():
            with suppress(OSError, UnreadableFlight):
                forget(flight.path, time() if flight.is_alive else math.inf)

    def _look(self) -> list[Departed]:
        kin = self._kin()
        last = {flight.worker: max(each.started_at for each in kin if each.worker == flight.worker) for flight in kin}
        found: dict[tuple[object, ...], Departed] = {}
        for flight in self._dead(kin):
            # The number of a process is given again, in a container soon: then an id needs more to be one.
            suffix = f".{flight.started_at * 1000:.0f}" if last[flight.worker] > flight.started_at else ""
            key = (flight.path, flight.epitaph.at, flight.forgotten, suffix)
            departed = self._read.get(key) or _departed(flight.path, suffix)
            if departed is not None:
                found[key] = departed
        self._read = found
        there = (each for each in found.values() if each.has_died or (each.rows and not self._only_died))
        return sorted(there, key=lambda each: each.at)

    def _kin(self) -> list[Flight]:
        own = self._own
        assert own is not None
        return [each for each in _glanced(own.path.parent.glob(f"*{SUFFIX}")) if each.kin == own.kin]

    def _dead(self, kin: list[Flight]) -> list[Flight]:
        own = self._own
        assert own is not None
        others = {each.server for each in kin if each.is_alive and each.server != own.server}
        dead = [each for each in kin if not each.is_alive and each.server not in others and each.forgotten < math.inf]
        since = time() - MEMORY
        return sorted((each for each in dead if ended_at(each) > since), key=ended_at)[-MOST_WORKERS:]


def _departed(path: Path, suffix: str) -> Departed | None:
    """None for what is no such file, or was written by a webfoot that keeps other things of a journey."""
    try:
        return departed_of(read(path), suffix)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.debug("%s tells nothing of its worker: %s", path, error)
        return None


def departed_of(flight: Flight, suffix: str = "") -> Departed:
    """`suffix`: of the ids."""
    under_way = answerable(flight)
    kept = {journey.get("id"): journey for journey in flight.journeys()}
    version = 1 + (flight.epitaph.at > 0)
    rows = {}
    for index, row in enumerate([*_remarkable(flight), *under_way[-MOST:]], 1):
        id = row.id + suffix
        rows[id] = summary_of(journey_of(row, flight, id, kept.get(row.id)), row, version * 10_000 + index)
    epoch = f"gone{flight.worker:x}x{flight.started_at * 1000:.0f}"
    epitaph = flight.epitaph
    return Departed(flight.worker, ended_at(flight), epitaph.how, len(under_way), epoch, flight.path, rows)


def _remarkable(flight: Flight) -> list[Request]:
    def end(row: Request) -> float:
        return row.began + (row.took or 0.0)

    found = [row for row in flight.ended if (row.is_slow or row.has_failed) and end(row) > flight.forgotten]
    return sorted((row for row in found if f"{PLACE}/" not in row.path), key=end)[-MOST:]


def _whole(departed: Departed, summary: dict[str, Any]) -> bytes | None:
    """None if its file is gone by now."""
    try:
        flight = read(departed.path)
    except (OSError, UnreadableFlight):
        return None
    row = next((each for each in (*flight.in_flight, *flight.ended) if each.number == summary["number"]), None)
    if row is None:
        return None
    kept = next((journey for journey in flight.journeys() if journey.get("id") == row.id), None)
    journey = journey_of(row, flight, summary["id"], kept)
    return b'{"summary":%b,%b' % (dumped(summary), dumped(journey)[1:])


def _started_at(flight: Flight) -> float:
    return flight.started_at


def _glanced(paths: Iterable[Path]) -> Iterator[Flight]:
    for path in paths:
        with suppress(OSError, UnreadableFlight):
            yield glance(path)
