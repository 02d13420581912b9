"""An event loop without a selector, whose time stands still until somebody moves it: the same input, the same run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from unittest.mock import patch

TURNS_AT_MOST = 2000
"""Turns of the loop after which something that should come to rest counts as running in circles."""


class _Nobody:
    """The selector of a loop without sockets."""

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing is due: the loop would stand still for ever")
        return []

    def close(self) -> None:
        pass


class StillLoop(asyncio.BaseEventLoop):
    """`advance` moves the clock; timers that are due then run in the next turns."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Nobody()
        self._time = 1000.0

    def time(self) -> float:
        return self._time

    def advance(self, seconds: float) -> None:
        self._time += seconds

    def is_at_rest(self) -> bool:
        """Nobody but the caller has anything to do before the clock moves on."""
        return not self._ready  # type: ignore[attr-defined]

    async def settle(self) -> bool:
        """Let everybody do what can be done at this time. False if that never ends."""
        for _ in range(TURNS_AT_MOST):
            await asyncio.sleep(0)
            if self.is_at_rest():
                return True
        return False

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


def run_still(work: Coroutine[Any, Any, Any]) -> Any:
    """Run `work` in a loop of its own and give its result."""
    loop = StillLoop()
    try:
        # Which parts of a response are one burst is a matter of real time otherwise.
        with patch("webfoot.server.net.transport.monotonic", loop.time):
            return loop.run_until_complete(work)
    finally:
        loop.close()
