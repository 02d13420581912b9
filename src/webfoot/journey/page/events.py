"""The stream by which an open page hears of news: server-sent events, one for each journey that changed."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.types import Receive, Send

if TYPE_CHECKING:
    from webfoot.journey.page.hub import Hub
    from webfoot.journey.page.kept import Entry

MOST_WAITING = 1024 * 1024
"""Bytes that wait for a page that does not read; one with more is dropped, and comes again."""

ALIVE = 15.0
"""Seconds after which a silent stream shows that it is there."""

_AT_ONCE = 20  # summaries made before something else may run


class Stream:
    """One open page."""

    def __init__(self, hub: Hub, receive: Receive, send: Send) -> None:
        self._hub = hub
        self._receive = receive
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._is_dropped = False
        self._news = asyncio.Event()

    async def run(self, headers: list[tuple[bytes, bytes]], last_seen: str) -> None:
        """Until the page or the server leaves. `last_seen`: the id of the last event, from a page that comes again."""
        leaving = asyncio.ensure_future(self._leave())
        forget = self._hub.listen(self.hear)
        try:
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._say(self._greeting())
            await self._catch_up(last_seen)
            await self._tell_news(leaving)
        except BaseException as error:
            if not tells_of_disconnect(error):
                raise
        finally:
            forget()
            leaving.cancel()

    def hear(self, event: str, entries: list[Entry]) -> None:
        """Hears of news; see `webfoot.journey.page.hub.Listening`."""
        if self._is_dropped:
            return
        data = self._told(event, entries)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > MOST_WAITING:
            self._is_dropped = True
            self._waiting.clear()
        self._news.set()

    def _told(self, event: str, entries: list[Entry]) -> bytes:
        if event == "journey":
            return b"".join(self._journey(entry) for entry in entries)
        return _event(event, {"ids": [entry.id for entry in entries]} if event == "gone" else {}, self._cursor)

    def _journey(self, entry: Entry) -> bytes:
        return _event("journey", entry.summary, f"{self._hub.epoch}-{entry.cursor}")

    @property
    def _cursor(self) -> str:
        return f"{self._hub.epoch}-{self._hub.cursor}"

    def _greeting(self) -> bytes:
        return b"retry: 1000\n" + _event("hello", {"server": self._hub.server, "cursor": self._cursor}, "")

    async def _catch_up(self, last_seen: str) -> None:
        since = cursor_of(last_seen, self._hub.epoch)
        if since is None:
            since = 0
            await self._say(_event("reset", {}, ""))
        entries = [entry for entry in self._hub.entries() if entry.cursor > since]
        for first in range(0, len(entries), _AT_ONCE):
            await self._say(b"".join(map(self._journey, entries[first : first + _AT_ONCE])))
            await asyncio.sleep(0)

    async def _tell_news(self, leaving: asyncio.Future[None]) -> None:
        while not leaving.done() and not self._is_dropped:
            if self._waiting:
                data = b"".join(self._waiting)
                self._waiting.clear()
                self._size = 0
                await self._say(data)
                continue
            self._news.clear()
            if not await self._hears_within(ALIVE, leaving):
                await self._say(b": alive\n\n")
        # To a client that has gone nothing is sent; a server that stops still hands on what comes last.
        bye = _event("bye", {"why": "restart"}, "") if leaving.done() else b""
        await self._send({"type": "http.response.body", "body": bye})

    async def _hears_within(self, seconds: float, leaving: asyncio.Future[None]) -> bool:
        leaving.add_done_callback(wake := lambda _: self._news.set())
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        finally:
            leaving.remove_done_callback(wake)
        return True

    async def _say(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _leave(self) -> None:
        """Returns when the client has gone or is said to have."""
        with contextlib.suppress(Exception):
            while (await self._receive())["type"] != "http.disconnect":
                pass


def cursor_of(text: str, epoch: str) -> int | None:
    """`ab12-17` -> 17; None for the cursor of another process."""
    given, _, number = text.rpartition("-")
    return int(number) if given == epoch and number.isdecimal() and len(number) < 19 else None


def _event(name: str, data: dict[str, Any], id: str) -> bytes:
    number = f"id: {id}\n" if id else ""
    return f"event: {name}\n{number}data: {json.dumps(data, separators=(',', ':'), default=str)}\n\n".encode("ascii")
