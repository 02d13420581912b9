"""All workers of a server as one, seen from the one that answers the page, and those that are no more.

What a worker keeps goes with it, but for what its flight file holds (see `departed`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from webfoot.journey.page.departed import Departed, FlightFiles
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
    """name: what the workers of this server are called, if there may be several; see `Meeting`. files: of workers
    that are no more.
    """

    def __init__(self, hub: Hub, name: str = "", files: FlightFiles | None = None) -> None:
        self.hub = hub
        self._files = files if files is not None else FlightFiles(None)
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
        departed = await self.look_for_departed()
        news = [*self.own_news(), *(each for mirror in mirrors for each in mirror.news())]
        news += [each for one in departed for each in self.news_of_departed(one)]
        news.sort(key=lambda each: each.data["started_at"])
        cursors = {self.hub.epoch: self.hub.cursor} | {mirror.place.epoch: mirror.cursor for mirror in mirrors}
        cursors |= {each.epoch: each.cursor for each in departed}
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
        asked = next((each for each in self.siblings() if str(each.place.worker) == worker), None)
        if asked is not None:
            with suppress(Gone):
                return await _whole_of(asked, id)
        found = await self._files.whole(id)
        if found is not None:
            return found
        if asked is not None or (self._is_elsewhere and worker.isdecimal() and worker != str(os.getpid())):
            raise NotKept(f"there is no worker {worker[:20]} any longer, and {self._loss}")
        says = f" here. {self._trouble_told}" if self._trouble else " (any longer)"
        raise NotKept(f"this journey is not kept{says}")

    async def look_for_departed(self) -> list[Departed]:
        return await self._files.look()

    @property
    def departed(self) -> list[Departed]:
        """As they were when somebody looked for them last."""
        return self._files.known

    def news_of_departed(self, departed: Departed) -> list[News]:
        """But for what was written down in time, as `webfoot dev` does."""
        return [each for each in departed.news() if self.hub.kept.get(each.data["id"]) is None]

    async def clear(self) -> str:
        """What is to be said of workers that have not heard of it, if there are any."""
        self.hub.clear()
        await self._files.forget()
        if self._meeting is not None:
            self._meeting.forget_dead()
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
            "died": [{"worker": each.worker, "at": each.at, "how": each.how or None} for each in self._died],
            "says": self._says(silent),
        }

    def _says(self, silent: Sequence[int]) -> str | None:
        if self._trouble:
            return self._trouble_told
        return " ".join(part for part in (_silence(silent), self._deaths()) if part) or None

    @property
    def _trouble_told(self) -> str:
        return f"This is worker {os.getpid()} and shows what it answered itself: {self._trouble}."

    @property
    def _died(self) -> list[Departed]:
        return [each for each in self.departed if each.has_died]

    @property
    def _is_elsewhere(self) -> bool:
        """Whether a journey that is not here may be one of another worker, of now or of before."""
        return self._meeting is not None or self._files.are_written

    @property
    def _loss(self) -> str:
        if self._files.are_written:
            return "of its journeys only those are kept that were under way, slow or failed"
        return "its journeys have gone with it (--recorder keeps those that were under way, slow or failed)"

    def _deaths(self) -> str:
        """Of those that have died while the server goes on. While developing, the rows tell enough of it."""
        if self._meeting is None:
            return ""
        if self._files.are_written:
            return _told_of([(each.worker, each.how, each.under_way) for each in self._died])
        dead = self._meeting.dead()
        loss = self._loss.replace("its", "their") if dead[1:] else self._loss
        return f"{_named(dead)} died, and {loss}." if dead else ""


def _silence(silent: Sequence[int]) -> str:
    if not silent:
        return ""
    do, they_do = ("do", "they do") if silent[1:] else ("does", "it does")
    return f"{_named(sorted(silent))} {do} not answer: what {they_do} now is not known here."


def _named(workers: Sequence[int]) -> str:
    *others, last = map(str, workers)
    return f"Workers {', '.join(others)} and {last}" if others else f"Worker {last}"


def _told_of(died: Sequence[tuple[int, str, int]]) -> str:
    """(worker, how, requests under way): the last one in full, of the others that there were some."""
    if not died:
        return ""
    worker, how, under_way = died[-1]
    count = f"{under_way or 'no'} request{'' if under_way == 1 else 's'}"
    before = f" {len(died) - 1} more died before it." if died[1:] else ""
    return f"Worker {worker} {how or 'died'}, with {count} under way.{before}"


async def _mirror_of(sibling: Sibling) -> Mirror | Exception:
    try:
        return await sibling.mirror()
    except (Gone, OSError, ValueError) as error:
        return error


async def _whole_of(sibling: Sibling, id: str) -> bytes:
    """Raises NotKept, and Gone."""
    worker = sibling.place.worker
    try:
        data = await sibling.ask(ask="journey", id=id)
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
