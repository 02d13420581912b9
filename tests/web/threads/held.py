"""Work that a thread does until it is told to end."""

from __future__ import annotations

import asyncio
import threading


class Held:
    """A function that holds a thread until it is let go; counts how many do."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)

    def __call__(self) -> None:
        self.entered.release()
        assert self.gate.wait(10)

    async def until(self, count: int) -> None:
        for _ in range(count):
            await asyncio.to_thread(self.entered.acquire, timeout=10)
