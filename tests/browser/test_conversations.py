"""WebSockets and event streams: what went to and fro, and how it ended, in words."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.sight import Sight
from websockets.asyncio.client import connect


async def test_a_websocket_shows_its_frames_while_it_is_open_and_how_it_closed(sight: Sight) -> None:
    async with connect(f"{sight.url.replace('http', 'ws')}/chat") as socket:
        await socket.send("quack")
        assert await socket.recv() == "QUACK"
        row = sight.row("/chat")
        await expect(row).to_contain_text("WS")
        await expect(row).to_contain_text(re.compile(r"\d messages"))
        await sight.open("/chat")
        frames = sight.part("Messages").locator("ol.frames li")
        await expect(frames.nth(0)).to_have_class("out accept")
        await expect(frames.nth(1)).to_have_class("in text")
        await expect(frames.nth(1)).to_have_text(re.compile(r"in\s*text\s*5 characters\s*quack$"))
        await expect(frames.nth(2)).to_have_class("out text")
        await expect(frames.nth(2)).to_contain_text("QUACK")
        await socket.send('{"type": "duck"}')  # seen without opening it anew
        await expect(frames.nth(4).locator("summary")).to_be_visible()
        await socket.send("dive")
        await expect(frames.nth(6)).to_have_text(re.compile(r"out\s*binary\s*42 bytes\s*00 ff 00 01 02 03 .* 1d …$"))
        await socket.send("bye")
        await socket.wait_closed()
    closing = sight.part("Messages").locator("li.close").first
    await expect(closing).to_contain_text("4001")
    await expect(closing).to_contain_text("enough for today")
    await expect(row).to_contain_text("closed 4001")


async def test_a_websocket_that_breaks_is_said_to_be_broken(sight: Sight) -> None:
    socket = await connect(f"{sight.url.replace('http', 'ws')}/chat")
    await socket.send("quack")
    await socket.recv()
    socket.transport.abort()
    await expect(sight.row("/chat")).to_contain_text("1006")


async def test_events_are_told_one_by_one(sight: Sight) -> None:
    await sight.ask("GET", "/events")
    await expect(sight.row("/events")).to_contain_text("3 events")
    await sight.open("/events")
    frames = sight.part("Messages").locator("ol.frames li.event")
    await expect(frames).to_have_count(3)
    await expect(frames.nth(2)).to_contain_text("number 2")
