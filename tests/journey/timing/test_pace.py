"""How far back a step may have been due, on a clock of our own."""

from __future__ import annotations

from types import SimpleNamespace

from webfoot.journey.timing.pace import Pace

MS = 1_000_000


class Loop(SimpleNamespace):
    """Turns when it is told to."""

    def __init__(self) -> None:
        super().__init__(soon=[])

    def call_soon(self, callback):
        self.soon.append(callback)

    def turn(self) -> None:
        soon, self.soon = self.soon, []
        for each in soon:
            each()


def test_a_step_behind_another_one_was_due():
    loop = Loop()
    pace = Pace(loop)
    pace.lag(0, 10 * MS)
    pace.stepped(40 * MS)

    assert pace.lag(20 * MS, 40 * MS + 1000) == 20 * MS + 1000
    assert pace.lag(0, 40 * MS + 1000) == 30 * MS + 1000


def test_a_step_behind_a_pause_was_not():
    loop = Loop()
    pace = Pace(loop)
    pace.lag(0, 10 * MS)
    pace.stepped(40 * MS)
    loop.turn()

    assert pace.lag(0, 42 * MS) == 0


def test_a_loop_that_is_never_quite_idle_counts_for_some_turns_only():
    loop = Loop()
    pace = Pace(loop)
    now = 0
    for _ in range(100):
        pace.lag(now, now)
        now += MS
        pace.stepped(now)
        loop.turn()

    assert 2 * MS <= pace.lag(0, now) <= 4 * MS
