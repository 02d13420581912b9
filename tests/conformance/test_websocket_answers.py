"""What an application may answer to a handshake, what comes of it on the wire, and how a session ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance.websocket_harness import (
    BINARY,
    PING,
    TEXT,
    Client,
    Echo,
    Heard,
    close,
    converse,
    frame,
    handshake,
)

Event = dict[str, Any]

OFFER = b"Sec-WebSocket-Protocol: a, b\r\n"
ACCEPT: Event = {"type": "websocket.accept"}
CLOSE: Event = {"type": "websocket.close"}


@pytest.fixture(params=["httptools", "h11"])
def parser(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def answering(*events: Event, fails: bool = False) -> Any:
    """An application that sends `events` one after the other without waiting for anything, and returns or raises."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)
        if fails:
            raise RuntimeError("made up")

    return app


def answer(app: Any, parser: str, fields: bytes = b"", *behind: bytes, **options: Any) -> Heard:
    """All that came back for a handshake, with `behind` in the same segment; then the client leaves as is polite."""

    async def talk(client: Client) -> Heard:
        heard = await client.open(handshake(fields), *behind)
        if heard.status == 101:
            await client.say([close(1000)])
        else:
            client.dialogue.writer.write_eof()
        return await client.hear_end()

    heard: Heard = converse(app, talk, http=parser, guard=False, **options)
    return heard


def denial(*bodies: bytes, status: int = 418, headers: Any = ()) -> list[Event]:
    last = len(bodies) - 1
    body = "websocket.http.response.body"
    return [
        {"type": "websocket.http.response.start", "status": status, "headers": headers},
        *({"type": body, "body": part, "more_body": i < last} for i, part in enumerate(bodies)),
    ]


def test_accept_with_headers_and_a_subprotocol(parser: str) -> None:
    event = ACCEPT | {"subprotocol": "b", "headers": [(b"x-duck", b"quack"), (b"set-cookie", b"a=1")]}
    heard = answer(answering(event), parser, OFFER)
    assert heard.status == 101
    assert heard.fields["sec-websocket-protocol"] == "b"
    assert (heard.fields["x-duck"], heard.fields["set-cookie"]) == ("quack", "a=1")
    assert heard.fields["server"] == "webfoot"
    assert "date" in heard.fields


def test_none_of_the_offered_subprotocols_may_be_chosen(parser: str) -> None:
    heard = answer(answering(ACCEPT), parser, OFFER)
    assert heard.status == 101
    assert "sec-websocket-protocol" not in heard.fields


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(ACCEPT | {"subprotocol": "c"}, id="a subprotocol that was not offered"),
        pytest.param(ACCEPT | {"subprotocol": "A"}, id="a subprotocol in another case"),
        pytest.param(ACCEPT | {"subprotocol": ""}, id="an empty subprotocol"),
        pytest.param(ACCEPT | {"headers": [(b"Sec-WebSocket-Protocol", b"a")]}, id="the subprotocol as a header"),
        pytest.param(ACCEPT | {"headers": [(b"sec-websocket-extensions", b"x")]}, id="an extension"),
        pytest.param(ACCEPT | {"headers": [(b"sec-websocket-accept", b"x")]}, id="another key"),
        pytest.param(ACCEPT | {"headers": [(b"upgrade", b"h2c")]}, id="another protocol"),
        pytest.param(ACCEPT | {"headers": [(b"content-length", b"3")]}, id="a length"),
        pytest.param(ACCEPT | {"headers": [(b"x", b"a\r\nb: c")]}, id="a header with CRLF"),
        pytest.param(ACCEPT | {"headers": [(b"x y", b"a")]}, id="a header whose name is no token"),
        pytest.param({"type": "websocket.send", "text": "hello"}, id="a message before accept"),
        pytest.param({"type": "http.response.start", "status": 200, "headers": []}, id="an HTTP response"),
        pytest.param({"type": "websocket.nonsense"}, id="no event at all"),
        pytest.param(denial(status=99)[0], id="a denial with no status"),
        pytest.param(denial(status=101)[0], id="a denial that is an interim response"),
    ],
)
def test_an_illegal_answer_is_the_applications_fault(event: Event, parser: str) -> None:
    """It is raised out of send(), nothing of it is on the wire, and the client gets a 500."""
    heard = answer(answering(event), parser, OFFER)
    assert heard.status == 500
    assert "sec-websocket-accept" not in heard.fields
    assert b"hello" not in heard.rest


@pytest.mark.parametrize(
    ("app", "status"),
    [
        pytest.param(answering(CLOSE), 403, id="closes"),
        pytest.param(answering(CLOSE | {"code": 4000, "reason": "no"}), 403, id="closes with a code"),
        pytest.param(answering(CLOSE | {"code": 1005, "reason": [{}]}), 403, id="closes with what no frame can carry"),
        pytest.param(answering(fails=True), 500, id="raises"),
        pytest.param(answering(), 500, id="returns"),
        pytest.param(answering(denial()[0], fails=True), 500, id="raises after the start of a denial"),
        pytest.param(answering(denial()[0]), 500, id="returns after the start of a denial"),
        pytest.param(answering(denial()[0], ACCEPT), 500, id="accepts within a denial"),
        pytest.param(answering(denial()[0], CLOSE), 500, id="closes within a denial"),
        pytest.param(answering(*denial(b""), fails=True), 418, id="raises after a denial"),
        pytest.param(answering(CLOSE, fails=True), 403, id="raises after it closed"),
    ],
)
def test_not_accepted(app: Any, status: int, parser: str) -> None:
    heard = answer(app, parser)
    assert heard.status == status
    assert "sec-websocket-accept" not in heard.fields


@pytest.mark.parametrize(
    ("app", "code"),
    [
        pytest.param(answering(ACCEPT), 1000, id="returns"),
        pytest.param(answering(ACCEPT, fails=True), 1011, id="raises"),
        pytest.param(answering(ACCEPT, ACCEPT), 1011, id="accepts twice"),
        pytest.param(answering(ACCEPT, denial()[0]), 1011, id="denies after it accepted"),
        pytest.param(answering(ACCEPT, {"type": "websocket.send"}), 1011, id="sends nothing"),
        pytest.param(answering(ACCEPT, {"type": "websocket.send", "text": "a", "bytes": b"a"}), 1011, id="sends both"),
        pytest.param(answering(ACCEPT, {"type": "websocket.send", "text": b"a"}), 1011, id="sends bytes as text"),
        pytest.param(answering(ACCEPT, {"type": "websocket.send", "text": "\ud800"}), 1011, id="sends a surrogate"),
        pytest.param(answering(ACCEPT, CLOSE), 1000, id="closes without a code"),
        pytest.param(answering(ACCEPT, CLOSE, fails=True), 1000, id="raises after it closed"),
        pytest.param(answering(ACCEPT, CLOSE | {"reason": "*" * 124}), 1011, id="closes with too long a reason"),
        *(
            pytest.param(answering(ACCEPT, CLOSE | {"code": code}), 1011, id=f"closes with {code}")
            for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65536, -1, None, "1000")
        ),
    ],
)
def test_accepted_and_closed(app: Any, code: int, parser: str) -> None:
    heard = answer(app, parser)
    assert heard.status == 101
    assert heard.code == code


@pytest.mark.parametrize(("code", "reason"), [(1001, ""), (1003, "bye"), (3000, "tschüss"), (4999, "*" * 123)])
def test_close_with_a_code_and_a_reason(code: int, reason: str, parser: str) -> None:
    heard = answer(answering(ACCEPT, CLOSE | {"code": code, "reason": reason}), parser)
    assert (heard.code, heard.reason) == (code, reason)


def test_messages_of_all_kinds(parser: str) -> None:
    send: Event = {"type": "websocket.send"}
    app = answering(
        ACCEPT,
        send | {"text": "é"},
        send | {"bytes": b"\xff"},
        send | {"text": "a", "bytes": None},
        send | {"text": None, "bytes": b""},
        send | {"text": ""},
        send | {"bytes": b"*" * 70_000},
    )
    heard = answer(app, parser)
    assert heard.messages == ["é", b"\xff", "a", b"", "", b"*" * 70_000]


def test_a_denial_with_a_length(parser: str) -> None:
    headers = [(b"content-length", b"5"), (b"www-authenticate", b"Basic")]
    heard = answer(answering(*denial(b"quack", status=401, headers=headers)), parser)
    assert (heard.status, heard.fields["content-length"], heard.rest) == (401, "5", b"quack")
    assert heard.fields["www-authenticate"] == "Basic"


def test_a_denial_without_a_length(parser: str) -> None:
    heard = answer(answering(*denial(b"quack")), parser)
    assert (heard.status, heard.fields["content-length"], heard.rest) == (418, "5", b"quack")


def test_a_denial_in_parts(parser: str) -> None:
    heard = answer(answering(*denial(b"qu", b"", b"ack")), parser)
    assert heard.fields["transfer-encoding"] == "chunked"
    assert heard.rest == b"2\r\nqu\r\n3\r\nack\r\n0\r\n\r\n"


def test_a_denial_without_a_body(parser: str) -> None:
    heard = answer(answering(*denial(b"", status=204)), parser)
    assert (heard.status, heard.rest) == (204, b"")
    assert "content-length" not in heard.fields


def test_a_denial_that_breaks_off_is_not_complete(parser: str) -> None:
    start, part, _ = denial(b"qu", b"ack")
    heard = answer(answering(start, part, fails=True), parser)
    assert heard.status == 418
    assert not heard.rest.endswith(b"0\r\n\r\n")


def test_after_a_denial_the_connection_speaks_http(parser: str) -> None:
    """Whatever is no 101 leaves HTTP in force (RFC 6455 section 4.2.2), the next request included."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            for event in denial(b"quack"):
                await send(event)
        else:
            await Echo()(scope, receive, send)

    heard = answer(app, parser, b"", b"GET /next HTTP/1.1\r\nHost: pond\r\n\r\n")
    assert heard.status == 418
    assert heard.rest.startswith(b"quackHTTP/1.1 200 OK\r\n")
    assert heard.rest.endswith(b"\r\n\r\nhttp")


def test_after_a_request_the_connection_speaks_websocket(parser: str) -> None:
    echo = Echo()

    async def talk(client: Client) -> Heard:
        client.dialogue.writer.write(b"GET /first HTTP/1.1\r\nHost: pond\r\n\r\n")
        await client.dialogue.hear(lambda heard: heard.endswith(b"http"))
        await client.open()
        await client.say([frame(TEXT, b"hello"), close(1000)])
        return await client.hear_end()

    heard = converse(echo, talk, http=parser)
    assert [scope["type"] for scope in echo.scopes] == ["http", "websocket"]
    assert heard.messages == ["hello"]


def test_what_comes_behind_the_handshake_waits_for_accept(parser: str) -> None:
    """A client must not send before the 101 is there (section 4.1), but what it has sent is not lost."""
    heard = answer(Echo(), parser, b"", frame(TEXT, b"early"), frame(PING, b"!"))
    assert heard.messages == ["early"]
    assert heard.pongs == [b"!"]


def test_more_behind_the_handshake_than_is_held(parser: str) -> None:
    heard = answer(Echo(), parser, b"", *[frame(BINARY, b"*" * 60_000)] * 20)
    assert heard.messages == [b"*" * 60_000] * 20


@pytest.mark.parametrize("cut", [0, 1, 8], ids=["between frames", "within a head", "within a payload"])
def test_an_end_without_a_close_frame_is_1006(cut: int, parser: str) -> None:
    """RFC 6455 section 7.1.5."""
    echo = Echo()

    async def talk(client: Client) -> Heard:
        await client.open()
        await client.say([frame(TEXT, b"hello") + frame(TEXT, b"and goodbye")[:cut]])
        await client.hear(1)
        client.dialogue.writer.write_eof()
        return await client.hear_end()

    heard = converse(echo, talk, http=parser)
    assert heard.messages == ["hello"]
    assert heard.code is None
    assert echo.left == 1006


def test_the_scope_tells_of_denials(parser: str) -> None:
    echo = Echo()
    answer(echo, parser)
    assert "websocket.http.response" in echo.scopes[0]["extensions"]


def test_websockets_can_be_switched_off(parser: str) -> None:
    echo = Echo()
    assert answer(echo, parser, ws="none").status == 200
    assert [scope["type"] for scope in echo.scopes] == ["http"]
