"""How long a test waits for an application that says nothing, and how it tells where the application hangs."""

from __future__ import annotations

import asyncio
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

_STEP: Final = 0.05  # seconds
_POOLS: Final = ("webfoot.web.threads", "concurrent.futures.thread", "anyio")
_DEBUGGERS: Final = ("bdb", "debugpy", "pydevd", "_pydevd")
_HERE: Final = str(Path(__file__).parent)
_LIBRARIES: Final = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), str(Path(_HERE).parent), "<")


class Silence(TimeoutError):
    """The application has said nothing for longer than was to be waited."""


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


async def see_out(application: asyncio.Task[Any], grace: float) -> None:
    """Wait for an application whose client has gone. After `grace` seconds it is cancelled.

    RuntimeError when it goes on nevertheless, so that no test waits for an application that never ends.
    """
    if application.done():
        return
    await asyncio.wait({application}, timeout=grace)
    if not application.done():
        application.cancel()
        await asyncio.wait({application}, timeout=grace)
    if not application.done():
        raise RuntimeError("the application went on after its client had gone and after it had been cancelled")


def at_breakpoint() -> bool:
    """Whether a debugger has stopped one of the threads."""
    return any(map(_in_debugger, sys._current_frames().values()))


def place_of_thread(ident: int | None) -> str:
    """Where a thread is now, less libraries: `, in ducks.py line 12 (quack)`. Empty if that is not known."""
    return _told(_own(_frames_of_stack(sys._current_frames().get(ident or 0))))


def place_of_task(task: asyncio.Task[Any]) -> str:
    """Where a task waits, or the thread that it waits for; as `place_of_thread`."""
    frames = list(_frames_of_task(task))[::-1]
    return _told(_own(frames)) or _place_of_workers() or _told(next(iter(frames), None))


def _place_of_workers() -> str:
    """Where the threads are that somebody may wait for: those of pools, less what runs an event loop of ours."""
    for frame in sys._current_frames().values():
        stack = list(_frames_of_stack(frame))
        pooled = any(str(each.f_globals.get("__name__")).startswith(_POOLS) for each in stack)
        if pooled and not any(each.f_code.co_filename.startswith(_HERE) for each in stack):
            place = _told(_own(stack))
            if place:
                return place
    return ""


def _frames_of_stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _frames_of_task(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None:
            yield frame
        awaited = getattr(awaited, "cr_await", None)


def _own(frames: Iterable[FrameType]) -> FrameType | None:
    return next((frame for frame in frames if not frame.f_code.co_filename.startswith(_LIBRARIES)), None)


def _in_debugger(frame: FrameType) -> bool:
    return any(str(each.f_globals.get("__name__")).startswith(_DEBUGGERS) for each in _frames_of_stack(frame))


def _told(frame: FrameType | None) -> str:
    if frame is None:
        return ""
    code = frame.f_code
    return f", in {Path(code.co_filename).name} line {frame.f_lineno} ({code.co_qualname.rpartition('.')[2]})"
