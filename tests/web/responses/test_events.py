"""Server-sent events: what is written (WHATWG HTML section 9.2), and how a stream ends."""

from __future__ import annotations

import asyncio
import queue
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.asgi.types import ClientDisconnected
from webfoot.testing.wire import ClockLoop
from webfoot.web.background import BackgroundTask
from webfoot.web.responses import EventSourceResponse, ServerSentEvent

SCOPE = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "headers": []}


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (ServerSentEvent("quack"), "data: quack\n\n"),
        (ServerSentEvent(""), "data: \n\n"),
        (ServerSentEvent(" spaced"), "data:  spaced\n\n"),
        (ServerSentEvent("one\ntwo\r\nthree\rfour"), "data: one\ndata: two\ndata: three\ndata: four\n\n"),
        (ServerSentEvent("a\u2028b\x0bc"), "data: a\u2028b\x0bc\n\n"),
        (ServerSentEvent({"é": [1, "\n"]}), 'data: {"é":[1,"\\n"]}\n\n'),
        (ServerSentEvent(7), "data: 7\n\n"),
        (ServerSentEvent("x", event="quack", id=7, retry=3000), "event: quack\ndata: x\nid: 7\nretry: 3000\n\n"),
        (ServerSentEvent(comment="two\nlines"), ": two\n: lines\n\n"),
        (ServerSentEvent(id=""), "id: \n\n"),
        (ServerSentEvent(retry=0), "retry: 0\n\n"),
        (ServerSentEvent("a\ud83eb"), "data: a?b\n\n"),  # one client's text must not end the streams of all others
        (ServerSentEvent(["\ud83e"]), 'data: ["\\ud83e"]\n\n'),
        (ServerSentEvent(), "\n"),
    ],
)
def test_what_is_written(event: ServerSentEvent, text: str) -> None:
    assert event.encode().decode() == text


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "a\ndata: b"},
        {"event": "a\r"},
        {"id": "a\n\ndata: b"},
        {"id": "\0"},
        {"retry": -1},
        {"retry": "5"},
        {"retry": True},
    ],
)
def test_what_would_leave_its_place_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="server-sent event"):
        ServerSentEvent("x", **fields)


def parsed(text: str) -> list[dict[str, str]]:
    """As section 9.2.6 says, for the part of it that makes events."""
    events: list[dict[str, str]] = []
    fields: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line == "":
            if "data" in fields:
                events.append({**fields, "data": fields["data"][:-1]})
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = fields.get(name, "") + value + "\n" if name == "data" else value
    return events


@given(st.text(), st.text().filter(lambda text: not set(text) & set("\r\n\0")), st.text())
def test_whatever_is_sent_is_one_event_with_that_data(data: str, event: str, comment: str) -> None:
    written = ServerSentEvent(data, event=event, comment=comment).encode().decode()
    assert parsed(written) == [{"data": data.replace("\r\n", "\n").replace("\r", "\n"), "event": event}]


class Client:
    """Keeps what is sent to it, and leaves when told to."""

    def __init__(self, *, raises: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self.arrived = asyncio.Event()
        self._raises = raises

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self.left.is_set() and self._raises:
            raise ClientDisconnected("gone")
        assert not (self.sent and self.complete), "nothing comes behind the end"
        self.sent.append(message)
        self.arrived.set()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    @property
    def complete(self) -> bool:
        return self.sent[-1].get("more_body") is False

    async def until(self, text: str) -> None:
        while text not in self.text:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 5)


def run(content: Any, **options: Any) -> Client:
    async def main() -> Client:
        client = Client()
        await EventSourceResponse(content, **options)(SCOPE, client.receive, client.send)
        return client

    return asyncio.run(main())


def test_each_kind_of_item() -> None:
    async def content():
        yield ServerSentEvent("a", event="e")
        yield {"data": "b", "id": "1"}
        yield "c\nd"
        yield b"data: e\n\n"
        yield 5

    client = run(content())
    assert client.text == "event: e\ndata: a\n\ndata: b\nid: 1\n\ndata: c\ndata: d\n\ndata: e\n\ndata: 5\n\n"
    assert client.complete


def test_an_ordinary_iterator() -> None:
    assert run(iter(["a", "b"])).text == "data: a\n\ndata: b\n\n"


def test_a_mapping_with_other_names_is_refused() -> None:
    with pytest.raises(TypeError, match="name"):
        run([{"name": "Jemima"}])


def test_headers() -> None:
    response = EventSourceResponse([])
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    assert EventSourceResponse([], headers={"Cache-Control": "no-cache"}).headers["cache-control"] == "no-cache"


def test_ping_must_be_a_time() -> None:
    for ping in (0, -1):
        with pytest.raises(ValueError, match="ping"):
            EventSourceResponse([], ping=ping)


def test_the_head_goes_out_before_the_first_event() -> None:
    async def main() -> None:
        client = Client()
        task = asyncio.create_task(EventSourceResponse(silent())(SCOPE, client.receive, client.send))
        await asyncio.sleep(0.01)
        assert [message["type"] for message in client.sent] == ["http.response.start", "http.response.body"]
        client.left.set()
        await task

    async def silent():
        await asyncio.Event().wait()
        yield ""

    asyncio.run(main())


class Clocked:
    """A stream of what is put into `events`, in a loop whose clock the test sets forward."""

    def __init__(self, **options: Any) -> None:
        self.events: asyncio.Queue[str] = asyncio.Queue()
        self.client = Client()
        response = EventSourceResponse(self._content(), **options)
        self.task = asyncio.create_task(response(SCOPE, self.client.receive, self.client.send))

    async def _content(self):
        while True:
            yield await self.events.get()

    async def after(self, seconds: float, event: str | None = None) -> str:
        """What has been sent by then, with an `event` at the end of the time."""
        await self._settle()
        asyncio.get_running_loop().advance(seconds)
        if event is not None:
            self.events.put_nowait(event)
        await self._settle()
        return self.client.text

    async def _settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def end(self) -> None:
        self.client.left.set()
        await self.task


def clocked(main: Any) -> None:
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        runner.run(main)


def test_silence_is_broken_by_pings_and_only_silence() -> None:
    async def main() -> None:
        stream = Clocked()
        text = await stream.after(14)
        assert text == ""
        text = await stream.after(2)
        assert text == ": ping\n\n"
        text = await stream.after(14, "quack")
        assert text == ": ping\n\ndata: quack\n\n"
        assert await stream.after(14) == text, "an event is as good as a ping"
        text = await stream.after(2)
        assert text.endswith("quack\n\n: ping\n\n")
        await stream.end()

    clocked(main())


def test_no_pings() -> None:
    async def main() -> None:
        stream = Clocked(ping=None)
        assert await stream.after(3600) == ""
        await stream.end()

    clocked(main())


@pytest.mark.parametrize("raises", [True, False])
def test_a_silent_stream_ends_when_the_client_leaves(raises: bool) -> None:
    """And so it does when the server stops, which is told in the same way."""
    given_back: list[str] = []

    async def content():
        try:
            yield "first"
            await asyncio.Event().wait()
        finally:
            given_back.append("pond")

    async def main() -> Client:
        client = Client(raises=raises)
        background = BackgroundTask(given_back.append, "background")
        response = EventSourceResponse(content(), background=background)
        task = asyncio.create_task(response(SCOPE, client.receive, client.send))
        await client.until("first")
        client.left.set()
        await asyncio.wait_for(task, 5)
        return client

    client = asyncio.run(main())
    assert given_back == ["pond", "background"]
    assert client.complete is not raises, "where something can still be sent, the response is completed"


def test_a_stream_ends_when_only_send_tells_of_the_disconnect() -> None:
    async def main() -> bool:
        ended = asyncio.Event()

        async def content():
            try:
                while True:
                    yield "x"
            finally:
                ended.set()

        async def send(message: dict[str, Any]) -> None:
            if b"x" in message.get("body", b""):
                raise OSError("gone")

        await asyncio.wait_for(EventSourceResponse(content())(SCOPE, asyncio.Event().wait, send), 5)
        return ended.is_set()

    assert asyncio.run(main())


def test_a_ping_finds_that_nobody_is_there() -> None:
    async def main() -> bool:
        ended = asyncio.Event()

        async def content():
            try:
                await asyncio.Event().wait()
                yield ""
            finally:
                ended.set()

        async def send(message: dict[str, Any]) -> None:
            if b"ping" in message.get("body", b""):
                raise OSError("gone")

        await asyncio.wait_for(EventSourceResponse(content(), ping=0.01)(SCOPE, asyncio.Event().wait, send), 5)
        return ended.is_set()

    assert asyncio.run(main())


def test_a_client_that_takes_its_time_is_not_pinged_meanwhile() -> None:
    async def main() -> None:
        may_go = asyncio.Event()

        class Slow(Client):
            async def send(self, message: dict[str, Any]) -> None:
                if b"slow" in message.get("body", b""):
                    await may_go.wait()
                await super().send(message)

        client, loop = Slow(), asyncio.get_running_loop()
        task = asyncio.create_task(EventSourceResponse(["slow"])(SCOPE, client.receive, client.send))
        await client.until("")
        for _ in range(3):
            await asyncio.sleep(0.01)
            loop.advance(20)
        may_go.set()
        await task
        assert client.text == "data: slow\n\n"

    clocked(main())


def test_what_the_iterator_raises_is_raised() -> None:
    async def content():
        yield "a"
        raise LookupError("no duck")

    with pytest.raises(LookupError, match="no duck"):
        run(content())


def test_a_client_that_leaves_before_the_start_could_be_sent_gets_no_body_without_one() -> None:
    """A middleware may hold the start back, and so the stream is stopped while it waits to send it."""
    sent: list[str] = []

    async def content():
        yield "quack"

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(0.01)
        sent.append(message["type"])

    asyncio.run(EventSourceResponse(content())(SCOPE, receive, send))
    assert sent == []


def test_cancelling_the_response_cancels_the_stream() -> None:
    ended: list[str] = []

    async def content():
        try:
            await asyncio.Event().wait()
            yield ""
        finally:
            ended.append("yes")

    async def main() -> None:
        client = Client()
        task = asyncio.create_task(EventSourceResponse(content())(SCOPE, client.receive, client.send))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == ["yes"]


def test_a_thread_that_waits_for_the_next_item_keeps_nobody_waiting() -> None:
    ducks: queue.Queue[str] = queue.Queue()
    ducks.put("first")

    async def main() -> None:
        client = Client()
        content = iter(lambda: ducks.get(timeout=5), "end")
        task = asyncio.create_task(EventSourceResponse(content)(SCOPE, client.receive, client.send))
        await client.until("first")
        client.left.set()
        await asyncio.wait_for(task, 2)

    asyncio.run(main())
    ducks.put("end")


def test_refuses_a_websocket_with_the_denial_messages() -> None:
    async def main() -> list[str]:
        client = Client()
        await EventSourceResponse(["no"], 403)({**SCOPE, "type": "websocket"}, client.receive, client.send)
        return [message["type"] for message in client.sent]

    assert set(asyncio.run(main())) == {"websocket.http.response.start", "websocket.http.response.body"}
