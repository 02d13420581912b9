"""Work to be done after a response has been sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

from webfoot.asgi.types import Scope
from webfoot.trail import Trail, trail_of
from webfoot.web.callables import is_async_callable
from webfoot.web.threads import run_in_threadpool

P = ParamSpec("P")


class BackgroundTask:
    """One call to be made later: awaited when `func` is async, else made in a thread."""

    def __init__(self, func: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.is_async = is_async_callable(func)

    async def __call__(self) -> None:
        if self.is_async:
            await self.func(*self.args, **self.kwargs)
        else:
            await run_in_threadpool(self.func, *self.args, **self.kwargs)


class BackgroundTasks(BackgroundTask):
    """Several calls, made one after the other. One that raises ends the row, and its error reaches the server's log."""

    def __init__(self, tasks: Sequence[BackgroundTask] | None = None) -> None:
        self.tasks = list(tasks) if tasks else []

    def add_task(self, func: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        self.tasks.append(BackgroundTask(func, *args, **kwargs))

    async def __call__(self) -> None:
        for task in self.tasks:
            await task()


async def run_behind(background: BackgroundTask | None, gone: OSError | None, scope: Scope) -> None:
    """What is to be done behind a response, also when the client has `gone` before its end, which is raised then.

    The work that the task belongs to was done, and a file that it takes away has to go in any case.
    """
    if background is not None:
        trail = trail_of(scope)
        await (background() if trail is None else _watched(background, trail))
    if gone is not None:
        raise gone


async def _watched(background: BackgroundTask, trail: Trail) -> None:
    name = _name_of(background)
    trail.mark("background_called", name=name)
    try:
        await background()
    except BaseException as error:
        trail.mark("background_returned", name=name, outcome="raised", error=error)
        raise
    trail.mark("background_returned", name=name, outcome="returned")


def _name_of(background: BackgroundTask) -> str:
    if isinstance(background, BackgroundTasks):
        return ", ".join(map(_name_of, background.tasks)) or "no tasks"
    func = getattr(background, "func", background)  # whatever else can be called and awaited is taken, too
    return str(getattr(func, "__qualname__", None) or type(func).__qualname__).rpartition("<locals>.")[2]
