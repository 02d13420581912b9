"""How many threads there are, what they run, what waits, and who goes first."""

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
from typing import Any

import pytest
from tests.web.threads.held import Held

from webfoot.web.threads import (
    ThreadPool,
    run_in_event_loop,
)
from webfoot.web.threads.job import Job, Ticket
from webfoot.web.threads.pool import STUCK_AFTER


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
