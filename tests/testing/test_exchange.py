from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from webfoot.asgi.types import ClientDisconnected, Message, Receive, Scope, Send
from webfoot.testing import Exchange, IncompleteResponse, http_scope
from webfoot.testing.exchange import HIGH_WATER

START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


def sends(*messages: Message) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return app


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    events = []
    while True:
        events.append(await receive())
        if not events[-1].get("more_body"):
            break
    await send(START)
    await send({"type": "http.response.body", "body": b"|".join(event["body"] for event in events)})


def test_run_gives_status_headers_and_body() -> None:
    exchange = Exchange(sends(START, {"type": "http.response.body", "body": b"quack"}), http_scope())
    assert asyncio.run(exchange.run()) == b"quack"
    assert exchange.status == 200
    assert exchange.headers == [(b"content-type", b"text/plain")]
    assert [event["type"] for event in exchange.events] == ["http.response.start", "http.response.body"]
    assert exchange.complete
    assert exchange.ended
    assert exchange.error is None


@pytest.mark.parametrize(("parts", "body"), [([], b""), ([b"a"], b"a"), ([b"a", b"", b"b"], b"a||b")])
def test_each_part_of_the_body_is_one_event(parts: list[bytes], body: bytes) -> None:
    assert asyncio.run(Exchange(echo, http_scope("POST"), parts).run()) == body


def test_an_asynchronous_body_is_read_as_the_application_asks_for_it() -> None:
    asked: list[str] = []

    async def upload() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            asked.append(part.decode())
            yield part

    async def reads_one(scope: Scope, receive: Receive, send: Send) -> None:
        assert await receive() == {"type": "http.request", "body": b"a", "more_body": True}
        await send(START)
        await send({"type": "http.response.body"})

    asyncio.run(Exchange(reads_one, http_scope("POST"), upload()).run())
    assert asked == ["a"]
    asked.clear()
    assert asyncio.run(Exchange(echo, http_scope("POST"), upload()).run()) == b"a|b|c|"


def test_receive_waits_and_then_tells_that_the_response_is_complete() -> None:
    heard: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

        async def listen() -> None:
            heard.append(await receive())

        listener = asyncio.create_task(listen())
        await send(START)
        await asyncio.sleep(0)
        assert not heard
        await send({"type": "http.response.body"})
        await listener

    asyncio.run(Exchange(app, http_scope()).run())
    assert heard == [{"type": "http.disconnect"}]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize("status", [200, 204, 304])
def test_no_body_where_http_has_none(method: str, status: int) -> None:
    app = sends({"type": "http.response.start", "status": status}, {"type": "http.response.body", "body": b"quack"})
    body = asyncio.run(Exchange(app, http_scope(method)).run())
    assert body == (b"quack" if (method, status) == ("GET", 200) else b"")


def test_a_buffer_that_is_used_again_is_copied() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        buffer = bytearray(b"a")
        await send(START)
        await send({"type": "http.response.body", "body": buffer, "more_body": True})
        buffer[0] = ord("b")
        await send({"type": "http.response.body", "body": memoryview(buffer)})

    assert asyncio.run(Exchange(app, http_scope()).run()) == b"ab"


def test_extension_events_are_collected() -> None:
    app = sends(
        {"type": "http.response.debug", "info": {"template": "nest.html"}},
        {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]},
        START | {"trailers": True},
        {"type": "http.response.body"},
        {"type": "http.response.trailers", "headers": [(b"x-sum", b"1")], "more_trailers": True},
        {"type": "http.response.trailers", "headers": [(b"x-end", b"2")]},
    )
    exchange = Exchange(app, http_scope())
    asyncio.run(exchange.run())
    assert exchange.debug == {"template": "nest.html"}
    assert exchange.early_hints == [[b"</a.css>; rel=preload"]]
    assert exchange.trailers == [(b"x-sum", b"1"), (b"x-end", b"2")]


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([{"type": "http.response.body"}], "http.response.body was sent before http.response.start"),
        ([START, START], "http.response.start was sent a second time"),
        (
            [START, {"type": "http.response.body"}, {"type": "http.response.body"}],
            "http.response.body was sent after the response was complete",
        ),
        (
            [START, {"type": "http.response.pathsend", "path": "/tmp/x"}],
            "http.response.pathsend was sent, but the scope does not offer the extension 'http.response.pathsend'",
        ),
        ([{"status": 200}], "an event needs a str as its 'type', {'status': 200} was sent"),
        ([START | {"status": "200"}], "the status of a response must be an int from 200 to 599, not '200'"),
        (
            [START | {"headers": [("a", "b")]}],
            "the headers of http.response.start must be pairs of bytes (name, value), not ('a', 'b')",
        ),
        ([START, {"type": "http.response.body", "body": "a"}], "the body in http.response.body must be bytes, not str"),
        ([{"type": "http.foo"}], "'http.foo' was sent, which is no event of an HTTP exchange"),
    ],
)
def test_a_wrong_event_is_refused_where_it_is_sent(messages: list[Message], sentence: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        asyncio.run(Exchange(sends(*messages), http_scope()).run())
    assert str(caught.value) == sentence
    assert "app" in [frame.name for frame in caught.traceback]


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([], "the application returned without sending a response"),
        ([START], "the application returned without completing its response"),
        (
            [START | {"trailers": True}, {"type": "http.response.body"}],
            "the application returned without completing its response",
        ),
    ],
)
def test_an_incomplete_response_is_an_error(messages: list[Message], sentence: str) -> None:
    with pytest.raises(IncompleteResponse, match=f"^{sentence}$"):
        asyncio.run(Exchange(sends(*messages), http_scope()).run())


def test_a_cancelled_application_does_not_cancel_the_test() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(IncompleteResponse, match="was cancelled without sending a response"):
        asyncio.run(Exchange(app, http_scope()).run())


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_the_application_raises_is_raised(kind: type[BaseException]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise kind("boom")

    with pytest.raises(kind, match="boom"):
        asyncio.run(Exchange(app, http_scope()).run())


def test_disconnect_in_the_middle_of_an_upload() -> None:
    heard: list[Message] = []
    began = asyncio.Event()

    async def upload() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"thanks", "more_body": True})
        heard.append(await receive())
        began.set()
        heard.append(await receive())
        with pytest.raises(ClientDisconnected):
            await send({"type": "http.response.body"})

    async def scenario() -> Exchange:
        exchange = Exchange(app, http_scope("POST"), upload())
        await exchange.start()
        assert await exchange.read() == b"thanks"
        await began.wait()
        exchange.disconnect()
        await exchange.close()
        return exchange

    exchange = asyncio.run(scenario())
    assert heard == [{"type": "http.request", "body": b"first", "more_body": True}, {"type": "http.disconnect"}]
    assert exchange.error is None
    assert not exchange.complete


def test_an_upload_that_the_client_breaks_off_is_never_complete() -> None:
    heard: list[str] = []

    async def upload() -> AsyncIterator[bytes]:
        yield b"half"
        exchange.disconnect()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])

    exchange = Exchange(app, http_scope("POST"), upload())
    asyncio.run(exchange.run())
    assert heard == ["http.request", "http.disconnect"]


def test_a_cancelled_receive_loses_no_part_of_the_body() -> None:
    go_on = asyncio.Event()

    async def upload() -> AsyncIterator[bytes]:
        await go_on.wait()
        yield b"late"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asking = asyncio.create_task(receive())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        go_on.set()
        await send(START)
        await send({"type": "http.response.body", "body": (await receive())["body"]})

    assert asyncio.run(Exchange(app, http_scope("POST"), upload()).run()) == b"late"


def test_two_that_listen_at_once_get_different_parts() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts = await asyncio.gather(receive(), receive(), receive())
        await send(START)
        await send({"type": "http.response.body", "body": b"".join(sorted(part["body"] for part in parts))})

    assert asyncio.run(Exchange(app, http_scope("POST"), [b"a", b"b", b"c"]).run()) == b"abc"


def test_an_upload_that_fails_fails_in_the_application() -> None:
    async def upload() -> AsyncIterator[bytes]:
        yield b"a"
        raise ValueError("the file is gone")

    with pytest.raises(ValueError, match="the file is gone"):
        asyncio.run(Exchange(echo, http_scope("POST"), upload()).run())


def test_send_waits_while_the_client_does_not_read() -> None:
    part = b"x" * (HIGH_WATER // 2)
    sent: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        for number in range(8):
            await send({"type": "http.response.body", "body": part, "more_body": number < 7})
            sent.append(number)

    async def scenario() -> None:
        exchange = Exchange(app, http_scope())
        await exchange.start()
        for _ in range(20):
            await asyncio.sleep(0)
        assert sent == [0, 1]
        await exchange.read()
        for _ in range(20):
            await asyncio.sleep(0)
        assert sent == [0, 1, 2]
        while await exchange.read() is not None:
            pass
        assert sent == list(range(8))

    asyncio.run(scenario())


def test_an_application_that_never_ends_is_cancelled() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await asyncio.Event().wait()

    async def scenario() -> Exchange:
        exchange = Exchange(app, http_scope(), grace=0.01)
        await exchange.start()
        await exchange.close()
        return exchange

    exchange = asyncio.run(scenario())
    assert exchange.ended
    assert exchange.error is None


def test_an_application_that_resists_does_not_hang_the_close() -> None:
    stop: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        while not stop:
            try:
                await send({"type": "http.response.body", "body": b"x", "more_body": True})
            except (OSError, asyncio.CancelledError):
                pass

    async def scenario() -> None:
        exchange = Exchange(app, http_scope(), grace=0.01)
        await exchange.start()
        with pytest.raises(RuntimeError, match="went on after its client had gone and after it had been cancelled"):
            await exchange.close()
        stop.append(True)
        await exchange.close()

    asyncio.run(scenario())


def test_an_exception_that_the_disconnect_led_to_is_no_error() -> None:
    class FrameworkDisconnect(Exception):
        pass

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        try:
            while True:
                await send({"type": "http.response.body", "body": b"x" * HIGH_WATER, "more_body": True})
        except OSError:
            raise FrameworkDisconnect from None

    async def scenario() -> Exchange:
        exchange = Exchange(app, http_scope())
        await exchange.start()
        await exchange.close()
        return exchange

    exchange = asyncio.run(scenario())
    assert exchange.ended
    assert exchange.error is None


def test_the_scope_is_complete() -> None:
    state = {"pond": object()}
    scope = http_scope("post", "/a b/é", query_string=b"q=1", headers=[(b"X-A", b"1")], state=state)
    assert (scope["type"], scope["asgi"]["version"], scope["http_version"]) == ("http", "3.0", "1.1")
    assert scope["method"] == "POST"
    assert scope["raw_path"] == b"/a%20b/%C3%A9"
    assert scope["headers"] == [(b"x-a", b"1")]
    assert scope["state"] == state
    assert scope["state"] is not state
