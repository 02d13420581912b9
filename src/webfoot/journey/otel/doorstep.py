"""The trail of a request of which nobody knows yet whether it is sampled."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final, Protocol

from webfoot.asgi.types import ASGIApp
from webfoot.journey.record import Record
from webfoot.trail import StationName
from webfoot.trail.held import Hold
from webfoot.trail.trail import client_left, tell_sent

_WANTED: Final = frozenset(("head_parsed", "head_accepted", "scope_built", "app_entered"))
"""What the sentence for the answer may need of the way to the application."""


class Listens(Protocol):
    def done(self, record: Record) -> None:
        """A request has ended."""


class Doorstep:
    """Notes when the request came; the rest waits for the sampler. What it holds until then goes with the request."""

    __slots__ = ("_early", "_hand_on", "_listener", "_record", "came")

    is_light = False

    def __init__(self, listener: Listens) -> None:
        self._listener = listener
        self._early: list[tuple[StationName, dict[str, Any]]] | None = []
        self._record: Record | None = None
        self._hand_on: Callable[..., None] | None = None
        self.came: int | None = None  # perf_counter_ns of the first bytes

    def mark(self, station: StationName, /, **facts: Any) -> None:
        if self._hand_on is not None:
            self._hand_on(station, **facts)
        elif self._early is not None:
            if station == "bytes_received":
                if self.came is None:
                    self.came = perf_counter_ns()
            elif station in _WANTED:
                self._early.append((station, facts))
                if station == "head_accepted" and facts.get("status") is not None:
                    self.record_now()  # refused by the server: no sampler is asked on the way

    def record_now(self) -> Record:
        """The journey from here on, with what is known of the way to here."""
        if self._record is None:
            self._record = Record(self._listener.done)
            hand_on = self._hand_on = self._record.mark
            for station, facts in self._early or ():
                hand_on(station, **facts)
            self._early = None
        return self._record

    def turn_away(self) -> None:
        """Not sampled: nothing is heard any more."""
        self._early = None

    def note(self, station: StationName, facts: dict[str, Any], /) -> None:
        self.mark(station, **facts)

    def before(self, station: StationName, /, **facts: Any) -> None:
        pass

    def left(self) -> None:
        client_left(self._record)

    def learn_sent(self, sent: object) -> None:
        tell_sent(self._record, sent)

    def held(self, hold: Hold) -> None:
        if self._record is not None:
            self._record.held(hold)

    def end(self) -> None:
        if self._record is not None:
            self._record.end()

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        return app
