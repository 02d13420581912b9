"""Where code stands that has not ended: a task at its await, a thread in its call. For whoever waits for it.

Files are told as they are seen from the current directory, but where an editor is to find them.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, FrameType, GeneratorType
from typing import Any, Final

from webfoot.server.settings.frames import is_of_user, is_ours, seen_from_here
from webfoot.trail.elsewhere import Stepping
from webfoot.trail.threads import known_pools

_SUSPENDED: Final = (CoroutineType, GeneratorType, AsyncGeneratorType)
_SERVER: Final = str(Path(__file__).parent.parent)
_DEEPEST: Final = 1000  # frames that are looked at; recursion may have made it many more


def place_of_task(task: asyncio.Task[Any]) -> str:
    """Where a task waits: "main.py:24 in work", the innermost line that its user wrote; "" if it has ended.

    If it waits for a thread, the line where that is stands behind it, or that no thread is free.
    """
    frames, awaited = frames_of_task(task)
    place = seen_from_here(innermost_place(frames))
    thread = _thread_for(awaited) if isinstance(awaited, asyncio.Future) else None
    if thread is None:
        is_queued = isinstance(awaited, asyncio.Future) and any(pool.has_queued(awaited) for pool in known_pools())
        return f"{place}, which waits for a free thread" if is_queued else place
    there = f"{place_of_thread(thread)} in a thread"
    return f"{place}, which waits for {there}" if place and _has_user(frames) else there


def frames_of_task(task: asyncio.Task[Any]) -> tuple[list[FrameType], object]:
    """Where a task and those that it waits for stand, the outermost first, and the future that the last one awaits."""
    frames: list[FrameType] = []
    awaited: object = task
    while isinstance(awaited, asyncio.Task) and len(frames) < _DEEPEST:
        found, steps_for = _frames_of(awaited.get_coro())
        frames += found
        awaited = steps_for or getattr(awaited, "_fut_waiter", None)
    return frames, awaited


def place_of_thread(ident: int) -> str:
    """Where a thread is: "main.py:24 in work"; "" if it has ended."""
    return seen_from_here(innermost_place(frames_of_thread(ident)))


def frames_of_thread(ident: int) -> list[FrameType]:
    """What a thread runs, the outermost first; nothing if it has ended."""
    frame = sys._current_frames().get(ident)
    frames: list[FrameType] = []
    while frame is not None and len(frames) < _DEEPEST:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


def place_in_start(ident: int, task: asyncio.Task[Any] | None) -> str:
    """Where the start of an application stands: its thread, in code that the server has called, else its task."""
    frames: list[FrameType] = []
    frame = sys._current_frames().get(ident)
    while frame is not None and not frame.f_code.co_filename.startswith(_SERVER) and len(frames) < _DEEPEST:
        frames.append(frame)
        frame = frame.f_back
    if task is not None and not _has_user(frames):
        return place_of_task(task)
    return seen_from_here(innermost_place(frames[::-1]))


def _frames_of(suspended: object) -> tuple[list[FrameType], asyncio.Future[Any] | None]:
    """The frames of a suspended coroutine, those that it waits for behind it. The future, if it is not the task's."""
    frames: list[FrameType] = []
    awaited: asyncio.Future[Any] | None = None
    while suspended is not None and len(frames) < _DEEPEST:
        frame, following = _step(suspended)
        if frame is not None:
            frames.append(frame)
        if isinstance(suspended, GeneratorType) and (stepping := _stepping(frame)) is not None:
            following = stepping.stepped
            awaited = stepping.waits_for if isinstance(stepping.waits_for, asyncio.Future) else None
        suspended = following
    return frames, awaited


def _stepping(frame: FrameType | None) -> Stepping | None:
    """Whoever runs another coroutine in this generator, if it does."""
    if frame is None or "self" not in frame.f_code.co_varnames:
        return None
    runner = frame.f_locals.get("self")
    return runner if hasattr(runner, "stepped") and hasattr(runner, "waits_for") else None


def _step(suspended: object) -> tuple[FrameType | None, object]:
    match suspended:
        case CoroutineType():
            return suspended.cr_frame, suspended.cr_await
        case GeneratorType():
            return suspended.gi_frame, suspended.gi_yieldfrom
        case AsyncGeneratorType():
            return suspended.ag_frame, suspended.ag_await
    # What `async for` awaits names its generator to the garbage collector only.
    return None, next((each for each in gc.get_referents(suspended) if isinstance(each, _SUSPENDED)), None)


def innermost_place(frames: Sequence[FrameType]) -> str:
    """`frames`: the outermost first. The innermost one of the user, else of a library, else of ours; with the whole
    path of its file."""
    for is_wanted in (is_of_user, lambda filename: not is_ours(filename), lambda filename: True):
        for frame in reversed(frames):
            if is_wanted(frame.f_code.co_filename):
                return place_of_frame(frame)
    return ""


def place_of_frame(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"


def _has_user(frames: Sequence[FrameType]) -> bool:
    return any(is_of_user(frame.f_code.co_filename) for frame in frames)


def _thread_for(awaited: asyncio.Future[Any]) -> int | None:
    for pool in known_pools():
        found = pool.thread_for(awaited)
        if found is not None:
            return found
    return next((ident for ident in _executing() if _works_for(ident, awaited)), None)


def _executing() -> list[int]:
    main = threading.main_thread().ident
    return [ident for ident in sys._current_frames() if ident != main]


def _works_for(ident: int, awaited: asyncio.Future[Any]) -> bool:
    """Whether this is a thread of `concurrent.futures` that works for `awaited`, as `asyncio.to_thread` has it.

    The item of work is a local variable of the thread's loop, its future has a callback of asyncio's, and that holds
    the future which is awaited. Where Python does it in another way, the answer is no.
    """
    frame = sys._current_frames().get(ident)
    while frame is not None:
        item = frame.f_locals.get("self") if frame.f_code.co_name == "run" else None
        callbacks = getattr(getattr(item, "future", None), "_done_callbacks", ())
        for callback in callbacks:
            for cell in getattr(callback, "__closure__", None) or ():
                if cell.cell_contents is awaited:
                    return True
        frame = frame.f_back
    return False
