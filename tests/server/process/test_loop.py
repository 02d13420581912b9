"""Closing an event loop never waits without bound."""

import asyncio
import gc
import signal
import sys
import threading

import pytest

from webfoot.server import OptionError
from webfoot.server.process import loop as loops
from webfoot.server.process.loop import EventLoop, new_event_loop


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(loops, "PATIENCE", 0.05)


@pytest.mark.parametrize(("name", "module"), [("asyncio", "asyncio"), ("uvloop", "uvloop"), ("auto", "uvloop")])
def test_which_loop(name, module):
    loop = new_event_loop(name)
    assert type(loop).__module__.startswith(module)
    loop.close()


def test_without_uvloop(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    loop = new_event_loop("auto")
    assert type(loop).__module__.startswith("asyncio")
    loop.close()
    with pytest.raises(OptionError, match="the option loop cannot be uvloop, because uvloop is not installed"):
        new_event_loop("uvloop")


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_leftovers_are_cancelled_and_stubborn_ones_left(name, caplog):
    ended = []

    async def polite():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("polite")

    async def stubborn():
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append("stubborn")

    async def failing():
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("late")

    async def main():
        tasks = [asyncio.create_task(each(), name=each.__name__) for each in (polite, stubborn, failing)]
        await asyncio.sleep(0)
        return len(tasks)

    with EventLoop(name) as loop:
        assert loop.run(main()) == 3
    assert sorted(ended) == ["polite", "stubborn"]
    assert "the task failing failed while it was cancelled" in caplog.text
    assert "the task stubborn ignored its cancellation" in caplog.text
    caplog.clear()


def test_a_blocked_thread_of_the_default_executor_is_not_waited_for():
    release = threading.Event()
    guard = threading.Timer(30, release.set)
    guard.start()

    async def main():
        asyncio.get_running_loop().run_in_executor(None, release.wait)

    with EventLoop("asyncio") as loop:
        loop.run(main())
    assert not release.is_set()
    release.set()
    guard.cancel()


def test_a_generator_that_does_not_close(caplog):
    async def endless():
        try:
            yield 1
        finally:
            await asyncio.Event().wait()

    async def main():
        generator = endless()
        await anext(generator)
        return generator

    with EventLoop("asyncio") as loop:
        generator = loop.run(main())
    assert "an async generator did not end" in caplog.text
    del generator


def test_it_is_the_current_loop_again_after_an_asyncio_run_meanwhile():
    async def main():
        return asyncio.get_running_loop()

    with EventLoop("asyncio") as loop:
        asyncio.run(main())
        assert loop.run(main()) is loop._loop


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_an_interrupt_lets_the_main_task_clean_up_before_all_others_are_cancelled(name):
    said = []

    async def helper(stop):
        try:
            await stop.wait()
            said.append("helper was asked to stop")
        except asyncio.CancelledError:
            said.append("helper was cancelled")

    async def main():
        stop = asyncio.Event()
        task = asyncio.create_task(helper(stop))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            stop.set()
            await task

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), EventLoop(name) as loop:
            loop.run(main())
    finally:
        signal.signal(signal.SIGINT, before)
    assert said == ["helper was asked to stop"]


@pytest.mark.parametrize("name", ["asyncio", "uvloop"])
def test_an_interrupt_of_some_other_task_is_not_reported(name, caplog):
    async def other():
        signal.raise_signal(signal.SIGINT)

    async def main():
        task = asyncio.create_task(other())
        await asyncio.Event().wait()
        await task

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), EventLoop(name) as loop:
            loop.run(main())
    finally:
        signal.signal(signal.SIGINT, before)
    gc.collect()
    assert caplog.text == ""
