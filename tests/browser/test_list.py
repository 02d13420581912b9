"""The live list: what happens is there at once, with its reason, and nobody has to click for that."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import expect
from tests.browser.conftest import Opener
from tests.browser.sight import Sight


async def test_an_empty_page_says_what_to_do(sight: Sight) -> None:
    await expect(sight.page.locator("#empty")).to_contain_text("No request yet")
    await expect(sight.page.locator("#empty")).to_contain_text(f"curl -i {sight.url}/")
    await expect(sight.page.locator("#app")).to_have_text("pond:app")


async def test_a_request_appears_by_itself_with_status_and_time(sight: Sight) -> None:
    assert await sight.ask("GET", "/ducks/7") == 200
    row = sight.row("/ducks/7")
    await expect(row).to_contain_text("GET")
    await expect(row.locator(".status")).to_have_text("200")
    await expect(row.locator(".took")).to_have_text(re.compile(r"^\d.*(µs|ms|s)$"))


async def test_a_failure_says_why_in_its_row(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/soon")
    await sight.ask("GET", "/duck/7")
    await sight.ask("DELETE", "/ducks/7")
    await sight.ask("GET", "/ducks/500")
    await expect(sight.row("/ducks/soon")).to_contain_text("validation")
    await expect(sight.row("/ducks/soon")).to_contain_text(
        "path value 'duck_id' was 'soon' and should be a valid integer"
    )
    await expect(sight.row("/duck/7")).to_contain_text("segment 'duck' is not 'ducks'")
    await expect(sight.row("DELETE")).to_contain_text("takes no DELETE, only GET")
    await expect(sight.row("/ducks/500")).to_contain_text("ValueError: the duck flew away at pond.py:")


async def test_the_newest_stands_first(sight: Sight) -> None:
    for number in (1, 2, 3):
        await sight.ask("GET", f"/ducks/{number}")
    await expect(sight.rows()).to_have_count(3)
    assert re.findall(r"/ducks/(\d)", " ".join(await sight.rows().all_inner_texts())) == ["3", "2", "1"]


async def test_a_request_under_way_has_a_running_clock(sight: Sight) -> None:
    asking = asyncio.create_task(sight.ask("GET", "/nap?seconds=1.2"))
    clock = sight.row("/nap").locator(".took.running")
    await expect(clock).to_be_visible()
    first = await clock.inner_text()
    await expect(clock).not_to_have_text(first)
    assert await asking == 200
    await expect(sight.row("/nap").locator(".status")).to_have_text("200")
    await expect(sight.row("/nap").locator(".took")).to_have_text(re.compile(r"^1\.\d+ s$"))


async def test_a_request_under_way_says_where_it_is(sight: Sight) -> None:
    asking = asyncio.create_task(sight.ask("GET", "/nap?seconds=1.5"))
    await expect(sight.row("/nap").locator(".reason")).to_have_text(re.compile(r"^is at pond\.py:\d+ in nap\s*$"))
    assert await asking == 200
    await expect(sight.row("/nap").locator(".reason")).to_have_text(re.compile(r"^slow pond\.py:\d+ in nap\s*$"))


async def test_clean_up_that_goes_on_behind_the_answer(sight: Sight) -> None:
    assert await sight.ask("GET", "/tidy?seconds=2") == 200
    row = sight.row("/tidy")
    place = r"pond\.py:\d+ in tidied"
    still = re.compile(rf"^answered in \S+ (µs|ms), and still at work: {place}\s*$")
    await expect(row.locator(".reason")).to_have_text(still)
    await expect(row.locator(".status")).to_have_text("200")
    journey = await sight.open("/tidy")
    await expect(journey.locator(".verdict")).to_contain_text("and still at work.")
    gone_on = re.compile(rf"went on for 2\.0\d s after its answer, at {place}")
    await expect(row.locator(".reason")).to_have_text(gone_on)
    await expect(journey.locator(".verdict")).to_contain_text("then the application went on for 2.0")


async def test_what_somebody_will_miss_of_a_good_answer_is_marked(sight: Sight) -> None:
    assert await sight.ask("GET", "/ducks/1", {"origin": "https://other.example"}) == 200
    await sight.ask("GET", "/ducks/2")
    missed = sight.row("/ducks/1")
    await expect(missed.locator(".reason")).to_contain_text("https://other.example")
    await expect(missed.locator(".sign")).to_be_visible()
    await expect(missed.locator(".reason .offscreen")).to_have_text("Warning: ")
    assert "Warning: " in (await missed.aria_snapshot())
    await expect(sight.row("/ducks/2").locator(".reason")).to_have_count(0)


async def test_the_page_does_not_show_its_own_requests(sight: Sight) -> None:
    await sight.page.reload()
    await sight.ask("GET", "/ducks/1")
    await expect(sight.rows()).to_have_count(1)
    await expect(sight.page.locator("#count")).to_have_text("1 request")


async def test_filters(sight: Sight) -> None:
    for target in ("/ducks/1", "/ducks/soon", "/ponds", "/ducks/500", "/nap?seconds=0.3"):
        await sight.ask("GET", target)
    await expect(sight.rows()).to_have_count(5)
    page = sight.page

    await page.fill("#path", "ducks integer")  # words of the reason count, too
    await expect(sight.rows()).to_have_count(1)
    await expect(sight.rows()).to_contain_text(["/ducks/soon"])
    await page.fill("#path", "")

    await page.get_by_role("button", name="4xx").click()
    await page.get_by_role("button", name="3xx").click()
    await expect(sight.rows()).to_contain_text(["/ponds", "/ducks/soon"])
    await expect(sight.rows()).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(sight.rows()).to_have_count(5)

    await page.get_by_role("button", name="failed").click()
    await expect(sight.rows()).to_have_count(2)
    await page.get_by_role("button", name="failed").click()

    await page.fill("#slow-ms", "250")
    await expect(sight.rows()).to_have_count(1)
    await expect(sight.rows()).to_contain_text(["/nap"])

    await page.fill("#path", "nothing like this")
    await page.get_by_role("button", name="show all").click()
    await expect(sight.rows()).to_have_count(5)


async def test_pause_holds_new_ones_back_and_go_on_shows_them(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await expect(sight.rows()).to_have_count(1)
    await sight.page.get_by_role("button", name="pause").click()
    await sight.ask("GET", "/ducks/2")
    await sight.page.get_by_role("button", name="go on (1 new)").click()
    await expect(sight.rows()).to_have_count(2)


async def test_clear_clears_for_good(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await expect(sight.rows()).to_have_count(1)
    await sight.page.get_by_role("button", name="clear").click()
    await expect(sight.page.locator("#empty")).to_be_visible()
    await sight.page.reload()
    await sight.is_live()
    await expect(sight.page.locator("#empty")).to_be_visible()


MANY = """async ([page, count]) => {
  const { Store } = await import(page + "store.js");
  const { List } = await import(page + "list.js");
  const store = new Store();
  const list = new List(document.getElementById("list"), store, () => {});
  const why = { layer: "router", station: "route_matched", sentence: "No route matches. ".repeat(9) };
  const base = { cursor: 1, state: "done", kind: "http", method: "GET", started_at: 1767225600, took_us: 900 };
  for (let i = 0; i < count; i++) {
    const how = i % 3 ? { status: 200, why: null } : { status: 404, why };
    store.put({ ...base, ...how, id: `x-${i}`, number: i, target: `/many/${i}` });
  }
  list.update();
}"""


async def test_ten_thousand_rows_are_a_few_elements(opener: Opener) -> None:
    async with opener() as sight:
        await sight.page.evaluate(MANY, [f"{sight.url}/__webfoot__/", 10_500])
        box = sight.page.locator("#list")
        seen = box.locator(".row[data-id^='x-']")
        await expect(seen.first).to_contain_text("/many/10499")
        assert await seen.count() < 60
        assert await seen.first.get_attribute("aria-setsize") == "10000"  # more are not kept
        await box.evaluate("box => box.scrollTop = box.scrollHeight")
        await expect(seen.last).to_contain_text("/many/500")
        assert await seen.count() < 60


async def test_what_one_reads_stays_where_it_is_when_new_ones_come(sight: Sight) -> None:
    for number in range(40):
        await sight.ask("GET", f"/ducks/{number}")
    box = sight.page.locator("#list")
    await expect(sight.page.locator("#count")).to_have_text("40 requests")
    await expect(sight.page.locator(".took.running")).to_have_count(0)
    await box.evaluate("box => box.scrollTop = 400")
    read = await sight.page.evaluate("() => document.elementFromPoint(300, 450).closest('.row').textContent")
    await sight.ask("GET", "/duck/new")
    await expect(box.locator("[aria-setsize='41']").first).to_be_attached()
    assert await sight.page.evaluate("() => document.elementFromPoint(300, 450).closest('.row').textContent") == read


async def test_the_open_row_is_in_sight_whether_clicked_or_linked(sight: Sight) -> None:
    for number in range(40):
        await sight.ask("GET", f"/ducks/{number}x")
    await expect(sight.page.locator("#count")).to_have_text("40 requests")
    last = sight.row("/ducks/24x")  # near the lower edge; the list gets narrower, and the rows above it higher
    await last.click()
    await expect(sight.journey.locator("h2")).to_have_text("GET /ducks/24x")
    await expect(last).to_be_in_viewport()
    first = await sight.page.evaluate(
        "async () => (await (await fetch('api/journeys')).json()).journeys.map(journey => journey.id)[0]"
    )
    await sight.page.goto(f"{sight.url}/__webfoot__/#{first}")
    await expect(sight.row("/ducks/0x")).to_be_in_viewport()
    await sight.page.reload()
    await expect(sight.row("/ducks/0x")).to_be_in_viewport()


async def test_screen_readers_hear_of_many_in_one_sentence(opener: Opener) -> None:
    async with opener() as sight:
        assert await sight.page.locator("#news").get_attribute("aria-live") == "polite"
        told = await sight.page.evaluate(
            """async (page) => {
                 const { News } = await import(page + "news.js");
                 const box = document.createElement("p");
                 const news = new News(box);
                 const row = { state: "done", method: "GET", target: "/x", status: 404 };
                 for (let i = 0; i < 50; i++) news.row({ ...row, id: `n${i}`, failed: i === 7 });
                 const silent = box.textContent;
                 news.tell();
                 return [silent, box.textContent];
               }""",
            f"{sight.url}/__webfoot__/",
        )
        assert told == ["", "50 more requests, 1 failed; the last: GET /x 404"]


async def test_a_row_opens_though_it_is_drawn_anew_while_it_is_pressed(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await sight.row("/ducks/1").hover()
    await sight.page.mouse.down()
    await sight.ask("GET", "/ducks/2")
    await expect(sight.rows()).to_have_count(2)
    await sight.page.mouse.up()
    await expect(sight.journey.locator(".verdict")).to_be_visible()
    await expect(sight.row("/ducks/1")).to_have_attribute("aria-selected", "true")


async def test_a_row_that_is_dragged_across_does_not_open(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await sight.row("/ducks/1").hover()
    await sight.page.mouse.down()
    await sight.page.mouse.move(200, 400)
    await sight.page.mouse.up()
    await sight.ask("GET", "/ducks/2")
    await expect(sight.rows()).to_have_count(2)
    await expect(sight.journey.locator(".verdict")).to_have_count(0)


async def test_a_row_opens_for_whoever_clicks_without_a_pointer(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await sight.row("/ducks/1").dispatch_event("click")
    await expect(sight.journey.locator(".verdict")).to_be_visible()


async def test_another_button_opens_nothing(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/1")
    await sight.row("/ducks/1").click(button="right")
    await sight.ask("GET", "/ducks/2")
    await expect(sight.rows()).to_have_count(2)
    await expect(sight.journey.locator(".verdict")).to_have_count(0)
