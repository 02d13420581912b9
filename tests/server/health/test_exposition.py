"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

import math
import multiprocessing
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from webfoot.server.health.board import MOST_SLOTS, Board
from webfoot.server.health.exposition import exposition
from webfoot.server.health.meter import Meter
from webfoot.server.health.numbers import DURATIONS, GAUGES, METHODS, NUMBERS, STATUSES, WIDTH, series_of


def read(board: Board) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample as Prometheus's own parser understands it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition(board))
        for sample in family.samples
    }


def value(board: Board, name: str, **labels: str) -> float:
    return read(board)[name, tuple(sorted(labels.items()))]


def meter_of(board: Board) -> Meter:
    return Meter(board, board.claim())


def test_each_family_has_its_type_and_help_and_comes_once() -> None:
    board = Board()
    meter_of(board).request_ended("GET", 200, 0.003)
    families = list(text_string_to_metric_families(exposition(board)))
    names = [family.name for family in families]
    assert len(set(names)) == len(names)
    assert all(family.documentation and family.type in ("counter", "gauge", "histogram") for family in families)
    assert exposition(board).endswith("\n")


@pytest.mark.parametrize(
    ("method", "status", "labels"),
    [
        ("GET", 200, {"method": "GET", "status": "2xx"}),
        ("HEAD", 304, {"method": "HEAD", "status": "3xx"}),
        ("POST", 499, {"method": "POST", "status": "4xx"}),
        ("DELETE", 503, {"method": "DELETE", "status": "5xx"}),
        ("BREW", 418, {"method": "other", "status": "4xx"}),
        ('"}\n', 200, {"method": "other", "status": "2xx"}),
        ("GET", 999, {"method": "GET", "status": "5xx"}),
        ("other", 0, {"method": "other", "status": "1xx"}),
    ],
)
def test_a_request_is_counted_by_method_and_class_of_status(method: str, status: int, labels: dict[str, str]) -> None:
    board = Board()
    meter = meter_of(board)
    meter.request_ended(method, status, 0.25)
    meter.request_ended(method, status, 0.5)
    assert value(board, "webfoot_requests_total", **labels) == 2
    assert value(board, "webfoot_request_duration_seconds_count", **labels) == 2
    assert value(board, "webfoot_request_duration_seconds_sum", **labels) == 0.75
    assert sum(1 for name, _ in read(board) if name == "webfoot_requests_total") == 1


@pytest.mark.parametrize("seconds", [0.0, *DURATIONS, 11.0, 1e9])
def test_a_duration_is_in_each_bucket_whose_bound_it_does_not_exceed(seconds: float) -> None:
    board = Board()
    meter_of(board).request_ended("GET", 200, seconds)
    labels = {"method": "GET", "status": "2xx"}
    for bound in (*DURATIONS, math.inf):
        le = "+Inf" if bound == math.inf else f"{bound:g}"
        assert value(board, "webfoot_request_duration_seconds_bucket", le=le, **labels) == (seconds <= bound)


def test_processes_are_summed() -> None:
    board = Board()
    first, second = meter_of(board), meter_of(board)
    first.received(10)
    second.received(32)
    first.sample(running=3, connections=5)
    second.sample(running=4, connections=6)
    second.websocket_accepted()
    assert value(board, "webfoot_received_bytes_total") == 42
    assert value(board, "webfoot_requests_in_flight") == 7
    assert value(board, "webfoot_connections_open") == 11
    assert value(board, "webfoot_websockets_open") == 1


def test_who_comes_after_a_killed_process_counts_on() -> None:
    board = Board()
    slot = board.claim()
    meter = Meter(board, slot)
    meter.sent(100)
    meter.websocket_accepted()
    meter.sample(running=3, connections=5)
    cpu = value(board, "process_cpu_seconds_total")
    board.release(slot)
    assert value(board, "webfoot_sent_bytes_total") == 100
    assert value(board, "webfoot_connections_open") == value(board, "webfoot_websockets_open") == 0
    assert board.claim() == slot
    successor = Meter(board, slot)
    successor.sent(11)
    successor.sample_process()
    assert value(board, "webfoot_sent_bytes_total") == 111
    assert value(board, "process_cpu_seconds_total") >= cpu


def test_big_numbers_stay_exact() -> None:
    board = Board()
    meter = meter_of(board)
    meter.sent(2**50)
    meter.sent(1)
    assert value(board, "webfoot_sent_bytes_total") == 2**50 + 1


def test_the_process_tells_of_itself() -> None:
    board = Board()
    meter_of(board).sample_process()
    assert value(board, "process_resident_memory_bytes") > 1e6
    assert value(board, "process_open_fds") >= 3
    assert abs(value(board, "process_start_time_seconds") - time.time()) < 5


def test_the_loops_lag_is_a_histogram() -> None:
    board = Board()
    meter = meter_of(board)
    for seconds in (0.0, 0.002, 7.0):
        meter.lagged(seconds)
    assert value(board, "webfoot_loop_lag_seconds_bucket", le="0.001") == 1
    assert value(board, "webfoot_loop_lag_seconds_bucket", le="0.005") == 2
    assert value(board, "webfoot_loop_lag_seconds_bucket", le="5") == 2
    assert value(board, "webfoot_loop_lag_seconds_count") == 3


def test_readiness_is_that_of_the_whole_server() -> None:
    board = Board()
    first, second = board.claim(), board.claim()
    assert board.readiness == "starting"
    board.tell(first, "starting")
    board.tell(second, "ready")
    assert board.readiness == "ready"
    board.tell(first, "ready")
    board.tell(second, "stopping")  # it is replaced: the server goes on
    assert board.readiness == "ready"
    board.tell(first, "stopping")
    assert board.readiness == "stopping"
    board.tell(first, "ready")
    board.stop()
    assert board.readiness == "stopping"
    assert value(board, "webfoot_workers", state="ready") == 1


def test_more_processes_than_slots_share_the_last_one() -> None:
    board = Board()
    assert [board.claim() for _ in range(MOST_SLOTS + 2)][-2:] == [MOST_SLOTS - 1] * 2


def _count(board: Board, slot: int) -> None:
    Meter(board, slot).sent(7)
    board.tell(slot, "ready")


def test_a_spawned_process_writes_where_its_parent_reads() -> None:
    board = Board()
    slot = board.claim()
    other = multiprocessing.get_context("spawn").Process(target=_count, args=(board, slot))
    other.start()
    other.join(30)
    assert board.readiness == "ready"
    assert value(board, "webfoot_sent_bytes_total") == 7


def test_the_cells_of_a_slot_do_not_overlap() -> None:
    stride = len(DURATIONS) + 2
    begins = [series_of(method, status) for method in METHODS for status in STATUSES]
    assert begins == list(range(begins[0], begins[0] + len(begins) * stride, stride))
    assert begins[-1] + stride == WIDTH
    assert len(set(GAUGES)) == sum(each.kind == "gauge" for each in NUMBERS)
