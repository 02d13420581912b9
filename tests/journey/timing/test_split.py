"""Where the time went: seven parts, each for what belongs there, that add up to all of it."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from tests.conformance.harness import PATIENCE
from tests.journey.timing.measured import LOOPS, MS, answer, asking, get, records_of, split_of_one, waited, whole

from webfoot import Depends, Webfoot
from webfoot.journey.record import Record
from webfoot.journey.timing.split import split_of
from webfoot.web.threads import ThreadPool, run_in_threadpool

BOTH = pytest.mark.parametrize("http", ["httptools", "h11"])
LOOP = pytest.mark.parametrize("loop", list(LOOPS))


@BOTH
@LOOP
def test_what_the_application_awaits(http, loop):
    async def app(scope, receive, send):
        await asyncio.sleep(0.05)
        await answer(send)

    split = split_of_one(app, asking(get()), loop=loop, http=http)

    assert waited(split, "awaits") >= 49 * MS
    assert split.cpu < split.awaits and split.client < split.awaits


@LOOP
def test_what_the_application_does_itself(loop):
    async def app(scope, receive, send):
        time.sleep(0.03)
        await answer(send)

    split = split_of_one(app, asking(get()), loop=loop)

    assert split.cpu >= 29 * MS
    assert split.awaits < split.cpu


@LOOP
def test_what_a_thread_does_for_it(loop):
    async def app(scope, receive, send):
        await run_in_threadpool(time.sleep, 0.03)
        await answer(send)

    split = split_of_one(app, asking(get()), loop=loop)

    assert split.cpu >= 29 * MS
    assert split.awaits < split.cpu


def test_a_queue_for_threads():
    pool = ThreadPool(1)

    def wait_for_another() -> None:
        while not pool.queued:
            time.sleep(0.001)
        time.sleep(0.05)

    async def app(scope, receive, send):
        if scope["path"] == "/first":
            await pool.run(wait_for_another)
        else:
            await pool.run(int)
        await answer(send)

    async def talk(dialogue):
        await dialogue.say(get("/first").replace(b"close", b"keep-alive"))
        other, writer = await asyncio.open_connection(*dialogue.writer.get_extra_info("peername")[:2])
        while not pool.busy:
            await asyncio.sleep(0.001)
        writer.write(get("/second"))
        await other.read()
        writer.close()

    first, second = records_of(app, talk, count=2)

    assert first.target == "/first" and whole(first).cpu >= 49 * MS
    # Its step may go on for a while behind the moment at which it queued, and what works counts before what waits.
    assert waited(whole(second), "thread_queue") + whole(second).cpu >= 49 * MS
    assert whole(second).cpu < whole(second).thread_queue


@BOTH
def test_a_client_that_takes_its_time(http):
    """With the head, and with the body for which the application waits."""

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await answer(send)

    async def talk(dialogue):
        parts = [b"POST / HTTP/1.1\r\nho", b"st: x\r\ncontent-length: 4\r\nconnection: close\r\n\r\nqu", b"ac"]
        for part in parts:
            await dialogue.say(part)
            await asyncio.sleep(0.03)
        await dialogue.reader.read()

    split = split_of_one(app, talk, http=http)

    assert waited(split, "client") >= 58 * MS
    assert split.awaits + split.thread_queue + split.write_stall < split.client


@LOOP
def test_a_client_that_reads_slowly(loop):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(60):
            await send({"type": "http.response.body", "body": b"x" * 500_000, "more_body": True})
        await send({"type": "http.response.body"})

    async def talk(dialogue):
        await dialogue.say(get())
        await asyncio.sleep(0.1)
        await dialogue.reader.read()

    split = split_of_one(app, talk, loop=loop)

    assert waited(split, "write_stall") >= 40 * MS
    assert split.awaits < split.write_stall


@LOOP
def test_a_loop_that_runs_something_else(loop):
    """Whoever holds it spends it as its own; who slept meanwhile was due, and that is known of a timer."""

    async def app(scope, receive, send):
        if scope["path"] == "/holds":
            time.sleep(0.15)
        else:
            await asyncio.sleep(0.05)
        await answer(send)

    async def talk(dialogue):
        other, writer = await asyncio.open_connection(*dialogue.writer.get_extra_info("peername")[:2])
        await dialogue.say(get("/sleeps"))
        await asyncio.sleep(0.01)
        writer.write(get("/holds"))
        await other.read()
        await dialogue.reader.read()
        writer.close()

    records = records_of(app, talk, count=2, loop=loop)
    splits = {record.target: whole(record) for record in records}

    assert splits["/holds"].cpu >= 149 * MS
    assert splits["/sleeps"].loop_lag >= 80 * MS
    assert waited(splits["/sleeps"], "awaits") >= 149 * MS
    assert splits["/sleeps"].cpu < splits["/sleeps"].loop_lag


@LOOP
def test_a_loop_that_is_held_by_no_request(loop):
    async def app(scope, receive, send):
        await asyncio.sleep(0.03)
        await answer(send)

    async def talk(dialogue):
        await dialogue.say(get())
        await asyncio.sleep(0.015)
        time.sleep(0.1)
        await dialogue.reader.read()

    assert split_of_one(app, talk, loop=loop).loop_lag >= 60 * MS


def test_a_thread_that_was_ready_while_the_loop_was_held():
    begun, ready = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        time.sleep(0.04)
        ready.set()

    async def app(scope, receive, send):
        await run_in_threadpool(work)
        await answer(send)

    async def talk(dialogue):
        await dialogue.say(get())
        while not begun.is_set():
            await asyncio.sleep(0.001)
        ready.wait(PATIENCE)
        time.sleep(0.1)
        await dialogue.reader.read()

    split = split_of_one(app, talk)

    assert split.cpu >= 39 * MS
    assert waited(split, "thread_queue") >= 90 * MS


def endpoints() -> Webfoot:
    app = Webfoot()

    def slept() -> int:
        time.sleep(0.01)
        return 1

    async def awaited() -> int:
        await asyncio.sleep(0.01)
        return 2

    @app.get("/sync")
    def sync() -> int:
        time.sleep(0.01)
        return 1

    @app.get("/dependencies")
    async def dependencies(one: int = Depends(slept), two: int = Depends(awaited)) -> int:
        return one + two

    @app.get("/dependencies/sync")
    def dependencies_in_threads(one: int = Depends(slept)) -> int:
        time.sleep(0.01)
        return one

    @app.middleware("http")
    async def around(request: Any, call_next: Any) -> Any:
        await asyncio.sleep(0.005)
        return await call_next(request)

    return app


@pytest.mark.parametrize(
    ("path", "awaits", "cpu"),
    [("/sync", 5, 10), ("/dependencies", 15, 10), ("/dependencies/sync", 5, 20), ("/missing", 5, 0)],
    ids=["sync", "dependencies", "both", "missing"],
)
def test_an_api(path, awaits, cpu):
    split = split_of_one(endpoints(), asking(get(path)))

    assert waited(split, "awaits") >= awaits * MS * 0.9
    assert split.cpu >= cpu * MS * 0.99


def test_what_comes_after_the_answer_is_told_apart():
    """All was over for the client, who did not wait for it."""
    from webfoot.journey.timing.split import after_ns

    async def app(scope, receive, send):
        await answer(send)
        await asyncio.sleep(0.03)

    [record] = records_of(app, asking(get()))

    assert after_ns(record) >= 25 * MS
    assert whole(record).awaits < 25 * MS


def test_what_runs_in_a_task_beside_the_requests_own():
    """An event stream is sent by a task that the response makes."""
    from webfoot.web.responses.events import EventSourceResponse

    async def events():
        for _ in range(3):
            time.sleep(0.01)
            yield {"data": "quack"}
            await asyncio.sleep(0.01)

    async def app(scope, receive, send):
        await EventSourceResponse(events())(scope, receive, send)

    split = split_of_one(app, asking(get()))

    assert split.cpu >= 29 * MS
    assert waited(split, "awaits", "client") >= 28 * MS


def test_a_request_that_is_cancelled():
    started = asyncio.Event()

    async def app(scope, receive, send):
        started.set()
        await asyncio.sleep(60)

    async def talk(dialogue):
        await dialogue.say(get())
        await started.wait()
        await asyncio.sleep(0.02)
        for exchange in tuple(dialogue.service.running):
            exchange.cancel()
        await dialogue.reader.read()

    assert waited(split_of_one(app, talk), "awaits") >= 19 * MS


def test_a_client_that_leaves():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"quack", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async def talk(dialogue):
        await dialogue.say(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await dialogue.hear(lambda heard: b"quack" in heard)
        await asyncio.sleep(0.02)
        dialogue.writer.transport.abort()

    assert waited(split_of_one(app, talk), "client") >= 15 * MS


@BOTH
def test_a_websocket(http):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await asyncio.sleep(0.02)
        await send({"type": "websocket.close"})

    async def talk(dialogue):
        await dialogue.say(
            b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        await asyncio.sleep(0.03)
        await dialogue.say(b"\x81\x85\0\0\0\0quack")
        await dialogue.hear(lambda heard: heard.endswith(b"\x03\xe8"))
        await dialogue.say(b"\x88\x82\0\0\0\0\x03\xe8")
        await dialogue.reader.read()

    split = split_of_one(app, talk, http=http)

    assert waited(split, "client") >= 25 * MS
    assert waited(split, "awaits") >= 19 * MS


@BOTH
def test_a_request_that_reaches_no_application(http):
    async def app(scope, receive, send):
        raise NotImplementedError

    [record] = records_of(app, asking(b"GET / HTTP/1.1\r\n\r\n"), http=http)

    assert record.status == 400
    assert split_of(record) is None  # nobody measured it: there was no step


@BOTH
def test_requests_on_one_connection(http):
    async def app(scope, receive, send):
        await asyncio.sleep(0.01)
        await answer(send)

    async def talk(dialogue):
        await dialogue.say(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n" + get("/3"))
        await dialogue.reader.read()

    for record in records_of(app, talk, count=3, http=http):
        assert waited(whole(record), "awaits") >= 9 * MS


def test_an_application_that_fails():
    async def app(scope, receive, send):
        await asyncio.sleep(0.01)
        raise ValueError("quack")

    [record] = records_of(app, asking(get()))

    assert record.status == 500
    assert waited(whole(record), "awaits") >= 9 * MS


def test_a_request_under_way_has_none():
    assert split_of(Record()) is None
