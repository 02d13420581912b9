"""What is told of journeys: to pages that are open, and to the other workers of a server."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from webfoot.journey.page.hub import Hub
    from webfoot.journey.page.kept import Entry

MOST_WAITING: Final = 1024 * 1024
"""Bytes that wait for somebody who does not read; one with more is dropped, and comes again."""


@dataclass(frozen=True, slots=True)
class News:
    """event and data: as docs/page.md tells of them. epoch, cursor: whose they are, and where in the news of that
    worker; 0 for what stands nowhere.
    """

    event: str
    data: dict[str, Any]
    epoch: str = ""
    cursor: int = 0


Hearing = Callable[[News], None]


def news_of(hub: Hub, event: str, entries: list[Entry]) -> list[News]:
    """What `webfoot.journey.page.hub.Listening` is given."""
    if event == "journey":
        return [News(event, entry.summary, hub.epoch, entry.cursor) for entry in entries]
    if event == "gone":
        return [News(event, {"ids": [entry.id for entry in entries]}, hub.epoch)]
    return [News(event, {}, hub.epoch, hub.cursor)]


def dumped(value: object) -> bytes:
    """As JSON; what came from a client may hold lone surrogates, which UTF-8 does not know, and escaped is harmless."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False, default=str).encode("ascii")


def read_cursors(text: str) -> dict[str, int]:
    """`ab12-17.cd34-5` -> {"ab12": 17, "cd34": 5}: how much is known already of each worker's news."""
    found: dict[str, int] = {}
    for part in text.split("."):
        epoch, _, number = part.rpartition("-")
        if epoch and number.isascii() and number.isdecimal() and len(number) < 19:
            found[epoch] = int(number)
    return found


def write_cursors(cursors: dict[str, int]) -> str:
    return ".".join(f"{epoch}-{number}" for epoch, number in cursors.items())


class Backlog:
    """What waits for one who is told."""

    def __init__(self) -> None:
        self.is_dropped = False
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()

    def put(self, data: bytes) -> None:
        if self.is_dropped:
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MOST_WAITING:
            self.is_dropped = True
            self._waiting.clear()
        self._news.set()

    def wake(self, *_: object) -> None:
        """Have `take` return."""
        self._news.set()

    async def take(self, seconds: float) -> bytes:
        """All that waits, and has come within `seconds`; nothing if it was woken or dropped."""
        if not self._waiting:
            self._news.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return b""
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        return data
