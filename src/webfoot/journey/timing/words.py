"""The parts of a request's time in words, and as shares of a bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, NamedTuple

from webfoot.journey.timing.split import Split

WORDS: Final = {
    "client": "waiting for the client",
    "loop_lag": "waiting for the event loop",
    "thread_queue": "waiting for a free thread",
    "awaits": "your awaits",
    "cpu": "your code",
    "write_stall": "the client reads slowly",
    "server": "server",
}
_LEAST: Final = 200  # one part in so many is too little to be spoken of


class Part(NamedTuple):
    name: str
    words: str
    ns: int
    cells: int


def parts_of(split: Split, cells: int) -> list[Part]:
    """Those that are worth it, in the order of `Split`, with their shares of a bar of `cells` letters."""
    spent = {name: ns for name, ns in asdict(split).items() if ns > split.total // _LEAST}
    given = shares(spent, cells)
    return [Part(name, WORDS[name], ns, given[name]) for name, ns in spent.items()]


def shares(parts: Mapping[str, int], cells: int) -> dict[str, int]:
    """`cells` shared out by the size of the parts, of which each gets one at least; there are more cells than parts."""
    total = sum(parts.values())
    given = {name: max(1, round(size * cells / total)) for name, size in parts.items()}
    if given:
        largest = max(given, key=lambda name: given[name])
        given[largest] += cells - sum(given.values())
    return given
