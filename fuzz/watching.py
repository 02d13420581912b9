"""Somebody who watches every request, and holds the marks to the list of stations."""

from __future__ import annotations

from typing import Any

from fuzz.findings import Finding
from webfoot.trail import Trail
from webfoot.trail.stations import STATIONS

FACTS = {mark: frozenset(station.facts) for station in STATIONS for mark in station.marks}


class Watcher:
    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.trails: list[WatchedTrail] = []

    def begin(self) -> WatchedTrail:
        self.trails.append(WatchedTrail(self.findings))
        return self.trails[-1]


class WatchedTrail(Trail):
    """ends: how often it was ended; an application that was called ends it once, and nobody else does."""

    is_light = False

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.marks: list[str] = []
        self.ends = 0

    def mark(self, station: str, /, **facts: Any) -> None:
        self.marks.append(station)
        strange = facts.keys() - FACTS.get(station, frozenset())
        if strange:
            self.findings.append(Finding("trail", f"{station} carries {sorted(strange)}"))
        repr(facts)

    def end(self) -> None:
        self.ends += 1


def check_trails(watcher: Watcher, calls: int) -> None:
    """After the play: all trails of requests that an application got are ended, and none twice."""
    called = [trail for trail in watcher.trails if "app_entered" in trail.marks]
    if len(called) != calls:
        raise Finding("trail", f"{calls} calls of the application, {len(called)} trails that know of it")
    for trail in watcher.trails:
        if trail.ends > 1 or (trail in called and not trail.ends):
            raise Finding("trail", f"ended {trail.ends} times: {trail.marks}")
