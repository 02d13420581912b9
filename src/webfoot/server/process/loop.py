"""The event loop of a serving process: which one, and how it is closed without waiting for anything that blocks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from webfoot.server.settings.places import place_of_task
from webfoot.server.settings.table import OptionError

log = logging.getLogger("webfoot")
T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that tasks and generators may take to end once they are cancelled at the very end."""


def new_event_loop(name: str) -> asyncio.AbstractEventLoop:
    """The loop that the option `loop` names. Raises OptionError."""
    if name != "asyncio":
        try:
            import uvloop

            return uvloop.new_event_loop()
        except ImportError:
            if name == "uvloop":
                raise OptionError("the option loop cannot be uvloop, because uvloop is not installed") from None
    return asyncio.new_event_loop()


class EventLoop:
    """Entered, it is the thread's event loop, also for code that asks for it before it runs; left, it is closed.

    Unlike `asyncio.run` closing never waits without bound: not for a task that ignores its cancellation, and not for
    a thread of the default executor (`asyncio.run` joins them, and one blocking call then keeps Ctrl-C from ending).
    """

    def __init__(self, name: str) -> None:
        self._loop = new_event_loop(name)

    def __enter__(self) -> EventLoop:
        asyncio.set_event_loop(self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._loop.run_until_complete(_cancel_leftovers())
            self._loop.run_until_complete(asyncio.wait_for(self._loop.shutdown_asyncgens(), PATIENCE))
        except TimeoutError:
            log.warning("an async generator did not end when it was closed; it was left behind")
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` to its end. Ctrl-C cancels it, so that it can clean up what it has begun, and is raised then."""
        asyncio.set_event_loop(self._loop)  # an `asyncio.run` meanwhile, in an application's module, has taken it away
        task = self._loop.create_task(main)
        try:
            return self._loop.run_until_complete(task)
        except KeyboardInterrupt:
            self._loop.set_exception_handler(_report_unless_interrupted)
            task.cancel()
            self._loop.run_until_complete(asyncio.wait({task}, timeout=PATIENCE))
            raise


def _report_unless_interrupted(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The task that Ctrl-C hit keeps a KeyboardInterrupt which nobody asks for; everything else is worth a line."""
    if not isinstance(context.get("exception"), KeyboardInterrupt):
        loop.default_exception_handler(context)


async def _cancel_leftovers() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if not tasks:
        return
    for task in tasks:
        task.cancel()
    ended, stubborn = await asyncio.wait(tasks, timeout=PATIENCE)
    for task in ended:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("the task %s failed while it was cancelled", task.get_name(), exc_info=error)
    for task in stubborn:
        at = f" at {place}" if (place := place_of_task(task)) else ""
        log.warning("the task %s ignored its cancellation%s; it was left behind", task.get_name(), at)
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # asyncio would say the same once more
