"""A difference between two journeys of one request, as it is drawn on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from webfoot.journey.redact import printable
from webfoot.journey.saved.difference import Difference, Step
from webfoot.journey.saved.frames import SentFrame
from webfoot.journey.terminal import DIM, GREEN, RED, YELLOW, Paint

_LONGEST: Final = 200  # letters of a value that differs


def drawn(request: str, found: Difference, *, shows_all: bool, paint: Paint) -> Iterator[str]:
    """`request`: its method and target. Lines without their ends."""
    yield paint(printable(request), 1)
    for step in found.steps:
        if shows_all or step.kind != "same":
            yield from _step(step, paint)
    frames = [frame for frame in found.frames if shows_all or frame.kind != "same"]
    if frames:
        yield "  sent by the application:"
    for frame in frames:
        yield from _frame(frame, paint)
    for name, (was, now) in found.outcome.items():
        yield f"  {name}:"
        yield paint(f"    - {_short(was)}", RED)
        yield paint(f"    + {_short(now)}", GREEN)
    for sentence in found.not_compared:
        yield paint(f"  not compared: {printable(sentence)}", DIM)
    was_us, now_us = found.took_us
    if was_us and now_us:
        yield paint(f"  took {was_us / 1000:.1f} ms, now {now_us / 1000:.1f} ms (in a process of its own)", DIM)
    yield _summed_up(found, paint)


def _step(step: Step, paint: Paint) -> Iterator[str]:
    at = f"{step.station} {printable(step.what)}".rstrip()
    match step.kind:
        case "same":
            yield paint(f"  = {at}: {printable(step.now or '')}", DIM)
        case "only before":
            yield paint(f"  - {at}: {printable(step.before or '')}", RED)
        case "only now":
            yield paint(f"  + {at}: {printable(step.now or '')}", GREEN)
        case _:
            yield paint(f"  ~ {at}", YELLOW)
            for name, (was, now) in step.facts.items():
                yield f"      {name}: {_short(was)} -> {_short(now)}"


def _frame(frame: SentFrame, paint: Paint) -> Iterator[str]:
    if frame.kind == "same":
        yield paint(f"    = {_short(frame.now)}", DIM)
        return
    if frame.before is not None:
        yield paint(f"    - {_short(frame.before)}", RED)
    if frame.now is not None:
        yield paint(f"    + {_short(frame.now)}", GREEN)


def _short(value: object) -> str:
    text = printable(value if isinstance(value, str) else json.dumps(value, default=str))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _summed_up(found: Difference, paint: Paint) -> str:
    if found.is_none:
        as_far = ", as far as it was kept" if found.not_compared else ""
        return paint(f"the same way, and the same answer{as_far}", GREEN)
    count = sum(step.kind != "same" for step in found.steps)
    stations = f"{count} station{'s' * (count != 1)}" if count else "no station"
    answer = "the same answer" if found.is_same_answer else "another answer"
    return paint(f"{stations} on another way, {answer}", YELLOW)
