"""What the page knows: the journeys under way and the last ones that ended. Open pages are told of news."""

from __future__ import annotations

import asyncio
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
from webfoot.journey.page.afterwards import Afterwards
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Entry, Kept
from webfoot.journey.page.summary import SLOW_US
from webfoot.journey.record import Record

log = logging.getLogger("webfoot")

SOON, PACE = 0.03, 0.2
"""Seconds until pages hear of news, and between two such times: a busy server has better things to do."""

_AT_ONCE = 40  # summaries made before something else may run

Listening = Callable[[str, list[Entry]], None]
"""Hears of news: "journey" with those that changed, "gone" with those that are not kept any longer, "clear"."""


class Hub:
    """Implements `webfoot.journey.watching.Listener`; to be the first one, so that the page is outermost.

    epoch: tells the cursors of this process from those of others. `door` puts the page in front of the application.
    """

    def __init__(
        self,
        door: Callable[[ASGIApp, Hub], ASGIApp],
        *,
        mode: str = "dev",
        app: str | None = None,
        keeping: Keeping | None = None,
        kept: Kept | None = None,
    ) -> None:
        self.epoch = secrets.token_hex(4)
        self.cursor = 0
        self.kept = kept if kept is not None else Kept()
        self.running: dict[int, Entry] = {}
        self.stopping: Stopping | None = None
        self._door = door
        self._mode, self._app = mode, app
        self._keeping = keeping
        self.afterwards = Afterwards(self.kept, keeping, self._forget)
        self._listening: set[Listening] = set()
        self._news: dict[str, Entry] = {}
        self._gone: list[str] = []
        self._telling: asyncio.TimerHandle | None = None

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
        entry = self.running[record.number] = Entry(record, record.id, 0)
        self._touch(entry)

    def news(self, record: ThoroughRecord) -> None:
        entry = self.running.get(record.number)
        if entry is not None:
            self._touch(entry)

    def left(self, record: Record) -> None:
        if isinstance(record, ThoroughRecord):
            self.news(record)

    def done(self, record: Record) -> None:
        entry = self.running.pop(record.number, None) or Entry(record, record.id, 0)
        if isinstance(record, ThoroughRecord):
            record.finish_frames()
            record.is_put_off = True
            entry.weight = record.weight
        gone = self.kept.add(entry)
        self._touch(entry)
        self._forget(gone)
        self.afterwards.ended(entry)
        if self.stopping is not None and self.stopping.phase == "stopping":
            self.afterwards.save_now()

    def clear(self) -> None:
        self.cursor += 1
        self.kept.clear()
        self._news.clear()
        self._gone.clear()
        self.afterwards.forget()
        for listening in list(self._listening):
            listening("clear", [])

    def _touch(self, entry: Entry) -> None:
        self.cursor += 1
        entry.cursor = self.cursor
        if self._listening:
            self._news[entry.id] = entry
            self._tell_soon()

    def _forget(self, gone: list[str]) -> None:
        if gone and self._listening:
            self._gone += gone
            for left in gone:
                self._news.pop(left, None)  # who is busy has more of them than pages are told of
            self._tell_soon()

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(SOON, self._tell)

    # Who asks.

    @property
    def server(self) -> dict[str, Any]:
        return {
            "webfoot": webfoot.__version__,
            "app": self._app,
            "worker": os.getpid(),
            "mode": self._mode,
            "slow_us": SLOW_US,
            "capacity": self.kept.most,
            "kept": len(self.kept),
            "left_out": self.kept.left_out,
            "exports": list(FORMS),
        }

    def entries(self) -> Iterator[Entry]:
        """The oldest first, those under way last."""
        yield from self.kept
        yield from list(self.running.values())

    def find(self, id: str) -> Entry | None:
        return self.kept.get(id) or next((entry for entry in self.running.values() if entry.id == id), None)

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
        if not self._listening:  # nobody is to be told any more, and what is news is not to outlast the ring
            self._news.clear()
            self._gone.clear()
        elif self._news or self._gone:
            self._tell()
