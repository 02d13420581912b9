"""What `fastapi.concurrency` and `starlette.concurrency` have beside the names of our toolkit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar

from webfoot.web.threads import run_in_threadpool

T = TypeVar("T")


@asynccontextmanager
async def contextmanager_in_threadpool(cm: AbstractContextManager[T]) -> AsyncGenerator[T, None]:
    """`cm` entered and left in threads. What the block raises goes to it, and it may swallow that."""
    value = await run_in_threadpool(cm.__enter__)
    try:
        yield value
    except BaseException as error:
        if not await _left(cm, error):
            raise
    else:
        await _left(cm, None)


async def _left(cm: AbstractContextManager[Any], error: BaseException | None) -> bool | None:
    """Seen to its end also where the block was cancelled: what was opened has to be closed."""
    kind, trace = (None, None) if error is None else (type(error), error.__traceback__)
    leaving = asyncio.ensure_future(run_in_threadpool(cm.__exit__, kind, error, trace))
    try:
        return await asyncio.shield(leaving)
    except asyncio.CancelledError:
        await asyncio.wait({leaving})
        raise


async def run_until_first_complete(*args: tuple[Callable[..., Any], dict[str, Any]]) -> None:
    """Call each async function with its keyword arguments; when one of them has ended, the others are cancelled."""
    tasks = [asyncio.ensure_future(function(**kwargs)) for function, kwargs in args]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in ended:
        task.result()
