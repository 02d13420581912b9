"""Stretches of time that overlap: each moment counts once, and what is kept of them is bounded."""

from __future__ import annotations

from webfoot.journey.timing.times import Call, Times


class Suspended:
    """A coroutine that has awaited something since a moment."""

    def __init__(self, since: int) -> None:
        self.since = since

    def cut(self, now: int):
        stretch, self.since = ("awaits", self.since, now), now
        return stretch


def test_what_works_counts_before_what_waits():
    times = Times()
    times.add("awaits", 0, 100)
    times.add("cpu", 10, 30)
    times.add("cpu", 20, 40)  # another thread
    times.add("write_stall", 35, 50)

    assert times.total(100) == {"awaits": 60, "cpu": 30, "write_stall": 10}


def test_nothing_counts_behind_the_last_mark():
    times = Times()
    times.add("cpu", 0, 50)
    times.add("awaits", 50, 100)

    assert times.total(70) == {"cpu": 50, "awaits": 20}


def test_a_call_waits_for_its_thread_and_then_works():
    times = Times()
    call = Call()
    call.queued = call.counted = 10
    call.began, call.finished = 30, 80
    times.calls.append(call)
    times.add("awaits", 0, 100)

    assert times.total(100) == {"awaits": 30, "thread_queue": 20, "cpu": 50}


def test_a_call_that_no_thread_has_begun_only_waited():
    times = Times()
    call = Call()
    call.queued = call.counted = 10
    call.finished = 60
    times.calls.append(call)

    assert times.total(100) == {"thread_queue": 50}


def test_summing_up_early_changes_nothing():
    times, suspended = Times(), Suspended(0)
    times.running = [suspended]
    call = Call()
    call.queued = call.counted = 20
    call.began = 30
    times.calls.append(call)
    for at in range(0, 1000, 10):
        times.add("cpu", at, at + 2)
        if at % 100 == 90:
            times.fold(at + 5, at + 5)
    call.finished = 995
    times.add("awaits", suspended.since, 1000)

    assert times.total(1000) == {"cpu": 6 + 965, "thread_queue": 8, "awaits": 1000 - 979}


def test_what_was_summed_up_behind_a_mark_counts_once_there_is_a_later_one():
    times = Times()
    times.add("cpu", 0, 100)
    times.fold(40, 100)

    assert times.total(40) == {"cpu": 40}
    times.fold(90, 100)
    assert times.total(100) == {"cpu": 100}


def test_there_are_many_after_a_while():
    times = Times()
    added = 0
    while not times.are_many:
        times.add("cpu", added, added + 1)
        added += 1
        assert added < 10_000
    times.fold(added, added)

    assert not times.are_many
    assert times.total(added) == {"cpu": added}
