"""Dark and light, wide and narrow, with and without movement; and for those who do not see it at all."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import expect
from tests.browser.conftest import Opener
from tests.browser.sight import Sight

GROUND = "getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(245, 243, 238)", "rgb(17, 22, 27)"


@pytest.mark.parametrize(("scheme", "ground"), [("light", LIGHT), ("dark", DARK)])
async def test_the_system_s_colours_are_taken(opener: Opener, scheme: str, ground: str) -> None:
    async with opener(color_scheme=scheme) as sight:
        assert await sight.page.evaluate(GROUND) == ground


async def test_a_choice_of_colours_is_remembered(opener: Opener) -> None:
    async with opener(color_scheme="light") as sight:
        await sight.page.get_by_role("button", name="dark").click()
        assert await sight.page.evaluate(GROUND) == DARK
        await sight.page.reload()
        await sight.is_live()
        assert await sight.page.evaluate(GROUND) == DARK
        await sight.page.get_by_role("button", name="light").click()
        assert await sight.page.evaluate(GROUND) == LIGHT


async def test_a_narrow_screen_shows_one_thing_at_a_time(opener: Opener) -> None:
    async with opener(viewport={"width": 360, "height": 700}) as sight:
        await sight.ask(
            "POST", "/ducks", {"content-type": "application/json"}, '{"name": "x", "weight": "' + "w" * 300 + '"}'
        )
        journey = await sight.open("/ducks")
        await expect(sight.page.locator("#list")).to_be_hidden()
        for edge in ("document.documentElement", "document.getElementById('journey')"):
            assert await sight.page.evaluate(f"{edge}.scrollWidth - {edge}.clientWidth") == 0
        await journey.get_by_role("button", name="close this journey").click()
        await expect(sight.page.locator("#list")).to_be_visible()


async def test_nothing_moves_for_those_who_asked_for_that(opener: Opener) -> None:
    async with opener(reduced_motion="reduce") as sight:
        await sight.ask("GET", "/ducks/1")
        await sight.ask("GET", "/ducks/2")
        await expect(sight.rows()).to_have_count(2)
        assert await sight.page.evaluate("document.getAnimations().length") == 0


ALL = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


async def violations(sight: Sight, rules: tuple[str, ...] = ALL) -> list[str]:
    """What axe-core finds against WCAG 2.2, levels A and AA, and its own best practices."""
    if not await sight.page.evaluate("'axe' in window"):
        await sight.page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = await sight.page.evaluate("only => axe.run({runOnly: only})", [*rules])
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "rules"), [("light", ALL), ("dark", ("color-contrast",))])
async def test_axe_finds_nothing(opener: Opener, scheme: str, rules: tuple[str, ...]) -> None:
    async with opener(color_scheme=scheme) as sight:
        assert await violations(sight, rules) == []  # empty
        await sight.ask("POST", "/ducks", {"content-type": "application/json"}, '{"name": "x", "weight": 1}')
        for target in ("/duck/7", "/ponds", "/ducks/500", "/events"):
            await sight.ask("GET", target)
        await expect(sight.rows()).to_have_count(5)
        for target in ("POST", "/duck/7", "/ducks/500", "/events"):
            await sight.open(target)
            await expect(sight.row(target)).to_have_attribute("aria-selected", "true")
            assert await violations(sight, rules) == [], target
        await sight.journey.locator("details.marks summary").click()
        await sight.page.keyboard.press("?")
        assert await violations(sight, rules) == []
