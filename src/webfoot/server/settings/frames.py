"""A traceback cut down to the frames of the user's own code."""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import webfoot

_OURS = str(Path(webfoot.__file__).parent)
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def own_frames(error: BaseException) -> str:
    """The traceback of `error` with its causes, less the frames of the import system, of libraries and of webfoot.

    An error that arose within libraries only keeps the libraries' frames: a traceback without a place helps nobody.
    """
    report = traceback.TracebackException.from_exception(error, compact=True)
    _trim(report)
    return "".join(report.format())


def frames_less_ours(error: BaseException, without: Callable[[str], str] | None = None) -> str:
    """As `own_frames`, but with the frames of libraries. `without`: what is done to the messages."""
    report = traceback.TracebackException.from_exception(error, compact=True)
    _trim(report, keeps_libraries=True)
    if without is not None:
        _reword(report, without)
    return "".join(report.format())


def all_frames(error: BaseException, without: Callable[[str], str]) -> str:
    """The traceback as Python prints it; `without` as in `frames_less_ours`."""
    report = traceback.TracebackException.from_exception(error, compact=True)
    _reword(report, without)
    return "".join(report.format())


def _reword(report: Any, without: Callable[[str], str]) -> None:
    """Not the lines of the code: a client must not choose which of them can be read."""
    report._str = without(str(report._str))  # the only place, in all Pythons from 3.8 on
    notes = report.__notes__
    if isinstance(notes, list | tuple):
        report.__notes__ = [without(str(note)) for note in notes]
    for other in (report.__cause__, report.__context__, *(report.exceptions or ())):
        if other is not None:
            _reword(other, without)


def place_of(error: BaseException) -> str:
    """`file:line` of the user's innermost frame, as seen from the current directory, or "" where there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return seen_from_here(f"{error.filename}:{error.lineno}")
    mine = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame)]
    return seen_from_here(f"{mine[-1].filename}:{mine[-1].lineno}") if mine else ""


def seen_from_here(place: str) -> str:
    """`/home/emma/ducks/main.py:24 in work` -> `main.py:24 in work`, in /home/emma/ducks."""
    try:
        return place.removeprefix(os.path.join(os.getcwd(), ""))
    except OSError:  # that directory was removed
        return place


def has_own_frames(error: BaseException) -> bool:
    """Whether code of the user ran before `error` was raised."""
    return any(_is_users(frame) for frame in traceback.extract_tb(error.__traceback__))


def _trim(report: traceback.TracebackException, keeps_libraries: bool = False, is_cause: bool = False) -> None:
    """`is_cause`: a place in our own code, where somebody else's error has made us raise another, helps nobody."""
    frames = [frame for frame in report.stack if not is_machinery(frame.filename)]
    mine = [frame for frame in frames if keeps_libraries or _is_users(frame)]
    ours = report.stack if keeps_libraries and not is_cause else []
    report.stack = traceback.StackSummary.from_list(mine or frames or ours)
    for other in (report.__cause__, report.__context__):
        if other is not None:
            _trim(other, keeps_libraries, is_cause=True)
    for other in report.exceptions or ():
        _trim(other, keeps_libraries, is_cause)


def is_ours(filename: str) -> bool:
    return filename.startswith(_OURS)


def is_of_user(filename: str) -> bool:
    """Whether code from this file is neither ours nor a library's."""
    return not is_machinery(filename) and not filename.startswith(_LIBRARIES)


def is_machinery(filename: str) -> bool:
    """Whether it is ours, or of the import system."""
    return is_ours(filename) or filename.startswith("<frozen importlib") or "/importlib/" in filename


def _is_users(frame: traceback.FrameSummary) -> bool:
    return is_of_user(frame.filename)
