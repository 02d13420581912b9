from __future__ import annotations

import re
import unicodedata

import pytest
from tests.journey.made import END, answer, head, recorded, typed_post

from webfoot.journey.terminal import draw

ROW = re.compile(r" *\d+ [↓●↑■] ")


def test_a_typed_post_shows_each_station_once_in_its_place():
    lines = draw(recorded(typed_post())).splitlines()

    assert lines[0] == "POST /ponds/7/ducks?dry=true  201 Created  270 us"
    assert [int(line.split()[0]) for line in lines if ROW.match(line)] == [
        *range(1, 8), 8, 8, 10, 11, 12, 13, 14, 14, 15, 16, 16, 17, 20, 21, 20, 20, 22, 18, 19, 19, 23
    ]  # fmt: skip
    assert len(lines) <= 40


def test_the_columns_stand_below_each_other():
    lines = [line for line in draw(recorded(typed_post())).splitlines() if ROW.match(line)]

    assert {re.match(r".{26}(.{9}) ", line)[1].strip() for line in lines} == {f"{10 * n}.0" for n in range(28)}
    assert {line[6] for line in lines} <= set("abcdefghijklmnopqrstuvwxyz")


def test_the_onion_opens_on_the_way_in_and_closes_on_the_way_out():
    text = draw(recorded(typed_post()))

    assert "╭ ServerErrorMiddleware" in text
    assert "│╭ ExceptionMiddleware" in text
    assert "││ create_duck gave Duck" in text
    assert "│╰ ExceptionMiddleware" in text
    assert text.index("│╰ ExceptionMiddleware") < text.index(" ╰ ServerErrorMiddleware")


def test_the_reason_stands_at_the_end():
    steps = [
        *head("GET", "/x"),
        ("route_matched", {"outcome": "not_found", "method": "GET", "path": "/x", "near": []}),
        *answer(404),
        *END,
    ]
    lines = draw(recorded(steps)).splitlines()

    assert lines[-3].strip() == "404 Not Found  decided by: router (station 10)"
    assert lines[-2].strip() == "The router answered 404: no route matches GET /x, and none comes near."
    assert lines[-1].strip() == "→ Add a route for it. All that there are: webfoot routes module:app"


@pytest.mark.parametrize(
    "said", ["413 Content Too Large", "414 URI Too Long", "416 Range Not Satisfiable", "422 Unprocessable Content"]
)
def test_a_status_has_the_words_of_rfc_9110_with_any_python(said):
    line = draw(recorded([*head("GET", "/x"), *answer(int(said[:3])), *END])).splitlines()[0]

    assert line.split("  ")[1] == said


def test_what_a_layer_decided_is_told_whole():
    sentence = (
        "no Access-Control-Allow-Origin, so the page cannot read the response: the origin https://evil.test is not"
    )
    steps = [
        *head("GET", "/x"),
        ("decided", {"by": "CORSMiddleware", "what": sentence, "status": None}),
        ("decided", {"by": "GZipMiddleware", "what": "not compressed", "status": None}),
        ("decided", {"by": "FileResponse", "what": "the copy is still good, " * 5 + "really", "status": 304}),
        *answer(304),
        *END,
    ]
    text = " ".join(draw(recorded(steps)).split())
    after = text.partition("own time")[2]

    assert f"CORSMiddleware: {sentence}" in after
    assert "GZipMiddleware" not in after  # it had room enough
    assert after.count("FileResponse") == 1  # the reason says it


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_no_line_is_longer_than_the_terminal(width):
    steps = typed_post()
    steps[3][1]["target"] = b"/" + b"x" * 500
    steps.insert(9, ("decided", {"by": "CORSMiddleware", "what": "no " * 100 + "x" * 200, "status": None}))
    steps.insert(9, ("route_matched", {"outcome": "not_found", "method": "GET", "path": "/" + "y" * 90, "near": []}))
    lines = draw(recorded([*steps[:10], *answer(404)]), width=width).splitlines()

    assert max(len(line) for line in lines[1:]) <= width


def test_colour_changes_nothing_but_the_colour():
    record = recorded(typed_post())
    coloured = draw(record, colour=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == draw(record)


def test_without_colour_there_is_no_escape():
    assert "\x1b" not in draw(recorded(typed_post()))


def test_a_long_stream_is_told_in_a_few_lines():
    piece = [("response_body", {"size": 10, "more": True}), ("bytes_sent", {"size": 10})]
    steps = [*head(), ("response_started", {"status": 200}), *piece * 40, ("response_ended", {"total": 400}), *END]
    text = draw(recorded(steps))

    assert len(text.splitlines()) < 25
    assert "75 marks like these, 370 bytes of body" in text


def test_marks_beyond_the_bound_are_counted():
    steps = [*head(), ("response_started", {"status": 200}), *[("response_body", {"size": 1})] * 150, *END]

    assert "58 more marks not kept" in draw(recorded(steps))


def test_nothing_from_the_request_reaches_the_terminal_as_a_control_character():
    steps = head("GET", "/%1b%5b31m")
    steps[5][1]["path"] = "/\x1b[31m\r\nred\u202e"
    steps.append(("route_matched", {"outcome": "not_found", "method": "GET", "path": "/\x1b[31m\x07", "near": []}))
    text = draw(recorded([*steps, *answer(404)]))

    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]


@pytest.mark.parametrize("length", range(len(typed_post()) + 1))
def test_any_beginning_of_a_journey_can_be_drawn(length):
    assert draw(recorded(typed_post()[:length])).endswith("\n")


def test_the_times_of_those_who_took_least_are_left_out_where_there_is_no_room():
    whole = next(line for line in draw(recorded(typed_post()), width=200).splitlines() if "own time" in line)
    part = next(line for line in draw(recorded(typed_post()), width=60).splitlines() if "own time" in line)

    assert len(part) <= 60 < len(whole)
    assert whole.startswith(f"{part} · ")
