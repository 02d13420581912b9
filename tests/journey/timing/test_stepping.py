"""A driven application behaves as one that is not: outcomes, cancellation, context, what others see of its task."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import suppress

import pytest

from webfoot.journey.record import Record
from webfoot.journey.timing.listening import Timing
from webfoot.server.settings.places import place_of_task
from webfoot.trail import TRAIL_KEY
from webfoot.trail.elsewhere import onlooker
from webfoot.web.threads import run_in_threadpool


async def receive():
    return {"type": "http.request"}


async def send(message): ...


async def call(app, record=None, sending=send):
    await Timing().loaded(app)({"type": "http", TRAIL_KEY: record or Record()}, receive, sending)


def test_what_it_raises_comes_through():
    async def app(scope, receive, send):
        await asyncio.sleep(0)
        raise ValueError("quack")

    with pytest.raises(ValueError, match="quack"):
        asyncio.run(call(app))


def test_it_may_refuse_to_be_cancelled_at_once():
    cleaned = []

    async def app(scope, receive, send):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            cleaned.append(True)
            raise

    async def main():
        task = asyncio.ensure_future(call(app))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel("enough")
        with suppress(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(main())
    assert cleaned == [True]


def test_a_timeout_within_it_works():
    async def app(scope, receive, send):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(60)

    asyncio.run(call(app))


def test_it_need_not_be_a_coroutine():
    class Awaited:
        def __await__(self):
            return iter([])

    asyncio.run(call(lambda scope, receive, send: Awaited()))


def test_context_variables_are_those_of_the_task():
    name = contextvars.ContextVar("name", default="")

    async def app(scope, receive, send):
        name.set("duck")

    async def main():
        await call(app)
        return name.get()

    assert asyncio.run(main()) == "duck"


def test_where_it_waits_is_found_through_the_driver():
    async def nested():
        await asyncio.sleep(60)

    async def app(scope, receive, send):
        await nested()

    async def main():
        task = asyncio.ensure_future(call(app))
        await asyncio.sleep(0.01)
        place = place_of_task(task)
        task.cancel()
        return place

    assert "in test_where_it_waits_is_found_through_the_driver.<locals>.nested" in asyncio.run(main())


@pytest.mark.parametrize("takes", [True, False], ids=["files", "bytes"])
def test_a_server_that_takes_files_still_says_so(takes):
    class Exchange:
        takes_open_files = takes

        async def send(self, message): ...

    seen = []

    async def app(scope, receive, send):
        seen.append(send.__self__.takes_open_files)

    asyncio.run(call(app, sending=Exchange().send))
    assert seen == [takes]


def test_nobody_measures_a_request_that_nobody_watches():
    async def app(scope, received, sent):
        assert (received, sent) == (receive, send)
        assert onlooker.get() is None

    asyncio.run(Timing().loaded(app)({"type": "http"}, receive, send))


def test_what_lives_on_in_a_task_of_the_application_is_not_followed():
    """A worker that some request has started would be heard of for ever."""
    record = Record()

    async def work():
        for _ in range(3):
            await run_in_threadpool(int)

    async def main():
        started = []

        async def app(scope, receive, send):
            started.append(asyncio.ensure_future(work()))

        await call(app, record)
        await started[0]

    asyncio.run(main())
    assert record.times is not None and record.times.calls == []


def test_a_stream_of_many_steps_is_kept_within_bounds():
    record = Record()
    record.mark("app_entered", outcome="called")

    async def app(scope, receive, send):
        for _ in range(3000):
            await asyncio.sleep(0)

    asyncio.run(call(app, record))
    assert record.times is not None
    assert len(record.times._stretches) < 1000
