import asyncio
import threading

import pytest

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.background import BackgroundTask
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.responses import StreamingResponse


def scope_of(spec_version="2.4", **other):
    return {"type": "http", "asgi": {"version": "3.0", "spec_version": spec_version}, "headers": [], **other}


class Client:
    """Takes messages, and goes away instead of taking message number `leaves_at`."""

    def __init__(self, leaves_at=None):
        self.leaves_at = leaves_at
        self.messages = []
        self.left = asyncio.Event()

    async def send(self, message):
        if len(self.messages) == self.leaves_at:
            raise ClientDisconnected("gone")
        self.messages.append(message)

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.messages)


async def quacking(closed, *, times=10**6):
    try:
        for _ in range(times):
            yield b"quack "
            await asyncio.sleep(0)
    finally:
        closed.append(threading.current_thread() is threading.main_thread())


def test_each_chunk_is_sent_at_once_and_an_empty_one_ends():
    async def use():
        client = Client()

        async def chunks():
            yield "a"
            assert client.messages[-1] == {"type": "http.response.body", "body": b"a", "more_body": True}
            yield b"b"
            yield memoryview(b"c")
            yield "\ud83e"

        await StreamingResponse(chunks(), media_type="text/plain")(scope_of(), None, client.send)
        return client

    client = asyncio.run(use())
    assert client.body == b"abc?"
    assert client.messages[0]["headers"] == [(b"content-type", b"text/plain; charset=utf-8")]
    assert client.messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.mark.parametrize("leaves_at", [0, 1, 3])
def test_when_the_client_leaves_the_generator_is_closed_and_the_background_runs(leaves_at):
    closed, ran = [], []

    async def use():
        client = Client(leaves_at)
        response = StreamingResponse(quacking(closed), background=BackgroundTask(ran.append, 1))
        with pytest.raises(ClientDisconnect) as caught:
            await response(scope_of(), client.receive, client.send)
        assert isinstance(caught.value.__cause__, ClientDisconnected)
        # At once, not when the garbage collector comes. A generator that has not begun has nothing to clean up.
        assert closed == ([True] if leaves_at else [])

    asyncio.run(use())
    assert ran == [1]


def test_an_ordinary_generator_runs_and_is_closed_in_a_thread():
    seen = []

    def chunks():
        try:
            while True:
                seen.append(threading.current_thread())
                yield b"x"
        finally:
            seen.append("closed in a thread" if threading.current_thread() is not threading.main_thread() else "no")

    async def use():
        client = Client(leaves_at=2)
        with pytest.raises(ClientDisconnect):
            await StreamingResponse(chunks())(scope_of(), client.receive, client.send)

    asyncio.run(use())
    assert seen[-1] == "closed in a thread"
    assert threading.main_thread() not in seen


def test_cancelled_while_a_thread_is_inside_the_generator():
    inside, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def chunks():
        try:
            inside.set()
            go_on.wait(10)
            yield b"x"
        finally:
            closed.set()

    async def use():
        client = Client()
        task = asyncio.create_task(StreamingResponse(chunks())(scope_of(), client.receive, client.send))
        while not inside.is_set():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())
    go_on.set()
    assert closed.wait(10)


def test_an_error_of_the_generators_own_is_not_a_disconnect():
    async def chunks():
        yield b"a"
        raise OSError("disk full")

    async def use():
        client = Client()
        with pytest.raises(OSError, match="disk full") as caught:
            await StreamingResponse(chunks())(scope_of(), client.receive, client.send)
        assert not isinstance(caught.value, ClientDisconnected)

    asyncio.run(use())


def test_an_iterable_that_makes_its_generator_has_it_closed_too():
    closed = []

    class Pond:
        def __aiter__(self):
            return quacking(closed)

    async def use():
        client = Client(leaves_at=2)
        with pytest.raises(ClientDisconnect):
            await StreamingResponse(Pond())(scope_of(), client.receive, client.send)
        assert closed == [True]

    asyncio.run(use())


def test_no_task_is_made_where_send_raises():
    async def use():
        async def chunks():
            yield str(len(asyncio.all_tasks()))

        client = Client()
        await StreamingResponse(chunks())(scope_of(), client.receive, client.send)
        return client.body

    assert asyncio.run(use()) == b"1"


@pytest.mark.parametrize("spec_version", ["2.0", "2.3"])
def test_under_an_older_server_the_stream_ends_quietly_when_the_client_leaves(spec_version):
    closed, ran = [], []

    async def use():
        client = Client()

        async def send(message):
            await client.send(message)
            if len(client.messages) == 4:
                client.left.set()

        response = StreamingResponse(quacking(closed), background=BackgroundTask(ran.append, 1))
        await response(scope_of(spec_version), client.receive, send)
        return len(client.messages), len(asyncio.all_tasks())

    messages, tasks = asyncio.run(use())
    assert 4 <= messages < 10
    assert (closed, ran, tasks) == ([True], [1], 1)


def test_under_an_older_server_a_stream_that_ends_or_fails_leaves_no_listener():
    async def failing():
        yield b"a"
        raise RuntimeError("no more ducks")

    async def use():
        client = Client()
        await StreamingResponse(quacking([], times=2))(scope_of("2.0"), client.receive, client.send)
        assert client.body == b"quack quack "
        with pytest.raises(RuntimeError, match="no more ducks"):
            await StreamingResponse(failing())(scope_of("2.0"), client.receive, client.send)
        return len(asyncio.all_tasks())

    assert asyncio.run(use()) == 1


def test_under_an_older_server_what_receive_says_is_minded():
    """The rest of a request's body is passed over; an error of the server's own is not hidden."""

    async def use():
        client = Client()
        waiting = [{"type": "http.request", "body": b"rest"}, RuntimeError("the server broke")]

        async def receive():
            message = waiting.pop(0)
            if isinstance(message, Exception):
                raise message
            return message

        with pytest.raises(RuntimeError, match="the server broke"):
            await StreamingResponse(quacking([]))(scope_of("2.0"), receive, client.send)

    asyncio.run(use())


def test_an_iterator_that_cannot_be_closed_is_left():
    class Endless:
        def __aiter__(self):
            return self

        async def __anext__(self):
            return b"x"

    async def use():
        client = Client(leaves_at=3)
        with pytest.raises(ClientDisconnect):
            await StreamingResponse(Endless())(scope_of(), client.receive, client.send)
        return client.body

    assert asyncio.run(use()) == b"xx"


def test_cancelled_under_an_older_server_it_cleans_up():
    closed = []

    async def use():
        client = Client()
        response = StreamingResponse(quacking(closed))
        task = asyncio.create_task(response(scope_of("2.0"), client.receive, client.send))
        while not client.body:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    assert asyncio.run(use()) == 1
    assert closed == [True]


def test_a_text_is_one_chunk_and_what_cannot_be_iterated_is_refused():
    async def use(content):
        client = Client()
        await StreamingResponse(content)(scope_of(), None, client.send)
        return [message["body"] for message in client.messages[1:]]

    assert asyncio.run(use("quack")) == [b"quack", b""]
    assert asyncio.run(use(b"quack")) == [b"quack", b""]
    with pytest.raises(TypeError, match="takes an iterator or async iterator, not int"):
        StreamingResponse(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="streams str, bytes or memoryview, not int"):
        asyncio.run(use([3]))


def test_refuses_a_websocket_with_the_denial_messages():
    async def use():
        client = Client()
        await StreamingResponse(["no"], 403)(scope_of(type="websocket"), None, client.send)
        return [message["type"].removesuffix("start").removesuffix("body") for message in client.messages]

    assert asyncio.run(use()) == ["websocket.http.response."] * 3
