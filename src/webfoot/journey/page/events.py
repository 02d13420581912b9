"""The stream by which an open page hears of news: server-sent events, one for each journey that changed."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import islice
from typing import Any, Final

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.types import Receive, Send
from webfoot.journey.page.audience import Audience
from webfoot.journey.page.news import Backlog, News, dumped, read_cursors, write_cursors

ALIVE: Final = 2.0
"""Seconds after which a silent stream shows that the event loop of this worker turns."""

_AT_ONCE: Final = 20  # summaries made before something else may run


class Stream:
    """One open page."""

    def __init__(self, audience: Audience, receive: Receive, send: Send) -> None:
        self._audience = audience
        self._receive = receive
        self._send = send
        self._backlog = Backlog()
        # By worker: how far the page was when it came, and how far it will be when it has heard what waits.
        self._seen: dict[str, int] = {}
        self._cursors: dict[str, int] = {}

    async def run(self, headers: list[tuple[bytes, bytes]], last_seen: str) -> None:
        """Until the page or the server leaves. `last_seen`: the id of the last event, from a page that comes again."""
        leaving = asyncio.ensure_future(self._leave())
        leaving.add_done_callback(self._backlog.wake)
        forget = self._audience.listen(self.hear)
        hello = self._begin(last_seen)
        try:
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._say(hello)
            await self._catch_up()
            await self._tell_news(leaving)
        except BaseException as error:
            if not tells_of_disconnect(error):
                raise
        finally:
            forget()
            leaving.cancel()

    def hear(self, news: News) -> None:
        if self._has_seen(news):
            return
        if news.event == "server":
            self._cursors = {epoch: self._cursors.get(epoch, 0) for epoch in self._audience.cursors}
        self._backlog.put(_told(news, self._cursors))

    def _has_seen(self, news: News) -> bool:
        return 0 < news.cursor <= self._seen.get(news.epoch, 0)

    def _begin(self, last_seen: str) -> bytes:
        """The first words. A page that knows other workers than there are, or none, is told of everything."""
        seen, there = read_cursors(last_seen), self._audience.cursors
        is_known = seen.keys() == there.keys()
        self._seen = seen if is_known else {}
        self._cursors = {epoch: max(cursor, self._seen.get(epoch, 0)) for epoch, cursor in there.items()}
        server = {"server": self._audience.server, "cursor": write_cursors(self._cursors)}
        return b"retry: 1000\n" + _event("hello", server, "") + (b"" if is_known else _event("reset", {}, ""))

    async def _catch_up(self) -> None:
        told = {epoch: self._seen.get(epoch, 0) for epoch in self._cursors}
        known = self._audience.known()
        while some := list(islice(known, _AT_ONCE)):
            await self._say(b"".join(_told(news, told) for news in some if not self._has_seen(news)))
            await asyncio.sleep(0)

    async def _tell_news(self, leaving: asyncio.Future[None]) -> None:
        while not leaving.done() and not self._backlog.is_dropped:
            data = await self._backlog.take(ALIVE)
            if data:
                await self._say(data)
            elif not leaving.done():
                await self._say(_event("alive", {}, ""))
        # To a client that has gone nothing is sent; a server that stops still hands on what comes last.
        bye = _event("bye", {"why": "restart"}, "") if leaving.done() else b""
        await self._send({"type": "http.response.body", "body": bye})

    async def _say(self, data: bytes) -> None:
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _leave(self) -> None:
        """Returns when the client has gone or is said to have."""
        with contextlib.suppress(Exception):
            while (await self._receive())["type"] != "http.disconnect":
                pass


def _told(news: News, cursors: dict[str, int]) -> bytes:
    """cursors: how far a page is that has heard of it, too; changed by that."""
    if news.epoch:
        cursors[news.epoch] = max(cursors.get(news.epoch, 0), news.cursor)
    return _event(news.event, news.data, write_cursors(cursors) if news.epoch else "")


def _event(name: str, data: dict[str, Any], id: str) -> bytes:
    number = b"id: %b\n" % id.encode("ascii", "replace") if id else b""
    return b"event: %b\n%bdata: %b\n\n" % (name.encode("ascii"), number, dumped(data))
