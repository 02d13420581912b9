"""Work to be done after a response has been sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

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


async def run_behind(background: BackgroundTask | None, gone: OSError | None) -> None:
    """What is to be done behind a response, also when the client has `gone` before its end, which is raised then.

    The work that the task belongs to was done, and a file that it takes away has to go in any case.
    """
    if background is not None:
        await background()
    if gone is not None:
        raise gone
