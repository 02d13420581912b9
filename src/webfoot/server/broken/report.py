"""What failed, as data: the chain of exceptions, the user's frames of each, and the source around them."""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from webfoot.server.settings.frames import is_machinery, is_of_user

_AROUND: Final = 5
"""Lines of source shown on each side."""

_MOST_SHOTS: Final = 12
_MOST_LINKS: Final = 6
_LONGEST_LINE: Final = 300
_LONGEST_TEXT: Final = 4000

_CAUSE: Final = "The exception above was the cause of this one:"
_CONTEXT: Final = "While the exception above was handled, this one came:"


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame. lines: number and text of those around `line`; none where the source cannot be read."""

    file: str
    line: int
    function: str
    lines: Sequence[tuple[int, str]]

    @property
    def place(self) -> str:
        """`main.py:12`, relative to the working directory where it lies below."""
        return f"{self.file.removeprefix(os.getcwd() + os.sep)}:{self.line}"


@dataclass(frozen=True, slots=True)
class Link:
    """One exception of a chain. before: what leads from the one in front of it to this one. left_out: frames."""

    before: str
    error: str
    shots: Sequence[Shot]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """sentence: what the terminal says. traceback: as it is printed there. chain: the first exception first."""

    sentence: str
    traceback: str = ""
    chain: Sequence[Link] = ()


def report_on(failure: BaseException, trace: str = "") -> Report:
    """`failure` says in one sentence what its cause, an exception of the user's code, led to."""
    cause = failure.__cause__
    if cause is None:
        return Report(_cut(str(failure), _LONGEST_TEXT), trace)
    linecache.checkcache()  # whoever develops changes files while they are remembered
    chain = [*_chain(traceback.TracebackException.from_exception(cause, compact=True))]
    return Report(_cut(str(failure), _LONGEST_TEXT), trace, chain[-_MOST_LINKS:])


def _chain(error: traceback.TracebackException, before: str = "") -> Iterator[Link]:
    if error.__cause__ is not None:
        yield from _chain(error.__cause__)
        before = _CAUSE
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _chain(error.__context__)
        before = _CONTEXT
    shots = [*_shots(error)]
    said = _cut("".join(error.format_exception_only()).strip(), _LONGEST_TEXT)
    yield Link(before, said, shots[-_MOST_SHOTS:], max(0, len(shots) - _MOST_SHOTS))


def _shots(error: traceback.TracebackException) -> Iterator[Shot]:
    frames = [frame for frame in error.stack if not is_machinery(frame.filename)]
    for frame in [frame for frame in frames if is_of_user(frame.filename)] or frames:
        yield _shot(frame.filename, frame.lineno or 0, frame.name)
    if filename := getattr(error, "filename", None):  # which only a SyntaxError has
        yield _shot(filename, int(error.lineno or 0), "")


def _shot(file: str, line: int, function: str) -> Shot:
    first = max(1, line - _AROUND)
    source = linecache.getlines(file)[first - 1 : line + _AROUND]
    lines = [(first + at, _cut(text.rstrip(), _LONGEST_LINE)) for at, text in enumerate(source)]
    return Shot(file, line, function, lines)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
