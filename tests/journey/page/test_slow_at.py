"""A line of the list says where a slow request was."""

from __future__ import annotations

import os
from time import perf_counter_ns

import pytest

from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page.summary import summary_of
from webfoot.journey.schema import as_json
from webfoot.trail.held import Hold

HERE = os.path.join(os.getcwd(), "")


def record(seconds: float) -> ThoroughRecord:
    made = ThoroughRecord()
    made.mark("head_parsed", method="GET", target="/ducks")
    _, station, facts = made._kept[0]
    made._kept[0] = (perf_counter_ns() - int(seconds * 1e9), station, facts)
    made.stood_at = f"{HERE}main.py:7 in fetch"
    made.mark("bytes_sent", size=1)
    made.done = True
    return made


@pytest.mark.parametrize(("seconds", "place"), [(0.9, "main.py:7 in fetch"), (0.1, None)])
def test_where_it_was(seconds: float, place: str | None) -> None:
    assert summary_of(record(seconds))["slow_at"] == place


def test_where_it_held_the_event_loop() -> None:
    slow = record(0.9)
    for by, line in (("1-1", 3), (slow.id, 5)):
        slow.held(Hold(perf_counter_ns(), 400_000_000, by, "GET /ducks", f"{HERE}main.py:{line} in crunch", ()))
    assert summary_of(slow)["slow_at"] == "main.py:5 in crunch"


def test_a_journey_as_json_has_the_whole_path() -> None:
    assert as_json(record(0.9))["stood_at"] == f"{HERE}main.py:7 in fetch"
    assert as_json(ThoroughRecord())["stood_at"] is None
