"""Every way an application may take part in the lifespan protocol, or not."""

import asyncio
import logging
from pathlib import Path

import pytest

from webfoot.asgi.states import LIFESPAN_SEND
from webfoot.server.gateway.lifespan import Lifespan, StartupFailed


async def polite(scope, receive, send):
    assert scope["type"] == "lifespan"
    assert (await receive())["type"] == "lifespan.startup"
    scope["state"]["ducks"] = 3
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    scope["state"]["ducks"] = 0
    await send({"type": "lifespan.shutdown.complete"})
    scope["state"]["after"] = True


async def raises_before_receive(scope, receive, send):
    assert scope["type"] == "http"


async def raises_after_receive(scope, receive, send):
    await receive()
    raise RuntimeError("no database\nsecond line")


async def returns_at_once(scope, receive, send):
    pass


async def returns_after_receive(scope, receive, send):
    await receive()


async def answers_http(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200})


async def reads_a_body(scope, receive, send):
    message = await receive()
    await send({"type": "http.response.body", "body": message["body"]})


async def waits_for_disconnect(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        pass


async def refuses(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the pond is frozen"})


async def refuses_with_traceback(scope, receive, send):
    await receive()
    message = "Traceback (most recent call last):\n  File x\nValueError: the pond is frozen\n"
    await send({"type": "lifespan.startup.failed", "message": message})


async def refuses_and_raises(scope, receive, send):
    await receive()
    try:
        raise ValueError("the pond is frozen")
    except ValueError:
        await send({"type": "lifespan.startup.failed", "message": "long text"})
        raise


async def refuses_and_lingers(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed"})
    await asyncio.Event().wait()


async def exits(scope, receive, send):
    await receive()
    raise SystemExit("no licence")


async def cancels_itself(scope, receive, send):
    await receive()
    raise asyncio.CancelledError


def start(app, mode="auto"):
    """How start-up ends: the Lifespan, or the StartupFailed."""

    async def main():
        lifespan = Lifespan(app, mode)
        try:
            await lifespan.startup()
        except StartupFailed as failure:
            return failure
        await lifespan.shutdown()
        return lifespan

    return asyncio.run(asyncio.wait_for(main(), 10))


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_startup_state_and_shutdown_to_the_last_line(mode):
    assert start(polite, mode).state == {"ducks": 0, "after": True}


def test_off_does_not_call_the_application():
    async def untouched(scope, receive, send):
        raise AssertionError("called")

    assert start(untouched, "off").state == {}


@pytest.mark.parametrize(
    "app",
    [raises_before_receive, returns_at_once, returns_after_receive, answers_http, reads_a_body, waits_for_disconnect],
)
def test_an_application_without_lifespan_is_served_by_auto_and_refused_by_on(app):
    assert isinstance(start(app, "auto"), Lifespan)
    failure = start(app, "on")
    assert str(failure).startswith("the application failed to start")
    assert "\n" not in str(failure)


def test_a_key_that_is_missing_elsewhere_is_a_failed_start():
    async def unset(scope, receive, send):
        await receive()
        {}["DATABASE_URL"]

    assert "KeyError: 'DATABASE_URL'" in str(start(unset))


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_raising_after_startup_was_taken_is_a_failed_start(mode):
    failure = start(raises_after_receive, mode)
    assert "RuntimeError: no database" in str(failure)
    assert "\n" not in str(failure)
    assert "test_lifespan.py" in str(failure)
    assert "raises_after_receive" in failure.traceback
    assert 'lifespan.py", line' in failure.traceback
    assert "_converse" not in failure.traceback


def test_startup_failed_without_more():
    failure = start(refuses)
    assert str(failure) == "the application failed to start: the pond is frozen"
    assert failure.traceback == ""


def test_startup_failed_with_a_traceback_as_message():
    failure = start(refuses_with_traceback)
    assert str(failure) == "the application failed to start: ValueError: the pond is frozen"
    assert "File x" in failure.traceback


def test_startup_failed_and_then_raised():
    failure = start(refuses_and_raises)
    assert str(failure).endswith("ValueError: the pond is frozen")
    assert "refuses_and_raises" in failure.traceback


def test_startup_failed_by_an_application_that_then_never_ends():
    assert str(start(refuses_and_lingers)) == "the application failed to start: it gave no reason"


def test_system_exit_does_not_tear_the_loop_down():
    failure = start(exits)
    assert "SystemExit: no licence" in str(failure)


def test_an_application_that_cancels_itself():
    assert "CancelledError" in str(start(cancels_itself))


def test_an_event_out_of_order_is_an_error_in_the_application():
    caught = []

    async def hasty(scope, receive, send):
        await receive()
        try:
            await send({"type": "lifespan.shutdown.complete"})
        except RuntimeError as error:
            caught.append(str(error))
        await send({"type": "lifespan.startup.complete"})

    assert isinstance(start(hasty), Lifespan)
    assert caught == ["lifespan.shutdown.complete was sent before lifespan.startup.complete"]


def test_every_event_outside_the_table_is_refused():
    events = {event for row in LIFESPAN_SEND.values() for event in row}

    async def stage_after(*sent):
        lifespan = Lifespan(polite, "on")
        for event in sent:
            await lifespan._send({"type": event})
        refused = set()
        for event in events - set(LIFESPAN_SEND[lifespan._may_send]):
            with pytest.raises(RuntimeError):
                await lifespan._send({"type": event})
            refused.add(event)
        return refused

    assert len(asyncio.run(stage_after())) == 2
    assert len(asyncio.run(stage_after("lifespan.startup.complete"))) == 2
    assert asyncio.run(stage_after("lifespan.startup.failed")) == events


def test_returning_early_is_legal_and_raising_while_serving_is_logged(caplog):
    async def stops_early(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})

    async def breaks(scope, receive, send):
        await stops_early(scope, receive, send)
        raise ValueError("leak")

    async def main(app):
        lifespan = Lifespan(app, "on")
        await lifespan.startup()
        assert lifespan.task is not None
        await asyncio.wait({lifespan.task}, timeout=5)
        await asyncio.sleep(0)
        await lifespan.shutdown()

    with caplog.at_level(logging.ERROR, "webfoot"):
        asyncio.run(main(stops_early))
        assert caplog.text == ""
        asyncio.run(main(breaks))
    said = caplog.records[0].getMessage().splitlines()
    assert said[0].startswith(
        f"the application's lifespan failed while serving at {Path(__file__).relative_to(Path.cwd())}:"
    )
    assert said[0].endswith(": ValueError: leak")
    assert said[1] == "Traceback (most recent call last):"


@pytest.mark.parametrize("raises", [True, False])
def test_a_failing_shutdown_is_logged_once(caplog, raises):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if raises:
            raise ValueError("pool not empty")
        await send({"type": "lifespan.shutdown.failed", "message": "pool not empty"})

    with caplog.at_level(logging.ERROR, "webfoot"):
        start(app)
    assert len(caplog.records) == 1
    assert "the application failed to shut down" in caplog.text
    assert "pool not empty" in caplog.text


def test_a_failing_shutdown_that_is_reported_and_raised_shows_the_applications_own_frames(caplog):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "Traceback ...\nframes of a framework"})
        raise ValueError("pool not empty")

    with caplog.at_level(logging.ERROR, "webfoot"):
        start(app)
    said = caplog.records[0].getMessage()
    assert said.startswith(f"the application failed to shut down at {Path(__file__).relative_to(Path.cwd())}:")
    assert said.splitlines()[0].endswith(": ValueError: pool not empty")
    assert "frames of a framework" not in said
    assert said.count("File ") == 1


def test_cancelling_startup_or_shutdown_cancels_the_application():
    ended = []

    async def slow(scope, receive, send):
        try:
            await receive()
            if scope["state"].get("quick"):
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def main():
        lifespan = Lifespan(slow, "auto")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lifespan.startup(), 0.01)
        assert ended == [True]
        lifespan = Lifespan(slow, "auto")
        lifespan.state["quick"] = True
        await lifespan.startup()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lifespan.shutdown(), 0.01)
        assert ended == [True, True]

    asyncio.run(main())
