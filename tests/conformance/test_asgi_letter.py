"""The letter of ASGI HTTP 2.5 and of the RFCs behind it, where an application tries what it may and may not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Answers, exchange_bytes

from webfoot.asgi.types import ClientDisconnected
from webfoot.server.protocol.errors import LocalFault

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PARSERS = pytest.mark.parametrize("parser", ["httptools", "h11"])


def start(headers: Any = (), **more: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": 200, "headers": headers, **more}


def sends(*events: Any) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)

    return app


def fault_of(*events: Any) -> str:
    """The sentence that the last event raises; those before it must be right."""
    raised: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        *before, last = events
        for event in before:
            await send(event)
        with pytest.raises(LocalFault) as caught:
            await send(last)
        raised.append(str(caught.value))

    exchange_bytes(app, [GET])
    return raised[0]


def scope_of(raw: bytes, **options: Any) -> dict[str, Any]:
    scopes: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(dict(scope))
        await send(start())
        await send({"type": "http.response.body"})

    exchange_bytes(app, [raw], **options)
    return scopes[0]


# The scope.


@PARSERS
def test_the_whole_scope(parser: str) -> None:
    raw = b"GET /d%C3%BCck%2Fs?a=%20b HTTP/1.1\r\nHOST: a\r\nX-Two: 1\r\nx-two:  2 \r\n\r\n"
    scope = scope_of(raw, http=parser)
    assert scope["type"] == "http"
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.5"}
    assert (scope["http_version"], scope["method"], scope["scheme"]) == ("1.1", "GET", "http")
    assert (scope["path"], scope["raw_path"]) == ("/dück/s", b"/d%C3%BCck%2Fs")
    assert (scope["query_string"], scope["root_path"]) == (b"a=%20b", "")
    assert scope["headers"] == [(b"host", b"a"), (b"x-two", b"1"), (b"x-two", b"2")]
    assert scope["client"][0] == scope["server"][0] == "127.0.0.1"
    assert scope["state"] == {}


@PARSERS
def test_root_path_is_part_of_the_path(parser: str) -> None:
    scope = scope_of(b"GET /duck HTTP/1.1\r\nHost: a\r\n\r\n", http=parser, root_path="/pond")
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/pond", "/pond/duck", b"/pond/duck")


@PARSERS
def test_a_path_that_is_no_utf_8_does_not_fail(parser: str) -> None:
    scope = scope_of(b"GET /%FF HTTP/1.1\r\nHost: a\r\n\r\n", http=parser)
    assert (scope["path"], scope["raw_path"]) == ("/\ufffd", b"/%FF")


# Events that are right, however unusual.


RIGHT: dict[str, tuple[Any, ...]] = {
    "only what must be": (
        {"type": "http.response.start", "status": 200},
        {"type": "http.response.body", "body": b"duck"},
    ),
    "generator": (start(pair for pair in [(b"x-a", b"b")]), {"type": "http.response.body", "body": b"duck"}),
    "tuples": (start(((b"x-a", b"b"),)), {"type": "http.response.body", "body": b"duck"}),
    "lists": (start([[b"x-a", b"b"]]), {"type": "http.response.body", "body": b"duck"}),
    "bytearray": (start([(b"x-a", bytearray(b"b"))]), {"type": "http.response.body", "body": bytearray(b"duck")}),
    "memoryview": (start([(b"x-a", memoryview(b"b"))]), {"type": "http.response.body", "body": memoryview(b"duck")}),
    "keys of others": (
        start([(b"x-a", b"b")], reason="Fine"),
        {"type": "http.response.body", "body": b"duck", "more_body": False, "mine": object()},
    ),
    "upper case": (start([(b"X-A", b"b")]), {"type": "http.response.body", "body": b"duck"}),
    "empty parts": (
        start([(b"x-a", b"b")]),
        {"type": "http.response.body", "more_body": True},
        {"type": "http.response.body", "body": b"duck", "more_body": 1},
        {"type": "http.response.body", "more_body": 0},
    ),
}


@PARSERS
@pytest.mark.parametrize("name", [name for name in RIGHT if name != "generator"])
def test_what_is_right_is_sent(name: str, parser: str) -> None:
    answers: Answers = exchange_bytes(sends(*RIGHT[name]), [GET], http=parser)
    assert answers.statuses == [200]
    assert answers.bodies == [b"duck"]
    assert answers.heads[0].get("x-a", "b") == "b"


def test_headers_may_come_from_a_generator() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start((name, b"1") for name in (b"x-a", b"x-b")))
        await send({"type": "http.response.body"})

    answers = exchange_bytes(app, [GET])
    assert (answers.heads[0]["x-a"], answers.heads[0]["x-b"]) == ("1", "1")


def test_an_event_stream_is_known_by_a_generators_headers_too() -> None:
    from tests.conformance.made_up import Socket, connected, turns

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start(pair for pair in [(b"content-type", b"text/event-stream")]))
        await send({"type": "http.response.body", "body": b"data", "more_body": True})
        await receive()
        await receive()

    async def main() -> bool:
        socket: Socket
        socket, transport = connected(app)
        transport.data_received(GET)
        await turns()
        (exchange,) = transport._service.running
        endless: bool = exchange.is_endless  # type: ignore[union-attr]
        socket.lose()
        await turns()
        return endless

    assert asyncio.run(main())


# Events that are not, each with a sentence.


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({}, "an event is a dict with a str under 'type'"),
        ({"status": 200}, "an event is a dict"),
        (None, "an event is a dict"),
        ([], "an event is a dict"),
        ({"type": []}, "an event is a dict"),
        ({"type": None}, "'None' was sent, which is no event of an HTTP exchange"),
        ({"type": "http.response.nonsense"}, "which is no event of an HTTP exchange"),
        ({"type": "http.request"}, "though it is an event for the server to send"),
        ({"type": "websocket.send"}, "was sent in an HTTP exchange"),
        ({"type": "http.response.push", "path": "/"}, "http.response.push was sent, which the scope does not offer"),
        ({"type": "http.response.body"}, "before http.response.start"),
        ({"type": "http.response.pathsend", "path": "/"}, "before http.response.start"),
        ({"type": "http.response.trailers"}, "before http.response.start"),
        ({"type": "http.response.start"}, "the response status must be 200 to 599, not 0"),
        (start() | {"status": "200"}, "the response status must be"),
        (start() | {"status": 103}, "the response status must be"),
        (start() | {"status": 600}, "the response status must be"),
        (start() | {"status": True}, "the response status must be"),
        (start() | {"headers": None}, "headers must be an iterable of pairs, not NoneType"),
        (start() | {"headers": 5}, "headers must be an iterable of pairs, not int"),
        (start({b"a": b"b"}), "must be"),
        (start([(b"a",)]), "pairs of bytes"),
        (start([(b"a", "b")]), "pairs of bytes"),
        (start([("a", b"b")]), "must be a token"),
        (start([(b"a", 5)]), "pairs of bytes"),
        (start([(b"content-length", memoryview(b"0005"))]), "pairs of bytes"),  # not in the memory of heads
        (start([(b"content-length", 5)]), "pairs of bytes"),
        (start([(b"content-length", b"-5")]), "content-length must be one number"),
        (start([(b"content-length", b"5, 5")]), "content-length must be one number"),
        (start([(b"", b"b")]), "must be a token"),
        (start([(b":status", b"200")]), "must be a token"),
        (start([(b"a:", b"b")]), "must be a token"),
        (start([(b"a", b"b\r\n\r\n<script>")]), "CR, LF"),
        (start([(b"a", b"b\rc")]), "CR, LF"),
        (start([(b"a", b"b\nc")]), "CR, LF"),
        (start([(b"a", b"b\0")]), "CR, LF"),
        (start([(b"set-cookie", b"b\r\nc: d")]), "CR, LF"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_wrong_is_said_in_a_sentence(event: Any, sentence: str) -> None:
    assert sentence in fault_of(event)


@pytest.mark.parametrize("content", [None, "text", 5, [b"x"]], ids=repr)
def test_a_body_is_bytes(content: Any) -> None:
    assert "body must be bytes" in fault_of(start(), {"type": "http.response.body", "body": content})


def test_sending_after_the_end_is_a_fault_and_receiving_gives_disconnect() -> None:
    events: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send({"type": "http.response.body", "body": b"x"})
        for event in (start(), {"type": "http.response.body"}):
            with pytest.raises(LocalFault, match=r"a second time|after the response was complete"):
                await send(event)
        events.append((await receive())["type"])
        events.append((await receive())["type"])

    assert exchange_bytes(app, [GET]).bodies == [b"x"]
    assert events == ["http.disconnect"] * 2


def test_a_fault_that_is_caught_can_be_mended() -> None:
    """Nothing is sent before the first part of the body, so a wrong start is as if it had not been."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with pytest.raises(LocalFault):
            await send(start([(b"a", b"b\n")], trailers=True))
        await send(start([(b"a", b"b")]))
        with pytest.raises(LocalFault):
            await send({"type": "http.response.body", "body": "duck"})
        await send({"type": "http.response.body", "body": b"duck"})

    answers = exchange_bytes(app, [GET])
    assert (answers.statuses, answers.bodies) == ([200], [b"duck"])


def test_a_body_in_parts_is_given_whole() -> None:
    received: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while True:
            event = await receive()
            received.append(event)
            if not event["more_body"]:
                break
        await send(start())
        await send({"type": "http.response.body"})

    exchange_bytes(app, [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nab", b"cd", b"ef"])
    assert b"".join(event["body"] for event in received) == b"abcdef"
    assert all(event.keys() == {"type", "body", "more_body"} for event in received)
    assert [event["more_body"] for event in received] == [True] * (len(received) - 1) + [False]


def test_the_error_of_a_client_that_left_is_an_oserror() -> None:
    assert issubclass(ClientDisconnected, OSError)
    assert ClientDisconnected is not OSError
