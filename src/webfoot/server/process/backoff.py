"""How fast what dies is started again."""

from __future__ import annotations


class Backoff:
    """How long to wait before the next try: 0, 0.5, 1, 2 ... 30 seconds, from the start again after a quiet minute."""

    FIRST, LONGEST, QUIET = 0.5, 30.0, 60.0

    def __init__(self) -> None:
        self._failures = 0
        self._last = 0.0

    def failed(self, now: float) -> float:
        """The pause after a failure at `now` (monotonic seconds)."""
        self._failures = 0 if now - self._last > self.QUIET else self._failures + 1
        self._last = now
        return min(self.FIRST * 2 ** (self._failures - 1), self.LONGEST) if self._failures else 0.0
