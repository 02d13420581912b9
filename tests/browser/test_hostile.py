"""A journey holds what strangers sent. It is shown, and it does nothing."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect
from tests.browser.sight import Sight
from websockets.asyncio.client import connect

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><style>*{display:none}</style>"
JSON = {"content-type": "application/json"}
OVERRIDE = "\u202e"  # turns the direction of the text after it
BELL = "\x07"

STRANGE = "script, style, img:not(.duck)"
ELEMENTS = (
    f"[...document.querySelectorAll('#journey, #list')].flatMap(box => [...box.querySelectorAll('{STRANGE}')]).length"
)


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        (
            f"/ducks/{'%3Cimg%20src=x%20onerror=alert(1)%3E%3Cscript%3Ealert(2)%3C/script%3E'}",
            {"x-keeper": MARKUP},
            None,
        ),
        ("/ducks", JSON, json.dumps({"name": MARKUP, "weight": MARKUP, MARKUP: MARKUP})),
        ("/ducks", {"content-type": MARKUP}, MARKUP),
        ("/duck/%3Cb%3E?a=%22%3E%3Cscript%3Ealert(1)%3C/script%3E#'\"", {"cookie": f"a={MARKUP}"}, None),
        ("/ducks/7", {"origin": MARKUP, "access-control-request-method": MARKUP, "user-agent": MARKUP}, None),
    ],
    ids=["path", "json", "content-type", "query", "headers"],
)
async def test_markup_stays_text(sight: Sight, target: str, headers: dict[str, str], body: str | None) -> None:
    dialogs: list[str] = []
    sight.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await sight.ask("POST" if body else "GET", target.replace(" ", "%20").partition("#")[0], headers, body)
    await expect(sight.rows()).to_have_count(1)
    await sight.rows().first.click()
    await expect(sight.journey.locator(".verdict")).to_be_visible()
    await sight.journey.locator("details.marks summary").click()
    assert await sight.page.evaluate(ELEMENTS) == 0
    assert dialogs == []
    assert "alert(" in await sight.journey.inner_text()


async def test_markup_in_frames_stays_text(sight: Sight) -> None:
    async with connect(f"{sight.url.replace('http', 'ws')}/chat") as socket:
        await socket.send(MARKUP)
        await socket.recv()
    await sight.open("/chat")
    await expect(sight.part("Messages")).to_contain_text(MARKUP)
    assert await sight.page.evaluate(ELEMENTS) == 0


async def test_a_text_that_runs_backwards_takes_nothing_with_it(sight: Sight) -> None:
    await sight.ask("POST", "/ducks", JSON, json.dumps({"name": f"{OVERRIDE}{BELL}x" * 1, "weight": f"{OVERRIDE}drow"}))
    journey = await sight.open("/ducks")
    values = journey.locator("table.errors td .foreign")
    assert await values.evaluate_all("all => all.every(each => getComputedStyle(each).unicodeBidi === 'isolate')")


async def test_huge_values_leave_the_page_usable(sight: Sight) -> None:
    many = {f"field-{number}": "v" * 200 for number in range(300)}
    await sight.ask(
        "POST", f"/ducks?q={'q' * 3000}", {**JSON, "x-long": "h" * 5000}, json.dumps({"name": "n" * 100_000, **many})
    )
    await sight.open("/ducks")
    page = sight.page
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate("(box => box.scrollWidth <= box.clientWidth)(document.getElementById('journey'))")
    await expect(sight.journey.locator(".sentence")).to_be_in_viewport()


async def test_an_address_that_names_no_journey_says_so(sight: Sight) -> None:
    sight.forgives.append("404")  # the browser's own word on it
    await sight.page.goto(f"{sight.url}/__webfoot__/#<script>alert(1)</script>")
    await expect(sight.journey.get_by_role("alert")).to_be_visible()
    await sight.page.goto(f"{sight.url}/__webfoot__/#%E0%A4%A")  # no text at all
    await expect(sight.journey.get_by_role("alert")).to_be_visible()
