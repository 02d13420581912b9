"""Another worker of this server, as it is seen from here. What it is asked is in `post`."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from webfoot.journey.page.meeting import Meeting, Place
from webfoot.journey.page.news import Hearing, News, dumped

PATIENCE: Final = 0.5
"""Seconds that it may take to begin its answer, or to go on with it."""

OPENING: Final = 1.0
"""Seconds for a whole journey."""

LISTING: Final = 3.0
"""Seconds for the whole list, as long as it comes."""

SILENCE: Final = 1.2
"""Seconds without a word from one that is followed, until it is said to be silent."""

_AGAIN: Final = 0.1  # seconds between two tries
_LONGEST: Final = 16 * 1024 * 1024  # bytes of a line


class Gone(Exception):
    """Nobody listens there any longer."""


class Sibling:
    def __init__(self, place: Place, meeting: Meeting) -> None:
        self.place = place
        self._meeting = meeting

    async def ask(self, **question: str) -> bytes:
        """The answer to a question, as JSON. Raises Gone, TimeoutError, OSError."""
        async with asyncio.timeout(OPENING), self.asked(**question) as reader:
            answer = await reader.read()
        if not answer.endswith(b"\n"):
            raise Gone
        return answer[:-1]

    async def mirror(self) -> Mirror:
        """All its journeys. Raises Gone, TimeoutError, OSError, ValueError."""
        mirror = Mirror(self.place)
        async with asyncio.timeout(LISTING), self.asked(ask="follow") as reader:
            while not mirror.is_whole:
                async with asyncio.timeout(PATIENCE):
                    line = await reader.readline()
                if not line:
                    raise Gone
                mirror.take(line)
        return mirror

    @asynccontextmanager
    async def asked(self, **question: str) -> AsyncIterator[asyncio.StreamReader]:
        path = os.fspath(self.place.path)
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_unix_connection(path, limit=_LONGEST)
        except (ConnectionRefusedError, FileNotFoundError):
            self._meeting.forget(self.place)
            raise Gone from None
        try:
            writer.write(dumped(question) + b"\n")
            yield reader
        finally:
            writer.close()


class Mirror:
    """What is known of a worker's journeys. is_whole: it has told of all that there are."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.cursor = 0
        self.is_whole = False
        self.rows: dict[str, dict[str, Any]] = {}
        self._stale: set[str] = set()

    def begin(self) -> None:
        """It tells of all once more."""
        self.is_whole = False
        self._stale = set(self.rows)

    def news(self) -> list[News]:
        """All, in the order of the last changes."""
        rows = sorted(self.rows.values(), key=lambda row: row["cursor"])
        return [self._news("journey", row, row["cursor"]) for row in rows]

    def take(self, line: bytes) -> News | None:
        """What is new to us in a line that it said. Raises ValueError if it speaks another language."""
        try:
            event, cursor, data = json.loads(line)
            return self._take(event, data, int(cursor))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no line of a worker") from error

    def _take(self, event: str, data: dict[str, Any], cursor: int) -> News | None:
        self.cursor = max(self.cursor, cursor)
        if event == "journey":
            self._stale.discard(data["id"])
            known = self.rows.get(data["id"])
            if known is not None and known["cursor"] >= cursor:
                return None  # told twice, or too late
            self.rows[data["id"]] = data
        elif event == "clear":
            self.rows.clear()
            data = {"worker": self.place.worker}
        elif event == "caught":
            self.is_whole = True
            return self._take("gone", {"ids": [*self._stale]}, 0) if self._stale else None
        elif event == "gone":
            for id in data["ids"]:
                self.rows.pop(id, None)
        else:
            return None
        return self._news(event, data, cursor)

    def _news(self, event: str, data: dict[str, Any], cursor: int) -> News:
        return News(event, data, self.place.epoch, cursor)


class Follower:
    """Listens to one worker until it has gone, and tells `hear` of its news; `changed` when it falls silent or comes
    back, when it has told of all, and when it has gone.
    """

    def __init__(self, sibling: Sibling, hear: Hearing, changed: Callable[[], None]) -> None:
        self.mirror = Mirror(sibling.place)
        self.answers = True
        self.is_gone = False
        self._sibling = sibling
        self._hear = hear
        self._changed = changed
        self._task = asyncio.create_task(self._run(), name=f"webfoot page: worker {sibling.place.worker}")

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while not self.is_gone:
            try:
                await self._follow()
            except Gone:
                self.is_gone = True
                self._changed()
            except (OSError, ValueError):  # a TimeoutError is one, too
                self._tell(answers=False)
            await asyncio.sleep(_AGAIN)

    async def _follow(self) -> None:
        async with self._sibling.asked(ask="follow") as reader:
            self.mirror.begin()
            while True:
                try:
                    async with asyncio.timeout(SILENCE if self.mirror.is_whole else PATIENCE):
                        line = await reader.readline()
                except TimeoutError:
                    self._tell(answers=False)
                    continue
                if not line.endswith(b"\n"):
                    return
                news = self.mirror.take(line)
                if news is not None:
                    self._hear(news)
                self._tell(answers=True)

    def _tell(self, *, answers: bool) -> None:
        if self.answers != answers:
            self.answers = answers
            self._changed()
