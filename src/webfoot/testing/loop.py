"""An event loop in a background thread: where the synchronous test client runs the application."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

_STOP_TIMEOUT = 5.0
"""Seconds that the loop gets to cancel the tasks which the application left behind, and to join its threads."""


class LoopThread:
    """One event loop in one thread, from `start()` to `stop()`.

    The thread is a daemon, so an application that blocks its loop for ever cannot keep the test run from ending.
    """

    def __init__(self, loop_factory: LoopFactory | None = None) -> None:
        self._loop_factory = loop_factory
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._failure: Exception | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="webfoot-testclient", daemon=True)

    def start(self) -> LoopThread:
        self._thread.start()
        self._ready.wait()
        if self._loop is None:
            self._thread.join()
            raise RuntimeError("the event loop of the test client could not be made") from self._failure
        return self

    def run(self, work: Coroutine[Any, Any, T], *, timeout: float | None = None) -> T:
        """Run `work` in the loop and wait for its result. It sees the context variables of the calling thread.

        Raises what `work` raises, RuntimeError after `timeout` seconds, which only a blocked loop can use up, and
        RuntimeError when the loop has been stopped.
        """
        assert self._loop is not None, "the loop was not started"
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("the test client's `with` block has ended, and its event loop with it")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            if future.done():  # a TimeoutError of the work's own
                raise
            raise RuntimeError("the application blocks the event loop") from None
        except BaseException:
            future.cancel()  # Ctrl-C in the test: do not leave the work behind
            raise

    def stop(self) -> None:
        """Cancel what still runs in the loop, close it and join the thread."""
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_TIMEOUT)
        if self._thread.is_alive():
            raise RuntimeError("the application left something behind that neither ends nor can be cancelled")

    def _serve(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._until_stopped())
        except Exception as failure:
            if self._loop is not None:
                raise
            self._failure = failure
            self._ready.set()  # whoever waits for the loop must learn that there is none

    async def _until_stopped(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._ready.set()
        await self._stopping.wait()
