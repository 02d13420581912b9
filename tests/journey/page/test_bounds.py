"""The page holds what its ring holds and no more: not what has left the ring, not what nobody told the end of."""

from __future__ import annotations

import asyncio
import gc
import gzip
import tracemalloc
from sys import getsizeof

from tests.conformance.harness import PATIENCE, echo
from tests.conformance.websocket_wire import frame
from tests.journey.page.paging import hub_of, with_page

from webfoot.journey.capture.bodies import Body
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page import afterwards as afterwards_module
from webfoot.journey.page import hub as hub_module
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Kept

BATCH = 100
UPGRADE = (
    "upgrade: websocket",
    "connection: upgrade",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)
DUCKS = "🦆" * 5000


async def until(reached):
    async with asyncio.timeout(PATIENCE):
        while not reached():
            await asyncio.sleep(0.01)


def finished():
    gc.collect()
    return sum(type(each) is ThoroughRecord and each.done for each in gc.get_objects())


async def batch(ponds, reader, writer, first):
    """So many requests at once, no two the same."""
    requests = [
        ponds.request(f"/ducks/{number}?page={number}", f"x-seen: {number}", f"cookie: key=secret-{number}")
        for number in range(first, first + BATCH)
    ]
    writer.write(b"".join(requests))
    async with asyncio.timeout(PATIENCE):
        for _ in requests:
            await reader.readuntil(b"HTTP/1.1 200 ")


def test_nothing_grows_with_the_number_of_requests():
    """3,000 of them: a dictionary with a word of each would take half a megabyte."""
    hub = hub_of(kept=Kept(most=20))

    async def talk(ponds):
        reader, writer = await ponds.connect()
        for first in range(0, 1200, BATCH):  # caches have up to 1,024 places
            await batch(ponds, reader, writer, first)
        await until(lambda: not hub.running)
        gc.collect()
        tracemalloc.start()
        try:
            for first in range(1200, 1400, BATCH):  # what is kept now is what is measured
                await batch(ponds, reader, writer, first)
            await until(lambda: not hub.running)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for first in range(1400, 3000, BATCH):
                await batch(ponds, reader, writer, first)
            await until(lambda: not hub.running)
            gc.collect()
            return tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()

    grown = with_page(echo, talk, hub=hub)
    assert grown < 150_000, "bytes, of 1,600 requests; those that wait for the next look vary"
    assert len(hub.kept) == 20


def test_no_request_is_under_way_for_ever_however_it_ends():
    hub = hub_of()

    async def app(scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            if scope["path"] == "/no":
                return
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"]})
        elif scope["path"] == "/broken":
            raise RuntimeError("no pond")
        elif scope["path"] == "/half":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise RuntimeError("no pond any more")
        elif scope["path"] == "/wait":
            while (await receive())["type"] != "http.disconnect":
                pass
        elif scope["path"] != "/silent":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while scope["path"] == "/endless":
                await send({"type": "http.response.body", "body": b"quack" * 100, "more_body": True})
                await asyncio.sleep(0.001)
            await send({"type": "http.response.body"})

    async def leave(ponds, request, *, abort):
        _, writer = await ponds.connect()
        writer.write(request)
        await until(lambda: hub.running)
        writer.transport.abort() if abort else writer.close()
        await until(lambda: not hub.running)

    async def talk(ponds):
        for target in ("/", "/broken", "/half", "/silent"):
            await ponds.ask(target)
        reader, writer = await ponds.connect()
        writer.write(ponds.request("/no", *UPGRADE))
        await reader.readuntil(b"\r\n\r\n")
        said = ponds.request("/talk", *UPGRADE) + frame(1, b"quack")
        unfinished = ponds.request("/wait", "content-length: 9") + b"duck"
        for request in (ponds.request("/wait"), ponds.request("/endless"), said, unfinished):
            for abort in (False, True):
                await leave(ponds, request, abort=abort)
        return len(hub.kept)

    assert with_page(app, talk, hub=hub) == 5 + 8
    assert hub.running == {}


def test_what_was_compressed_weighs_what_it_is_shown_as():
    """A few hundred bytes become a text of twenty thousand, and of a request nobody knows before it is unpacked."""
    hub = hub_of(kept=Kept(most_bytes=100_000))
    packed = gzip.compress(DUCKS.encode())
    assert len(packed) < 1000

    async def talk(ponds):
        page = await ponds.open_stream()
        for _ in range(20):
            await ponds.ask("/", "content-type: text/plain", "content-encoding: gzip", method="POST", body=packed)
        gone = await page.until("gone")
        await until(lambda: not hub.afterwards._unsettled)
        return gone, hub.kept.weight, len(hub.kept)

    gone, weight, count = with_page(echo, talk, hub=hub)
    assert gone["ids"]
    assert weight <= 100_000
    assert 2 <= count <= 4


def test_a_letter_weighs_what_it_takes():
    body = Body([(b"content-type", b"text/plain")])
    body.add(DUCKS[:2000].encode())
    body.settle()
    assert body.weight >= getsizeof(DUCKS[:2000])


def test_a_short_ring_of_heavy_ones_is_all_that_is_held(tmp_path, monkeypatch):
    monkeypatch.setattr(afterwards_module, "QUIET", 3600.0)  # so nothing is written down
    hub = hub_of(keeping=Keeping(tmp_path / "journeys"), kept=Kept(most_bytes=60_000))

    async def talk(ponds):
        before = finished()
        for _ in range(60):
            await ponds.ask("/", "content-type: text/plain", method="POST", body=b"quack" * 2000)
        await until(lambda: not hub.afterwards._unsettled)
        return finished() - before, len(hub.kept)

    held, kept = with_page(echo, talk, hub=hub)
    assert kept < 10
    assert held <= kept


def test_news_that_nobody_waits_for_any_more_are_let_go(monkeypatch):
    monkeypatch.setattr(hub_module, "PACE", 0.6)
    hub = hub_of()

    async def talk(ponds):
        page = await ponds.open_stream()
        await ponds.ask("/1")
        await page.until("journey")
        await ponds.ask("/2")  # which is told of in a moment, but the page closes
        waiting = len(hub._news)
        page.writer.transport.abort()
        await until(lambda: not hub.pages and hub._telling is None)
        return waiting, len(hub._news)

    assert with_page(echo, talk, hub=hub) == (1, 0)
