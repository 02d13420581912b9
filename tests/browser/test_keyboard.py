"""The whole page without a mouse."""

from __future__ import annotations

from playwright.async_api import expect
from tests.browser.sight import Sight


async def test_from_the_list_to_a_journey_and_back(sight: Sight) -> None:
    for number in (1, 2, 3):
        await sight.ask("GET", f"/ducks/{number}")
    await expect(sight.rows()).to_have_count(3)
    press = sight.page.keyboard.press
    box = sight.page.locator("#list")

    await press("j")
    await expect(box).to_be_focused()
    active = await sight.row("/ducks/3").get_attribute("id")
    await expect(box).to_have_attribute("aria-activedescendant", str(active))
    await press("j")
    await press("ArrowDown")
    await press("k")
    await press("Enter")
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/2")
    await press("ArrowUp")
    await press("Enter")
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/3")
    await press("Escape")
    await expect(sight.journey).to_be_hidden()
    await expect(box).to_be_focused()
    await press("End")
    await press(" ")
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/1")


async def test_filtering(sight: Sight) -> None:
    for target in ("/ducks/1", "/duck/2", "/nap?seconds=0.01"):
        await sight.ask("GET", target)
    await expect(sight.rows()).to_have_count(3)
    press = sight.page.keyboard.press
    await press("/")
    await expect(sight.page.locator("#path")).to_be_focused()
    await sight.page.keyboard.type("duck j")  # letters that are deeds elsewhere
    await press("Backspace")
    await expect(sight.rows()).to_have_count(2)
    await press("Enter")
    await press("Enter")
    await expect(sight.journey.locator("h2")).to_have_text("GET /duck/2")
    await press("Escape")  # the journey
    await press("Escape")  # the filter
    await expect(sight.rows()).to_have_count(3)
    await press("f")
    await expect(sight.rows()).to_have_count(1)
    await expect(sight.page.get_by_role("button", name="failed")).to_have_attribute("aria-pressed", "true")


async def test_help_pause_and_colours(sight: Sight) -> None:
    press = sight.page.keyboard.press
    await press("?")
    await expect(sight.page.get_by_role("dialog")).to_contain_text("next, previous request")
    await press("p")  # not while a dialog is open
    await press("Escape")
    await expect(sight.page.get_by_role("dialog")).to_be_hidden()
    # The dialog is gone before the browser has given the focus back.
    await sight.page.wait_for_function("document.hasFocus() && document.activeElement !== null")
    await expect(sight.page.locator("#pause")).to_have_attribute("aria-pressed", "false")
    await press("p")
    await expect(sight.page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    await press("d")
    await expect(sight.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_every_control_can_be_reached_and_shows_that_it_is(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/soon")
    await sight.open("/ducks/soon")
    reached = set()
    for _ in range(60):
        await sight.page.keyboard.press("Tab")
        where = await sight.page.evaluate(
            """() => {
                 const at = document.activeElement;
                 const { outlineStyle, outlineWidth } = getComputedStyle(at);
                 const isSeen = at === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0);
                 return [at.id || at.textContent.trim(), isSeen];
               }"""
        )
        assert where[1], f"no focus is to be seen on {where[0]}"
        reached.add(where[0])
    assert {
        "theme",
        "help",
        "path",
        "2xx",
        "failed",
        "slow-ms",
        "pause",
        "clear",
        "list",
        "← back",
        "JSON",
        "copy link",
    } <= reached


async def test_keys_with_control_belong_to_the_browser(sight: Sight) -> None:
    await sight.page.keyboard.press("Control+p")
    await sight.page.keyboard.press("Alt+d")
    await expect(sight.page.locator("#pause")).to_have_attribute("aria-pressed", "false")
    assert await sight.page.locator("html").get_attribute("data-theme") is None
