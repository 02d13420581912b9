"""One call on its way through a thread, and what later calls can know of it."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextvars import Context, ContextVar
from time import monotonic
from typing import Any, Final, NamedTuple, cast

from webfoot.trail.elsewhere import ThreadWork, onlooker
from webfoot.web.callables import unwrapped

_NOTHING: Final = object()

current: Final[ContextVar[Ticket | None]] = ContextVar("webfoot.thread", default=None)
"""The ticket of the last call made from this context; inside of a thread, of the call that runs there."""


class ThreadCall(NamedTuple):
    """A call for whoever looks at a pool: what is called, and for how many seconds it has run or waited."""

    name: str
    seconds: float


class Ticket:
    """What a call leaves behind in the context variables: so a pool knows which calls belong to work it has begun.

    pool: the one it was given to. thread: the ident of the thread that runs it, None before and after. relieved:
    a thread was started because this call waits for another. abandoned: nobody waits for its result any more.
    """

    __slots__ = ("abandoned", "loop", "pool", "relieved", "thread")

    def __init__(self, pool: object, loop: asyncio.AbstractEventLoop) -> None:
        self.pool = pool
        self.loop = loop
        self.thread: int | None = None
        self.relieved = False
        self.abandoned = False


class Job:
    """One call. After `done`, either `error` or `value` is what came of it. `since`: when it was queued, then begun.

    watched: who is told of that, if somebody watches the request for which it is called.
    """

    __slots__ = ("args", "context", "done", "error", "func", "kwargs", "since", "ticket", "value", "watched")

    def __init__(
        self, ticket: Ticket, context: Context, func: Callable[..., object], args: tuple[Any, ...], kwargs: Any
    ) -> None:
        self.ticket = ticket
        self.context = context
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.done: asyncio.Future[None] = ticket.loop.create_future()
        self.value: object = None
        self.error: BaseException | None = None
        self.since = monotonic()
        looking = onlooker.get()
        self.watched: ThreadWork | None = None if looking is None else looking.in_thread()

    def call(self) -> None:
        if self.done.cancelled():
            return
        ticket, watched = self.ticket, self.watched
        if watched is not None:
            watched.begun()
        ticket.thread = threading.get_ident()
        try:
            self.context.run(current.set, ticket)
            self.value = self.context.run(self.func, *self.args, **self.kwargs)
        except BaseException as error:  # whatever it is, it belongs to the caller and not to this thread
            self.error = error
        ticket.thread = None
        if watched is not None:
            watched.ended()

    def report(self) -> None:
        try:
            self.ticket.loop.call_soon_threadsafe(self._wake, context=self.context)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    def _wake(self) -> None:
        # The outcome is not put into the future itself: a future refuses StopIteration.
        if not self.done.done():
            self.done.set_result(None)

    def seen(self, now: float) -> ThreadCall:
        return ThreadCall(_name(self), now - self.since)


def carry_over(context: Context) -> None:
    """Set in the current context whatever was changed in `context`, a copy of it."""
    for variable, value in context.items():
        if variable.get(_NOTHING) is not value:
            cast("ContextVar[object]", variable).set(value)


def _name(job: Job) -> str:
    func = unwrapped(job.func)
    owner = getattr(func, "__self__", None)
    generator = getattr(owner, "gen", None)
    if inspect.isgenerator(generator):  # of a context manager; its function's name says more than "__enter__"
        func = generator
    name = getattr(func, "__qualname__", None)
    if not isinstance(name, str):
        func = type(func)
        name = func.__qualname__
    module = getattr(func, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) else name
