"""Each trouble, opened: the verdict, the evidence, what to do, and the way, with the duck where it was decided."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Locator, expect
from tests.browser.sight import Sight

JSON = {"content-type": "application/json"}
JOURNEY = """async () => {
  const journey = await (await fetch("api/journeys/" + location.hash.slice(1))).json();
  return [journey.split, journey.took_us];
}"""


async def decided_in(journey: Locator) -> str | None:
    """The room of the house where the duck stands."""
    here = journey.locator(".house .deciding[data-room]")
    await expect(here).to_have_count(1)
    return await here.get_attribute("data-room")


async def test_validation_shows_what_was_sent_and_what_is_wrong_with_it(sight: Sight) -> None:
    await sight.ask("POST", "/ducks", JSON, json.dumps({"name": "x", "weight": "heavy"}))
    journey = await sight.open("/ducks")
    await expect(journey.locator(".verdict .status")).to_have_text("422 Unprocessable Content")
    await expect(journey.locator(".decided")).to_contain_text("decided by validation · station 15")
    errors = journey.locator("table.errors tbody tr")
    await expect(errors).to_have_count(2)
    await expect(errors.nth(0)).to_have_text(re.compile(r"body name.*\"x\".*at least 2 characters"))
    await expect(errors.nth(1)).to_have_text(re.compile(r"body weight.*\"heavy\".*valid number"))
    assert await decided_in(journey) == "validation"
    await expect(journey.locator(".todo")).to_contain_text("create_duck")
    await expect(journey.locator("[data-room='endpoint']")).to_contain_text("not called")


async def test_a_missing_field_is_named_in_what_to_do(sight: Sight) -> None:
    await sight.ask("POST", "/ducks", JSON, '{"name": "Jemima"}')
    journey = await sight.open("/ducks")
    await expect(journey.locator(".errors")).to_contain_text("nothing")
    await expect(journey.locator(".todo")).to_contain_text("Send body.weight")


async def test_an_unknown_path_names_the_nearest_routes(sight: Sight) -> None:
    await sight.ask("GET", "/duck/7?verbose=1")
    journey = await sight.open("/duck/7")
    await expect(journey.locator(".evidence .candidates li").first).to_have_text(
        "GET /ducks/{duck_id} segment 'duck' is not 'ducks'"
    )
    await expect(journey.locator(".todo")).to_contain_text("Did you mean GET /ducks/7?")
    assert await decided_in(journey) == "router"
    await expect(journey.locator(".house")).to_contain_text("not reached dependencies · validation · endpoint")


async def test_a_wrong_method_names_the_right_ones(sight: Sight) -> None:
    await sight.ask("DELETE", "/ducks/7")
    journey = await sight.open("/ducks/7")
    await expect(journey.locator(".evidence")).to_contain_text("The route takes GET")
    await expect(journey.locator(".todo")).to_contain_text("Send GET, or add a route for DELETE")


async def test_a_redirect_for_a_slash(sight: Sight) -> None:
    await sight.ask("GET", "/ponds")
    journey = await sight.open("/ponds")
    await expect(journey.locator(".sentence")).to_contain_text("sent to /ponds/ (redirect_slashes)")
    assert await decided_in(journey) == "router"


async def test_a_refused_preflight_names_origin_and_method_and_the_layer(sight: Sight) -> None:
    await sight.ask(
        "OPTIONS", "/ducks/7", {"origin": "https://elsewhere.example", "access-control-request-method": "PUT"}
    )
    journey = await sight.open("/ducks/7")
    await expect(journey.locator(".sentence")).to_contain_text(
        "origin https://elsewhere.example is not in allow_origins"
    )
    await expect(journey.locator(".todo")).to_contain_text("CORS error")
    layer = journey.locator(".room.layer.deciding > .floor").first
    await expect(layer).to_contain_text("CORSMiddleware")
    await expect(layer).to_contain_text("decided here: the way ends, and the answer goes back")
    await expect(journey.locator(".house")).to_contain_text("not reached router")


async def test_an_error_in_the_endpoint_leads_to_its_line(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/500")
    journey = await sight.open("/ducks/500")
    failure = journey.locator(".evidence .failure").first
    await expect(failure).to_contain_text("ValueError: the duck flew away")
    link = failure.locator("a.file")
    await expect(link).to_have_attribute("href", re.compile(r"^vscode://file/.*/pond\.py:\d+$"))
    assert await decided_in(journey) == "endpoint"
    await sight.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await failure.get_by_role("button", name="copy").click()
    await expect(failure.get_by_role("button")).to_have_text("copied")
    copied = await sight.page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"/.*/pond\.py:\d+", copied)


async def test_an_answer_that_the_code_means(sight: Sight) -> None:
    await sight.ask("GET", "/ducks/404")
    journey = await sight.open("/ducks/404")
    await expect(journey.locator(".todo")).to_contain_text("The code means this answer")


async def test_a_result_that_does_not_fit_its_model(sight: Sight) -> None:
    await sight.ask("GET", "/odd")
    journey = await sight.open("/odd")
    await expect(journey.locator("table.errors")).to_contain_text("returned")
    await expect(journey.locator("table.errors tbody tr")).to_have_text(re.compile(r"name.*\"x\".*at least 2"))
    assert await decided_in(journey) == "reply"


async def test_a_slow_request_says_where_the_time_went(sight: Sight) -> None:
    await sight.ask("GET", "/nap?seconds=0.7")
    journey = await sight.open("/nap")
    told = re.compile(
        r"of the time, [\d.]+ m?s, went by in the endpoint nap .*pond.py:\d+.*it was at nap .*pond.py:\d+"
    )
    await expect(journey.locator(".sentence")).to_have_text(told)
    await expect(sight.row("/nap").locator(".reason")).to_have_text(re.compile(r"slow.*pond.py:\d+ in nap"))
    await expect(journey.locator("[data-room='endpoint'] .slowest")).to_contain_text("of the whole time")
    await expect(sight.part("Time").locator("table.waterfall tr.most")).to_contain_text("nap")


async def test_own_times_add_up_to_the_whole(sight: Sight) -> None:
    await sight.ask("GET", "/nap?seconds=0.2")
    journey = await sight.open("/nap")
    own, whole = await journey.locator(".waterfall tfoot td").all_inner_texts()
    assert own == whole


async def test_the_waiting_split_adds_up_to_the_whole(sight: Sight) -> None:
    await sight.ask("GET", "/nap?seconds=0.2")
    journey = await sight.open("/nap")
    split, took = await sight.page.evaluate(JOURNEY)
    if split is None:
        pytest.skip("the waiting is not measured here")
    await expect(journey.locator(".split .stack .part.awaits")).to_be_visible()
    assert sum(part or 0 for part in split.values()) == pytest.approx(took, rel=0.02)
