"""What a server has been told, by whomever and from whichever thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Orders:
    """leaving: to end. stopping: the same, without accepting any longer. forced: and without waiting for anybody.

    is_relieved: another process serves the same sockets already.
    """

    def __init__(self) -> None:
        self.leaving = asyncio.Event()
        self.stopping = asyncio.Event()
        self.forced = asyncio.Event()
        self.is_relieved = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self) -> None:
        """This event loop is the one that serves."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        self._give(self.leaving)
        self._give(self.stopping)

    def drain(self) -> None:
        self._give(self.leaving)

    def force(self) -> None:
        self._give(self.forced)

    def _give(self, order: asyncio.Event) -> None:
        if self._loop is None or self._loop.is_closed():
            order.set()
        else:
            self._loop.call_soon_threadsafe(order.set)


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether `work` ended before `event` was set; if not, `work` is cancelled. What it raises is raised."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        working.result()
        return True
    finally:
        waiting.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
