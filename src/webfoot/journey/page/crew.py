"""All workers of a server as one, seen from the one that answers the page. What a worker keeps goes with it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webfoot.journey.page.hub import Hub
from webfoot.journey.page.meeting import Meeting
from webfoot.journey.page.news import News, news_of, write_cursors
from webfoot.journey.page.post import Post, by_cursor
from webfoot.journey.page.sibling import Gone, Mirror, Sibling

log = logging.getLogger("webfoot")


class NotKept(Exception):
    """`str()` is one sentence for whoever wanted to see a journey. status: of HTTP."""

    def __init__(self, reason: str, status: int = 404) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Listed:
    """news: the journeys of all, the oldest first, each as its worker tells of it."""

    server: dict[str, Any]
    cursor: str
    news: list[News]


class Crew:
    """name: what the workers of this server are called, if there may be several; see `Meeting`."""

    def __init__(self, hub: Hub, name: str = "") -> None:
        self.hub = hub
        self._name = name
        self._meeting: Meeting | None = None
        self._trouble = ""
        self._serving: asyncio.Task[None] | None = None

    def come_together(self) -> None:
        """From now on the others find this worker; to be called in its event loop."""
        if not self._name:
            return
        try:
            meeting = Meeting(self._name, self.hub.epoch)
            listening = meeting.come()
        except OSError as error:
            self._trouble = f"others cannot be asked ({error})"
            log.warning("the journeys' page shows those of one worker only: %s", error)
            return
        self._meeting = meeting
        self._serving = asyncio.create_task(Post(self.hub).serve(listening), name="webfoot page: for other workers")
        self._serving.add_done_callback(lambda _: meeting.leave())

    @property
    def may_be_several(self) -> bool:
        return self._meeting is not None

    def siblings(self) -> list[Sibling]:
        meeting = self._meeting
        return [] if meeting is None else [Sibling(place, meeting) for place in meeting.others()]

    async def listed(self) -> Listed:
        siblings = self.siblings()
        answers = await asyncio.gather(*map(_mirror_of, siblings))
        mirrors = [answer for answer in answers if isinstance(answer, Mirror)]
        silent = [
            sibling.place.worker
            for sibling, answer in zip(siblings, answers, strict=True)
            if isinstance(answer, Exception) and not isinstance(answer, Gone)
        ]
        news = [*self.own_news(), *(each for mirror in mirrors for each in mirror.news())]
        news.sort(key=lambda each: each.data["started_at"])
        cursors = {self.hub.epoch: self.hub.cursor} | {mirror.place.epoch: mirror.cursor for mirror in mirrors}
        return Listed(self.server([mirror.place.worker for mirror in mirrors], silent), write_cursors(cursors), news)

    def own_news(self) -> list[News]:
        """The journeys of this worker."""
        return news_of(self.hub, "journey", by_cursor(self.hub))

    async def whole(self, id: str) -> bytes:
        """A journey as JSON, with its line of the list, from the worker that has it. Raises NotKept."""
        entry = self.hub.find(id)
        if entry is not None:
            return entry.whole()
        worker = id.partition("-")[0]
        for sibling in self.siblings():
            if str(sibling.place.worker) == worker:
                return await _whole_of(sibling, id)
        if self._meeting is not None and worker.isdecimal() and worker != str(os.getpid()):
            raise NotKept(f"there is no worker {worker[:20]} any longer, and its journeys have gone with it")
        says = self._says(())
        raise NotKept(f"this journey is not kept here. {says}" if says else "this journey is not kept (any longer)")

    async def clear(self) -> str:
        """What is to be said of workers that have not heard of it, if there are any."""
        self.hub.clear()
        siblings = self.siblings()
        heard = await asyncio.gather(*map(_clears, siblings))
        return _silence([sibling.place.worker for sibling, did in zip(siblings, heard, strict=True) if not did])

    def server(self, others: Sequence[int], silent: Sequence[int] = ()) -> dict[str, Any]:
        """What is to be known of the server. others, silent: workers that answer, and that do not."""
        workers = sorted({os.getpid(), *others, *silent})
        return {
            **self.hub.server,
            "workers": len(workers),
            "seen": [worker for worker in workers if worker not in silent],
            "silent": sorted(silent),
            "says": self._says(silent),
        }

    def _says(self, silent: Sequence[int]) -> str | None:
        if self._trouble:
            return f"This is worker {os.getpid()} and shows what it answered itself: {self._trouble}."
        return _silence(silent) or None


def _silence(silent: Sequence[int]) -> str:
    if not silent:
        return ""
    *others, last = map(str, sorted(silent))
    who = f"Workers {', '.join(others)} and {last} do" if others else f"Worker {last} does"
    return f"{who} not answer: what {'they do' if others else 'it does'} now is not known here."


async def _mirror_of(sibling: Sibling) -> Mirror | Exception:
    try:
        return await sibling.mirror()
    except (Gone, OSError, ValueError) as error:
        return error


async def _whole_of(sibling: Sibling, id: str) -> bytes:
    worker = sibling.place.worker
    try:
        data = await sibling.ask(ask="journey", id=id)
    except Gone:
        raise NotKept(f"worker {worker} has just ended, and its journeys have gone with it") from None
    except OSError:
        raise NotKept(f"worker {worker}, which has this journey, does not answer", 504) from None
    if data == b"null":
        raise NotKept("this journey is not kept (any longer)")
    return data


async def _clears(sibling: Sibling) -> bool:
    try:
        await sibling.ask(ask="clear")
    except Gone:
        return True
    except OSError:
        return False
    return True
