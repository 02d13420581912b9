import asyncio
import functools
import threading

import pytest

from webfoot.web.background import BackgroundTask, BackgroundTasks


def test_async_work_runs_in_the_loop_and_other_work_in_a_thread():
    seen = []

    async def in_loop(name, *, sign="!"):
        seen.append((name + sign, threading.current_thread() is threading.main_thread()))

    def in_thread(name):
        seen.append((name, threading.current_thread() is threading.main_thread()))

    class Callable:
        async def __call__(self):
            await in_loop("object")

    tasks = BackgroundTasks([BackgroundTask(in_loop, "a", sign="?")])
    tasks.add_task(in_thread, "b")
    tasks.add_task(functools.partial(in_loop, "c"))
    tasks.add_task(functools.partial(functools.partial(in_thread, "d")))
    tasks.add_task(Callable())
    asyncio.run(tasks())
    assert seen == [("a?", True), ("b", False), ("c!", True), ("d", False), ("object!", True)]


def test_a_task_that_fails_ends_the_row():
    seen = []

    def fail():
        raise RuntimeError("no duck")

    tasks = BackgroundTasks([BackgroundTask(fail), BackgroundTask(seen.append, 1)])
    with pytest.raises(RuntimeError, match="no duck"):
        asyncio.run(tasks())
    assert seen == []
