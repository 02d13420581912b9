"""Whether a worker's event loop turns: it is asked every few seconds, and has to answer."""

from __future__ import annotations

import math
from typing import Final

_LONGEST_PAUSE: Final = 5.0


class Pulse:
    """The clock of one worker. Times are monotonic seconds.

    patience: how long an answer may take; None: nothing is ever asked.
    due: when to look again: to ask, or because the answer has not come. `start_by` until `start`.
    """

    def __init__(self, patience: float | None, start_by: float = math.inf) -> None:
        self.due = start_by
        self.is_asked = False
        self._patience = patience

    def start(self, now: float) -> None:
        """It serves, or has answered: leave it alone for a while."""
        self.is_asked = False
        self.due = math.inf if self._patience is None else now + min(self._patience / 3, _LONGEST_PAUSE)

    def ask(self, now: float) -> None:
        if self._patience is not None:
            self.is_asked = True
            self.due = now + self._patience

    def stop(self) -> None:
        self.due = math.inf

    def forgive(self, seconds: float) -> None:
        """We were stopped, or had no processor, for so long; the worker may have been, too."""
        self.due += seconds
