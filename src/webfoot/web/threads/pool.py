"""Threads for code that blocks: how many there are, what they run, what waits, and who goes first.

A bounded pool of daemon threads takes jobs from one queue. A hop costs one queue put on the way in and one
`loop.call_soon_threadsafe` on the way out. Threads are started when they are needed and then kept, and because they are
daemons a blocked one never keeps the process from ending.

A limit alone can lock up: all threads wait for something that only work without a thread could give. So work that was
begun goes before new work, and where that does not help it gets threads beyond the limit:

- A call made for a call that runs (by a coroutine that its thread waits for) finds all threads busy: one thread more
  is started at once, which ends when there are no such calls left.
- A call of work that has been in a thread before (a clean-up, an endpoint after its dependencies) waits, and for
  `STUCK_AFTER` no thread has come free: those that wait get a thread each.

New work never gets more than the limit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import Any, Final, ParamSpec, TypeVar, cast
from weakref import WeakSet

from webfoot.trail.threads import enter_pool
from webfoot.web.threads.job import Job, ThreadCall, Ticket, carry_over, current

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("webfoot")

STUCK_AFTER: Final = 0.25
_NEW_EVERY: Final = 4  # so that work that goes on and on (a stream) leaves threads to others
_STAYS_FOR: Final = 1.0
_WARN_AGAIN_AFTER: Final = 60.0

_pools: Final[WeakSet[ThreadPool]] = WeakSet()


class ThreadPool:
    """At most `limit` daemon threads and the queue of what waits for them.

    It is there to be looked at: `size` threads exist, `busy` of them run a function at this moment, `queued` calls wait
    for a free one, the first of them for `longest_wait` seconds; `running()` and `waiting()` name them. `limit` may be
    changed at any time. When a call has waited for `warn_after` seconds, the log says what all the threads are doing,
    at most once a minute.
    """

    def __init__(self, limit: int = 40, name: str = "webfoot-thread", *, warn_after: float = 1.0) -> None:
        self._limit = _at_least_one(limit)
        self.warn_after = warn_after
        self._name = name
        self._begin()
        _pools.add(self)
        enter_pool(self)

    def _begin(self) -> None:
        """With no thread: at first, and in a forked child, where the parent's threads do not exist."""
        self._lock = threading.Lock()
        self._new: deque[Job] = deque()
        self._begun: deque[Job] = deque()  # of work that has been in a thread before: goes first
        self._wakes: SimpleQueue[None] = SimpleQueue()  # one for each job that waits, or more
        self._running: dict[int, Job] = {}
        self._size = 0
        self._reliefs = 0  # threads beyond the limit
        self._relieving = 0  # those of them that run something
        self._lingering = 0  # those of them that wait
        self._wakes_beyond: SimpleQueue[None] = SimpleQueue()
        self._turn = 0
        self._started = 0
        self._finished = 0
        self._watched = False
        self._warned = -_WARN_AGAIN_AFTER

    @property
    def limit(self) -> int:
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = _at_least_one(limit)
        with self._lock:
            more = min(limit - self._size, len(self._new) + len(self._begun))
            self._size += max(0, more)
        for _ in range(more):
            self._start(self._work)

    @property
    def size(self) -> int:
        return self._size + self._reliefs

    @property
    def busy(self) -> int:
        return len(self._running)

    @property
    def queued(self) -> int:
        return len(self._new) + len(self._begun)

    @property
    def longest_wait(self) -> float:
        return max((call.seconds for call in self.waiting()), default=0.0)

    def running(self) -> list[ThreadCall]:
        """What the threads do now, the longest first."""
        with self._lock:
            jobs = list(self._running.values())
        now = monotonic()
        return sorted((job.seen(now) for job in jobs), key=lambda call: -call.seconds)

    def waiting(self) -> list[ThreadCall]:
        """What waits for a thread, in the order in which it will get one."""
        with self._lock:
            jobs = [*self._begun, *self._new]
        now = monotonic()
        return [job.seen(now) for job in jobs]

    def thread_for(self, awaited: asyncio.Future[Any]) -> int | None:
        """The ident of the thread whose end of work this future tells; None if it is none of ours."""
        with self._lock:
            return next((thread for thread, job in self._running.items() if job.done is awaited), None)

    def has_queued(self, awaited: asyncio.Future[Any]) -> bool:
        """Whether the call whose end this future tells waits for a thread of ours."""
        with self._lock:
            return any(job.done is awaited for queue in (self._begun, self._new) for job in queue)

    async def run(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `func` in a thread of this pool and give back what it returns or raises, traceback included.

        When the waiting task is cancelled it does not wait any longer: a call that no thread has begun is dropped,
        one that runs is left to run to its end, unobserved (it may ask `check_cancelled()`).
        """
        before = current.get()
        ticket = Ticket(self, asyncio.get_running_loop())
        job = Job(ticket, copy_context(), func, args, kwargs)
        self._put(job, before if before is not None and before.pool is self else None)
        try:
            await job.done
            carry_over(job.context)
            if job.error is not None:
                raise job.error
            return cast("T", job.value)
        except asyncio.CancelledError:
            ticket.abandoned = True
            self._drop(job)
            raise
        finally:
            del job  # the exception's traceback holds this frame; without this it would hold itself

    async def finish(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for what others rely on to have ended: when the waiting task is cancelled, a call that a thread has
        begun is waited for, and then the cancellation goes on (or what the call raised).
        """
        return await self._finish(func, args, kwargs, is_wanted=False)

    async def clean_up(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As `finish`, for what has to be done in any case: also a call that no thread has begun is waited for."""
        return await self._finish(func, args, kwargs, is_wanted=True)

    async def _finish(
        self, func: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any], is_wanted: bool
    ) -> T:
        before = current.get()
        ticket = Ticket(self, asyncio.get_running_loop())
        job = Job(ticket, copy_context(), func, args, kwargs)
        self._put(job, before if before is not None and before.pool is self else None)
        cancelled: asyncio.CancelledError | None = None
        try:
            while not job.done.done():
                try:
                    await asyncio.shield(job.done)
                except asyncio.CancelledError as error:
                    cancelled = error
                    ticket.abandoned = not is_wanted
                    if not is_wanted and self._drop(job):
                        raise
            carry_over(job.context)
            if job.error is not None:
                raise job.error
            if cancelled is not None:
                raise cancelled
            return cast("T", job.value)
        finally:
            del job, cancelled  # as above

    def _put(self, job: Job, before: Ticket | None) -> None:
        start: Callable[[], None] | None = None
        with self._lock:
            (self._new if before is None else self._begun).append(job)
            if len(self._running) - self._relieving + len(self._new) + len(self._begun) > self._size:
                if self._size < self._limit:
                    self._size += 1
                    start = self._work
                elif before is not None and before.thread is not None and not before.relieved:
                    before.relieved = True
                    self._reliefs += 1
                    start = partial(self._relieve, before)
                elif not self._watched:
                    self._watched = True
                    start = self._watch
        self._wakes.put(None)
        if self._lingering and before is not None:
            self._wakes_beyond.put(None)
        if start is not None:
            try:
                self._start(start)
            except RuntimeError:  # the system gives no more threads: those that are there have to do
                self._undo(start, before)
                if not self._size:
                    self._drop(job)
                    raise

    def _undo(self, start: Callable[[], None], before: Ticket | None) -> None:
        with self._lock:
            if start == self._work:
                self._size -= 1
            elif start == self._watch:
                self._watched = False
            else:
                self._reliefs -= 1
                if before is not None:
                    before.relieved = False

    def _drop(self, job: Job) -> bool:
        """Take a call out of the queue, if no thread has begun it; whether it was there."""
        with self._lock:
            for queue in (self._begun, self._new):
                if job in queue:
                    queue.remove(job)
                    if job.watched is not None:
                        job.watched.ended()
                    return True
        return False

    def _start(self, target: Callable[[], None]) -> None:
        self._started += 1
        threading.Thread(target=target, name=f"{self._name}-{self._started}", daemon=True).start()

    def _work(self) -> None:
        wakes, me = self._wakes, threading.get_ident()
        while True:
            wakes.get()
            with self._lock:
                job = self._take(me, self._next_queue())
            if job is None:  # a thread beyond the limit was quicker
                continue
            job.call()
            with self._lock:
                self._put_away(me)
                is_surplus = self._size > self._limit
                if is_surplus:
                    self._size -= 1
            job.report()
            if is_surplus:
                return
            del job  # an idle thread must not keep the last call's arguments alive

    def _relieve(self, waiting: Ticket | None = None) -> None:
        """A thread beyond the limit, for as long as there are calls of work that was begun.

        One that was started because all were stuck stays a little longer: what it sets free soon comes back for more.
        """
        me, patience = threading.get_ident(), _STAYS_FOR if waiting is None else 0.0
        while True:
            with self._lock:
                job = self._take(me, self._begun)
                if job is None and not patience:
                    self._reliefs -= 1
                    if waiting is not None:
                        waiting.relieved = False
                    return
                if job is None:
                    self._lingering += 1
                else:
                    self._relieving += 1
            if job is None:
                patience = self._linger(patience)
                continue
            job.call()
            with self._lock:
                self._put_away(me)
                self._relieving -= 1
            job.report()
            del job

    def _linger(self, patience: float) -> float:
        """Wait for calls of work that was begun. Gives the patience that is left: none when there was no such call."""
        try:
            self._wakes_beyond.get(timeout=patience)
        except Empty:
            patience = 0.0
        with self._lock:
            self._lingering -= 1
        return patience

    def _next_queue(self) -> deque[Job]:
        self._turn = (self._turn + 1) % _NEW_EVERY
        if self._begun and (self._turn or not self._new):
            return self._begun
        return self._new

    def _take(self, thread: int, queue: deque[Job]) -> Job | None:
        if not queue:
            return None
        job = self._running[thread] = queue.popleft()
        job.since = monotonic()
        return job

    def _put_away(self, thread: int) -> None:
        del self._running[thread]
        self._finished += 1

    def _watch(self) -> None:
        """As long as something waits for a thread: see whether anything goes on, and say so when it takes long."""
        finished = self._finished
        while True:
            sleep(min(STUCK_AFTER, max(self.warn_after, 0.01)))
            with self._lock:
                if not self.queued:
                    self._watched = False
                    return
                is_stuck, finished = finished == self._finished, self._finished
                # Little by little: calls may only be slow, and then one of them ends before long.
                reliefs = min(len(self._begun), max(1, self._limit // 4)) if is_stuck else 0
                self._reliefs += reliefs
            for _ in range(reliefs):
                try:
                    self._start(self._relieve)
                except RuntimeError:
                    self._undo(self._relieve, None)
            self._warn()

    def _warn(self) -> None:
        waited, now = self.longest_wait, monotonic()
        if waited < self.warn_after or now < self._warned + _WARN_AGAIN_AFTER:
            return
        self._warned = now
        running = self.running()
        counts = Counter(call.name for call in running)
        busy = ", ".join(f"{count} x {name}" for name, count in counts.most_common(5))
        log.warning(
            "a call has waited %.1f s for a thread, and %d wait: all %d threads are busy (%s), the longest for %.1f s; "
            "webfoot.web.threads.pool.limit allows more",
            *(waited, self.queued, len(running), busy, running[0].seconds if running else 0.0),
        )


def _begin_in_child() -> None:
    for pool in list(_pools):
        pool._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)


def _at_least_one(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"a thread pool needs a limit of at least 1, not {limit}")
    return limit
