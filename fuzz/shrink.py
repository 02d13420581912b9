"""Shorten an input for as long as it shows the same kind of finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fuzz.findings import Finding
from fuzz.inputs import Input

TRIES_AT_MOST = 20_000


def kind_of(run: Callable[[bytes], None], data: bytes) -> str | None:
    try:
        run(data)
    except Finding as finding:
        return finding.kind
    return None


def shrink(run: Callable[[bytes], None], data: bytes) -> bytes:
    """The shortest input found. Raises ValueError if `data` shows nothing."""
    kind = kind_of(run, data)
    if kind is None:
        raise ValueError("this input shows nothing")
    best = Input.read(data)
    tries, better = 0, True
    while better:
        better = False
        for shorter in _shorter(best):
            tries += 1
            if tries > TRIES_AT_MOST:
                return best.write()
            if kind_of(run, shorter.write()) == kind:
                best, better = shorter, True
                break
    return best.write()


def _shorter(given: Input) -> Iterator[Input]:
    """Inputs with less in them: large pieces are taken out first, then decisions made plainer."""
    for wire in _less(given.wire):
        yield Input(given.driver, given.apps, wire)
    for driver in (*_less(given.driver), *_plainer(given.driver)):
        yield Input(driver, given.apps, given.wire)
    for apps in (*_less(given.apps), *_plainer(given.apps)):
        yield Input(given.driver, apps, given.wire)


def _less(part: bytes) -> Iterator[bytes]:
    size = len(part)
    while size:
        for start in range(0, len(part), size):
            yield part[:start] + part[start + size :]
        size //= 2


def _plainer(decisions: bytes) -> Iterator[bytes]:
    for place, decision in enumerate(decisions):
        if decision:
            yield decisions[:place] + b"\0" + decisions[place + 1 :]
