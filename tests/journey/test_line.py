"""A journey on one line."""

import asyncio
import re
import time

import pytest

from webfoot import Webfoot
from webfoot.cli.composing import compose
from webfoot.cli.one_request import send_once
from webfoot.journey.line import cut_in_the_middle, duration_ns, is_slow, line_of
from webfoot.journey.record import Record
from webfoot.journey.timing.times import Times
from webfoot.server import ServerOptions

app = Webfoot()


@app.get("/ducks/{number}")
async def duck(number: int):
    return number


@app.get("/busy")
async def busy():
    time.sleep(0.03)


def journey(path, method="GET"):
    (record,) = asyncio.run(send_once(app, ServerOptions(access_log=False), compose(method, path, (), None), 10))
    return record


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/ducks/7", r"\d\d:\d\d:\d\d  GET     /ducks/7 {30,}200 +[0-9.]+ ms(  \S.*)?"),
        (
            "/ducks/seven?token=abc",
            r"\d\d:\d\d:\d\d  GET     /ducks/seven\?token=\[redacted\] +422 +[0-9.]+ ms(  \S.*)?",
        ),
        ("/nowhere", r"\d\d:\d\d:\d\d  GET     /nowhere {30,}404 +[0-9.]+ ms(  \S.*)?"),
        ("/busy", r"\d\d:\d\d:\d\d  GET     /busy {30,}200 +[0-9.]+ ms  (your code [0-9.]+ ms in )?busy"),
    ],
)
def test_what_a_line_says(path, said):
    assert re.fullmatch(said, line_of(journey(path)).rstrip())


@pytest.mark.parametrize("width", [60, 80, 110, 200])
def test_no_line_is_longer_than_the_terminal_and_columns_stand_still(width):
    lines = [line_of(journey(path), width=width).rstrip() for path in ("/ducks/7", f"/{'a' * 300}", "/busy")]
    assert max(map(len, lines)) <= width
    assert len({line.index(f" {status} ") for line, status in zip(lines, (200, 404, 200), strict=True)}) == 1


def test_colours_change_nothing_but_the_colour():
    record = journey("/nowhere")
    coloured = line_of(record, colour=True)
    assert "\x1b[33m404\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == line_of(record)


def test_what_a_client_sends_cannot_draw_on_the_terminal():
    record = Record()
    record.mark("head_parsed", method="GET", target=b"/%1b%5b2J\x1b[2J", headers=[])
    assert "\x1b" not in line_of(record)


def test_a_request_without_an_answer():
    record = Record()
    record.mark("head_parsed", method="GET", target=b"/x", headers=[])
    assert " --- " in line_of(record)
    assert not is_slow(record)


@pytest.mark.parametrize(
    ("text", "width", "cut"), [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…fg"), ("abcdefgh", 5, "ab…gh")]
)
def test_a_long_path_is_cut_in_the_middle(text, width, cut):
    assert cut_in_the_middle(text, width) == cut


def timed(queued=0, stalled=0, code=0, pieces=1):
    """A request's record, and where its milliseconds went."""
    record = Record()
    began = time.perf_counter_ns() - (queued + stalled + code) * 1_000_000
    record.times = Times()
    record.times.began = began
    now = began
    for kind, ms in (("thread_queue", queued), ("cpu", code), ("write_stall", stalled)):
        record.times.add(kind, now, now := now + ms * 1_000_000)
    record.times.ended = now
    record.mark("head_parsed", method="GET", target=b"/x", headers=[])
    record._kept[0] = (began, *record._kept[0][1:])
    record.mark("app_entered", app="app")
    record._kept[1] = (began, *record._kept[1][1:])
    record.mark("response_started", status=200, headers=[])
    for _ in range(pieces):
        record.mark("response_body", size=1, more=True)
    record.mark("bytes_sent", size=1)
    record.mark("response_ended", total=pieces)
    record.mark("kept_alive")
    record.end()
    return record


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        ({"code": 90, "queued": 10}, "your code"),
        ({"code": 55, "queued": 45}, "waiting for a free thread"),
        ({"code": 10, "queued": 90}, "waiting for a free thread"),
        ({"code": 10, "stalled": 90, "pieces": 5}, "the client reads slowly"),
        ({"code": 90, "stalled": 10, "pieces": 5}, None),
    ],
)
def test_the_hint_names_what_nobody_sees_in_the_code_first(spent, said):
    line = line_of(timed(**spent)).rstrip()
    assert said in line if said is not None else line.endswith("ms")


def test_a_long_response_lasts_until_its_last_piece():
    record = timed(pieces=1)
    for _ in range(300):
        record.mark("bytes_sent", size=1)
    time.sleep(0.06)
    record.mark("response_ended", total=300)
    assert duration_ns(record) > 50_000_000
