"""The stretches of one request's time: what was done in each, whoever did it, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter_ns
from typing import Final, Literal, Protocol, TypeAlias

Kind: TypeAlias = Literal["server", "cpu", "write_stall", "loop_lag", "thread_queue", "client", "awaits"]

KINDS: Final[tuple[Kind, ...]] = ("server", "cpu", "write_stall", "loop_lag", "thread_queue", "client", "awaits")
"""The first one wins where several things are done for one request at once: what works before what waits."""

Stretch: TypeAlias = tuple[Kind, int, int]
"""What was done, from when to when (`perf_counter_ns`). Stretches overlap where threads or tasks work side by side."""

_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}
_MOST: Final = 512  # stretches that are kept before they are summed up
_OF_A_STRETCH: Final = 130  # bytes of memory that one takes, about
_OF_A_CALL: Final = 200


class Stepped(Protocol):
    """A coroutine of the request that has not ended."""

    def cut(self, now: int) -> Stretch | None:
        """What it does since when; from `now` on it counts anew."""


class Call:
    """One call through a thread. Implements `webfoot.trail.elsewhere.ThreadWork`. The thread writes, all read."""

    __slots__ = ("began", "counted", "finished", "queued")

    def __init__(self) -> None:
        self.queued = self.counted = perf_counter_ns()  # counted: what is before that was summed up
        self.began = self.finished = 0

    def begun(self) -> None:
        self.began = perf_counter_ns()

    def ended(self) -> None:
        self.finished = perf_counter_ns()

    def stretches(self, now: int) -> Iterator[Stretch]:
        began, until = self.began or self.finished or now, self.finished or now
        if began > self.counted:
            yield "thread_queue", self.counted, began
        if until > began:
            yield "cpu", max(began, self.counted), until


class Times:
    """All that is known of one request's time.

    began: when the application was called; over: it has returned, clean-up and background work included; running: what
    of the request runs now, or waits.
    """

    __slots__ = ("_after", "_before", "_folded_at", "_stretches", "began", "calls", "ended", "over", "running")

    def __init__(self) -> None:
        self.began = self.ended = 0
        self.over = False
        self.calls: list[Call] = []
        self.running: Sequence[Stepped] = ()
        self._stretches: list[Stretch] = []
        # What was summed up, in nanoseconds by kind: up to the last mark that there was then, and behind it.
        self._before: dict[Kind, int] = {}
        self._after: dict[Kind, int] = {}
        self._folded_at = 0

    def add(self, kind: Kind, began: int, ended: int) -> None:
        if ended > began:
            self._stretches.append((kind, began, ended))

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        return _OF_A_STRETCH * len(self._stretches) + _OF_A_CALL * len(self.calls)

    @property
    def are_many(self) -> bool:
        return len(self._stretches) >= _MOST or len(self.calls) >= _MOST

    def fold(self, last_mark: int, now: int) -> None:
        """Sum up what there is. Called from the event loop, when there are many.

        `last_mark`: when the request was last marked; its time, as far as that is known yet, ends there.
        """
        self._take_in(last_mark)
        for each in self.running:
            if (stretch := each.cut(now)) is not None:
                self._stretches.append(stretch)
        stretches, self._stretches = self._stretches, []
        stretches += self._of_calls(now)
        self.calls = [call for call in self.calls if not call.finished]
        for call in self.calls:
            call.counted = now
        _sum_into(self._before, (_clipped(each, 0, last_mark) for each in stretches))
        _sum_into(self._after, (_clipped(each, last_mark, now) for each in stretches))

    def total(self, last_mark: int) -> dict[Kind, int]:
        """Nanoseconds by kind, up to the last mark. What is missing in there was the server's."""
        self._take_in(last_mark)
        total = dict(self._before)
        stretches = self._stretches + self._of_calls(last_mark)
        _sum_into(total, (_clipped(each, 0, last_mark) for each in stretches))
        return total

    def _take_in(self, last_mark: int) -> None:
        """There were marks since: what was behind the last one is before it now."""
        if last_mark > self._folded_at:
            for kind, spent in self._after.items():
                self._before[kind] = self._before.get(kind, 0) + spent
            self._after = {}
            self._folded_at = last_mark

    def _of_calls(self, now: int) -> list[Stretch]:
        return [stretch for call in self.calls for stretch in call.stretches(now)]


def _clipped(stretch: Stretch, after: int, before: int) -> Stretch:
    kind, began, ended = stretch
    return kind, max(began, after), min(ended, before)


def _sum_into(totals: dict[Kind, int], stretches: Iterable[Stretch]) -> None:
    """Each moment counts once, for the first of `KINDS` that was done then."""
    edges: list[tuple[int, int, int]] = []
    for kind, began, ended in stretches:
        if ended > began:
            edges += ((began, 1, _RANK[kind]), (ended, -1, _RANK[kind]))
    edges.sort()
    open_now = [0] * len(KINDS)
    before = 0
    for at, step, rank in edges:
        if at > before:
            first = next((each for each, count in enumerate(open_now) if count), None)
            if first is not None:
                kind = KINDS[first]
                totals[kind] = totals.get(kind, 0) + at - before
            before = at
        open_now[rank] += step
