"""The page's pure functions, called as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page
from tests.browser.chromium import Chromium

CALL = "async ([module, name, args]) => (await import(module))[name](...args)"


@pytest.fixture(scope="module")
def page(chromium: Chromium, pond: str) -> Iterator[Page]:
    """One page for all of them: they leave nothing behind."""
    opened = chromium.run(chromium.browser.new_page())
    chromium.run(opened.goto(f"{pond}/__webfoot__/"))
    yield opened
    chromium.run(opened.close())


@pytest.fixture
def call(page: Page, pond: str) -> Any:
    async def called(module: str, name: str, *args: object) -> Any:
        return await page.evaluate(CALL, [f"{pond}/__webfoot__/{module}", name, list(args)])

    return called


async def test_times_sizes_and_shares(call: Any) -> None:
    times = {
        0: "0",
        0.4: "<1 µs",
        812.4: "812 µs",
        9994: "9.99 ms",
        10_028: "10.0 ms",
        99_970: "100 ms",
        352_173: "352 ms",
        1_250_000: "1.25 s",
    }
    times |= {125_000_000: "2 min 5 s", 3_720_000_000: "1 h 2 min"}
    assert {us: await call("format.js", "duration", us) for us in times} == times
    sizes = {1: "1 byte", 999: "999 bytes", 1234: "1.23 kB", 3_400_000: "3.40 MB"}
    assert {count: await call("format.js", "size", count) for count in sizes} == sizes
    shares = {0: "0 %", 0.001: "<1 %", 0.3: "30 %", 0.998: ">99 %", 1: "100 %"}
    assert {share: await call("format.js", "percent", share) for share in shares} == shares


async def test_close_codes_in_words(call: Any) -> None:
    assert "no close frame came" in await call("format.js", "closeCode", 1006)
    assert await call("format.js", "closeCode", 4321) == "the application's own code"
    assert await call("format.js", "closeCode", 5) == "not a code that may be sent"


async def test_json_is_laid_out_and_other_text_left_alone(call: Any) -> None:
    assert await call("format.js", "pretty", '{"a":[1]}') == '{\n  "a": [\n    1\n  ]\n}'
    assert await call("format.js", "pretty", '{"a":') == '{"a":'
    assert await call("format.js", "pretty", "12") == "12"


async def test_own_time_is_what_no_child_covers(call: Any) -> None:
    child = {"at_us": 2, "total_us": 3}
    other = {"at_us": 4, "total_us": 3}  # beside the first one for a while
    assert await call("time.js", "gaps", {"at_us": 0, "total_us": 10, "children": [other, child]}) == [[0, 2], [7, 10]]
    assert await call("time.js", "gaps", {"at_us": 1, "total_us": 1, "children": []}) == [[1, 2]]


async def test_only_what_is_seen_is_drawn(call: Any) -> None:
    tops = [0, 10, 20, 30, 40, 50]
    assert await call("window.js", "inView", tops, 12, 25, 0) == {"first": 1, "end": 3}
    assert await call("window.js", "inView", tops, 0, 10_000, 5) == {"first": 0, "end": 5}
    assert await call("window.js", "inView", [0], 0, 100, 5) == {"first": 0, "end": 0}


async def test_the_room_that_decided(call: Any) -> None:
    def entered(name: str, index: int) -> dict[str, Any]:
        return {"station": "middleware_entered", "at_us": index, "facts": {"name": name, "index": index}}

    async def room(station: str, layer: str, sentence: str = "", **journey: Any) -> Any:
        marks = [entered("Outer", 0), entered("Inner", 1)]
        why = {"station": station, "layer": layer, "sentence": sentence}
        return await call("deciding.js", "decidingRoom", {"marks": marks, "why": why, **journey})

    assert await room("head_accepted", "server") == "rules"
    assert await room("route_matched", "router") == "router"
    assert await room("middleware_entered", "middleware", "The middleware Outer answered 403 itself.") == "layer:0"
    answered = [{"what": "answer", "layer": "Inner", "index": 1}]
    assert await room("middleware_entered", "middleware", "", changes=answered) == "layer:1"
    failed = [{"number": 0, "error": None}, {"number": 4, "error": {"kind": "HTTPException"}}]
    assert await room("dependency_entered", "dependency", dependencies=failed) == "dependency:4"
    assert await call("deciding.js", "decidingRoom", {"marks": [], "why": None}) is None


async def test_the_advice_names_the_application(call: Any) -> None:
    journey = {"advice": ["All that there are: webfoot routes module:app"]}
    assert await call("advice.js", "steps", journey, "main:pond") == ["All that there are: webfoot routes main:pond"]
    assert await call("advice.js", "steps", journey) == journey["advice"]
    assert await call("advice.js", "steps", {}) == []


async def test_what_a_close_code_means_is_said_once(call: Any) -> None:
    assert (
        await call("format.js", "closing", 4001, "4001: a code of the application's own")
        == "a code of the application's own"
    )
    assert await call("format.js", "closing", 1012, None) == "the server restarts"
    assert await call("format.js", "closing", None, "it broke") == "it broke"
