"""The end of a server, for what runs in it: told once, heard by any task of any event loop, and by any thread.

A server of ours puts one `Stopping` into the lifespan's state, of which each request has a copy (ASGI "Lifespan
State"). `stopping_of(scope)` finds it, and on a server that does not tell gives one that is never set.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

STOPPING_KEY: Final = "webfoot.stopping"
"""Its place in the state."""

log = logging.getLogger("webfoot")


class Stopping:
    """Whether the server ends.

    phase: "serving"; "draining" while a server that was told to end still accepts (`shutdown_delay`), so that whoever
        sends requests can turn elsewhere; "stopping" from when it does not.
    is_heeded: somebody has asked, so that its streams get a little time to end by themselves.
    """

    __slots__ = ("_callbacks", "_lock", "is_heeded", "phase")

    def __init__(self) -> None:
        self.phase: Literal["serving", "draining", "stopping"] = "serving"
        self.is_heeded = False
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], object]] = {}

    def is_set(self) -> bool:
        """Whether the server has stopped to accept requests and wants those that run to end."""
        self.is_heeded = True
        return self.phase == "stopping"

    async def wait(self) -> None:
        """Until the server stops. May be waited for in any event loop."""
        loop = asyncio.get_running_loop()
        heard = loop.create_future()

        def wake() -> None:
            if not heard.done():
                heard.set_result(None)

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # that loop is closed: nobody waits any more
                loop.call_soon_threadsafe(wake)

        forget = self.call(tell)
        try:
            await heard
        finally:
            forget()

    def wait_in_thread(self, timeout: float | None = None) -> bool:
        """As `wait`, for code in a thread of its own, for at most `timeout` seconds. Whether the server stops."""
        heard = threading.Event()
        forget = self.call(heard.set)
        try:
            return heard.wait(timeout)
        finally:
            forget()

    def call(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` when the server stops, or now if it does; the function that is given back takes it back.

        It is called in the thread of the server's event loop and must not wait for anything.
        """
        key = object()
        self.is_heeded = True
        with self._lock:
            is_late = self.phase == "stopping"
            if not is_late:
                self._callbacks[key] = callback
        if is_late:
            callback()

        def forget() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return forget

    # For the server.

    def drain(self) -> None:
        if self.phase == "serving":
            self.phase = "draining"

    def set(self) -> None:
        """The server stops. Only the first call counts."""
        with self._lock:
            self.phase = "stopping"
            callbacks, self._callbacks = self._callbacks, {}
        for callback in callbacks.values():
            try:
                callback()
            except Exception:
                log.exception("what was to be called when the server stops has failed")

    def __deepcopy__(self, memo: object) -> Stopping:
        return self  # a copy of the state is about the same server


def stopping_of(scope: Mapping[str, Any]) -> Stopping:
    """The event of the server that the scope comes from; one that is never set, if that server tells of none."""
    state = scope.get("state")
    found = state.get(STOPPING_KEY) if isinstance(state, Mapping) else None
    return found if isinstance(found, Stopping) else Stopping()
