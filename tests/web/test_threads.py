from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import random
import subprocess
import sys
import threading
import time
import traceback
import weakref
from typing import Any

import pytest

from webfoot.web.threads import (
    ThreadPool,
    check_cancelled,
    is_async_callable,
    iterate_in_threadpool,
    run_in_event_loop,
    run_in_threadpool,
)
from webfoot.web.threads.job import Job, Ticket
from webfoot.web.threads.pool import STUCK_AFTER

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

    assert is_async_callable(function)
    assert is_async_callable(functools.partial(functools.partial(function)))
    assert is_async_callable(AsyncCall())
    assert is_async_callable(AsyncCall().method)
    assert not is_async_callable(AsyncCall)
    assert not is_async_callable(print)


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


class TestLooking:
    def test_what_runs_and_what_waits_has_a_name_and_an_age(self) -> None:
        pool, held = ThreadPool(limit=1), Held()

        def count_ducks() -> None: ...

        async def main() -> None:
            tasks = [asyncio.create_task(pool.run(held)), asyncio.create_task(pool.run(count_ducks))]
            tasks.append(asyncio.create_task(pool.run(functools.partial(count_ducks))))
            await held.until(1)
            [running], waiting = pool.running(), pool.waiting()
            assert running.name.endswith("Held")
            assert 0 <= running.seconds < 10
            assert [call.name.rpartition(".")[2] for call in waiting] == ["count_ducks", "count_ducks"]
            assert waiting[0].seconds >= waiting[1].seconds >= 0
            assert pool.longest_wait > 0
            held.gate.set()
            await asyncio.gather(*tasks)
            assert (pool.running(), pool.waiting(), pool.longest_wait) == ([], [], 0.0)

        asyncio.run(main())

    def test_a_call_that_was_cancelled_waits_no_more(self) -> None:
        pool, held = ThreadPool(limit=1), Held()

        async def main() -> None:
            task, late = asyncio.create_task(pool.run(held)), asyncio.create_task(pool.run(print))
            await held.until(1)
            late.cancel()
            await asyncio.sleep(0)
            assert (pool.waiting(), pool.queued) == ([], 0)
            held.gate.set()
            await task

        asyncio.run(main())

    def test_the_log_says_what_the_threads_do_when_a_call_waits_long_and_says_it_once(self, caplog: Any) -> None:
        pool, held = ThreadPool(limit=2, warn_after=0.05), Held()

        async def main() -> None:
            tasks = [asyncio.create_task(pool.run(held)) for _ in range(4)]
            await held.until(2)
            while not caplog.records:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.15)
            held.gate.set()
            await asyncio.gather(*tasks)

        with caplog.at_level("WARNING", logger="webfoot"):
            asyncio.run(main())
        [record] = caplog.records
        assert "for a thread, and 2 wait: all 2 threads are busy (2 x " in record.getMessage()
        assert "Held" in record.getMessage()

    def test_names(self) -> None:
        @contextlib.contextmanager
        def session() -> Any:
            yield

        class Odd:
            def __init__(self) -> None:
                self.__qualname__ = 3  # as a mock might have it
                self.__module__ = None  # type: ignore[assignment]

            def __call__(self) -> None: ...

        def named(func: Any) -> str:
            loop = asyncio.new_event_loop()
            try:
                return Job(Ticket(None, loop), contextvars.Context(), func, (), {}).seen(0).name
            finally:
                loop.close()

        assert named(print) == "builtins.print"
        assert named(session().__enter__).endswith("test_names.<locals>.session")
        assert named(functools.partial(functools.partial(print, 1), 2)) == "builtins.print"
        assert named("x".upper) == "str.upper"
        assert named(Odd()).endswith("Odd")


class TestLimit:
    def test_raising_it_helps_those_that_wait_now(self) -> None:
        pool, held = ThreadPool(limit=1), Held()

        async def main() -> None:
            tasks = [asyncio.create_task(pool.run(held)) for _ in range(3)]
            await held.until(1)
            pool.limit = 3
            await held.until(2)
            assert (pool.size, pool.busy, pool.queued) == (3, 3, 0)
            pool.limit = 1
            held.gate.set()
            await asyncio.gather(*tasks)
            for _ in range(3):
                await pool.run(print, end="")

        asyncio.run(main())
        assert pool.size == 1
        with pytest.raises(ValueError, match="at least 1"):
            pool.limit = 0

    def test_new_work_gets_no_thread_beyond_it(self) -> None:
        pool, held = ThreadPool(limit=2, warn_after=0.01), Held()

        async def main() -> None:
            tasks = [asyncio.create_task(pool.run(held)) for _ in range(6)]
            await held.until(2)
            await asyncio.sleep(STUCK_AFTER * 2)
            assert (pool.size, pool.busy, pool.queued) == (2, 2, 4)
            held.gate.set()
            await asyncio.gather(*tasks)

        asyncio.run(main())


class TestNothingLocksUp:
    """What stops a pool of anyio's 40 tokens for good: threads that wait for what needs a thread."""

    @pytest.mark.parametrize("deep", [1, 3])
    def test_threads_that_wait_for_coroutines_that_need_threads(self, deep: int) -> None:
        pool = ThreadPool(limit=2)

        async def again(level: int) -> int:
            found = await asyncio.gather(*(pool.run(block, level - 1) for _ in range(2)))
            return sum(found)

        def block(level: int) -> int:
            return run_in_event_loop(again, level) if level else 1

        async def main() -> list[int]:
            return await asyncio.wait_for(asyncio.gather(*(pool.run(block, deep) for _ in range(8))), 20)

        assert asyncio.run(main()) == [2**deep] * 8
        patience = time.monotonic() + 20
        while pool.size > 2 and time.monotonic() < patience:  # a result is there a little before its thread ends
            time.sleep(0.001)
        assert pool.size <= 2

    def test_also_through_asyncios_own_way_back(self) -> None:
        pool = ThreadPool(limit=2)

        async def again() -> str:
            return await pool.run(lambda: "from another thread")

        def block(loop: asyncio.AbstractEventLoop) -> str:
            return asyncio.run_coroutine_threadsafe(again(), loop).result(20)

        async def main() -> list[str]:
            loop = asyncio.get_running_loop()
            return await asyncio.wait_for(asyncio.gather(*(pool.run(block, loop) for _ in range(6))), 20)

        assert asyncio.run(main()) == ["from another thread"] * 6

    @pytest.mark.parametrize("seed", range(6))
    def test_whatever_waits_for_whatever(self, seed: int) -> None:
        """Calls in calls by both ways back, and a resource that is held from one call to another."""
        chance = random.Random(seed)
        pool = ThreadPool(limit=chance.choice([1, 2, 5]))
        resource = threading.Semaphore(chance.choice([1, 3]))

        async def several(depth: int) -> None:
            await asyncio.gather(*(pool.run(work, depth - 1) for _ in range(chance.randint(1, 3))))

        def work(depth: int) -> None:
            if depth <= 0 or chance.random() < 0.5:
                return
            if chance.random() < 0.5:
                run_in_event_loop(several, depth)
            else:
                asyncio.run_coroutine_threadsafe(several(depth), loop).result(20)

        async def request() -> None:
            if chance.random() < 0.3:
                await pool.run(resource.acquire)
                await asyncio.sleep(0)
                await pool.run(work, 2)
                await pool.run(resource.release)
            else:
                for _ in range(chance.randint(1, 3)):
                    await pool.run(work, chance.randint(0, 3))

        async def main() -> None:
            nonlocal loop
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(asyncio.gather(*(request() for _ in range(40))), 30)
            assert (pool.busy, pool.queued) == (0, 0)

        loop: asyncio.AbstractEventLoop
        asyncio.run(main())

    def test_a_resource_that_only_begun_work_can_give_back(self) -> None:
        """FastAPI's sync dependencies with a yield: those that hold a connection need a thread to let go of it, and
        all threads wait for a connection."""
        pool = ThreadPool(limit=4)
        connections = threading.Semaphore(2)

        def take() -> None:
            assert connections.acquire(timeout=20)

        async def request() -> str:
            await pool.run(take)
            await asyncio.sleep(0)
            await pool.run(print, end="")  # the endpoint
            await pool.run(connections.release)
            return "done"

        async def main() -> list[str]:
            return await asyncio.wait_for(asyncio.gather(*(request() for _ in range(20))), 20)

        assert asyncio.run(main()) == ["done"] * 20

    def test_work_that_was_begun_goes_first(self) -> None:
        pool, held, order = ThreadPool(limit=1), Held(), []

        async def main() -> None:
            began, go = asyncio.Event(), asyncio.Event()

            async def begun() -> None:
                await pool.run(order.append, "first hop")
                began.set()
                await go.wait()
                await pool.run(order.append, "second hop")

            tasks = [asyncio.create_task(begun())]
            await began.wait()
            tasks.append(asyncio.create_task(pool.run(held)))
            await held.until(1)
            tasks += [asyncio.create_task(pool.run(order.append, "new")) for _ in range(3)]
            await asyncio.sleep(0)
            go.set()
            while pool.queued < 4:
                await asyncio.sleep(0)
            held.gate.set()
            await asyncio.gather(*tasks)

        asyncio.run(main())
        assert order == ["first hop", "second hop", "new", "new", "new"]

    def test_work_that_goes_on_and_on_leaves_threads_to_others(self) -> None:
        pool = ThreadPool(limit=1)

        async def stream(stop: asyncio.Event) -> None:
            while not stop.is_set():
                await pool.run(int)

        async def main() -> None:
            stop = asyncio.Event()
            streams = [asyncio.create_task(stream(stop)) for _ in range(5)]
            await pool.run(int)
            for _ in range(3):
                await asyncio.wait_for(asyncio.create_task(pool.run(int), context=contextvars.Context()), 10)
            stop.set()
            await asyncio.gather(*streams)

        asyncio.run(main())

    def test_a_system_that_gives_no_more_threads(self, monkeypatch: Any) -> None:
        pool, held = ThreadPool(limit=3), Held()
        start = threading.Thread.start

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        async def main() -> None:
            monkeypatch.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                await pool.run(print)
            assert (pool.size, pool.queued) == (0, 0)
            monkeypatch.setattr(threading.Thread, "start", start)
            tasks = [asyncio.create_task(pool.run(held))]
            await asyncio.sleep(0)
            monkeypatch.setattr(threading.Thread, "start", refuse)
            tasks += [asyncio.create_task(pool.run(held)) for _ in range(3)]
            await asyncio.sleep(0)
            assert (pool.size, pool.queued + pool.busy) == (1, 4)
            monkeypatch.setattr(threading.Thread, "start", start)
            held.gate.set()
            await asyncio.wait_for(asyncio.gather(*tasks), 10)

        asyncio.run(main())


class TestBackIntoTheLoop:
    def test_calls_in_the_loop_and_gives_back_the_outcome(self) -> None:
        async def where(a: int, *, b: int) -> tuple[int, int, int]:
            await asyncio.sleep(0)
            return threading.get_ident(), a, b

        async def fails() -> None:
            raise KeyError("in the loop")

        def in_thread() -> None:
            ident, a, b = run_in_event_loop(where, 1, b=2)
            assert (a, b) == (1, 2)
            assert ident == threading.main_thread().ident
            with pytest.raises(KeyError, match="in the loop"):
                run_in_event_loop(fails)
            run_in_event_loop(where, 1, b=2)

        asyncio.run(run_in_threadpool(in_thread))

    def test_context_variables_go_all_the_way_and_back(self) -> None:
        async def in_loop() -> str:
            seen = flag.get()
            other.set("from the loop")
            return seen

        def in_thread() -> str:
            flag.set("from the thread")
            seen = run_in_event_loop(in_loop)
            return f"{seen}, {other.get()}"

        async def main() -> None:
            assert await run_in_threadpool(in_thread) == "from the thread, from the loop"
            assert (flag.get(), other.get()) == ("from the thread", "from the loop")

        asyncio.run(main())

    def test_elsewhere_it_says_where_it_may_be_called(self) -> None:
        async def main() -> None:
            with pytest.raises(RuntimeError, match="run_in_threadpool"):
                run_in_event_loop(asyncio.sleep, 0)
            await run_in_threadpool(print, end="")
            with pytest.raises(RuntimeError, match="run_in_threadpool"):
                check_cancelled()

        asyncio.run(main())

    def test_a_coroutine_that_is_cancelled_does_not_leave_the_thread_waiting(self) -> None:
        async def cancelled() -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(0)

        def in_thread() -> None:
            with pytest.raises(asyncio.CancelledError):
                run_in_event_loop(cancelled)

        asyncio.run(run_in_threadpool(in_thread))

    def test_a_thread_can_ask_whether_anybody_still_waits(self) -> None:
        held, seen = Held(), []

        def in_thread() -> None:
            check_cancelled()
            held()
            try:
                run_in_event_loop(asyncio.sleep, 0)
            except asyncio.CancelledError:
                seen.append("nobody")
            held.entered.release()

        async def main() -> None:
            task = asyncio.create_task(run_in_threadpool(in_thread))
            await held.until(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            held.gate.set()
            await held.until(1)

        asyncio.run(main())
        assert seen == ["nobody"]


def test_a_call_leaves_nothing_of_itself_alive() -> None:
    class Large: ...

    async def main() -> weakref.ref[Large]:
        large = Large()
        seen = weakref.ref(large)
        assert await run_in_threadpool(lambda given: given, large) is large
        return seen

    async def all_of_it() -> None:
        seen = await main()
        for _ in range(100):
            if seen() is None:
                return
            await asyncio.sleep(0.01)  # the thread lets go a moment later
        raise AssertionError("something holds it")

    asyncio.run(all_of_it())
