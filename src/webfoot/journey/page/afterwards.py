"""What is done with journeys a moment after they have ended, when no request waits for it.

They are gone through for secrets; and once all is quiet they are written down, where they are to outlast a restart.
Under load most of them have made room for newer ones by then: nobody could have read them, nothing is spent on them.
"""

from __future__ import annotations

import asyncio
import atexit
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final

from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Entry, Kept

SOON: Final = 0.05
"""Seconds between two looks at what has ended."""

QUIET: Final = 0.3
"""Seconds in which nothing has ended until journeys are written down."""

_SETTLED_AT_ONCE: Final = 10  # before something else may run
_WRITTEN_TOGETHER: Final = 4
_WRITTEN_IN_A_HURRY: Final = 20  # when the process is about to end
_AT_THE_END: Final = 100  # and when it does
_MOST_AT_ONCE: Final = 2 * 1024 * 1024  # bytes of memory, about, of what is written down at once
_HOLDS: Final = 0.005  # seconds, about, for which one look may hold up requests


class Afterwards:
    """Of the journeys in `kept`; what has left it meanwhile is left alone. keeping: None if nothing outlasts.

    gone: is told the ids of those that had to go because another one has become heavier.
    """

    def __init__(self, kept: Kept, keeping: Keeping | None, gone: Callable[[list[str]], None]) -> None:
        self._kept = kept
        self._keeping = keeping
        self._gone = gone
        self._unsettled: deque[Entry] = deque(maxlen=kept.most)
        self._unsaved: deque[Entry] = deque(maxlen=kept.most)
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False  # something has, since the last look
        self._quiet = 0.0
        if keeping is not None:
            atexit.register(self.save, _AT_THE_END)

    def ended(self, entry: Entry) -> None:
        """To be called in the event loop. Whoever reads the record before its turn has it settled himself."""
        self._ended = True
        self._unsettled.append(entry)
        if self._keeping is not None:
            self._unsaved.append(entry)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self._look)

    def forget(self) -> None:
        """Nothing of what has ended is to be written down any more."""
        self._unsaved.clear()
        if self._keeping is not None:
            self._keeping.rewrite([])

    def save_now(self) -> None:
        """The process is about to end: what can be saved in a moment."""
        self.save(_WRITTEN_IN_A_HURRY)

    def save(self, most: int, *, oldest_first: bool = False) -> None:
        """Write so many of those down that are not yet, and are still kept."""
        if self._keeping is None:
            return
        chosen: list[Entry] = []
        weight = 0
        while self._unsaved and len(chosen) < most and weight < _MOST_AT_ONCE:
            entry = self._unsaved.popleft() if oldest_first else self._unsaved.pop()
            if self._kept.get(entry.id) is entry:
                chosen.append(entry)
                weight += entry.weight
        lines: list[bytes] = []
        for entry in chosen if oldest_first else reversed(chosen):
            lines += entry.write_down()
            if self._kept.get(entry.id) is entry:  # and did not have to go for one before it
                self._gone(self._kept.weigh(entry, entry.memory))
        if lines and self._keeping.append(lines):
            self._keeping.rewrite([entry for entry in self._kept if entry.data])

    def _look(self) -> None:
        self._quiet = 0.0 if self._ended else self._quiet + SOON
        self._ended = False
        self._let_go()
        self._settle()
        if self._quiet >= QUIET:
            until = monotonic() + _HOLDS
            while self._unsaved and monotonic() < until:
                self.save(_WRITTEN_TOGETHER, oldest_first=True)
        is_over = not self._unsettled and not self._unsaved
        self._timer = None if is_over else asyncio.get_running_loop().call_later(SOON, self._look)

    def _let_go(self) -> None:
        """Of what had to make room meanwhile. A ring of heavy ones is short, and what waits here may be many."""
        for waiting in (self._unsettled, self._unsaved):
            while waiting and self._kept.get(waiting[0].id) is not waiting[0]:
                waiting.popleft()

    def _settle(self) -> None:
        left = _SETTLED_AT_ONCE
        while self._unsettled and left:
            entry = self._unsettled.popleft()
            if isinstance(entry.record, ThoroughRecord) and self._kept.get(entry.id) is entry:
                entry.record.settle()
                self._gone(self._kept.weigh(entry, entry.memory))  # what was compressed is not any more
                left -= 1
