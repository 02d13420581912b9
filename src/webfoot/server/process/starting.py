"""An application that takes long to be imported and to start up: the log says where it is, and there is a bound.

The event loop cannot do this: an import is no business of a loop, and code that blocks one runs none of its timers. So
it is a thread that looks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from webfoot.server.gateway.lifespan import StartupFailed
from webfoot.server.settings.places import place_in_start

if TYPE_CHECKING:
    from webfoot.server.gateway.lifespan import Lifespan
    from webfoot.server.process.worker import Worker

log = logging.getLogger("webfoot")

FIRST_WORD: Final = 5.0
"""Seconds before the first word; the next ones come after twice the time each."""

LENIENCE: Final = 3.0
"""Seconds beyond the bound for a loop that turns to end the start in its own way; and for a worker to say so."""


@dataclass(frozen=True, slots=True)
class SlowStart:
    """How long the application has been starting, in seconds, and the line that it stands at; "" if nobody knows."""

    seconds: float
    place: str

    def __str__(self) -> str:
        at = f" and is at {self.place}" if self.place else ""
        return f"the application has been starting for {self.seconds:g} s{at}"


class StartWatch:
    """The clock of one start, from before the import to the end of the application's start-up.

    bound: seconds that it may take; None: as long as it likes. `tell` is called with each word, in a thread.
    lifespan: once there is one. give_up: ends a process that nothing else can end; called in a thread.
    """

    def __init__(self, bound: float | None, tell: Callable[[SlowStart], None]) -> None:
        self.lifespan: Lifespan | None = None
        self._bound = bound
        self._tell = tell
        self.give_up: Callable[[StartupFailed], None] = lambda failure: None
        self._began: float | None = None
        self._ended = threading.Event()
        self._thread = threading.get_ident()

    def __enter__(self) -> None:
        if self._began is None:
            self._began = monotonic()
            self._thread = threading.get_ident()
            self._ended.clear()
            threading.Thread(target=self._watch, name="webfoot start", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._ended.set()
        self._began = None

    @property
    def left(self) -> float | None:
        """Seconds of the bound."""
        if self._bound is None or self._began is None:
            return None
        return self._bound - (monotonic() - self._began)

    def failure(self, place: str) -> StartupFailed:
        at = f"; it was at {place}" if place else ""
        return StartupFailed(
            f"the application did not start within {self._bound:g} s{at} (timeout_startup gives it more time)"
        )

    def _watch(self) -> None:
        began = self._began
        if began is None:
            return
        for seconds in self._moments():
            if self._ended.wait(began + seconds - monotonic()):
                return
            place = place_in_start(self._thread, self.lifespan.task if self.lifespan is not None else None)
            if self._bound is None or seconds < self._bound:
                self._tell(SlowStart(seconds, place))
            else:
                self.give_up(self.failure(place))

    def _moments(self) -> Iterator[float]:
        """Seconds after the beginning: those of the words, and the last one."""
        seconds = FIRST_WORD
        while self._bound is None or seconds < self._bound:
            yield seconds
            seconds *= 2
        yield self._bound + LENIENCE


class SlowStarts:
    """What workers say of their slow starts, as their parent tells it: once, if they all stand at the same line."""

    def __init__(self) -> None:
        self._told: dict[SlowStart, float] = {}

    def look_at(self, worker: Worker) -> None:
        word, worker.slow_start = worker.slow_start, None
        now = monotonic()
        if word is not None and (word not in self._told or now - self._told[word] >= word.seconds):
            self._told[word] = now
            log.warning("worker %d: %s", worker.pid, word)
