"""What a worker answers to the others of its server: on each connection one question and its answer, lines of JSON.

    {"ask": "journey", "id": ID}   the journey and its line of the list; null if it is not kept here
    {"ask": "clear"}               null, when all is forgotten
    {"ask": "follow"}              [event, cursor, data] again and again: a `journey` for each that there is, `caught`,
                                   and then what is new; `alive` where nothing is

Nothing goes there that the page would not show.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable
from typing import Any, Final

from webfoot.journey.page.hub import Hub
from webfoot.journey.page.kept import Entry
from webfoot.journey.page.news import Backlog, News, dumped, news_of

ALIVE: Final = 0.5
"""Seconds after which a worker that is followed shows that its event loop turns."""

_QUESTION_TIME: Final = 5.0
_AT_ONCE: Final = 20  # summaries made before something else may run
_LAST: Final = 40  # journeys told of when the process ends


class Post:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def serve(self, listening: socket.socket) -> None:
        """Until it is cancelled."""
        server = await asyncio.start_unix_server(self._answer, sock=listening)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_QUESTION_TIME):
                question = json.loads(await reader.readline())
            if question["ask"] == "follow":
                await self._follow(writer)
            else:
                writer.write(self._answer_to(question) + b"\n")
                await writer.drain()
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            pass  # it has gone, of which uvloop makes a RuntimeError, too, or is of another version
        except asyncio.CancelledError:
            pass  # the process ends; nobody waits for this task, and asyncio would print a traceback
        finally:
            writer.close()

    def _answer_to(self, question: dict[str, Any]) -> bytes:
        if question["ask"] == "clear":
            self._hub.clear()
            return b"null"
        entry = self._hub.find(question["id"]) if question["ask"] == "journey" else None
        return entry.whole() if entry is not None else b"null"

    async def _follow(self, writer: asyncio.StreamWriter) -> None:
        backlog = Backlog()
        forget = self._hub.listen(lambda event, entries: backlog.put(_lines(news_of(self._hub, event, entries))))
        try:
            entries = by_cursor(self._hub)
            for first in range(0, len(entries), _AT_ONCE):
                writer.write(_lines(news_of(self._hub, "journey", entries[first : first + _AT_ONCE])))
                await writer.drain()
                await asyncio.sleep(0)
            writer.write(_CAUGHT)
            while not backlog.is_dropped:
                writer.write(await backlog.take(ALIVE) or _ALIVE)
                await writer.drain()
        except asyncio.CancelledError:
            # The process ends: what has changed last may not have been told of.
            writer.write(_lines(news_of(self._hub, "journey", by_cursor(self._hub)[-_LAST:])))
            raise
        finally:
            forget()


def by_cursor(hub: Hub) -> list[Entry]:
    """In the order of their last changes, so that whoever has heard of one has heard of all before it."""
    return sorted(hub.entries(), key=lambda entry: entry.cursor)


def _lines(news: Iterable[News]) -> bytes:
    return b"".join(dumped([each.event, each.cursor, each.data]) + b"\n" for each in news)


_CAUGHT: Final = _lines([News("caught", {})])
_ALIVE: Final = _lines([News("alive", {})])
