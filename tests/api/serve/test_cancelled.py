"""What dependencies have entered is left, however the request ends."""

import asyncio
import threading

import pytest
from tests.api.serve.visiting import visit_to

from webfoot import Depends
from webfoot.api.serve.pipeline import serve


class Gate:
    """A thread waits here until the test lets it go on."""

    def __init__(self):
        self._reached = threading.Event()
        self._open = threading.Event()

    def wait(self):
        self._reached.set()
        assert self._open.wait(5)

    def open(self):
        self._open.set()

    async def reached(self):
        await asyncio.get_running_loop().run_in_executor(None, self._reached.wait, 5)


@pytest.fixture
def log():
    return []


@pytest.fixture
def gate():
    return Gate()


async def cancelled_at(gate, endpoint, log, times=1):
    """Serve `endpoint`; cancel it when a thread is at the gate, as often as asked, and only then open the gate."""
    task = asyncio.create_task(serve(visit_to(endpoint)))
    await gate.reached()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0.01)
    log.append("cancelled")
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_sync_dependency_that_is_being_entered_is_left(gate, log):
    def session():
        gate.wait()
        log.append("open")
        try:
            yield
        finally:
            log.append("close")

    async def endpoint(session=Depends(session)): ...

    asyncio.run(cancelled_at(gate, endpoint, log))
    assert log == ["cancelled", "open", "close"]


@pytest.mark.parametrize("where", ["endpoint", "dependency"])
def test_what_a_thread_uses_is_not_closed_below_it(gate, log, where):
    async def session():
        try:
            yield
        finally:
            log.append("close")

    def work(session=Depends(session)):
        gate.wait()
        log.append("still used")

    async def around(work=Depends(work)): ...

    asyncio.run(cancelled_at(gate, work if where == "endpoint" else around, log))
    assert log == ["cancelled", "still used", "close"]


def test_a_clean_up_in_a_thread_is_waited_for_however_often_the_request_is_cancelled(gate, log):
    async def first():
        try:
            yield
        finally:
            log.append("first left")

    def second(first=Depends(first)):
        try:
            yield
        finally:
            gate.wait()
            log.append("second left")

    async def endpoint(second=Depends(second)): ...

    asyncio.run(cancelled_at(gate, endpoint, log, times=3))
    assert log == ["cancelled", "second left", "first left"]


def test_a_clean_up_is_told_of_the_cancellation(log):
    async def session():
        try:
            yield
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            log.append("rolled back")
            raise

    async def endpoint(session=Depends(session)):
        await asyncio.sleep(10)

    async def main():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(serve(visit_to(endpoint)), 0.02)

    asyncio.run(main())
    assert log == ["rolled back"]
