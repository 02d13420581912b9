"""How long a test waits for an application that says nothing, and how it tells where the application hangs."""

from __future__ import annotations

import asyncio
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

_STEP: Final = 0.05  # seconds
_DEBUGGERS: Final = ("bdb", "debugpy", "pydevd", "_pydevd")
_STDLIB: Final = sysconfig.get_path("stdlib")
_INSTALLED: Final = sysconfig.get_path("purelib")  # which may lie inside of it


async def patiently(news: asyncio.Event, seconds: float | None, excused: Callable[[], bool] = lambda: False) -> bool:
    """Wait for `news`, at most `seconds` of idle time. False when it did not come.

    It is counted in steps, so that what stands still does not count: the event loop while the application holds it,
    the whole process at a breakpoint, and whenever `excused()`.
    """
    if seconds is None or news.is_set():
        return await news.wait()
    while seconds > 0:
        step = min(_STEP, seconds)
        try:
            async with asyncio.timeout(step):
                return await news.wait()
        except TimeoutError:
            if not excused() and not at_breakpoint():
                seconds -= step
    return False


def at_breakpoint() -> bool:
    """Whether a debugger has stopped one of the threads."""
    return any(map(_in_debugger, sys._current_frames().values()))


def place_of_thread(ident: int | None) -> str:
    """Where a thread is now, less the standard library: `, in ducks.py line 12 (quack)`. Empty if that is not known."""
    frame = sys._current_frames().get(ident or 0)
    while frame is not None and _in_stdlib(frame):
        frame = frame.f_back
    return _told(frame)


def place_of_task(task: asyncio.Task[Any]) -> str:
    """Where a task waits; as `place_of_thread`."""
    awaited: Any = task.get_coro()
    place: FrameType | None = None
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None and not _in_stdlib(frame):
            place = frame
        awaited = getattr(awaited, "cr_await", None)
    return _told(place)


def _in_debugger(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0].startswith(_DEBUGGERS):
            return True
        frame = frame.f_back
    return False


def _in_stdlib(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    return path.startswith((_STDLIB, "<")) and not path.startswith(_INSTALLED)


def _told(frame: FrameType | None) -> str:
    if frame is None:
        return ""
    code = frame.f_code
    return f", in {Path(code.co_filename).name} line {frame.f_lineno} ({code.co_qualname.rpartition('.')[2]})"
