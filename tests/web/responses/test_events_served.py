"""Server-sent events under our server: the head comes at once, and the stream ends with its client or its server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server

from webfoot.web import BaseHTTPMiddleware, EventSourceResponse, Route, WebApp

REQUEST = b"GET / HTTP/1.1\r\nHost: pond\r\n\r\n"


class Feed:
    """An application with an endless, silent feed behind one first event."""

    def __init__(self, *, first: str | None = "first", layered: bool = False) -> None:
        self.ended = asyncio.Event()
        self._first = first
        self.app = WebApp(routes=[Route("/", self.events)])
        if layered:
            self.app.add_middleware(BaseHTTPMiddleware, dispatch=passes)

    async def events(self, request: Any) -> EventSourceResponse:
        return EventSourceResponse(self.content())

    async def content(self) -> Any:
        try:
            if self._first is not None:
                yield self._first
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def passes(request: Any, call_next: Any) -> Any:
    return await call_next(request)


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize("layered", [False, True])
def test_it_ends_when_the_client_leaves(http: str, layered: bool) -> None:
    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(REQUEST)
        heard = await dialogue.hear(lambda heard: b"data: first\n\n" in heard)
        assert b"\r\ncontent-type: text/event-stream; charset=utf-8\r\n" in heard
        assert b"\r\ncache-control: no-store\r\n" in heard
        dialogue.writer.close()
        await asyncio.wait_for(feed.ended.wait(), 5)

    feed = Feed(layered=layered)
    asyncio.run(with_server(feed.app, talk, http=http))


def test_the_head_comes_before_the_first_event() -> None:
    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(REQUEST)
        assert (await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)).startswith(b"HTTP/1.1 200 OK\r\n")
        assert not feed.ended.is_set()

    feed = Feed(first=None)
    asyncio.run(with_server(feed.app, talk))


@pytest.mark.parametrize("first", ["first", None])
@pytest.mark.parametrize("layered", [False, True])
def test_a_server_that_stops_ends_it_properly_and_at_once(first: str | None, layered: bool) -> None:
    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(REQUEST)
        heard = await dialogue.hear(lambda heard: (b"first" if first else b"\r\n\r\n") in heard)
        left: list[list[str]] = []
        cut_off = await asyncio.wait_for(dialogue.connections.drain(30.0, left.append), 5)
        assert (cut_off, left) == ([], [])
        assert feed.ended.is_set()
        heard += await dialogue.hear(lambda heard: False)
        assert heard.endswith(b"0\r\n\r\n"), "the response is complete, so the browser connects again without an error"

    feed = Feed(first=first, layered=layered)
    asyncio.run(with_server(feed.app, talk))


def test_clients_of_http_1_0() -> None:
    async def short(request: Any) -> EventSourceResponse:
        return EventSourceResponse(iter(["a", "b"]))

    app = WebApp(routes=[Route("/", short)])

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(REQUEST.replace(b"1.1", b"1.0"))
        return await dialogue.hear(lambda heard: False)

    heard: bytes = asyncio.run(with_server(app, talk))
    assert heard.endswith(b"\r\n\r\ndata: a\n\ndata: b\n\n")


def test_head_is_answered_although_the_feed_has_no_end() -> None:
    async def talk(dialogue: Dialogue) -> None:
        for _ in range(2):
            await dialogue.say(REQUEST.replace(b"GET", b"HEAD"))
            assert b"text/event-stream" in await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        assert not feed.ended.is_set(), "it never began"

    feed = Feed()
    asyncio.run(with_server(feed.app, talk))
