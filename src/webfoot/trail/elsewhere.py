"""Work that is done for a request elsewhere than in its own task: in a thread, in a task beside it.

Whoever does it asks whether somebody wants to know, and then tells; while nobody does, a look at a context variable is
the whole cost. The variable is set for a request's task, and threads and tasks made from there inherit it.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, Final, Protocol


class ThreadWork(Protocol):
    """One call on its way through a thread; it was queued when this was made. Told from any thread."""

    def begun(self) -> None:
        """A thread runs it now."""

    def ended(self) -> None:
        """It has returned, or was dropped before any thread had begun it."""


class Onlooker(Protocol):
    """Somebody who wants to know what is done for one request."""

    def in_thread(self) -> ThreadWork | None:
        """A call is queued for a thread now. None: nobody asks any more."""

    def in_task(self, work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
        """What a task beside the request's own is to run in place of `work`."""


class Stepping(Protocol):
    """The `self` of a generator that runs a coroutine step by step. Nothing in the interpreter leads from the one to
    the other, so whoever looks for the place at which a task waits goes by this.
    """

    stepped: Any
    """The coroutine, or what refers to it."""
    waits_for: Any
    """The future that its last step has given; the generator itself may wait for another one."""


onlooker: Final[ContextVar[Onlooker | None]] = ContextVar("webfoot.elsewhere", default=None)


def beside(work: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    """What to make a task of that does a part of the running request's work."""
    looking = onlooker.get()
    return work if looking is None else looking.in_task(work)
