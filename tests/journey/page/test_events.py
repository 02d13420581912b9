"""An open page hears of what happens, comes again after a break, and holds nobody up."""

import asyncio
from contextlib import suppress

import pytest
from tests.conformance.harness import PATIENCE, echo
from tests.journey.page.paging import hub_of, with_page

from webfoot.journey.page import application, events, news
from webfoot.journey.page.kept import Kept
from webfoot.journey.page.news import read_cursors, write_cursors

PARSERS = ("httptools", "h11")


@pytest.mark.parametrize("parser", PARSERS)
def test_a_page_hears_of_a_request_as_it_comes_and_goes(parser):
    async def app(scope, receive, send):
        await release.wait()
        await echo(scope, receive, send)

    release = asyncio.Event()

    async def talk(ponds):
        page = await ponds.open_stream()
        assert b"text/event-stream" in page.head
        assert b"no-store" in page.head
        assert (await page.next())[0] == "hello"
        assert (await page.next())[0] == "reset"
        asking = asyncio.ensure_future(ponds.ask("/ducks"))
        began = await page.until("journey")
        assert (began["target"], began["state"], began["status"]) == ("/ducks", "running", None)
        release.set()
        ended = await page.until("journey", lambda journey: journey["state"] == "done")
        assert (ended["id"], ended["status"]) == (began["id"], 200)
        assert ended["cursor"] > began["cursor"]
        await asking

    with_page(app, talk, http=parser)


def test_the_first_time_it_hears_of_all_that_is_kept():
    async def talk(ponds):
        for number in range(50):
            await ponds.ask(f"/{number}")
        page = await ponds.open_stream()
        hello = await page.until("hello")
        assert hello["server"]["kept"] == 50
        await page.until("reset")
        assert [(await page.until("journey"))["target"] for _ in range(50)] == [f"/{number}" for number in range(50)]

    with_page(echo, talk)


def test_a_page_that_comes_again_hears_only_what_is_new():
    async def talk(ponds):
        await ponds.ask("/one")
        page = await ponds.open_stream()
        await page.until("journey")
        page.writer.close()
        await ponds.ask("/two")
        page = await ponds.open_stream(f"last-event-id: {page.last_id}")
        assert (await page.next())[0] == "hello"
        assert (await page.next())[1]["target"] == "/two"

    with_page(echo, talk)


@pytest.mark.parametrize("last", ["other-3", "x", "-1", "", "9" * 100, "é"])
def test_one_that_comes_from_before_a_restart_forgets_all(last):
    async def talk(ponds):
        await ponds.ask("/one")
        page = await ponds.open_stream(f"last-event-id: {last}")
        assert [(await page.next())[0] for _ in range(3)] == ["hello", "reset", "journey"]

    with_page(echo, talk)


def test_what_is_no_longer_kept_and_what_is_cleared():
    async def talk(ponds):
        page = await ponds.open_stream()
        await ponds.ask("/one")
        first = await page.until("journey", lambda journey: journey["state"] == "done")
        for number in range(4):
            await ponds.ask(f"/{number}")
        assert first["id"] in (await page.until("gone"))["ids"]
        await ponds.ask("/__webfoot__/api/clear", "x-webfoot-page: 1", method="POST")
        assert await page.until("clear") == {}

    with_page(echo, talk, hub=hub_of(kept=Kept(most=2)))


@pytest.mark.parametrize("parser", PARSERS)
def test_when_the_server_ends_the_page_is_told_and_not_waited_for(parser):
    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        began = asyncio.get_running_loop().time()
        draining = asyncio.ensure_future(ponds.dialogue.connections.drain(5.0, lambda waiting: None))
        assert await page.until("bye") == {"why": "restart"}
        async with asyncio.timeout(PATIENCE):
            await page.reader.read()
            assert await draining == []
        assert asyncio.get_running_loop().time() - began < 2

    with_page(echo, talk, http=parser)


def test_a_page_that_leaves_is_forgotten():
    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        assert ponds.hub.pages == 1
        page.writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while ponds.hub.pages:
                await asyncio.sleep(0.01)
        await ponds.ask("/ducks")

    with_page(echo, talk)


def test_a_page_that_does_not_read_is_dropped(monkeypatch):
    monkeypatch.setattr(news, "MOST_WAITING", 20_000)

    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        page.reader._transport.pause_reading()
        async with asyncio.timeout(20):
            while ponds.hub.pages:
                await ponds.ask(f"/{'quack' * 30}")
                entries = list(ponds.hub.kept) * 300
                for listening in list(ponds.hub._listening):
                    listening("journey", entries)
                await asyncio.sleep(0)
        await ponds.ask("/ducks")

    with_page(echo, talk)


def test_not_more_pages_than_there_may_be(monkeypatch):
    monkeypatch.setattr(application, "MOST_PAGES", 2)

    async def talk(ponds):
        pages = [await ponds.open_stream() for _ in range(2)]
        for page in pages:
            await page.until("reset")
        reply = await ponds.ask("/__webfoot__/api/events")
        assert (reply.status, reply.error) == (503, "2 pages are open already")

    with_page(echo, talk)


def test_a_silent_stream_shows_that_it_lives(monkeypatch):
    monkeypatch.setattr(events, "ALIVE", 0.05)

    async def talk(ponds):
        page = await ponds.open_stream()
        async with asyncio.timeout(PATIENCE):
            await page.reader.readuntil(b"event: alive\n")

    with_page(echo, talk)


def test_many_requests_make_few_news():
    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        reader, writer = await ponds.connect()
        for _ in range(200):
            writer.write(ponds.request("/ducks"))
            await reader.readuntil(b'"body": ""}')
        writer.close()
        told = 0
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.6):
                    name, journey = await page.next()
                assert name == "journey"
                told += 1
                if journey["number"] == max(entry.record.number for entry in ponds.hub.kept):
                    break
        # Each is told of when it has ended, and few of them before that, too.
        assert 200 <= told < 260

    with_page(echo, talk)


def test_websocket_frames_and_the_close_are_news():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": '{"token": "hunter2"}'})
        await send({"type": "websocket.close", "code": 1012})

    async def talk(ponds):
        page = await ponds.open_stream()
        await page.until("reset")
        handshake = ["upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"]
        reader, writer = await ponds.connect()
        writer.write(ponds.request("/ws", *handshake, "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA=="))
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        ended = await page.until("journey", lambda journey: journey["state"] == "done")
        assert (ended["kind"], ended["status"], ended["frames"]) == ("websocket", 101, 3)
        assert ended["close"] == {"code": 1012, "says": "1012: the server restarts"}
        whole = await ponds.journey(ended["id"])
        assert [(frame["way"], frame["kind"], frame["text"]) for frame in whole["frames"]] == [
            ("out", "accept", None),
            ("out", "text", '{"token": "[redacted]"}'),
            ("out", "close", None),
        ]

    with_page(app, talk)


def test_cursors():
    assert read_cursors("ab-17") == {"ab": 17}
    assert read_cursors("a-b-17") == {"a-b": 17}
    assert read_cursors("ab-17.cd-5") == {"ab": 17, "cd": 5}
    assert read_cursors(write_cursors({"ab": 17, "cd": 0})) == {"ab": 17, "cd": 0}
    assert read_cursors("ab-x.cd-5.-7") == {"cd": 5}
    assert read_cursors(f"ab-{'9' * 5000}") == {}
    assert read_cursors("ab-\u0661") == {}
