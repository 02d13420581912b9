from __future__ import annotations

import asyncio
import contextvars

import pytest

from webfoot.testing.loop import LoopThread

colour: contextvars.ContextVar[str] = contextvars.ContextVar("colour", default="none")


async def read_colour() -> str:
    return colour.get()


def test_work_runs_in_one_loop_and_sees_the_callers_context() -> None:
    async def which() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    thread = LoopThread().start()
    token = colour.set("plum")
    try:
        assert thread.run(which()) is thread.run(which())
        assert thread.run(read_colour()) == "plum"
    finally:
        colour.reset(token)
        thread.stop()


def test_what_the_work_raises_is_raised() -> None:
    async def times_out() -> None:
        raise TimeoutError("the pond is frozen")

    thread = LoopThread().start()
    with pytest.raises(TimeoutError, match="the pond is frozen"):
        thread.run(times_out(), timeout=5)
    thread.stop()


def test_tasks_that_are_left_behind_are_cancelled() -> None:
    ended: list[str] = []

    async def linger() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def leave_behind() -> asyncio.Task[None]:
        task = asyncio.create_task(linger())
        await asyncio.sleep(0)
        return task

    thread = LoopThread().start()
    task = thread.run(leave_behind())
    thread.stop()
    assert ended == ["cancelled"]
    assert task.cancelled()


def test_a_loop_that_cannot_be_made_is_one_error() -> None:
    def fails() -> asyncio.AbstractEventLoop:
        raise OSError("too many open files")

    with pytest.raises(RuntimeError, match="could not be made") as caught:
        LoopThread(fails).start()
    assert str(caught.value.__cause__) == "too many open files"


def test_a_stopped_loop_takes_no_work() -> None:
    thread = LoopThread().start()
    thread.stop()
    with pytest.raises(RuntimeError, match="`with` block has ended, and its event loop with it"):
        thread.run(read_colour())
