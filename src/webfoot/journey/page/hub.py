"""What the page knows: the journeys under way and the last ones that ended. Open pages are told of news."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import webfoot
from webfoot.asgi.stopping import Stopping
from webfoot.asgi.types import ASGIApp
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.export import FORMS
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Entry, Kept
from webfoot.journey.page.summary import SLOW_US
from webfoot.journey.record import Record

log = logging.getLogger("webfoot")

SOON, PACE = 0.03, 0.2
"""Seconds until pages hear of news, and between two such times: a busy server has better things to do."""

QUIET = 0.3
"""Seconds without news until journeys are written down."""

_AT_ONCE = 40  # summaries made, or journeys written down, before something else may run
_AT_THE_END = 100  # journeys written down when the process ends

Listening = Callable[[str, list[Entry]], None]
"""Hears of news: "journey" with those that changed, "gone" with those that are not kept any longer, "clear"."""


class Hub:
    """Implements `webfoot.journey.watching.Listener`; to be the first one, so that the page is outermost.

    epoch: tells the cursors of this process from those of others. says: what a reader of the page should know of what
    it does not show. `door` puts the page in front of the application.
    """

    def __init__(
        self,
        door: Callable[[ASGIApp, Hub], ASGIApp],
        *,
        mode: str = "dev",
        app: str | None = None,
        workers: int = 1,
        keeping: Keeping | None = None,
        kept: Kept | None = None,
    ) -> None:
        self.epoch = secrets.token_hex(4)
        self.cursor = 0
        self.kept = kept if kept is not None else Kept()
        self.running: dict[str, Entry] = {}
        self.stopping: Stopping | None = None
        self._door = door
        self._mode, self._app, self._workers = mode, app, workers
        self._keeping = keeping
        self._listening: set[Listening] = set()
        self._news: dict[str, Entry] = {}
        self._gone: list[str] = []
        self._telling: asyncio.TimerHandle | None = None
        self._unsaved: dict[str, Entry] = {}
        self._saving: asyncio.TimerHandle | None = None
        self._last_news = 0.0
        if keeping is not None:
            atexit.register(self.save, _AT_THE_END)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        if self._keeping is not None:
            earlier = self._keeping.load(self.kept.most)
            self.kept.add_earlier(earlier)
            for entry in earlier:
                self.cursor += 1
                entry.cursor = self.cursor
        return self._door(app, self)

    # What happens to journeys.

    def began(self, record: ThoroughRecord) -> None:
        entry = self.running[record.id] = Entry(record, record.id, 0)
        self._touch(entry)

    def news(self, record: ThoroughRecord) -> None:
        entry = self.running.get(record.id)
        if entry is not None:
            self._touch(entry)

    def done(self, record: Record) -> None:
        if isinstance(record, ThoroughRecord):
            record.finish_frames()
        entry = self.running.pop(record.id, None) or Entry(record, record.id, 0)
        entry.weight = record.weight if isinstance(record, ThoroughRecord) else 0
        gone = self.kept.add(entry)
        self._touch(entry)
        if gone and self._listening:
            self._gone += gone
        if self._keeping is not None:
            self._unsaved[entry.id] = entry
            self._save_soon()

    def clear(self) -> None:
        self.cursor += 1
        self.kept.clear()
        self._unsaved.clear()
        self._news.clear()
        self._gone.clear()
        if self._keeping is not None:
            self._keeping.rewrite([])
        for listening in list(self._listening):
            listening("clear", [])

    def _touch(self, entry: Entry) -> None:
        self.cursor += 1
        entry.cursor = self.cursor
        if self._listening:
            self._news[entry.id] = entry
            if self._telling is None:
                self._telling = asyncio.get_running_loop().call_later(SOON, self._tell)

    # Who asks.

    @property
    def server(self) -> dict[str, Any]:
        return {
            "webfoot": webfoot.__version__,
            "app": self._app,
            "worker": os.getpid(),
            "workers": self._workers,
            "mode": self._mode,
            "slow_us": SLOW_US,
            "capacity": self.kept.most,
            "kept": len(self.kept),
            "left_out": self.kept.left_out,
            "says": self._says(),
            "exports": list(FORMS),
        }

    def _says(self) -> str | None:
        if self._workers == 1:
            return None
        return (
            f"This is worker {os.getpid()}, one of {self._workers}. Each shows the requests that it answered itself; "
            "which one answers is up to the system, at each connection anew."
        )

    def entries(self) -> Iterator[Entry]:
        """The oldest first, those under way last."""
        yield from self.kept
        yield from list(self.running.values())

    def find(self, id: str) -> Entry | None:
        return self.running.get(id) or self.kept.get(id)

    def listen(self, listening: Listening) -> Callable[[], None]:
        """Hear of news from now on; what is given back ends that."""
        self._listening.add(listening)
        return lambda: self._listening.discard(listening)

    @property
    def pages(self) -> int:
        return len(self._listening)

    def _tell(self) -> None:
        news = [self._news.pop(id) for id in list(self._news)[:_AT_ONCE]]
        gone, self._gone = self._gone, []
        there = [entry for entry in news if self.find(entry.id) is entry]
        for listening in list(self._listening):
            if there:
                listening("journey", there)
            if gone:
                listening("gone", [Entry(None, id, self.cursor) for id in gone])
        self._telling = asyncio.get_running_loop().call_later(PACE, self._tell_again)

    def _tell_again(self) -> None:
        self._telling = None
        if (self._news or self._gone) and self._listening:
            self._tell()

    # What outlasts a restart.

    def _save_soon(self) -> None:
        if self.stopping is not None and self.stopping.phase == "stopping":
            self.save(_AT_ONCE)
            return
        loop = asyncio.get_running_loop()
        self._last_news = loop.time()
        if self._saving is None:
            self._saving = loop.call_later(QUIET, self._save_when_quiet)

    def _save_when_quiet(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._last_news + QUIET - loop.time()
        if left <= 0.01:
            self.save(_AT_ONCE, oldest_first=True)
            left = 0.01
        self._saving = loop.call_later(left, self._save_when_quiet) if self._unsaved else None

    def save(self, most: int, *, oldest_first: bool = False) -> None:
        """Write so many of those down that are not yet, and are still kept."""
        if self._keeping is None:
            return
        for id in [id for id in self._unsaved if self.kept.get(id) is None]:
            del self._unsaved[id]
        ids = list(self._unsaved)
        lines: list[bytes] = []
        for id in ids[:most] if oldest_first else ids[-most:]:
            entry = self._unsaved.pop(id)
            lines += entry.write_down()
            self.kept.weigh(entry, len(entry.data))
        if lines and self._keeping.append(lines):
            self._keeping.rewrite([entry for entry in self.kept if entry.data])
