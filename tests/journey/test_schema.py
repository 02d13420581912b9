from __future__ import annotations

import json

import pytest
from tests.journey.made import END, answer, head, raised, recorded, typed_post

from webfoot.journey.record import Record
from webfoot.journey.schema import as_json


def test_the_whole_journey_survives_a_round_through_json():
    record = recorded(typed_post())
    data = json.loads(json.dumps(as_json(record)))

    assert data == as_json(record)
    assert {
        key: data[key] for key in ("version", "method", "target", "status", "why", "took_us", "done", "left_out")
    } == {
        "version": 1,
        "method": "POST",
        "target": "/ponds/7/ducks?dry=true",
        "status": 201,
        "why": None,
        "took_us": 270.0,
        "done": True,
        "left_out": 0,
    }


def test_a_mark_tells_its_station_its_time_and_its_facts():
    data = as_json(recorded(typed_post()))

    assert data["marks"][9] == {
        "number": 10,
        "station": "route_matched",
        "way": "in",
        "at_us": 90.0,
        "says": "/ponds/{pond_id}/ducks pond_id='7'",
        "facts": {"outcome": "found", "route": "/ponds/{pond_id}/ducks", "path_params": {"pond_id": "7"}},
    }


def test_the_tree_has_the_times_of_the_marks():
    tree = as_json(recorded(typed_post()))["tree"]
    application = tree["children"][0]

    assert (tree["kind"], tree["at_us"], tree["total_us"], tree["complete"]) == ("request", 0.0, 270.0, True)
    assert (application["kind"], application["at_us"]) == ("application", 60.0)


def test_the_reason_is_data_too():
    steps = [
        *head("GET", "/x"),
        ("endpoint_called", {"name": "x"}),
        ("endpoint_returned", {"name": "x", "error": raised(ValueError("no"), KeyError("cause"))}),
        *answer(500),
        *END,
    ]
    data = json.loads(json.dumps(as_json(recorded(steps))))

    assert (data["why"]["layer"], data["why"]["station"]) == ("endpoint", "endpoint_returned")
    failure = data["marks"][8]["facts"]["error"]
    assert (failure["kind"], failure["text"], failure["cause"]["kind"]) == ("ValueError", "no", "KeyError")


@pytest.mark.parametrize(
    "value",
    [b"\xff", {1: {2}}, object(), ("a", None, 1.5), [frozenset({b"x"})]],
    ids=lambda value: type(value).__name__,
)
def test_whatever_a_layer_tells_becomes_json(value):
    record = Record()
    record.mark("chosen", protocol=value)
    record.mark("closed", reason=value)

    json.dumps(as_json(record))


def test_an_empty_record():
    assert as_json(Record())["tree"] is None
