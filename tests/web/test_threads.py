from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
import traceback

import pytest

from webfoot.web.threads import ThreadPool, is_async_callable, iterate_in_threadpool, run_in_threadpool

flag: contextvars.ContextVar[str] = contextvars.ContextVar("flag", default="unset")
other: contextvars.ContextVar[str] = contextvars.ContextVar("other", default="unset")


def test_runs_in_another_thread_and_gives_back_what_was_returned() -> None:
    def where(a: int, *, b: int) -> tuple[int, int, int]:
        return threading.get_ident(), a, b

    ident, a, b = asyncio.run(run_in_threadpool(where, 1, b=2))
    assert (a, b) == (1, 2)
    assert ident != threading.get_ident()


def test_the_function_may_have_a_parameter_of_any_name() -> None:
    assert asyncio.run(run_in_threadpool(lambda func, self, loop: (func, self, loop), func=1, self=2, loop=3)) == (
        1,
        2,
        3,
    )


def test_context_variables_travel_both_ways() -> None:
    def in_thread() -> str:
        seen = flag.get()
        flag.set("from the thread")
        return seen

    async def main() -> None:
        flag.set("from the task")
        other.set("kept")
        assert await run_in_threadpool(in_thread) == "from the task"
        assert flag.get() == "from the thread"
        assert other.get() == "kept"

    asyncio.run(main())


def test_context_variables_come_back_with_an_exception_too() -> None:
    def in_thread() -> None:
        flag.set("before the error")
        raise KeyError("gone")

    async def main() -> None:
        with pytest.raises(KeyError):
            await run_in_threadpool(in_thread)
        assert flag.get() == "before the error"

    asyncio.run(main())


def test_an_exception_keeps_its_traceback() -> None:
    def deep_inside() -> None:
        raise ValueError("deep")

    def outside() -> None:
        deep_inside()

    with pytest.raises(ValueError, match="deep") as caught:
        asyncio.run(run_in_threadpool(outside))
    assert "deep_inside" in "".join(traceback.format_exception(caught.value))


def test_stop_iteration_does_not_hang_the_caller() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(run_in_threadpool(next, iter(())))


def test_iterates_in_threads() -> None:
    threads: set[int] = set()

    def numbers():
        for number in range(3):
            threads.add(threading.get_ident())
            yield number

    async def main() -> list[int]:
        return [number async for number in iterate_in_threadpool(numbers())]

    assert asyncio.run(main()) == [0, 1, 2]
    assert threading.get_ident() not in threads


def test_grows_on_demand_up_to_its_limit_and_shows_what_waits() -> None:
    pool = ThreadPool(limit=2)
    gate, started = threading.Event(), threading.Semaphore(0)

    def block() -> None:
        started.release()
        gate.wait()

    async def main() -> None:
        assert (pool.size, pool.busy, pool.queued) == (0, 0, 0)
        tasks = [asyncio.create_task(pool.run(block)) for _ in range(5)]
        await asyncio.sleep(0)
        for _ in range(2):
            await asyncio.get_running_loop().run_in_executor(None, started.acquire)
        assert (pool.size, pool.busy, pool.queued) == (2, 2, 3)
        gate.set()
        await asyncio.gather(*tasks)
        assert (pool.size, pool.busy, pool.queued) == (2, 0, 0)

    asyncio.run(main())


def test_an_idle_thread_is_used_again() -> None:
    pool = ThreadPool(limit=10)

    async def main() -> set[int]:
        return {await pool.run(threading.get_ident) for _ in range(20)}

    assert len(asyncio.run(main())) == 1
    assert pool.size == 1


def test_a_cancelled_waiter_leaves_the_pool_usable_and_its_queued_call_undone() -> None:
    pool = ThreadPool(limit=1)
    gate, started, ran = threading.Event(), threading.Event(), []

    def block() -> None:
        started.set()
        gate.wait()

    async def main() -> str:
        running = asyncio.create_task(pool.run(block))
        queued = asyncio.create_task(pool.run(ran.append, "queued"))
        await asyncio.get_running_loop().run_in_executor(None, started.wait)
        for task in (running, queued):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.set()
        return await pool.run(lambda: "usable")

    assert asyncio.run(main()) == "usable"
    assert ran == []
    assert pool.busy == pool.queued == 0


def test_a_loop_that_is_gone_does_not_hurt_the_thread() -> None:
    pool = ThreadPool(limit=1)
    gate = threading.Event()

    async def leave() -> None:
        task = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    gate.set()
    assert asyncio.run(pool.run(lambda: "alive")) == "alive"


def test_a_blocked_thread_does_not_keep_the_process_from_ending() -> None:
    program = (
        "import asyncio, threading\n"
        "from webfoot.web.threads import run_in_threadpool\n"
        "async def main():\n"
        "    task = asyncio.create_task(run_in_threadpool(threading.Event().wait))\n"
        "    await asyncio.sleep(0)\n"
        "asyncio.run(main())\n"
        "print('ended')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ThreadPool(limit=0)


def test_what_counts_as_async() -> None:
    class AsyncCall:
        async def __call__(self) -> None: ...

        async def method(self) -> None: ...

    async def function() -> None: ...

    import functools

    assert is_async_callable(function)
    assert is_async_callable(functools.partial(functools.partial(function)))
    assert is_async_callable(AsyncCall())
    assert is_async_callable(AsyncCall().method)
    assert not is_async_callable(AsyncCall)
    assert not is_async_callable(print)
