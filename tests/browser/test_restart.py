"""`webfoot dev` restarts the application with each save: the page stays, says so, and goes on."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect
from tests.browser.chromium import Chromium
from tests.browser.conftest import Opener, dev

LOST = "ERR_"  # the browser itself says that a connection was lost; that is what happened


def test_the_page_lives_through_a_restart(chromium: Chromium, opener: Opener, tmp_path: Path) -> None:
    async def watch(url: str) -> None:
        async with opener(url) as sight:
            sight.forgives.append(LOST)
            await sight.ask("GET", "/ducks/soon")
            await sight.open("/ducks/soon")
            first = await sight.page.evaluate("location.hash.slice(1)")
            app = tmp_path / "pond.py"
            app.write_text(app.read_text().replace("There is no such duck.", "That duck has left."))
            await sight.page.locator("#state:not([data-state=live])").wait_for()
            await sight.is_live()
            assert await sight.ask("GET", "/ducks/404") == 404
            await expect(sight.row("/ducks/404")).to_contain_text("That duck has left.")
            await expect(sight.row("/ducks/soon")).to_be_visible()  # of before the restart
            await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/soon")  # still open
            assert await sight.page.evaluate("location.hash.slice(1)") == first

    with dev(tmp_path) as serving:
        chromium.run(watch(serving.url()))


def test_a_server_that_is_gone_is_said_to_be_gone(chromium: Chromium, opener: Opener, tmp_path: Path) -> None:
    async def watch(url: str, serving_end: object) -> None:
        async with opener(url) as sight:
            sight.forgives.append(LOST)
            await sight.ask("GET", "/ducks/1")
            await expect(sight.rows()).to_have_count(1)
            assert callable(serving_end)
            serving_end()
            await expect(sight.page.locator("#state")).to_have_text("no connection; trying again …")
            await expect(sight.rows()).to_have_count(1)  # what was seen stays

    with dev(tmp_path) as serving:
        chromium.run(watch(serving.url(), serving.end))
