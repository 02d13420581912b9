"""`Depends(max_concurrency=N)`: how many calls of a dependency may run at the same time, and who is next."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Final, Literal, ParamSpec, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")


class ConcurrencyLimit:
    """`at_most` places, for all that share one `Depends` object; each event loop has as many of its own.

    Whoever waits is served in the order of arrival.
    """

    __slots__ = ("__weakref__", "_rooms", "at_most")

    def __init__(self, at_most: int) -> None:
        if type(at_most) is not int or at_most < 1:
            raise ValueError(f"max_concurrency is a whole number, 1 or more, or None for no limit, not {at_most!r}")
        self.at_most = at_most
        self._rooms: WeakKeyDictionary[asyncio.AbstractEventLoop, Room] = WeakKeyDictionary()

    def room(self) -> Room:
        """That of the running event loop."""
        loop = asyncio.get_running_loop()
        room = self._rooms.get(loop)
        if room is None:
            room = self._rooms[loop] = Room(self.at_most)
        return room


class Room:
    """The places of one event loop. waiting: for how many there is none."""

    __slots__ = ("_places", "waiting")

    def __init__(self, places: int) -> None:
        self._places = asyncio.Semaphore(places)
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        return self._places.locked()

    async def take(self) -> Place:
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        return Place(self._places)


PlaceState: TypeAlias = Literal["taken", "occupied", "owed", "given back"]
"""Of a place: nobody is inside; a thread is; a thread is, and the place was given back before; somebody else's."""

_GIVEN_BACK: Final[dict[PlaceState, PlaceState]] = {
    "taken": "given back",
    "occupied": "owed",
    "owed": "owed",
    "given back": "given back",
}


class Place:
    """One of the places. `give_back` may be called more than once, in the event loop.

    A thread cannot be stopped: one that is inside of the dependency keeps the place until it comes out, whoever gives
    it back before.
    """

    __slots__ = ("_lock", "_loop", "_places", "_state")

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._state: PlaceState = "taken"

    def give_back(self) -> None:
        with self._lock:
            was, self._state = self._state, _GIVEN_BACK[self._state]
        if was == "taken":
            self._places.release()

    def around(self, call: Callable[P, T]) -> Callable[P, T]:
        """`call` for a thread. CancelledError when the place was given back before the thread began."""

        @functools.wraps(call)
        def inside(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._lock:
                if self._state == "given back":
                    raise asyncio.CancelledError("nobody waits for this call any more")
                self._state = "occupied"
            try:
                return call(*args, **kwargs)
            finally:
                self._come_out()

        return inside

    def _come_out(self) -> None:
        with self._lock:
            was, self._state = self._state, "taken"
        if was == "owed":
            try:
                self._loop.call_soon_threadsafe(self.give_back)
            except RuntimeError:  # the loop is closed, and its places with it
                pass
