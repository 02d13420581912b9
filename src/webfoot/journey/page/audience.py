"""The pages that are open. Other workers are followed as long as there is one; otherwise nobody hears of anybody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from webfoot.journey.page.crew import Crew
from webfoot.journey.page.kept import Entry
from webfoot.journey.page.news import Hearing, News, news_of
from webfoot.journey.page.post import by_cursor
from webfoot.journey.page.sibling import Follower

LOOK: Final = 0.5
"""Seconds between two looks for workers that have come."""


class Audience:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._hub = crew.hub
        self._hearing: set[Hearing] = set()
        self._followers: dict[str, Follower] = {}  # by their epochs
        self._departed: dict[str, int] = {}  # how much has been told of each worker that is no more, by their epochs
        self._looking: asyncio.Task[None] | None = None
        self._forget_hub: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._hearing)

    def listen(self, hearing: Hearing) -> Callable[[], None]:
        """Hear of news from now on; what is given back ends that."""
        if not self._hearing:
            self._forget_hub = self._hub.listen(self._hear)
            self._departed = {each.epoch: each.cursor for each in self._crew.departed}
            self._look()
            self._looking = asyncio.create_task(self._look_around(), name="webfoot page: who is there")
        self._hearing.add(hearing)

        def forget() -> None:
            self._hearing.discard(hearing)
            if not self._hearing:
                self._rest()

        return forget

    def _rest(self) -> None:
        self._forget_hub()
        if self._looking is not None:
            self._looking.cancel()
        for follower in self._followers.values():
            follower.stop()
        self._followers.clear()

    def known(self) -> Iterator[News]:
        """The journeys that are known now, of each worker the last to change last. Ours are summed up one by one."""
        own = (news for entry in by_cursor(self._hub) for news in news_of(self._hub, "journey", [entry]))
        departed = map(self._crew.news_of_departed, self._crew.departed)
        return chain(*departed, own, *(follower.mirror.news() for follower in self._followers.values()))

    @property
    def cursors(self) -> dict[str, int]:
        """How far we are in the news of each worker that there is, by its epoch."""
        others = {epoch: follower.mirror.cursor for epoch, follower in self._followers.items()}
        return {self._hub.epoch: self._hub.cursor, **others, **self._departed}

    @property
    def server(self) -> dict[str, Any]:
        workers: dict[bool, list[int]] = {True: [], False: []}
        for follower in self._followers.values():
            workers[follower.answers].append(follower.mirror.place.worker)
        return self._crew.server(workers[True], workers[False])

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._look()
            await self._look_for_departed()

    async def _look_for_departed(self) -> None:
        found = await self._crew.look_for_departed()
        new = [each for each in found if self._departed.get(each.epoch) != each.cursor]
        cursors = {each.epoch: each.cursor for each in found}
        if cursors == self._departed:
            return
        self._departed = cursors
        self._changed()
        for each in new:
            for news in self._crew.news_of_departed(each):
                self._tell(news)

    def _look(self) -> None:
        new = [each for each in self._crew.siblings() if each.place.epoch not in self._followers]
        for sibling in new:
            self._followers[sibling.place.epoch] = Follower(sibling, self._tell, self._changed)
        if new:
            self._changed()

    def _changed(self) -> None:
        self._followers = {epoch: each for epoch, each in self._followers.items() if not each.is_gone}
        self._tell(News("server", {"server": self.server}))

    def _hear(self, event: str, entries: list[Entry]) -> None:
        for news in news_of(self._hub, event, entries):
            # A page that shows others, too, is not to forget what they have not forgotten yet.
            is_one_of_several = event == "clear" and bool(self._followers)
            self._tell(replace(news, data={"worker": os.getpid()}) if is_one_of_several else news)

    def _tell(self, news: News) -> None:
        for hearing in list(self._hearing):
            hearing(news)
