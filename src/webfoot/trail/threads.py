"""What the server may ask of pools of threads that it does not know: how busy they are, and what works for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol
from weakref import WeakSet


class WorksInThreads(Protocol):
    """A pool of threads, as seen by whoever runs the process."""

    @property
    def busy(self) -> int:
        """How many of its threads run something."""

    @property
    def queued(self) -> int:
        """How many calls wait for a thread."""

    def thread_for(self, awaited: asyncio.Future[Any]) -> int | None:
        """The ident of the thread that works for whoever awaits this future; None if none of this pool does."""

    def has_queued(self, awaited: asyncio.Future[Any]) -> bool:
        """Whether the call whose end this future tells waits for a thread."""


_pools: WeakSet[WorksInThreads] = WeakSet()


def enter_pool(pool: WorksInThreads) -> None:
    """Let the server of this process know of a pool, for as long as that exists."""
    _pools.add(pool)


def known_pools() -> Iterator[WorksInThreads]:
    return iter(list(_pools))
