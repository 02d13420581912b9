"""One connection, step by step, on a socket that is made up: what depends on the order in which things happen."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import re
from http import HTTPStatus
from typing import Any

import pytest
from tests.conformance.made_up import Socket, connected, turns

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.net.transport import Transport

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
EXPECTING = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"


def post(size: int, path: bytes = b"/") -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes = b"", more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def answer(send: Any, data: bytes = b"answer") -> None:
    await send(start())
    await send(body(data))


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    await answer(send)


async def attentive(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await answer(send)


def count(socket: Socket) -> int:
    socket.take(10_000_000)
    return socket.taken.count(b"HTTP/1.1 200 OK")


def play(scene: Any, app: Any, **options: Any) -> Any:
    """Run `scene(socket, transport)`, then the client leaves."""

    async def on_stage() -> Any:
        socket, transport = connected(app, **options)
        try:
            return await scene(socket, transport)
        finally:
            socket.lose()
            await turns()

    return asyncio.run(on_stage())


# Reading, paused and resumed.


def test_a_body_larger_than_the_buffer_leaves_the_connection_readable() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(post(3000) + b"a" * 3000)
        await turns()
        assert count(socket) == 1
        assert socket.reading, "the next request could never come"

    play(scene, attentive, buffer_request_body=1000)


def test_pipelined_requests_do_not_pile_up_while_they_are_answered() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        sent, most = 0, 0
        while count(socket) < 500:
            if socket.reading and sent < 500:
                transport.data_received(GET * 20)
                sent += 20
            most = max(most, len(transport.connection._held))  # type: ignore[attr-defined]
            await turns(1)
        assert most < 1000 + 2 * 20 * len(GET)

    play(scene, attentive, buffer_request_body=1000)


def test_a_client_that_takes_no_answers_gets_no_more_of_them() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET * 50)
        await turns(200)
        assert socket.get_write_buffer_size() < 25_000
        assert not socket.reading
        for _ in range(200):
            socket.take(5_000)
            await turns()
        assert count(socket) == 50
        assert socket.reading

    async def large(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"x" * 10_000)

    play(scene, large, buffer_response=5_000)


def test_requests_that_come_while_others_wait_stay_behind_them() -> None:
    """uvloop may hand over bytes twice in one turn, before the requests that wait are read."""

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(post(5))
        await turns()
        transport.data_received(b"hello" + GET)
        transport.data_received(GET)
        await turns()
        assert count(socket) == 3

    play(scene, deaf)


def test_a_flood_of_empty_lines_is_skipped_at_once() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(b"\r\n" * 2_000_000 + GET)  # to take off two bytes at a time would take an hour
        await turns()
        assert count(socket) == 1

    play(scene, deaf)


def test_no_request_sees_the_context_of_the_one_before() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="clean")
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(variable.get())
        variable.set("dirty")
        await attentive(scope, receive, send)

    async def talk() -> None:
        from tests.conformance.harness import with_server

        async def dialogue(them: Any) -> None:
            await them.say(post(200_000))
            await them.say(b"a" * 100_000)
            await them.say(b"a" * 100_000)
            await them.hear(lambda heard: heard.endswith(b"answer"))
            await them.say(GET)
            await them.hear(lambda heard: heard.endswith(b"answer"))

        await with_server(app, dialogue, buffer_request_body=1000)

    asyncio.run(talk())
    assert seen == ["clean", "clean"]


# Bodies and expectations.


def test_no_hundred_continue_in_the_middle_of_a_response() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"begun", True))
        await receive()

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(EXPECTING)
        await turns()
        socket.take(10_000)
        assert socket.taken.endswith(b"begun\r\n")

    play(scene, app)


def test_an_application_that_has_answered_cannot_ask_for_the_body_of_the_next_request() -> None:
    later = asyncio.Event()
    events = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/first":
            await receive()
            await turns(2)
            await answer(send)
            await later.wait()
            events.append((await receive())["type"])
        else:
            await asyncio.Event().wait()

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(post(6, b"/first") + b"a")
        await turns(1)
        transport.data_received(b"a")
        await turns()
        transport.data_received(b"aaaa" + EXPECTING)
        await turns()
        later.set()
        await turns()
        assert count(socket) == 1
        assert b"100 Continue" not in socket.taken, "the second application does not want its body yet"
        assert events == ["http.disconnect"]

    play(scene, app)


def test_the_body_of_a_client_that_waits_for_us_is_not_late() -> None:
    wanted = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await wanted.wait()
        await attentive(scope, receive, send)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(EXPECTING)
        await turns()
        assert transport.connection.deadline == math.inf
        wanted.set()
        await turns()
        assert transport.connection.deadline < math.inf
        socket.take(1000)
        assert socket.taken == b"HTTP/1.1 100 Continue\r\n\r\n"

    play(scene, app)


def test_only_what_nobody_wanted_counts_as_thrown_away() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while received := (await receive())["body"]:
            if received.endswith(b"!"):
                break
        await answer(send)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(post(1050))
        for _ in range(10):
            transport.data_received(b"a" * 100)
            await turns()
        transport.data_received(b"a" * 29 + b"!")
        await turns()
        transport.data_received(b"a" * 20 + GET)
        await turns()
        transport.data_received(b"!")
        await turns()
        assert b"connection: close" not in socket.unsent
        assert transport.connection.state != "linger"

    play(scene, app, limit_discard=100)


def test_an_expectation_may_be_repeated() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(EXPECTING.replace(b"Expect:", b"Expect: 100-Continue\r\nExpect:"))
        await turns()
        transport.data_received(b"abc")
        await turns()
        assert socket.unsent.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")

    play(scene, attentive)


# The client leaves.


def test_the_last_of_several_requests_hears_that_the_client_closed_its_side() -> None:
    events = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if scope["path"] == "/watch":
            events.append((await receive())["type"])
        await answer(send)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET + GET.replace(b"/ ", b"/watch "))
        assert transport.eof_received()
        await turns(20)
        assert events == ["http.disconnect"]
        assert count(socket) == 2

    play(scene, app)


@pytest.mark.parametrize("kind", ["cause", "instead", "group", "name"])
def test_what_an_application_makes_of_a_client_that_left_is_no_error(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    class ClientDisconnect(Exception):
        pass

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()
        try:
            await answer(send)
        except OSError as gone:
            if kind == "cause":
                raise RuntimeError from gone
            if kind == "instead":
                raise RuntimeError from None
            if kind == "group":
                raise ExceptionGroup("tasks", [ClientDisconnected("gone")]) from None
            raise ClientDisconnect from None

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        socket.lose()
        await turns()

    play(scene, app)
    assert not caplog.records


def test_what_goes_wrong_while_it_handles_the_disconnect_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()
        try:
            await answer(send)
        except OSError:
            [].remove("client")

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        socket.lose()
        await turns()

    play(scene, app)
    assert [record.getMessage() for record in caplog.records] == ["GET /: the application raised ValueError"]


def test_an_error_of_its_own_is_one_though_the_client_left(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()
        raise ZeroDivisionError

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        socket.lose()
        await turns()

    play(scene, app)
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_takes_its_time_is_not_cut_off_as_long_as_it_takes_something() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"x" * 5000)

    async def scene(socket: Socket, transport: Transport) -> None:
        service = transport._service
        transport.data_received(GET.replace(b"Host", b"Connection: close\r\nHost"))
        await turns()
        for _ in range(40):  # for 40 minutes
            service.now += 61
            socket.take(100)
            assert transport.write_deadline <= service.now
            assert not transport.has_stalled()
            if transport.connection.deadline <= service.now:
                transport.connection.expire()
        service.now += 61
        assert transport.has_stalled(), "it took nothing"
        socket.take(10_000)
        assert socket.taken.endswith(b"x" * 5000)

    play(scene, app, buffer_response=200, rate_response=0)


@pytest.mark.parametrize(("taken", "ends"), [(1, True), (239 * 50, True), (241 * 50, False)])
def test_a_client_that_takes_less_than_the_rate_is_cut_off_some_day(taken: int, ends: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"x" * 10_000_000)

    async def scene(socket: Socket, transport: Transport) -> bool:
        service = transport._service
        transport.data_received(GET)
        await turns()
        for _ in range(400):
            service.now += 50
            socket.take(taken)
            if transport.write_deadline <= service.now and transport.has_stalled():
                return True
        return False

    assert play(scene, app) is ends


# Applications that are cancelled, or cancel themselves.


def test_a_cancellation_of_its_own_making_is_an_error_of_the_application(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        assert socket.unsent.startswith(b"HTTP/1.1 500 ")

    play(scene, app)
    assert "the application raised CancelledError" in caplog.text


def test_work_behind_a_response_that_is_cancelled_does_not_cut_the_next_one() -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/first":
            await answer(send)
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            await asyncio.Event().wait()
        await turns(5)
        await answer(send)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET.replace(b"/ ", b"/first ") + GET)
        while count(socket) < 1 or not transport.connection.exchange:  # type: ignore[attr-defined]
            await turns(1)
        tasks[0].cancel()
        await turns(20)
        assert count(socket) == 2

    play(scene, app)


def test_an_exchange_that_is_cancelled_before_it_runs_ends() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        (exchange,) = transport._service.running
        exchange.cancel()
        await turns()
        assert not transport._service.running
        assert socket.lost

    play(scene, app)


def test_a_status_may_be_a_member_of_the_enumeration() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(status=HTTPStatus.IM_A_TEAPOT))
        await send(body())

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        assert socket.unsent.startswith(b"HTTP/1.1 418 I'm a Teapot\r\n")

    play(scene, app)


# Replies of ours.


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"HEAD / HTTP/1.1\r\n\r\n", 400),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"HEAD / HTTP/3.1\r\n\r\n", 505),
    ],
)
def test_a_head_request_is_refused_without_a_body(raw: bytes, status: int, parser: str) -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(raw)
        await turns()
        head, _, rest = socket.unsent.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert b"content-length: " in head
        assert rest == b""

    play(scene, attentive, http=parser)


def test_a_refusal_says_why_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(b"GET / HTTP/1.1\r\n\r\n")
        head, _, rest = socket.unsent.partition(b"\r\n\r\n")
        assert b"content-type: text/plain; charset=utf-8" in head
        assert rest == b"400 an HTTP/1.1 request must have a Host field (RFC 9112 section 3.2)\n"

    play(scene, deaf)
    assert "refused 127.0.0.1:1: 400 an HTTP/1.1 request must have a Host field" in caplog.text


def test_a_fault_that_cuts_a_response_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await turns()
        transport.data_received(b"zz\r\n")
        await turns()
        assert socket.lost

    play(scene, streams)
    assert "refused 127.0.0.1:1: 400 a chunk does not begin with its size" in caplog.text


# The server stops.


def test_requests_that_wait_when_the_server_stops_get_one_more_answer() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET + GET + GET)
        while not socket.unsent:
            await turns(1)
        transport.connection.retire()
        await turns()
        assert count(socket) == 2
        assert socket.taken.count(b"connection: close") == 1
        assert socket.eof_written

    play(scene, deaf)


def test_a_request_whose_head_is_half_here_when_the_server_stops_is_answered() -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET[:10])
        transport.connection.retire()
        assert transport.connection.deadline <= transport._service.now + 2, "it has not much time"
        transport.data_received(GET[10:])
        await turns()
        assert b"connection: close\r\n" in socket.unsent
        assert socket.unsent.endswith(b"answer")

    play(scene, deaf)


def test_a_request_that_is_cut_off_is_told_so() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        transport.connection.cut_off()
        assert socket.unsent.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: " in socket.unsent
        assert b"the server is stopping" in socket.unsent
        transport._service.running.pop().cancel()

    play(scene, app)


EVENTS = (b"content-type", b"text/event-stream")


async def sends_only(scope: Any, receive: Any, send: Any) -> None:
    await send(start(EVENTS))
    while True:
        await send(body(b"data", True))
        await turns(1)


async def listens_and_ends(scope: Any, receive: Any, send: Any) -> None:
    await send(start(EVENTS))
    await send(body(b"data", True))
    while (await receive())["type"] != "http.disconnect":
        pass
    await send(body(b"bye"))


async def waits(scope: Any, receive: Any, send: Any) -> None:
    await send(start(EVENTS))
    await send(body(b"data", True))
    await asyncio.Event().wait()


@pytest.mark.parametrize("app", [sends_only, listens_and_ends, waits])
def test_a_stream_of_events_ends_cleanly_when_the_server_stops(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    ended, waited_for = [], []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            ended.append(app)

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        socket.take(10_000)
        draining = asyncio.ensure_future(transport._connections.drain(5, waited_for.extend))
        while not draining.done():
            await asyncio.sleep(0.01)
            socket.take(10_000)
        assert draining.result() == []
        assert socket.taken.endswith(b"0\r\n\r\n")
        assert (b"3\r\nbye\r\n" in socket.taken) is (app is listens_and_ends)
        assert socket.eof_written

    play(scene, watched)
    assert ended == [app]
    assert waited_for == []
    assert not caplog.records


def test_a_second_ctrl_c_cancels_at_once() -> None:
    ended = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        told: list[str] = []
        cutting = asyncio.ensure_future(transport._connections.cut_off(told.extend, hurried=True))
        await turns()
        assert ended == ["cleaned up"]
        socket.take(10_000)
        assert await cutting == told
        assert re.fullmatch(r"GET / \(0 s\) at tests/conformance/test_connection\.py:\d+ in .*\.app", told[0])

    play(scene, app)


def test_who_is_waited_for_is_told_again_only_when_that_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webfoot.server.net.connections._LOOK", 0.05)
    steps = [asyncio.Event() for _ in range(2)]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await steps[0].wait()
        await steps[1].wait()
        await send(start())
        await send(body())

    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(GET)
        await turns()
        told: list[str] = []

        def tell(waiting: list[str]) -> None:  # between two places it may be at none for a moment, which is news, too
            told.extend(each for each in waiting if ".py:" in each)

        draining = asyncio.ensure_future(transport._connections.drain(30, tell))
        for said in (1, 2):
            while len(told) < said:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)  # some looks, at which there is nothing new
            assert len(told) == said
            steps[said - 1].set()
        while not draining.done():
            await asyncio.sleep(0.01)
            socket.take(10_000)
        assert draining.result() == []
        lines = [int(each.partition(".py:")[2].split()[0]) for each in told]
        assert lines[1] == lines[0] + 1
        assert all(re.match(r"GET / \(\d s\) at ", each) for each in told)

    play(scene, app)


# The access log.


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """(method, status, size) of each line."""
    written: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        "webfoot.server.logs.access.AccessLog.write",
        lambda self, entry, trail: written.append((entry.head.method, entry.status, entry.size)),
    )
    monkeypatch.setattr("webfoot.server.logs.access.access_log", logging.getLogger("webfoot.test"))
    logging.getLogger("webfoot.test").setLevel(logging.INFO)
    return written


async def streams(scope: Any, receive: Any, send: Any) -> None:
    await send(start())
    await send(body(b"abc", True))
    await receive()
    await receive()
    await send(body(b"d"))


async def starts_only(scope: Any, receive: Any, send: Any) -> None:
    await send(start())
    await receive()
    await receive()


async def breaks(scope: Any, receive: Any, send: Any) -> None:
    await send(start((b"content-length", b"5")))
    await send(body(b"abc", True))
    await send(body(b"abc"))


async def has_no_content(scope: Any, receive: Any, send: Any) -> None:
    await send(start(status=204))
    await send(body(b"x"))


@pytest.mark.parametrize(
    ("app", "raw", "line"),
    [
        (deaf, GET, ("GET", 200, 6)),
        (deaf, GET.replace(b"GET", b"HEAD"), ("HEAD", 200, 0)),
        (has_no_content, GET, ("GET", 204, 0)),
        (streams, GET, ("GET", 200, 3)),
        (starts_only, GET, ("GET", 499, 0)),
        (breaks, GET, ("GET", 200, 3)),
        (attentive, post(5) + b"a", ("POST", 499, 0)),
        (attentive, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ("POST", 400, 0)),
    ],
    ids=["whole", "HEAD", "204", "stream", "left before", "broken", "left within the body", "faulty body"],
)
def test_the_access_log_tells_what_was_sent(app: Any, raw: bytes, line: Any, lines: list[tuple[Any, ...]]) -> None:
    async def scene(socket: Socket, transport: Transport) -> None:
        transport.data_received(raw)
        await turns()
        socket.lose()
        await turns()

    play(scene, app, access_log=True)
    assert lines == [line]
