"""An event loop in a background thread: where the synchronous test client runs the application."""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

from webfoot.testing.patience import at_breakpoint, place_of_thread

T = TypeVar("T")

LoopFactory: TypeAlias = Callable[[], asyncio.AbstractEventLoop]

_STOP_TIMEOUT = 5.0
"""Seconds that the loop gets to cancel the tasks which the application left behind, and to join its threads."""

_PROBE_TIMEOUT = 0.5
"""Seconds that the loop gets to do nothing at all before it counts as blocked."""


class Upload:
    """A request body that is made part by part: in the thread of the test, when the application asks for it."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts: Iterator[bytes] = iter(parts)
        self._wishes: queue.SimpleQueue[asyncio.Future[bytes | None] | None] = queue.SimpleQueue()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        while True:
            wish: asyncio.Future[bytes | None] = loop.create_future()
            self._wishes.put(wish)
            part = await wish
            if part is None:
                return
            yield part

    def wake(self, _: object) -> None:
        """Have `serve()` look whether the work is done."""
        self._wishes.put(None)

    def serve(self, work: concurrent.futures.Future[Any], timeout: float | None) -> bool:
        """Hand over parts until `work` is done; False when nobody has asked for `timeout` seconds."""
        while not work.done():
            try:
                wish = self._wishes.get(timeout=timeout)
            except queue.Empty:
                return False
            if wish is not None:
                part = next(self._parts, None)
                wish.get_loop().call_soon_threadsafe(_grant, wish, part)
        return True


def _grant(wish: asyncio.Future[bytes | None], part: bytes | None) -> None:
    if not wish.done():
        wish.set_result(part)


class Portal:
    """The way into the event loop of a client's `with` block, for what is bound to it.

    client.portal.call(queue.put, "duck")
    """

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop

    def call(self, function: Callable[..., Awaitable[T] | T], *args: Any) -> T:
        """Run a function, async or not, in the loop, and wait for its result."""
        return self._loop.run(_called(function, args))

    def start_task_soon(self, function: Callable[..., Awaitable[T] | T], *args: Any) -> concurrent.futures.Future[T]:
        """As `call()`, without waiting. What is not done when the block ends is cancelled."""
        return self._loop.submit(_called(function, args))


async def _called(function: Callable[..., Awaitable[T] | T], args: tuple[Any, ...]) -> T:
    result = function(*args)
    return await result if inspect.isawaitable(result) else result


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
        self._blocked = False
        self._thread = threading.Thread(target=self._serve, name="webfoot-testclient", daemon=True)

    def start(self) -> LoopThread:
        self._thread.start()
        self._ready.wait()
        if self._loop is None:
            self._thread.join()
            raise RuntimeError("the event loop of the test client could not be made") from self._failure
        return self

    def run(self, work: Coroutine[Any, Any, T], *, timeout: float | None = None, upload: Upload | None = None) -> T:
        """Run `work` in the loop and wait for its result. It sees the context variables of the calling thread.

        Raises what `work` raises, RuntimeError when the loop is blocked after `timeout` seconds, and RuntimeError when
        the loop has been stopped.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("a test client cannot be used from within its own event loop; AsyncTestClient can")
        future = self.submit(work)
        if upload is not None:
            future.add_done_callback(upload.wake)
        try:
            while not self._is_done(future, 0 if self._blocked else timeout, upload):
                self._raise_if_blocked()
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C in the test: do not leave the work behind
            raise

    def _is_done(self, work: concurrent.futures.Future[Any], timeout: float | None, upload: Upload | None) -> bool:
        if upload is not None:
            return upload.serve(work, timeout)
        return bool(concurrent.futures.wait([work], timeout).done)

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """As `run()`, without waiting for it."""
        assert self._loop is not None, "the loop was not started"
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("the test client's `with` block has ended, and its event loop with it")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _raise_if_blocked(self) -> None:
        assert self._loop is not None
        moved = threading.Event()
        self._loop.call_soon_threadsafe(moved.set)
        self._blocked = not moved.wait(_PROBE_TIMEOUT) and not at_breakpoint()
        if self._blocked:
            raise RuntimeError(f"the application blocks the event loop{place_of_thread(self._thread.ident)}")

    def stop(self) -> None:
        """Cancel what still runs in the loop, close it and join the thread."""
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(0 if self._blocked else _STOP_TIMEOUT)
        if self._thread.is_alive() and not self._blocked:  # of a blocked one the test has heard already
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
