"""The hop from the event loop into a thread and back, for code that blocks, and from there into the loop again.

Context variables travel all ways: a function sees those of its caller, and what it sets is set in the caller when the
call has returned.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextvars import copy_context
from typing import Any, Final, ParamSpec, TypeVar, cast

from webfoot.web.threads.job import ThreadCall, Ticket, carry_over, current
from webfoot.web.threads.pool import ThreadPool

__all__ = [
    "ThreadCall",
    "ThreadPool",
    "check_cancelled",
    "iterate_in_threadpool",
    "pool",
    "run_in_event_loop",
    "run_in_threadpool",
]

P = ParamSpec("P")
T = TypeVar("T")

_NOTHING: Final = object()

pool = ThreadPool()
"""The pool behind `run_in_threadpool`. `pool.limit = 100` allows more threads."""


async def run_in_threadpool(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function in a thread of `pool`; see `ThreadPool.run`."""
    return await pool.run(func, *args, **kwargs)


def iterate_in_threadpool(iterable: Iterable[T]) -> AsyncIterator[T]:
    """Iterate over a blocking iterable, taking each item in a thread of `pool`."""
    return _TakenInThreads(iter(iterable))


class _TakenInThreads(AsyncIterator[T]):
    """No generator: one that is left early would be closed by a task that the garbage collector makes."""

    __slots__ = ("_iterator",)

    def __init__(self, iterator: Iterator[T]) -> None:
        self._iterator = iterator

    async def __anext__(self) -> T:
        item = await pool.run(_take, self._iterator)
        if item is _NOTHING:
            raise StopAsyncIteration
        return cast("T", item)

    async def aclose(self) -> None:
        """As a generator has it. The iterator belongs to whoever gave it."""


def _take(iterator: Iterator[object]) -> object:
    return next(iterator, _NOTHING)


def run_in_event_loop(func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """From inside of `run_in_threadpool`: call an async function in the event loop, wait, and give back its outcome.

    RuntimeError in any other thread. CancelledError when nobody waits for the outcome of this thread any more, as
    `check_cancelled` has it.
    """
    ticket = check_cancelled()
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
    context = copy_context()

    async def call() -> T:
        return await func(*args, **kwargs)

    def begin() -> None:
        ticket.loop.create_task(call(), context=context).add_done_callback(functools.partial(_hand_over, outcome))

    ticket.loop.call_soon_threadsafe(begin)
    try:
        return outcome.result()
    except concurrent.futures.CancelledError:
        raise asyncio.CancelledError from None
    finally:
        carry_over(context)
        current.set(ticket)  # what was called meanwhile left its own


def _hand_over(outcome: concurrent.futures.Future[Any], task: asyncio.Task[Any]) -> None:
    if task.cancelled():
        outcome.cancel()
        outcome.set_running_or_notify_cancel()
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())


def check_cancelled() -> Ticket:
    """From inside of `run_in_threadpool`: raise CancelledError when the task that called it was cancelled.

    A thread cannot be stopped from outside, so one that works for long may ask now and then.
    """
    ticket = current.get()
    if ticket is None or ticket.thread != threading.get_ident():
        raise RuntimeError("This can only be called by a function that run_in_threadpool() has called.")
    if ticket.abandoned:
        raise asyncio.CancelledError("the task that waited for this thread was cancelled")
    return ticket
