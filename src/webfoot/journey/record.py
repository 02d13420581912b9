"""The journey of one request as it was recorded, and the ring that holds the last of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter_ns, time
from typing import NamedTuple

from webfoot.asgi.types import ASGIApp
from webfoot.journey import redact
from webfoot.journey.failure import failure_of
from webfoot.trail import STATIONS, StationName

ENDS: frozenset[StationName] = frozenset(("kept_alive", "closed"))
# A stream marks these once for each piece; enough of them are kept to see how it began.
REPEATING: frozenset[StationName] = frozenset(("bytes_received", "response_body", "bytes_encoded", "bytes_sent"))
MOST_REPEATS = 100
MOST_MARKS = 1000
_LONGEST_SENTENCE = 400  # characters of what a layer says of its decision
_SPECIAL: frozenset[StationName] = ENDS | {"route_matched", "app_entered"}
BEFORE_A_REQUEST: frozenset[StationName] = frozenset(("connected", "secured", "chosen", "closed"))


class Mark(NamedTuple):
    at: int  # perf_counter_ns
    station: StationName
    facts: dict[str, object]


class Record:
    """One request's marks in the order in which they were made; implements `webfoot.trail.Trail`.

    `done` becomes true once the connection was kept or closed and the application, if it was called, has returned;
    so the clean-up of dependencies and background tasks are part of it. A mark that comes later still is added.
    """

    __slots__ = ("_app_runs", "_connection_ended", "_kept", "_marks", "_on_done", "done", "left_out", "started_at")

    def __init__(self, on_done: Callable[[Record], None] | None = None) -> None:
        self.done = False
        self.left_out = 0  # marks beyond the bound
        self.started_at = time()  # wall clock, seconds since the epoch
        self._kept: list[tuple[int, StationName, dict[str, object]]] = []
        self._marks: list[Mark] = []
        self._on_done = on_done
        self._app_runs = False
        self._connection_ended = False

    def mark(self, station: StationName, /, **facts: object) -> None:
        at = perf_counter_ns()
        kept = self._kept
        if len(kept) >= MOST_REPEATS and (station in REPEATING or len(kept) >= MOST_MARKS) and station not in ENDS:
            self.left_out += 1
            return
        if station in _SPECIAL:
            self._mark_special(station, facts)
        cleaners = _CLEANERS.get(station)
        if cleaners is not None and facts:
            for name, value in facts.items():
                clean = cleaners.get(name)
                if clean is not None:
                    facts[name] = _cleaned(clean, value)
        kept.append((at, station, facts))
        if self._connection_ended and not self._app_runs:
            self._finish()

    def _mark_special(self, station: StationName, facts: dict[str, object]) -> None:
        if station == "route_matched":
            self._hide_secret_path_params(facts)
        elif station == "app_entered":
            self._app_runs = facts.get("outcome") == "called"
        else:
            self._connection_ended = True

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
        if self._on_done is not None:
            try:
                self._on_done(self)
            except Exception as error:  # whoever listens must not break the request that is listened to
                self._kept[-1][2]["listener_failed"] = failure_of(error)

    @property
    def marks(self) -> list[Mark]:
        """All that was kept, in the order of time. Built when it is read, so that recording stays cheap."""
        self._marks += map(Mark._make, self._kept[len(self._marks) :])
        return self._marks

    def _hide_secret_path_params(self, facts: dict[str, object]) -> None:
        """Only the router knows that the last part of /reset/abc123 is a token; the path is stored already by then."""
        for secret in redact.secrets_in_path(facts.get("path_params"), facts.get("route"), facts.get("path")):
            for known in (facts, *(kept for _, _, kept in self._kept)):
                for path in ("target", "path", "root_path"):
                    if isinstance(text := known.get(path), str):
                        known[path] = text.replace(secret, redact.REDACTED)

    def all(self, *stations: StationName) -> Iterator[Mark]:
        return (mark for mark in self.marks if mark.station in stations)

    def first(self, station: StationName) -> Mark | None:
        return next(self.all(station), None)

    def last(self, station: StationName) -> Mark | None:
        return next((mark for mark in reversed(self.marks) if mark.station == station), None)

    def fact(self, station: StationName, name: str) -> object:
        """The latest word of `station` about `name`; None if it said nothing."""
        return next(
            (mark.facts[name] for mark in reversed(self.marks) if mark.station == station and name in mark.facts), None
        )

    def header(self, name: str) -> str | None:
        """A field of the request, its value redacted if it is a secret."""
        fields = self.fact("head_parsed", "headers")
        return dict(redact.readable(fields)).get(name) if isinstance(fields, list) else None

    @property
    def took_ns(self) -> int:
        """Nanoseconds from the first mark to the last one."""
        return self.marks[-1].at - self.marks[0].at if self.marks else 0

    @property
    def method(self) -> str | None:
        return _text(self.fact("head_parsed", "method") or self.fact("route_matched", "method"))

    @property
    def target(self) -> str | None:
        """The request target as it arrived, secrets in its query replaced."""
        target = self.fact("head_parsed", "target") or self.fact("scope_built", "path")
        return _text(target or self.fact("route_matched", "path"))

    @property
    def status(self) -> int | None:
        """The status that went to the client: as it was encoded, else the last one that anybody spoke of."""
        spoken: object = None
        for mark in self.all("response_started", "app_entered", "head_accepted"):
            spoken = mark.facts.get("status", spoken)
        status = self.fact("bytes_encoded", "status") or spoken
        return status if isinstance(status, int) else None

    @property
    def is_empty(self) -> bool:
        """A connection on which no request began."""
        return all(mark.station in BEFORE_A_REQUEST for mark in self.marks)


class Recorder:
    """Keeps the last journeys; implements `webfoot.trail.Watcher`.

    `capacity`: how many finished journeys are kept, the oldest go first. `on_done` is called with each of them.
    """

    def __init__(self, capacity: int = 200, on_done: Callable[[Record], None] | None = None) -> None:
        self._finished: deque[Record] = deque(maxlen=capacity)
        self._on_done = on_done

    def begin(self) -> Record:
        return Record(self._finish)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return app

    def _finish(self, record: Record) -> None:
        if record.is_empty:
            return
        self._finished.append(record)
        if self._on_done is not None:
            self._on_done(record)

    @property
    def records(self) -> list[Record]:
        """Finished journeys, the oldest first."""
        return list(self._finished)


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def _cleaned(clean: Callable[[object], object], value: object) -> object:
    try:
        return clean(value)
    except Exception:  # an application's object may refuse to be looked at
        return f"<{type(value).__qualname__} that cannot be shown>"


def _clean_target(value: object) -> object:
    text = _text(value)
    return redact.data(value) if text is None else redact.target(text)


def _clean_query(value: object) -> object:
    text = _text(value)
    return redact.data(value) if text is None else redact.query(text)


def _clean_cookies(value: object) -> object:
    """Every cookie may be somebody's key, so only the names stay."""
    return dict.fromkeys(map(str, value), redact.REDACTED) if isinstance(value, Mapping) else redact.data(value)


def _clean_sentence(value: object) -> object:
    return redact.free_text(str(value), _LONGEST_SENTENCE)


def _clean_error(value: object) -> object:
    return failure_of(value) if isinstance(value, BaseException) else redact.data(value)


# Facts by the name they go by in STATIONS; one that is not named here is data of bounded size by contract (a status,
# a size, the name of a route), so the common marks cost no more than an append.
_CLEANER_OF: dict[str, Callable[[object], object]] = {
    "allow": redact.data,
    "app": redact.described,
    "cookie": _clean_cookies,
    "error": _clean_error,
    "errors": redact.validation_errors,
    "header": redact.data,
    "headers": redact.headers,
    "keys": redact.data,
    "location": _clean_target,
    "near": redact.data,
    "path": _clean_target,
    "path_params": redact.data,
    "query": _clean_query,
    "reason": redact.data,
    "returned": redact.described,
    "root_path": _clean_target,
    "target": _clean_target,
    "tls": redact.data,
    "what": _clean_sentence,
}

_CLEANERS: dict[StationName, dict[str, Callable[[object], object]]] = {
    mark: cleaners
    for station in STATIONS
    if (cleaners := {name: _CLEANER_OF[name] for name in station.facts if name in _CLEANER_OF})
    for mark in station.marks
}
