"""The event that tells of a server's end: any task, any loop, any thread."""

from __future__ import annotations

import asyncio
import copy
import functools
import threading
from collections.abc import Awaitable, Callable

import pytest

from webfoot.asgi.stopping import STOPPING_KEY, Stopping, stopping_of


def in_a_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    @functools.wraps(test)
    def run() -> None:
        asyncio.run(test())  # type: ignore[arg-type]

    return run


@in_a_loop
async def test_tasks_that_wait_are_woken() -> None:
    stopping = Stopping()
    waiting = [asyncio.create_task(stopping.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(each.done() for each in waiting)
    stopping.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
        await stopping.wait()  # whoever comes late does not wait
    assert stopping.is_set()


@in_a_loop
async def test_a_loop_of_another_thread_is_woken() -> None:
    stopping = Stopping()
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        await stopping.wait()

    other = threading.Thread(target=asyncio.run, args=(wait(),))
    other.start()
    await asyncio.to_thread(begun.wait, 5)
    stopping.set()
    await asyncio.to_thread(other.join, 5)
    assert not other.is_alive()


def test_a_thread_waits_without_a_loop() -> None:
    stopping = Stopping()
    assert not stopping.wait_in_thread(0)
    heard: list[bool] = []
    thread = threading.Thread(target=lambda: heard.append(stopping.wait_in_thread()))
    thread.start()
    stopping.set()
    thread.join(5)
    assert heard == [True]
    assert stopping.wait_in_thread(0)


def test_callbacks_are_called_once_and_can_be_taken_back() -> None:
    stopping = Stopping()
    called: list[str] = []
    forget = stopping.call(lambda: called.append("forgotten"))
    stopping.call(lambda: called.append("kept"))
    forget()
    stopping.set()
    stopping.set()
    stopping.call(lambda: called.append("late"))
    assert called == ["kept", "late"]


def test_a_callback_that_fails_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    stopping = Stopping()
    called: list[str] = []
    stopping.call(lambda: 1 / 0)
    stopping.call(lambda: called.append("second"))
    stopping.set()
    assert called == ["second"]
    assert "what was to be called when the server stops has failed" in caplog.text


@in_a_loop
async def test_whoever_gives_up_waiting_leaves_nothing_behind() -> None:
    stopping = Stopping()
    waiting = asyncio.create_task(stopping.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not stopping._callbacks


@in_a_loop
async def test_a_waiter_whose_loop_is_closed_does_no_harm() -> None:
    stopping = Stopping()

    def leave_a_loop() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(stopping.wait())
        loop.run_until_complete(asyncio.sleep(0))
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        loop.close()
        kept.append(task)

    kept: list[object] = []
    await asyncio.to_thread(leave_a_loop)
    stopping.set()
    assert stopping.is_set()


def test_draining_is_not_yet_stopping() -> None:
    stopping = Stopping()
    assert not stopping.is_heeded
    stopping.drain()
    assert stopping.phase == "draining"
    assert not stopping.is_set()
    assert stopping.is_heeded
    stopping.set()
    stopping.drain()
    assert stopping.phase == "stopping"


def test_it_is_found_in_the_state_of_a_scope() -> None:
    stopping = Stopping()
    assert stopping_of({"state": {STOPPING_KEY: stopping}}) is stopping
    assert copy.deepcopy({"state": {STOPPING_KEY: stopping}})["state"][STOPPING_KEY] is stopping


@pytest.mark.parametrize("scope", [{}, {"state": {}}, {"state": None}, {"state": {STOPPING_KEY: "something else"}}])
def test_a_server_that_does_not_tell(scope: dict[str, object]) -> None:
    found = stopping_of(scope)
    assert not found.is_set()
    assert not found.wait_in_thread(0)
