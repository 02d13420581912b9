"""How long a slow peer is waited for: a span of time that waiting uses up, and each byte gives a little back of."""

from __future__ import annotations

import math


class Patience:
    """A clock for one peer that is to send, or to take, something.

    It holds `span` seconds and runs only from `start` to `stop`. Each byte gives 1/`rate` seconds back (all of them if
    `rate` is 0), never to more than the span. So silence ends it after the span, a drip below the rate some time later,
    and a peer that keeps the rate may take as long as it likes.

    deadline: the loop time at which nothing is left; infinity while the clock stands still.
    """

    __slots__ = ("_left", "_span", "_worth", "deadline")

    def __init__(self, span: float, rate: int) -> None:
        self._span = self._left = span
        self._worth = 1 / rate if rate else span  # of one byte, in seconds
        self.deadline = math.inf

    def start(self, now: float) -> None:
        if self.deadline == math.inf:
            self.deadline = now + self._left

    def gain(self, size: int, now: float) -> None:
        """The peer sent or took `size` bytes."""
        worth = size * self._worth
        if self.deadline == math.inf:
            self._left = min(self._span, self._left + worth)
        else:
            self.deadline = min(now + self._span, self.deadline + worth)

    def stop(self, now: float) -> None:
        """What keeps the peer waiting from here on is us."""
        if self.deadline != math.inf:
            self._left = max(0.0, self.deadline - now)
            self.deadline = math.inf
