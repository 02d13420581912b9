"""The journey of one request as it was recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from time import perf_counter_ns
from typing import Any, Protocol

from webfoot.asgi.types import ASGIApp
from webfoot.journey.cleaning import (
    AT_ONCE,
    Secrets,
    clean_at_once,
    learn_sent,
    learn_values,
)
from webfoot.journey.failure import failure_of
from webfoot.journey.marks import Kept, Marks
from webfoot.journey.timing.times import Times
from webfoot.trail import STATIONS, StationName
from webfoot.trail.held import Hold

ENDS: frozenset[StationName] = frozenset(("kept_alive", "closed"))
# A stream marks these once for each piece; enough of them are kept to see how it began.
REPEATING: frozenset[StationName] = frozenset(("bytes_received", "response_body", "bytes_encoded", "bytes_sent"))
MOST_REPEATS = 100
MOST_MARKS = 1000


_TURNS: frozenset[StationName] = ENDS | {"scope_built", "app_entered", "route_matched"}
_PLAIN: frozenset[StationName] = frozenset(
    mark for station in STATIONS if AT_ONCE.isdisjoint(station.facts) for mark in station.marks if mark not in _TURNS
)
"""Marks at which there is nothing to do but to keep them."""

_numbers = count(1)


@cache
def _process() -> int:
    return os.getpid()  # a call of the system, which not everywhere costs nothing


os.register_at_fork(after_in_child=_process.cache_clear)


class Companion(Protocol):
    """Somebody who follows a request while it is under way, has to be quick and keeps nothing of what is told here."""

    def begun(self, record: Record, kept: Kept) -> None:
        """The scope was built, as the last mark says."""

    def found(self, record: Record, kept: Kept) -> None:
        """The router has decided, as the last mark says, and a part of the path is a parameter."""

    def called(self, record: Record, kept: Kept) -> None:
        """The application was called, as the last mark says, for a request that has an id."""

    def ended(self, record: Record, kept: Kept) -> None:
        """All is over."""


class Record(Marks):
    """One request's marks in the order in which they were made; implements `webfoot.trail.Trail`.

    `done` becomes true once the connection was kept or closed and the application, if it was called, has returned;
    so the clean-up of dependencies and background tasks are part of it. A mark that comes later still is added.

    A mark is kept as it came and cleaned (see `cleaning`) when somebody reads it, but for exceptions, which hold on to
    all that the application had in its hands: those are cleaned at once. When all is over, what nobody has read is
    cleaned too (of a `ThoroughRecord` a moment later), so that nothing of the application's is kept beyond the request.

    companion, row: for whoever follows the request while it is under way. tellers: for an answer of the server's own
    each gives the fields that it adds. on_left: called when the client has left before the answer was whole, and the
    application still runs. Neither is set where there are none.
    """

    __slots__ = (
        "_app_runs",
        "_asking",
        "_connection_ended",
        "_on_done",
        "companion",
        "done",
        "has_failed",
        "holds",
        "left_at",
        "left_out",
        "number",
        "on_left",
        "row",
        "tellers",
        "times",
    )

    on_left: Callable[[Record], None]
    tellers: Sequence[Callable[[Record, int], list[tuple[bytes, bytes]]]]
    is_unwanted = False  # by those who hear of journeys

    def __init__(
        self,
        on_done: Callable[[Record], None] | None = None,
        companion: Companion | None = None,
        is_light: bool = False,
    ) -> None:
        self.is_light = is_light
        self.number = next(_numbers)
        self.done = False
        self.left_at = 0  # when the client did, before it had its answer (`perf_counter_ns`); 0: it did not
        self.left_out = 0  # marks beyond the bound
        self.has_failed = False  # the application has
        self.holds: Sequence[Hold] = ()  # of the event loop, while this was under way
        self.times: Times | None = None  # where the time went, for those who have it measured
        self.companion = companion
        self.row = 0
        self._started_at = 0.0
        self._kept = []
        self._marks = []
        self._cleaned = 0
        self._secrets = None
        self._on_done = on_done
        self._asking: list[Callable[[str], None]] | None = None  # for the reason; see `explaining`
        self._app_runs = False
        self._connection_ended = False

    def mark(self, station: StationName, /, **facts: object) -> None:
        kept = self._kept
        if len(kept) >= MOST_REPEATS and self._is_too_much(station):
            return
        kept.append((perf_counter_ns(), station, facts))
        if station in _PLAIN:
            return
        if station in _TURNS:
            self._turn(station, facts)
        elif "error" in facts or "errors" in facts or "values" in facts:
            if facts.get("values"):
                self._learn_values(facts["values"])
            clean_at_once(facts)

    def note(self, station: StationName, facts: dict[str, Any], /) -> None:
        kept = self._kept
        if len(kept) >= MOST_REPEATS and self._is_too_much(station):
            return
        kept.append((perf_counter_ns(), station, facts))
        if station in _TURNS:
            self._turn(station, facts)

    def _learn_values(self, values: object) -> None:
        """They are told only to a thorough record, and only there are fields of a form known by their names."""
        if self._secrets is None:
            self._secrets = Secrets()
        learn_values(self._secrets, values)

    def learn_sent(self, sent: object) -> None:
        """See `webfoot.trail.trail.tell_sent`."""
        secrets = self._secrets or Secrets()
        learn_sent(secrets, sent)
        if secrets:
            self._secrets = secrets

    def _is_too_much(self, station: StationName) -> bool:
        if station in ENDS or (station not in REPEATING and len(self._kept) < MOST_MARKS):
            return False
        self.left_out += 1
        return True

    def _turn(self, station: StationName, facts: dict[str, Any]) -> None:
        """The request has come to where somebody follows it, or the journey ends."""
        if station == "scope_built":
            if self.companion is not None:
                try:  # as `_accompany` does: this happens in every request
                    self.companion.begun(self, self._kept)
                except Exception as error:
                    facts["listener_failed"] = failure_of(error)
            return
        if station == "route_matched":
            if self.companion is not None and facts.get("path_params"):
                self._accompany(self.companion.found)
            return
        if station == "app_entered":
            self._app_runs = facts.get("outcome") == "called"
            if not self._app_runs:
                self.has_failed = True
                clean_at_once(facts)
            elif facts.get("request_id") and self.companion is not None:
                self._accompany(self.companion.called)
        else:
            self._connection_ended = True
            if station == "closed" and self._app_runs:
                self.left()
        if self._connection_ended and not self._app_runs:
            self._finish()

    def _accompany(self, step: Callable[[Record, Kept], None]) -> None:
        try:
            step(self, self._kept)
        except Exception as error:  # whoever follows must not break the request that is followed
            self._kept[-1][2]["listener_failed"] = failure_of(error)

    def left(self) -> None:
        """See `webfoot.trail.trail.client_left`. Those who want to know it at once are told."""
        if self.left_at or self.done or self.was_at("response_ended"):
            return
        self.left_at = perf_counter_ns()
        tell = getattr(self, "on_left", None)
        if tell is not None:
            try:
                tell(self)
            except Exception as error:
                self._kept[-1][2]["listener_failed"] = failure_of(error)

    def before(self, station: StationName, /, **facts: object) -> None:
        """Nothing is kept of it: what is marked then tells how long it took."""

    def held(self, hold: Hold) -> None:
        if len(self.holds) < MOST_REPEATS:
            self.holds = (*self.holds, hold)

    def answer_fields(self, status: int) -> list[tuple[bytes, bytes]]:
        """See `webfoot.trail.trail.answer_fields`."""
        try:
            return [field for tell in getattr(self, "tellers", ()) for field in tell(self, status)]
        except Exception as error:  # whoever has something to say must not break the answer
            self._kept[-1][2]["listener_failed"] = failure_of(error)
            return []

    def end(self) -> None:
        self._app_runs = False
        if self._connection_ended:
            self._finish()

    def onward(self, app: ASGIApp, name: str, index: int) -> ASGIApp:
        return app

    def _finish(self) -> None:
        if self.done:
            return
        self.done = True
        try:
            if self.companion is not None:
                self.companion.ended(self, self._kept)
                self.companion = None  # whoever holds on to a record shall not hold on to it
            if self._asking is not None:
                self._answer()
            if self._on_done is not None:
                self._on_done(self)
        except Exception as error:  # whoever listens must not break the request that is listened to
            self._kept[-1][2]["listener_failed"] = failure_of(error)
        self._settle()

    def _answer(self) -> None:
        """Give those who ask the reason; see `explaining`."""

    def _settle(self) -> None:
        """All is over: from now on nothing of the application's objects may be held."""
        self._clean_now()

    @property
    def id(self) -> str:
        """Unique among the processes of a server: `4711-17`."""
        return f"{_process()}-{self.number}"
