"""What an event loop runs at this moment, as another thread sees it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

from webfoot.server.settings.frames import is_of_user, is_ours, seen_from_here
from webfoot.server.settings.places import frames_of_thread, innermost_place, place_of_frame

if TYPE_CHECKING:
    from webfoot.server.gateway.service import Service
    from webfoot.server.protocol.face import Exchange

_DEBUGGERS: Final = ("pdb.py", "bdb.py", "pydevd.py")
_OUTERMOST: Final = tuple(
    os.path.join(*parts) for parts in (("asyncio", "events.py"), ("process", "loop.py"), ("gateway", "calling.py"))
)
_LOOPS: Final = (os.path.join("asyncio", ""), "selectors.py")


@dataclass(frozen=True, slots=True)
class Sample:
    """task: tells one culprit from another. exchange: the request that it belongs to, if it does.
    who: in words. running: the requests that were under way. place, stack: with the whole paths of files.
    """

    task: int
    exchange: Exchange | None
    who: str
    place: str
    stack: tuple[str, ...]
    running: tuple[Exchange, ...]


def sample(service: Service, thread: int) -> Sample | None:
    """None while the loop waits for something to do, or a debugger has stopped it."""
    task = asyncio.current_task(service.loop)
    frames = frames_of_thread(thread)
    running = tuple(service.running)
    if not frames or is_debugged(frames) or (task is None and _is_idle(frames)):
        return None
    exchange = _exchange_of(task, running) if task is not None else None
    place = innermost_place(frames)
    stack = tuple(place_of_frame(frame) for frame in _inner(frames))
    key = id(task) if task is not None else hash(stack)
    at = f" at {seen_from_here(place)}" if place else ""
    return Sample(key, exchange, f"{_who(task, exchange)}{at}", place, stack, running)


def _exchange_of(task: asyncio.Task[Any], running: Iterable[Exchange]) -> Exchange | None:
    """The request whose task this is, or that waits for it."""
    for exchange in running:
        awaited: object = exchange.task
        while isinstance(awaited, asyncio.Task):
            if awaited is task:
                return exchange
            awaited = getattr(awaited, "_fut_waiter", None)
            if task in getattr(awaited, "_children", ()):  # of asyncio.gather
                return exchange
    return None


def _who(task: asyncio.Task[Any] | None, exchange: Exchange | None) -> str:
    if exchange is not None:
        return exchange.name
    if task is None:
        return "a callback"
    work = getattr(task.get_coro(), "__qualname__", None)
    return f"the task {task.get_name()}" + (f" ({work})" if work else "")


def _inner(frames: list[FrameType]) -> list[FrameType]:
    """From the user's outermost line on, if there is one, and without ours behind it; without what all that runs in a
    loop have in common.
    """
    for at in range(len(frames) - 1, -1, -1):
        if frames[at].f_code.co_filename.endswith(_OUTERMOST):
            frames = frames[at + 1 :] or frames[at:]
            break
    first = next((at for at, frame in enumerate(frames) if is_of_user(frame.f_code.co_filename)), 0)
    inner = frames[first:]
    return [frame for frame in inner if not is_ours(frame.f_code.co_filename)] or inner


def _is_idle(frames: list[FrameType]) -> bool:
    """Nothing runs but the loop itself: it waits, or has just come free."""
    filename = frames[-1].f_code.co_filename
    return any(part in filename for part in _LOOPS) or (is_ours(filename) and filename.endswith("loop.py"))


def is_debugged(frames: list[FrameType]) -> bool:
    """Whether a debugger has stopped there."""
    return any(frame.f_code.co_filename.endswith(_DEBUGGERS) for frame in frames)
