"""Calls that cancellation waits for."""

import asyncio
import threading
from contextvars import ContextVar

import pytest

from webfoot.web.threads import check_cancelled
from webfoot.web.threads.pool import ThreadPool

name: ContextVar[str] = ContextVar("name", default="nobody")


class Gate:
    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def wait(self, *, then=None):
        self.reached.set()
        assert self.opened.wait(5)
        return then() if then is not None else "waited"


async def cancelled(coroutine, gate, times=1):
    """The task, cancelled as often as asked while its call is at the gate, which is then opened."""
    task = asyncio.ensure_future(coroutine)
    await asyncio.get_running_loop().run_in_executor(None, gate.reached.wait, 5)
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not task.done()
    gate.opened.set()
    await asyncio.wait([task])
    return task


@pytest.mark.parametrize("kind", ["finish", "clean_up"])
def test_without_a_cancellation_they_are_as_run(kind):
    async def main():
        call = getattr(ThreadPool(1), kind)
        with pytest.raises(ZeroDivisionError):
            await call(lambda: 1 / 0)
        await call(name.set, "mallard")
        return name.get(), await call(max, 1, 2), await call(sorted, [1, 2], reverse=True)

    assert asyncio.run(main()) == ("mallard", 2, [2, 1])


@pytest.mark.parametrize("kind", ["finish", "clean_up"])
def test_a_call_that_has_begun_is_waited_for(kind):
    async def main():
        gate = Gate()
        task = await cancelled(getattr(ThreadPool(1), kind)(gate.wait), gate, times=3)
        assert task.cancelled()

    asyncio.run(main())


def test_what_it_raises_goes_before_the_cancellation():
    async def main():
        gate = Gate()
        task = await cancelled(ThreadPool(1).finish(gate.wait, then=lambda: 1 / 0), gate)
        assert isinstance(task.exception(), ZeroDivisionError)

    asyncio.run(main())


@pytest.mark.parametrize(("kind", "done"), [("finish", []), ("clean_up", ["done"])])
def test_only_a_clean_up_is_done_when_nobody_has_begun_it(kind, done):
    async def main():
        pool, gate, log = ThreadPool(1), Gate(), []
        busy = asyncio.create_task(pool.run(gate.wait))
        await asyncio.get_running_loop().run_in_executor(None, gate.reached.wait, 5)
        task = asyncio.create_task(getattr(pool, kind)(log.append, "done"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        gate.opened.set()
        await asyncio.wait([busy, task])
        assert task.cancelled()
        return log

    assert asyncio.run(main()) == done


@pytest.mark.parametrize(("kind", "told"), [("finish", True), ("clean_up", False)])
def test_only_what_is_not_a_clean_up_may_learn_that_nobody_wants_it(kind, told):
    async def main():
        gate, heard = Gate(), []

        def ask():
            try:
                check_cancelled()
            except asyncio.CancelledError:
                heard.append(True)

        await cancelled(getattr(ThreadPool(1), kind)(gate.wait, then=ask), gate)
        return bool(heard)

    assert asyncio.run(main()) is told
