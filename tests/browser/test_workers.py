"""Several workers behind one page, and what is seen of one that ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.browser.chromium import Chromium
from tests.browser.conftest import Opener
from tests.browser.sight import Sight
from tests.journey.page.crews import APP, Ship, crew

LOST = "ERR_"  # the browser itself says that a connection was lost, or that a journey is not there
MISSED = "404"


@pytest.mark.parametrize("it_is_the_one_of_the_page", [False, True])
def test_one_page_shows_what_all_workers_do(
    it_is_the_one_of_the_page: bool, chromium: Chromium, opener: Opener, tmp_path: Path
) -> None:
    async def watch(ship: Ship) -> None:
        first, second = await asyncio.to_thread(ship.visitors)
        async with opener(ship.url) as sight:
            sight.forgives += [LOST, MISSED]
            await expect(sight.page.locator("#workers")).to_have_text("2 workers")
            if str(second.worker) in await _who_tells(sight):
                first, second = second, first
            if it_is_the_one_of_the_page:
                first, second = second, first
            for visitor in (first, second):
                await asyncio.to_thread(visitor.get, f"/of/{visitor.worker}")
                row = sight.row(f"/of/{visitor.worker}")
                await expect(row.locator(".worker")).to_have_text(str(visitor.worker))
                await sight.open(f"/of/{visitor.worker}")
                await expect(sight.journey.locator(".facts")).to_contain_text(f"worker {visitor.worker}")
            await sight.page.keyboard.press("Escape")
            await sight.page.locator("#path").fill(f"worker:{first.worker}")
            await expect(sight.rows()).to_have_count(1)
            await sight.page.locator("#path").fill("")

            napping = asyncio.create_task(asyncio.to_thread(_nap, second))
            await expect(sight.row("/nap")).to_be_visible()
            os.kill(second.worker, signal.SIGSTOP)
            await expect(sight.page.locator("#notice")).to_contain_text(f"Worker {second.worker} does not answer")
            os.kill(second.worker, signal.SIGKILL)
            loss = f"Worker {second.worker} died, and its journeys have gone with it (--recorder keeps"
            await expect(sight.page.locator("#notice")).to_contain_text(loss)
            await napping
            await sight.is_live()
            ended = f"Worker {second.worker} ended while this was under way."
            await expect(sight.row("/nap")).to_contain_text(ended)
            await expect(sight.row("/nap").locator(".took.running")).to_have_count(0)
            lost = sight.row(f"/of/{second.worker}")
            await expect(lost).to_have_attribute("title", f"worker {second.worker} has ended")
            await lost.click()
            await expect(sight.journey).to_contain_text(f"there is no worker {second.worker} any longer")
            await sight.page.keyboard.press("Escape")
            await sight.page.locator("#clear").click()
            await expect(sight.rows()).to_have_count(0)
            await expect(sight.page.locator("#notice")).to_be_hidden()

    with crew(tmp_path) as ship:
        chromium.run(watch(ship))


def test_the_request_that_a_worker_died_of(chromium: Chromium, opener: Opener, tmp_path: Path) -> None:
    async def watch(ship: Ship) -> None:
        visitor = await asyncio.to_thread(ship.visitor)
        async with opener(ship.url) as sight:
            sight.forgives += [LOST, MISSED]
            await asyncio.to_thread(_nap, visitor, "/fault")
            row = sight.row("/fault")
            told = re.compile(
                rf"Worker {visitor.worker} was killed by SIGSEGV at main\.py:\d+ in app while this was under way"
            )
            await expect(row).to_contain_text(told)
            await expect(row).not_to_have_class(re.compile(r"\bearlier\b"))
            await expect(sight.page.locator("#notice")).to_contain_text("with 1 request under way")
            await sight.open("/fault")
            await expect(sight.journey.locator(".held .stack li").first).to_contain_text("main.py")
            await expect(sight.journey).to_contain_text("SIGSEGV is a crash of code that is not Python's")
            await expect(sight.journey).to_contain_text("have gone with it")
            await sight.page.goto(f"{ship.url}/__webfoot__/")  # which knows nothing then
            await expect(sight.row("/fault")).to_contain_text(told)

    app = APP.replace("    body =", "    if scope['path'] == '/fault':\n        signal.raise_signal(11)\n    body =")
    with crew(tmp_path, "--recorder", app=f"import signal\n{app}") as ship:
        chromium.run(watch(ship))


async def _who_tells(sight: Sight) -> str:
    title = await sight.page.locator("#workers").get_attribute("title")
    return (title or "").partition("; ")[2]


def _nap(visitor: object, path: str = "/nap") -> None:
    try:
        visitor.ask(path)  # type: ignore[attr-defined]
    except OSError:
        pass  # its worker has gone
