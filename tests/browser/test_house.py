"""A request that went well, opened: every room of the house, the layers and what they changed, what came and went."""

from __future__ import annotations

import re

from playwright.async_api import expect
from tests.browser.sight import Sight

JSON = {"content-type": "application/json"}


async def test_the_rooms_stand_in_each_other_in_the_order_of_the_way(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7?verbose=yes")
    journey = await sight.open("/ducks/7")
    titles = await journey.locator(".house .floor > .said > .line > .title").all_inner_texts()
    assert titles == [
        *("client", "connection", "parser", "rules of HTTP", "ASGI scope", "application"),
        *("ServerErrorMiddleware", "NameTheServer", "CORSMiddleware", "ExceptionMiddleware"),
        *("router", "dependencies", "validation", "endpoint", "result"),
    ]
    inside = journey.locator(
        "[aria-label='middleware NameTheServer'] [aria-label='middleware CORSMiddleware'] [data-room='endpoint']"
    )
    await expect(inside).to_contain_text("read_duck")
    await expect(journey.locator(".house .deciding")).to_have_count(0)


async def test_layers_show_their_own_time_and_what_they_changed(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7")
    journey = await sight.open("/ducks/7")
    layer = journey.locator("[aria-label='middleware NameTheServer'] > .floor")
    await expect(layer).to_contain_text(re.compile(r"own time [\d.]+ \S+ in, .+ out"))
    await expect(layer).to_contain_text("added x-served-by: the pond")
    changed = sight.part("What the layers changed").locator("tbody tr").filter(has_text="x-served-by")
    await expect(changed).to_contain_text("NameTheServer")
    await expect(changed.locator("ins")).to_have_text("the pond")


async def test_the_dependency_graph(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7")
    journey = await sight.open("/ducks/7")
    graph = journey.locator("ul.dependencies")
    await expect(graph.locator(":scope > li > .place").first).to_contain_text("keeper")
    await expect(graph).to_contain_text("called once, wanted 2 times")
    await expect(graph.locator("li.shared")).to_contain_text("pond_name")
    await expect(graph.locator("li").filter(has_text="weather").last).to_contain_text("thread")
    await expect(graph.locator("li").filter(has_text="session").last).to_contain_text("cleaned up")


async def test_validation_shows_the_value_as_sent_and_in_python(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7?verbose=yes", {"x-keeper": "Anna"})
    journey = await sight.open("/ducks/7")
    rows = journey.locator("[data-room='validation'] table.values tr")
    await expect(rows.filter(has_text="duck_id")).to_have_text(re.compile(r"path duck_id\s*\"7\"\s*7\s*int"))
    await expect(rows.filter(has_text="verbose")).to_have_text(re.compile(r"query verbose\s*\"yes\"\s*True\s*bool"))
    await expect(rows.filter(has_text="x-keeper")).to_contain_text("Anna")


async def test_headers_and_bodies_without_the_secrets(sight: Sight) -> None:
    body = '{"name": "Jemima", "weight": 2.5, "password": "hunter2"}'
    await sight.ask("POST", "/ducks", {**JSON, "authorization": "Bearer abc123secret"}, body)
    journey = await sight.open("/ducks")
    content = sight.part("Content")
    request, response = content.get_by_role("region", name="Request"), content.get_by_role("region", name="Response")
    await expect(request.locator("tr").filter(has_text="authorization").locator(".redacted")).to_be_visible()
    await expect(request.locator("pre")).to_contain_text('  "name": "Jemima",\n')  # pretty-printed
    await expect(request.locator("pre .redacted")).to_be_visible()
    await expect(response.locator("pre")).to_contain_text('"weight": 2.5')
    await expect(response.locator("table.headers")).to_contain_text("content-type")
    text = await journey.inner_text()
    assert "hunter2" not in text
    assert "abc123secret" not in text


async def test_every_mark_can_be_unfolded(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7")
    journey = await sight.open("/ducks/7")
    await journey.locator("details.marks summary").click()
    await expect(journey.locator("details.marks")).to_contain_text("values_collected")


async def test_the_journey_can_be_taken_along(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7")
    journey = await sight.open("/ducks/7")
    async with sight.page.expect_download() as download:
        await journey.get_by_role("link", name="JSON").click()
    assert re.fullmatch(r"journey-[\w-]+\.json", (await download.value).suggested_filename)


async def test_a_request_can_be_copied_as_curl(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/7?verbose=yes", {"x-keeper": "Anna"})
    journey = await sight.open("/ducks/7")
    await sight.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = journey.get_by_role("button", name="copy as curl")
    await button.click()
    await expect(journey.locator(".exports")).to_contain_text("copied")
    copied = await sight.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl ")
    assert "/ducks/7?verbose=yes" in copied


async def test_a_link_leads_to_the_journey_and_back_leads_back(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await sight.ask("GET", "/ducks/2")
    await sight.open("/ducks/1")
    first = sight.page.url
    await sight.row("/ducks/2").click()
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/2")
    await sight.page.go_back()
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/1")
    await sight.page.go_back()
    await expect(sight.journey).to_be_hidden()
    await sight.page.goto(first)
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/1")
    await expect(sight.row("/ducks/1")).to_have_attribute("aria-selected", "true")
