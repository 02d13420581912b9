from __future__ import annotations

import asyncio
import contextvars
import threading
import traceback
import weakref

import pytest
from tests.web.threads.held import Held

from webfoot.web.threads import (
    ThreadPool,
    check_cancelled,
    iterate_in_threadpool,
    run_in_event_loop,
    run_in_threadpool,
)

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
