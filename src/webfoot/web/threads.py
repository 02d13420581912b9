"""The hop from the event loop into a thread and back, for code that blocks.

A bounded pool of daemon threads takes jobs from one queue. A hop costs one queue put on the way in and one
`loop.call_soon_threadsafe` on the way out; nothing else is shared. Threads are started when they are needed and then
kept, and because they are daemons a blocked one never keeps the process from ending.

Context variables travel both ways: the function sees those of the calling task, and what it sets is set in the task
when the call has returned.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextvars import Context, ContextVar, copy_context
from queue import SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

_NOTHING: Final = object()


class ThreadPool:
    """At most `limit` daemon threads and the queue of what waits for them.

    The counters are there to be looked at: `size` threads exist, `busy` of them run a function at this moment and
    `queued` calls wait for a free one. `limit` may be changed at any time; lowering it ends no thread that exists.
    """

    def __init__(self, limit: int = 40, name: str = "webfoot-thread") -> None:
        if limit < 1:
            raise ValueError(f"a thread pool needs a limit of at least 1, not {limit}")
        self.limit = limit
        self._name = name
        self._lock = threading.Lock()
        self._forget_threads()

    def _forget_threads(self) -> None:
        """Begin with no thread: at first, and in a forked child, where the parent's threads do not exist."""
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._size = 0
        self._unfinished = 0

    @property
    def size(self) -> int:
        return self._size

    @property
    def busy(self) -> int:
        return max(0, self._unfinished - self._jobs.qsize())

    @property
    def queued(self) -> int:
        return self._jobs.qsize()

    async def run(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `func` in a thread of this pool and give back what it returns or raises, traceback included.

        When the waiting task is cancelled it does not wait any longer: a call that no thread has begun is dropped,
        one that runs is left to run to its end, unobserved.
        """
        loop = asyncio.get_running_loop()
        job = _Job(loop, copy_context(), func, args, kwargs)
        self._put(job)
        try:
            await job.done
            _carry_over(job.context)
            if job.error is not None:
                raise job.error
            return cast("T", job.value)
        finally:
            del job  # the exception's traceback holds this frame; without this it would hold itself

    def _put(self, job: _Job) -> None:
        with self._lock:
            self._unfinished += 1
            grow = self._unfinished > self._size and self._size < self.limit
            if grow:
                self._size += 1
        self._jobs.put(job)
        if grow:
            threading.Thread(target=self._work, name=f"{self._name}-{self._size}", daemon=True).start()

    def _work(self) -> None:
        jobs = self._jobs
        while True:
            job = jobs.get()
            job.call()
            with self._lock:
                self._unfinished -= 1
            job.report()
            del job  # an idle thread must not keep the last call's arguments alive


class _Job:
    """One call on its way through the pool. After `done`, either `error` or `value` is what came of it."""

    __slots__ = ("args", "context", "done", "error", "func", "kwargs", "loop", "value")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        func: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.loop = loop
        self.context = context
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.done: asyncio.Future[None] = loop.create_future()
        self.value: object = None
        self.error: BaseException | None = None

    def call(self) -> None:
        if self.done.cancelled():
            return
        try:
            self.value = self.context.run(self.func, *self.args, **self.kwargs)
        except BaseException as error:  # whatever it is, it belongs to the caller and not to this thread
            self.error = error

    def report(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._wake, context=self.context)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    def _wake(self) -> None:
        # The outcome is not put into the future itself: a future refuses StopIteration.
        if not self.done.done():
            self.done.set_result(None)


def _carry_over(context: Context) -> None:
    """Set in the current context whatever was changed in `context`, a copy of it."""
    for variable, value in context.items():
        if variable.get(_NOTHING) is not value:
            cast("ContextVar[object]", variable).set(value)


pool = ThreadPool()
"""The pool behind `run_in_threadpool`. `pool.limit = 100` allows more threads."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=pool._forget_threads)


async def run_in_threadpool(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function in a thread of `pool`; see `ThreadPool.run`."""
    return await pool.run(func, *args, **kwargs)


async def iterate_in_threadpool(iterable: Iterable[T]) -> AsyncIterator[T]:
    """Iterate over a blocking iterable, taking each item in a thread of `pool`."""
    iterator = iter(iterable)
    while True:
        item = await pool.run(_take, iterator)
        if item is _NOTHING:
            return
        yield cast("T", item)


def _take(iterator: Iterator[object]) -> object:
    return next(iterator, _NOTHING)


def is_async_callable(func: object) -> bool:
    """Whether calling `func` gives a coroutine, so that it needs no thread: an async function or method, a partial of
    one, or an object whose `__call__` is async.
    """
    while isinstance(func, functools.partial):
        func = func.func
    if inspect.iscoroutinefunction(func):
        return True
    return not inspect.isclass(func) and inspect.iscoroutinefunction(getattr(func, "__call__", None))  # noqa: B004
