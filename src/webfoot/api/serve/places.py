"""The places of a dependency of which only so many may run at the same time: waiting for one, and keeping it."""

from __future__ import annotations

from time import perf_counter_ns
from types import TracebackType
from typing import Any

from webfoot.api.concurrency import ConcurrencyLimit, Place, Room
from webfoot.api.plan.plans import Step
from webfoot.api.serve.visit import Visit
from webfoot.web.decisions import decided, is_watched


async def take_place(limit: ConcurrencyLimit, step: Step, visit: Visit) -> Place:
    """Waits while there is none. ClientDisconnect when the client leaves meanwhile: nothing has begun for it."""
    room = limit.room()
    if not room.is_full:
        return await room.take()
    if not is_watched(visit.scope):
        return await _wait(room, visit)
    name, said = step.plan.origin.name, f"Depends(max_concurrency={limit.at_most})"
    decided(visit.scope, said, f"{name} waits: all its places are taken, and {room.waiting} wait already")
    began = perf_counter_ns()
    place = await _wait(room, visit)
    decided(visit.scope, said, f"{name} goes on, after {(perf_counter_ns() - began) / 1e6:.1f} ms")
    return place


async def _wait(room: Room, visit: Visit) -> Place:
    if visit.scope.get("type") != "http":
        return await room.take()
    async with visit.request.cancel_on_disconnect():
        return await room.take()


class Held:
    """A generator's context manager, and the place that it keeps until somebody has left it and gives that back."""

    __slots__ = ("_manager", "place")

    def __init__(self, manager: Any, place: Place) -> None:
        self._manager = manager
        self.place = place

    @property
    def gen(self) -> Any:
        """The generator, as the managers of `contextlib` have it."""
        return self._manager.gen

    async def __aenter__(self) -> Any:
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Any:
        return await self._manager.__aexit__(kind, error, traceback)

    def __enter__(self) -> Any:
        return self.place.around(self._manager.__enter__)()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Any:
        return self.place.around(self._manager.__exit__)(kind, error, traceback)
