"""The marks of one journey, to be read: what nobody has read yet is not clean."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import perf_counter_ns, time
from typing import Any, NamedTuple, TypeAlias

from webfoot.journey import redact
from webfoot.journey.cleaning import CARED_FOR, NEEDS_CARE, PLAIN, Secrets, clean, plain_target, text_of
from webfoot.trail import StationName

_SPEAK_OF_STATUS: frozenset[StationName] = frozenset(("response_started", "app_entered", "head_accepted"))
BEFORE_A_REQUEST: frozenset[StationName] = frozenset(("connected", "secured", "chosen", "closed"))


class Mark(NamedTuple):
    at: int  # perf_counter_ns
    station: StationName
    facts: dict[str, object]


Step: TypeAlias = "tuple[int, StationName, dict[str, Any]]"
"""A mark as it came, not clean: when (`perf_counter_ns`), station, facts."""
Kept: TypeAlias = "list[Step]"
"""In the order of time."""


class Marks:
    """In the order in which they were made. Each is cleaned (see `cleaning`) when somebody reads it.

    is_light: of a trail that is told less; see `webfoot.trail.Trail`. `Record`, which there is one of for each request
    and which has to be made quickly, sets all of these itself.
    """

    __slots__ = ("_cleaned", "_kept", "_marks", "_secrets", "_started_at", "is_light")

    _cleaned: int  # so many of them are clean
    _kept: Kept
    _marks: list[Mark]
    _secrets: Secrets | None
    _started_at: float
    is_light: bool

    @property
    def kept(self) -> Kept:
        """The marks as they came, for whoever has to be quick and keeps nothing.

        It is not clean: only times may be told of it, and names that the code has given.
        """
        return self._kept

    def without_secrets(self, value: Any) -> Any:
        """A text, or data that holds texts, without what the request has shown to be secrets so far."""
        self._clean_now()
        return self._secrets.without(value) if self._secrets else value

    @property
    def is_read(self) -> bool:
        """Whether anybody has asked for what was kept, so that it is clean as far as it went then."""
        return self._secrets is not None

    def _clean_now(self) -> Kept:
        kept = self._kept
        if self._cleaned < len(kept):
            secrets = self._secrets
            if secrets is None:
                secrets = self._secrets = Secrets()
            for number in range(self._cleaned, len(kept)):
                _, station, facts = kept[number]
                if station in NEEDS_CARE or secrets:
                    clean(station, facts, islice(kept, number), secrets)
            self._cleaned = len(kept)
        return kept

    @property
    def marks(self) -> list[Mark]:
        """All that was kept, in the order of time, without secrets."""
        kept, marks = self._clean_now(), self._marks
        if len(marks) < len(kept):
            marks += map(Mark._make, kept[len(marks) :])
        return marks

    def all(self, *stations: StationName) -> Iterator[Mark]:
        found = [each for each in self._kept if each[1] in stations]
        if found:
            self._clean_now()
        return map(Mark._make, found)

    def was_at(self, station: StationName) -> bool:
        return any(each[1] == station for each in self._kept)

    def first(self, station: StationName) -> Mark | None:
        return next(self.all(station), None)

    def last(self, station: StationName) -> Mark | None:
        for each in reversed(self._kept):
            if each[1] == station:
                if station not in PLAIN:
                    self._clean_now()
                return Mark._make(each)
        return None

    def fact(self, station: StationName, name: str) -> object:
        """The latest word of `station` about `name`; None if it said nothing."""
        for _, at, facts in reversed(self._kept):
            if at == station and name in facts:
                if name in CARED_FOR:
                    self._clean_now()
                return facts[name]
        return None

    def header(self, name: str) -> str | None:
        """A field of the request, its value redacted if it is a secret."""
        fields = self.fact("head_parsed", "headers")
        return dict(redact.readable(fields)).get(name) if isinstance(fields, list) else None

    @property
    def took_ns(self) -> int:
        """Nanoseconds from the first mark to the last one."""
        return self._kept[-1][0] - self._kept[0][0] if self._kept else 0

    @property
    def method(self) -> str | None:
        return text_of(self.fact("head_parsed", "method") or self.fact("route_matched", "method"))

    @property
    def target(self) -> str | None:
        """The request target as it arrived, secrets in its query replaced."""
        if not self._cleaned:  # it is asked for after each request, and seldom is there anything to clean
            raw = plain_target(self._kept)
            if raw is not None:
                return raw
        target = self.fact("head_parsed", "target") or self.fact("scope_built", "path")
        return text_of(target or self.fact("route_matched", "path"))

    @property
    def status(self) -> int | None:
        """The status that went to the client: as it was encoded, else the last one that anybody spoke of."""
        spoken: object = None
        for _, station, facts in reversed(self._kept):
            if station == "bytes_encoded" and facts["status"]:
                spoken = facts["status"]
                break
            if station == "response_started" and (self.is_light or spoken is None):
                # It is encoded behind this, if at all; of a light trail only 4xx and 5xx are said to be.
                spoken = facts["status"]
                break
            if spoken is None and station in _SPEAK_OF_STATUS:
                spoken = facts.get("status")
        return spoken if isinstance(spoken, int) else None

    @property
    def started_at(self) -> float:
        """When the first mark was made, in seconds since the epoch."""
        if not self._started_at:
            ago = perf_counter_ns() - self._kept[0][0] if self._kept else 0
            self._started_at = time() - ago / 1e9
        return self._started_at

    @property
    def arrived_at(self) -> int:
        """When the first byte of the request did, in `perf_counter_ns`; a connection may be there long before."""
        for at, station, _ in self._kept:
            if station not in BEFORE_A_REQUEST:
                return at
        return 0

    @property
    def is_empty(self) -> bool:
        """A connection on which no request began."""
        return all(station in BEFORE_A_REQUEST for _, station, _ in self._kept)
