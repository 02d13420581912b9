"""Flow control towards the client: `send()` waits while the write buffer is full."""

from __future__ import annotations

import asyncio


class Gate:
    """Open or closed; `passed()` returns once it is open. Costs nothing until somebody has to wait."""

    __slots__ = ("_is_open", "_waiting")

    def __init__(self) -> None:
        self._is_open = True
        self._waiting: asyncio.Event | None = None

    def open(self) -> None:
        self._is_open = True
        if self._waiting is not None:
            self._waiting.set()
            self._waiting = None

    def close(self) -> None:
        self._is_open = False

    async def passed(self) -> None:
        while not self._is_open:
            if self._waiting is None:
                self._waiting = asyncio.Event()
            await self._waiting.wait()
