"""What is decided at the end of a request: who is kept in full, who leaves a row."""

from __future__ import annotations

import gc
import json
import tracemalloc
from pathlib import Path

import pytest
from tests.journey.flight.files import journey, made, seen

from webfoot.journey.explaining import BriefRecord
from webfoot.journey.flight import recorder as module
from webfoot.journey.flight.recorder import MOST_IN_A_SECOND, FlightRecorder


def recorder(tmp_path: Path, slow: float = 60.0, refusals: bool = False) -> FlightRecorder:
    return FlightRecorder(made(tmp_path / "flights"), slow, refusals)


def test_an_answer_leaves_a_row(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    record = journey(flying, request_id="abc")
    flight = seen(flying.file)
    (request,) = flight.ended

    assert (request.method, request.path, request.status, request.sent) == ("GET", "/ducks", 200, 5)
    assert request.request_id == "abc"
    assert request.id == record.id
    assert not (request.is_slow or request.has_failed or request.is_kept)
    assert flight.journeys() == []


@pytest.mark.parametrize(
    ("status", "more", "is_kept"),
    [
        (200, {}, False),
        (404, {}, False),
        (500, {}, True),
        (503, {}, True),
        (0, {}, True),
        (200, {"failed": ValueError("no")}, True),
    ],
)
def test_what_failed_is_kept_in_full(tmp_path: Path, status: int, more: dict[str, object], is_kept: bool) -> None:
    flying = recorder(tmp_path)
    record = journey(flying, status, **more)
    flight = seen(flying.file)

    assert flight.ended[0].has_failed == flight.ended[0].is_kept == is_kept
    assert [each["id"] for each in flight.journeys()] == [record.id] * is_kept
    if is_kept:
        assert flight.journeys()[0]["status"] == (status or None)


def test_refusals_are_kept_if_they_are_wanted(tmp_path: Path) -> None:
    flying = recorder(tmp_path, refusals=True)
    journey(flying, 404)

    assert seen(flying.file).ended[0].is_kept


def test_what_was_slow_is_kept_in_full(tmp_path: Path) -> None:
    flying = recorder(tmp_path, slow=0.0)
    journey(flying, 200)
    (request,) = seen(flying.file).ended

    assert request.is_slow and request.is_kept and not request.has_failed


@pytest.mark.parametrize("kind", [b"text/event-stream", b"text/event-stream; charset=utf-8"])
def test_a_stream_of_events_is_not_slow_for_being_long(
    tmp_path: Path, kind: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [0]

    def clock() -> int:
        moment[0] += 1_000_000_000
        return moment[0]

    monkeypatch.setattr("webfoot.journey.record.perf_counter_ns", clock)
    flying = recorder(tmp_path, slow=6.5)  # the response begins in the fifth second and ends in the seventh
    journey(flying, 200, headers=[(b"Content-Type", kind)])
    journey(flying, 200)

    assert [request.is_slow for request in seen(flying.file).ended] == [False, False]
    flying = FlightRecorder(flying.file, 5.5)
    journey(flying, 200, headers=[(b"Content-Type", kind)])
    journey(flying, 200)
    assert [request.is_slow for request in seen(flying.file).ended][2:] == [False, True]


def test_what_the_server_refused_has_a_row(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    record = BriefRecord(None, flying, True)
    record.mark("connected", client=("127.0.0.1", 5000))
    record.mark("bytes_received", size=40)
    record.mark("head_parsed", parser="known", method="GET", target=b"/?token=s3cr3t", version="1.1", headers=[])
    record.mark("head_accepted", outcome="refused", status=400, rule="host", reason="there is no Host field")
    record.mark("closed", reason="refused")
    flight = seen(flying.file)

    assert [(each.path, each.status, each.client, each.has_failed) for each in flight.ended] == [
        ("/", 400, "127.0.0.1:5000", True)
    ]
    assert "there is no Host field" in flight.journeys()[0]["why"]["sentence"]


def test_a_connection_without_a_request_has_none(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    record = BriefRecord(None, flying, True)
    record.mark("connected", client=("127.0.0.1", 5000))
    record.mark("closed", reason="the client left")
    flight = seen(flying.file)

    assert (flight.ended, flight.in_flight) == ([], [])


def test_a_path_parameter_that_is_a_secret_is_taken_out_of_the_row(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    journey(flying, 200, "/reset/s3cr3tvalue", params={"token": "s3cr3tvalue"})

    assert seen(flying.file).ended[0].path == "/reset/[redacted]"
    assert b"s3cr3tvalue" not in flying.file.path.read_bytes()


def test_in_a_flood_of_failures_only_the_first_are_kept_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    flying = recorder(tmp_path)
    for _ in range(MOST_IN_A_SECOND + 5):
        journey(flying, 500)
    assert flying.file.kept == MOST_IN_A_SECOND
    now[0] += 1
    journey(flying, 500)
    flight = seen(flying.file)

    assert (flight.kept, flight.left_out) == (MOST_IN_A_SECOND + 1, 5)
    assert len(flight.ended) == MOST_IN_A_SECOND + 6  # all the same


def test_a_journey_that_is_too_long_is_shortened(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    record = BriefRecord(None, flying, True)
    record.mark("bytes_received", size=40)
    for number in range(900):
        record.mark("decided", by=f"Guard{number}", what="it may pass", status=None)
    record.mark("head_accepted", outcome="refused", status=400, reason="x")
    record.mark("closed", reason="refused")
    (kept,) = seen(flying.file).journeys()

    assert len(json.dumps(kept)) < flying.file.longest_journey * 1.2
    assert kept["left_out"] == 903 - len(kept["marks"])


def test_a_journey_that_cannot_be_told_still_ends_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise RecursionError

    monkeypatch.setattr(module, "in_full", fail)
    flying = recorder(tmp_path)
    journey(flying, 500)
    flight = seen(flying.file)

    assert (len(flight.ended), flight.in_flight, flight.journeys()) == (1, [], [])
    assert not flight.ended[0].is_kept


def test_a_recorder_that_fails_does_not_reach_the_request(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    flying.file.close()
    record = journey(flying, 200)

    assert record.done


def test_nothing_is_kept_of_requests_beyond_their_end(tmp_path: Path) -> None:
    flying = recorder(tmp_path)
    for _ in range(200):
        journey(flying, 200)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(3000):
            journey(flying, 200)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 20_000  # bytes; one of these requests takes more than that while it is under way


def test_no_reference_is_left_in_a_record_that_somebody_holds(tmp_path: Path) -> None:
    assert journey(recorder(tmp_path), 200)._kept == []
