"""What `webfoot dev` says of requests that take long: while they do, and below their lines."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from time import perf_counter_ns

import pytest

from webfoot.cli.patience import Patience
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.record import Record
from webfoot.server import ServerOptions
from webfoot.trail.lookout import Note, Pulse

IDLE = Pulse(0.0, "", 1)
HELD = Pulse(0.5, "GET /ducks at main.py:3 in duck", 1)
HANG = "main.py:7 in hang"


def at(place: str, status: int = 0, sent: int = 0, is_endless: bool = False) -> Note:
    return Note(place, status, sent, is_endless)


def record(seconds: float, target: str = "/ducks") -> Record:
    """Of a request that came so many seconds ago."""
    made = Record()
    made.mark("head_parsed", method="GET", target=target)
    set_back(made, 0, seconds)
    return made


def set_back(made: Record, mark: int, seconds: float) -> None:
    """Have a mark be so old."""
    _, station, facts = made._kept[mark]
    made._kept[mark] = (perf_counter_ns() - int(seconds * 1e9), station, facts)


@pytest.fixture
def patience(caplog: pytest.LogCaptureFixture) -> Patience:
    caplog.set_level(logging.INFO, "webfoot")
    return Patience(ServerOptions("main:app"))


def look(patience: Patience, *seen: tuple[Record, Note], pulse: Pulse = IDLE) -> None:
    patience.pulse(pulse)
    for record, note in seen:
        patience.note(record, note)


def below(patience: Patience, record: Record, capsys: pytest.CaptureFixture[str]) -> str:
    record.mark("bytes_sent", size=1)
    patience.done(record)
    return capsys.readouterr().out


def test_a_request_is_told_of_once_after_two_seconds(patience, caplog):
    early, late = record(1.0, "/early"), record(2.5, "/late")
    for _ in range(3):
        look(patience, (early, at(HANG)), (late, at(HANG)))
    assert caplog.messages == [f"GET /late has been under way for 2.5 s; it is at {HANG}"]


def test_what_is_left_to_do_behind_an_answer(patience, caplog):
    left = record(3.0)
    for _ in range(2):
        look(patience, (left, at(HANG, status=200, sent=3)))
    assert caplog.messages == [f"GET /ducks has answered 200, but has been under way for 3.0 s; it is at {HANG}"]


@pytest.mark.parametrize(
    "notes",
    [
        [at(HANG, 200, 10), at(HANG, 200, 20), at(HANG, 200, 30)],
        [at(HANG, 200, 10, is_endless=True)] * 3,
        [at("")] * 3,
    ],
    ids=["an answer that goes on", "a stream without an end", "nowhere"],
)
def test_what_nobody_wonders_about(patience, caplog, notes):
    going_on = record(9.0)
    for note in notes:
        look(patience, (going_on, note))
    assert caplog.messages == []


def test_a_server_that_stops_tells_itself_of_whom_it_waits_for(patience, caplog, capsys):
    late = record(9.0)
    for _ in range(2):
        look(patience, (late, at(HANG)), pulse=Pulse(0.0, "", 1, is_ending=True))
    late.mark("head_accepted", outcome="refused", status=503, rule="stopping")
    assert caplog.messages == []
    assert below(patience, late, capsys) == ""


def test_nothing_is_said_into_a_debugger(patience, caplog, monkeypatch):
    monkeypatch.setattr("webfoot.cli.patience.is_debugged", lambda frames: True)
    look(patience, (stopped := record(9.0), at(HANG)))
    look(patience, (stopped, at(HANG)))
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ([HANG, HANG], f"it was at {HANG}"),
        ([HANG, "main.py:9 in rest", HANG], f"it was at {HANG} (in 2 of 3 looks)"),
        (["the client's body, main.py:3 in read"], "it was waiting for the client's body, main.py:3 in read"),
        (
            ["layer.py:5 in dispatch, which waits for main.py:2 in duck in a thread"],
            "it was at main.py:2 in duck in a thread",
        ),
    ],
)
def test_below_the_line_of_a_slow_request_stands_where_it_was(patience, capsys, places, sentence):
    slow = record(1.0)
    for place in places:
        look(patience, (slow, at(place)))
    assert below(patience, slow, capsys) == f"          {sentence}\n"


def test_where_a_request_is_now_is_handed_on_and_kept_is_where_it_was_mostly(patience):
    """Apart for what was before the answer and what comes behind it."""
    slow = ThoroughRecord()
    slow.mark("head_parsed", method="GET", target="/ducks")
    moved, goes_on = [], []

    async def looks() -> None:
        patience.moved = moved.append
        patience._goes_on = lambda record, place: goes_on.append(place)
        patience.loaded(None)
        look(patience, (slow, at(HANG)))
        await asyncio.sleep(0)
        assert moved == []  # most are over before anybody could read it
        set_back(slow, 0, 1.0)
        for place in (HANG, HANG, "main.py:9 in rest"):
            look(patience, (slow, at(place)))
        slow.mark("response_ended", total=1)
        set_back(slow, -1, 0.5)
        for _ in range(2):
            look(patience, (slow, at("main.py:12 in tidy", 200)))
        await asyncio.sleep(0)

    asyncio.run(looks())
    assert moved == [slow] * 3
    assert goes_on == ["main.py:12 in tidy"]
    slow.done = True
    patience.done(slow)
    assert (slow.stood_at, slow.went_on_at) == (os.path.abspath(HANG), os.path.abspath("main.py:12 in tidy"))


def test_who_has_the_threads_that_others_wait_for(patience, capsys):
    has_one, waits = record(1.0), record(0.9)
    look(
        patience,
        (has_one, at("layer.py:5 in dispatch, which waits for main.py:2 in duck in a thread")),
        (waits, at("layer.py:5 in dispatch, which waits for a free thread")),
    )
    assert "waiting for a free thread, while the threads were at main.py:2 in duck\n" in below(patience, waits, capsys)


def test_many_that_waited_for_the_same_say_it_once(patience, capsys):
    slow = [record(1.0) for _ in range(3)]
    look(patience, *((each, at(HANG)) for each in slow))
    assert [bool(below(patience, each, capsys)) for each in slow] == [True, False, False]


@pytest.mark.parametrize("pulse", [IDLE, HELD], ids=["our own code", "the loop is held"])
def test_what_others_tell_better(patience, capsys, pulse):
    """A task that runs is seen at the line of ours that runs it; and who holds the loop has a line of its own."""
    slow = record(1.0)
    look(
        patience,
        (slow, at(HANG if pulse is HELD else f"{sys.modules['webfoot'].__path__[0]}/x.py:1 in run")),
        pulse=pulse,
    )
    assert below(patience, slow, capsys) == ""


def test_a_quick_one_has_no_such_line_and_the_ended_are_forgotten(patience, capsys):
    look(patience, (quick := record(0.1), at(HANG)), (gone := record(1.0), at(HANG)))
    assert below(patience, quick, capsys) == ""
    look(patience)
    look(patience)
    assert below(patience, gone, capsys) == ""
