"""The event loop's pace: for how long it had been running something else when a request's turn came.

Nobody can be asked when a request became due: a future that is set only queues its callback. So it is inferred, from
two things, and never counts further back than to the request's own last step:

- steps of other requests that ran right before this one, in the last few turns of the loop: what wakes a task was there
  before the turn in which it wakes, or before the one ahead of that, hardly earlier;
- a heartbeat, a timer of the loop that comes late when anything at all has held it.

Where it is known when the wait was over (a timer, a call in a thread), that is the bound. Elsewhere all of such a
stretch counts as lag, though what was awaited may not have been there at its beginning. Holds by what is no request's
step are seen from 2 ms on.
"""

from __future__ import annotations

import asyncio
from time import perf_counter_ns
from typing import Final

_PAUSE: Final = 500_000  # ns without a step, after which the loop is taken to have waited for something to do
_TURNS: Final = 4  # of the loop, the running one among them, in which something may have been due already
_BEAT: Final = 0.01  # s
_SLACK: Final = 2_000_000  # ns by which a timer may come late in a loop that is free (uvloop's have milliseconds)


class Pace:
    """Of one event loop. Times are `perf_counter_ns` values."""

    __slots__ = ("_due", "_free_at", "_has_begun_turn", "_in_flight", "_loop", "_timer", "_turns")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._in_flight = 0
        self._turns = [0] * _TURNS  # when the last ones began, less the pauses, the oldest first
        self._has_begun_turn = False
        self._free_at = 0  # when the last step ended
        self._due = 0  # when the heartbeat is to come; 0 while nobody is watched
        self._timer: asyncio.TimerHandle | None = None

    def enter(self) -> None:
        """A request is under way."""
        self._in_flight += 1
        if self._timer is None:
            self._schedule()

    def leave(self) -> None:
        self._in_flight -= 1

    def lag(self, since: int, now: int) -> int:
        """A step begins that may have been due since `since`: for how long the loop ran something else before it."""
        if not self._has_begun_turn:
            if self._in_flight > 1:  # else there is nobody whose steps would have to be told apart by turns
                self._has_begun_turn = True
                self._loop.call_soon(self._end_turn)
            self._begin_turn(now, now)
        busy_since = self._turns[0]
        if self._due and now - self._due > _SLACK:
            busy_since = min(busy_since, self._due)
        return max(0, now - max(since, busy_since))

    def stepped(self, now: int) -> None:
        """The step has ended."""
        self._free_at = now

    def _begin_turn(self, began: int, now: int) -> None:
        if now - self._free_at > _PAUSE:
            self._turns = [began] * _TURNS
        else:
            self._turns = [*self._turns[1:], began]

    def _end_turn(self) -> None:
        self._has_begun_turn = False

    def _schedule(self) -> None:
        self._due = perf_counter_ns() + int(_BEAT * 1e9)
        self._timer = self._loop.call_later(_BEAT, self._beat)

    def _beat(self) -> None:
        now = perf_counter_ns()
        if now - self._due > _SLACK:
            self._begin_turn(self._due, now)
            self._free_at = now
        if self._in_flight:
            self._schedule()
        else:
            self._timer, self._due = None, 0
