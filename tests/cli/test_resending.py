"""A saved WebSocket said again: what the application of today does otherwise, and what could not be said."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tests.cli.resent import CLOSE, changed, notes, said_again, talked, text

from webfoot import Webfoot, WebSocket
from webfoot.cli.one_session import Line
from webfoot.cli.resending import Given
from webfoot.journey.saved import session as saved_session
from webfoot.journey.saved.difference import Difference
from webfoot.journey.saved.reading import SavedError
from webfoot.journey.saved.session import session_of
from webfoot.web.responses import PlainTextResponse


def pond(
    greeting: str = "hello", protocol: str = "duck.v1", bye: tuple[int, str] = (4000, "bye"), refuses: bool = False
) -> Webfoot:
    app = Webfoot()

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        if refuses:
            await socket.close(4003)
            return
        await socket.accept(subprotocol=protocol if protocol in socket.scope["subprotocols"] else None)
        await socket.send_text(greeting)
        async for message in messages_of(socket):
            if message.get("text") == "bye":
                await socket.close(*bye)
                return
            if message.get("text") is not None:
                await socket.send_text(message["text"].upper())
            else:
                await socket.send_bytes(message["bytes"] * 2)

    @app.websocket("/returns")
    async def returns(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(greeting)

    @app.websocket("/fails")
    async def fails(socket: WebSocket) -> None:
        await socket.accept()
        raise ValueError(greeting)

    @app.websocket("/denied")
    async def denied(socket: WebSocket) -> None:
        await socket.send_denial_response(PlainTextResponse(greeting, 451))

    return app


async def messages_of(socket: WebSocket) -> Any:
    while (message := await socket.receive())["type"] == "websocket.receive":
        yield message


OFFER = (("sec-websocket-protocol", "duck.v2, duck.v1"),)
QUACKED = talked(pond(), "/talk", [text("quack", 1), text("waddle", 2), CLOSE], OFFER)

SESSIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "the client closes": lambda: talked(pond(), "/talk", [text("quack"), Line("close", 2, 5, b"enough", 4001)]),
    "without a code": lambda: talked(pond(), "/talk", [text("quack"), Line("close", 2, 5)]),
    "it leaves": lambda: talked(pond(), "/talk", [text("quack"), Line("leave", 2, 5)]),
    "the application closes": lambda: talked(pond(), "/talk", [text("quack"), text("bye"), Line("close", None, 5)]),
    "and is not answered": lambda: talked(pond(), "/talk", [text("bye"), Line("close", None, 5)], answers_close=False),
    "it returns": lambda: talked(pond(), "/returns", [Line("close", None, 5)]),
    "it fails": lambda: talked(pond(), "/fails", [Line("close", None, 5)]),
    "binary": lambda: talked(pond(), "/talk", [Line("binary", 1, 5, b"\0\1"), Line("close", 2, 5, b"", 1000)]),
    "a subprotocol": lambda: QUACKED,
    "refused": lambda: talked(pond(refuses=True), "/talk", [CLOSE]),
    "denied": lambda: talked(pond(), "/denied", [CLOSE]),
    "no such route": lambda: talked(pond(), "/nowhere", [CLOSE]),
    "another version": lambda: talked(pond(), "/talk", [CLOSE], version="12", patience=1),
    "a bad offer": lambda: talked(pond(), "/talk", [CLOSE], [("sec-websocket-protocol", "a,,@")], patience=1),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_the_same_code_goes_the_same_way(name: str):
    journey = SESSIONS[name]()
    found, now = said_again(journey, pond(refuses=name == "refused"))
    assert found.is_none, found
    assert now["status"] == journey["status"] is not None


def test_the_handshake_is_the_one_that_was_sent():
    _, now = said_again(QUACKED, pond())
    assert [name for name, _ in now["request"]["headers"]] == [name for name, _ in QUACKED["request"]["headers"]]
    assert ["sec-websocket-protocol", "duck.v2, duck.v1"] in now["request"]["headers"]


@pytest.mark.parametrize(
    ("app", "differs"),
    [
        (pond(greeting="hi"), [("text: hello", "text: hi")]),
        (pond(protocol="duck.v2"), [("accepted, subprotocol duck.v1", "accepted, subprotocol duck.v2")]),
        (pond(protocol=""), [("accepted, subprotocol duck.v1", "accepted")]),
    ],
    ids=["text", "subprotocol", "no subprotocol"],
)
def test_a_message_that_differs(app: Webfoot, differs: list[tuple[str, str]]):
    found, _ = said_again(QUACKED, app)
    assert changed(found) == differs
    assert not found.is_none
    assert not found.is_same_answer


def test_a_close_that_differs():
    journey = SESSIONS["the application closes"]()
    found, _ = said_again(journey, pond(bye=(4002, "so long")))
    assert changed(found) == [("close 4000: bye", "close 4002: so long")]


def test_a_message_more_or_less_does_not_shift_the_others():
    more = Webfoot()

    @more.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept(subprotocol="duck.v1")
        await socket.send_text("hello")
        await socket.send_text("who are you?")
        async for said in socket.iter_text():
            if said != "waddle":
                await socket.send_text(said.upper())

    found, _ = said_again(QUACKED, more)
    assert changed(found) == [(None, "text: who are you?"), ("text: WADDLE", None)]


def test_a_handshake_that_is_refused_now_and_one_that_was():
    found, _ = said_again(QUACKED, pond(refuses=True))
    assert found.outcome["status"] == (101, 403)
    assert "closed (4003) before accept()" in found.outcome["why"][1]
    assert found.outcome["messages of the client's that were taken"] == (2, 0)
    found, _ = said_again(SESSIONS["refused"](), pond(), patience=2)
    assert found.outcome["status"] == (403, 101)
    assert (None, "text: hello") in changed(found)


def binary(data: bytes, after: int = 1) -> Line:
    return Line("binary", after, 5, data)


def sent_back(journey: dict[str, Any]) -> list[str | None]:
    """What the application has sent of binary messages, as it was kept: in base64, or as text."""
    return [
        frame.get("data") or frame["text"]
        for frame in journey["frames"]
        if frame["kind"] == "binary" and frame["way"] == "out"
    ]


def test_binary_messages_are_sent_and_compared_byte_by_byte():
    said = [bytes(range(256)), b"\xff", b"", b"\x0a\x04emma\x10\x01", '{"päärynä": 1}'.encode()]
    lines = [binary(data, after) for after, data in enumerate(said, 1)]
    journey = talked(pond(), "/talk", [*lines, Line("close", len(said) + 1, 5, b"", 1000)])
    found, now = said_again(journey, pond())
    assert (found.is_none, found.not_compared, notes(journey)) == (True, (), [])
    assert sent_back(now) == [
        *(base64.b64encode(data * 2).decode() for data in said[:2]),
        "",
        base64.b64encode(said[3] * 2).decode(),
        said[4].decode() * 2,
    ]
    found, _ = said_again(journey, pond(), Given(messages={4: b"\x0a\x04emmy\x10\x01"}))
    assert changed(found) == [
        (
            "binary: 16 bytes 0a 04 65 6d 6d 61 10 01 0a 04 65 6d 6d 61 10 01",
            "binary: 16 bytes 0a 04 65 6d 6d 79 10 01 0a 04 65 6d 6d 79 10 01",
        )
    ]


def test_binary_messages_of_which_only_the_size_was_kept():
    """By a webfoot of before, or in production, or as a secret may be in them."""
    journey = SESSIONS["binary"]()
    for frame in journey["frames"]:
        frame.pop("data", None)
    found, now = said_again(journey, pond())
    assert [frame["size"] for frame in now["frames"] if frame["kind"] == "binary"] == [2, 4]
    assert found.is_none
    assert found.not_compared == ("what some binary messages hold: only their sizes were kept",)
    assert notes(journey) == [
        "the client's message 1 was not kept, and 2 bytes x are sent; give it with -m 1=@FILE",
    ]
    assert notes(journey, Given(messages={1: b"\0\1"})) == []


def test_a_binary_message_that_is_long_is_sent_as_far_as_it_was_kept_and_has_its_size():
    said = [b"\0\1" * 1500, b"quack " * 500]
    lines = [binary(said[0]), binary(said[1], 2), Line("close", 3, 5, b"", 1000)]
    journey = talked(pond(), "/talk", lines)
    found, now = said_again(journey, pond())
    assert [frame["size"] for frame in now["frames"] if frame["kind"] == "binary"] == [3000, 6000] * 2
    assert (found.is_none, found.not_compared) == (True, ("the end of long messages",))
    assert notes(journey) == [
        f"of the client's message {number}, 3000 bytes, the first 2048 were kept, and x are sent for the others; "
        f"give it with -m {number}=@FILE"
        for number in (1, 2)
    ]


def test_secrets_in_binary_messages():
    said = [b'{"password": "hunter2"}', b"\x82\xa8password\xa7hunter2"]
    lines = [binary(data, after) for after, data in enumerate(said, 1)]
    journey = talked(pond(), "/talk", [*lines, Line("close", 3, 5, b"", 1000)])
    assert "hunter2" not in json.dumps(journey)
    assert base64.b64encode(said[1]).decode() not in json.dumps(journey)
    assert notes(journey) == [
        "PASSWORD was redacted in the client's message 1, and [redacted] is sent; give it with -m 1=TEXT, or in a "
        "variable of that name",
        f"the client's message 2 was not kept, and {len(said[1])} bytes x are sent; give it with -m 2=@FILE",
    ]
    found, _ = said_again(journey, pond(), Given(messages=dict(enumerate(said, 1))))
    assert found.is_none


def test_bytes_in_a_file_that_are_no_base64():
    journey = SESSIONS["binary"]()
    journey["frames"][2]["data"] = "quäck"
    with pytest.raises(SavedError, match=r"the data of a message is .*, and no base64"):
        session_of(journey)


def ticking(ticks: int = 6) -> Webfoot:
    """It sends at its own pace, whatever is said to it."""
    app = Webfoot()

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        hearing = asyncio.ensure_future(socket.receive_text())
        for number in range(ticks):
            await socket.send_text(str(number))
            await asyncio.sleep(0.03)
        await hearing
        await socket.close()

    return app


@pytest.mark.parametrize("after", [1, 3, 5])
def test_each_message_comes_when_as_many_were_sent_before_it(after: int):
    journey = talked(ticking(), "/talk", [text("quack", after), Line("close", None, 5)])
    _, now = said_again(journey, ticking())
    kinds = [frame["way"] for frame in now["frames"] if frame["kind"] == "text"]
    assert kinds == ["out"] * after + ["in"] + ["out"] * (6 - after)


def test_an_application_that_says_nothing_any_more_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    mute = Webfoot()
    heard = []

    @mute.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept(subprotocol="duck.v1")
        heard.extend([said async for said in socket.iter_text()])

    monkeypatch.setattr(saved_session, "_PAUSE", 50_000.0)
    found, now = said_again(QUACKED, mute)
    assert heard == ["quack", "waddle"]
    assert changed(found) == [("text: hello", None), ("text: QUACK", None), ("text: WADDLE", None)]
    assert now["done"]


def test_one_that_hangs_is_left_when_patience_is_over():
    deaf = Webfoot()

    @deaf.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await asyncio.sleep(60)

    found, now = said_again(QUACKED, deaf, patience=0.3)
    assert found.outcome["status"] == (101, None)
    assert now["done"]


def test_secrets_in_messages_are_asked_for(monkeypatch: pytest.MonkeyPatch):
    journey = talked(pond(), "/talk?token=abc1", [text('{"password": "x1", "name": "Emma"}'), CLOSE])
    assert notes(journey) == [
        "TOKEN was redacted, and [redacted] is sent; give it with -H, or in a variable of that name",
        "PASSWORD was redacted in the client's message 1, and [redacted] is sent; "
        "give it with -m 1=TEXT, or in a variable of that name",
    ]
    monkeypatch.setattr(saved_session, "_PAUSE", 200_000.0)
    monkeypatch.setenv("TOKEN", "abc1")
    monkeypatch.setenv("PASSWORD", "quack1")
    assert notes(journey) == []
    app = Webfoot()
    heard = []

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        heard.append(await socket.receive_text())

    said_again(journey, app)
    said_again(journey, app, Given(messages={1: b"quack"}))
    assert heard == ['{"password": "quack1", "name": "Emma"}', "quack"]


def test_a_long_message_was_kept_in_part():
    journey = talked(pond(), "/talk", [text("duck " * 1000, 1), text("quack", 2), CLOSE])
    [sentence] = notes(journey)
    assert sentence == (
        "of the client's message 1, 5000 letters, the first 2048 were kept and are sent; give it with -m 1=@FILE"
    )
    found, _ = said_again(journey, pond(), Given(messages={1: b"duck " * 1000}))
    assert found.is_none
    assert found.not_compared == ("the end of long messages",)
    found, _ = said_again(journey, pond())
    [(before, now)] = changed(found)
    assert before is not None and before.endswith("… (5000 characters)")
    assert now is not None and "(" not in now


def test_messages_that_were_too_many_to_keep():
    lines = [text(f"quack {number}", number + 1) for number in range(150)]
    journey = talked(pond(), "/talk", [*lines, Line("close", 151, 5, b"", 1000)])
    assert journey["frames_left_out"] == 103
    assert notes(journey) == ["of 303 messages 103 were not kept, those after the first 50; none of them is sent"]
    found, now = said_again(journey, pond())
    assert found.not_compared == ("103 messages of the saved journey, which has too many to keep",)
    sent = [frame["text"] for frame in now["frames"] if frame["way"] == "in" and frame["kind"] == "text"]
    assert sent == [frame["text"] for frame in journey["frames"] if frame["way"] == "in" and frame["kind"] == "text"]


def test_a_journey_without_messages_is_told_of():
    journey = {**QUACKED, "frames": []}
    assert notes(journey) == [
        "the messages were not kept, and none is sent: only `webfoot dev` and `webfoot journey` keep them"
    ]
    found, _ = said_again(journey, pond(), patience=2)
    assert found.frames == ()
    assert found.not_compared == ("the messages: they were not kept",)


@pytest.mark.parametrize("code", [1005, 1000, 1013, 4999])
def test_the_code_that_the_client_closes_with(code: int):
    journey = {**QUACKED, "frames": [*QUACKED["frames"][:-1], {**QUACKED["frames"][-1], "code": code}]}
    _, now = said_again(journey, pond())
    assert now["frames"][-1]["code"] == code


@pytest.mark.parametrize("code", [1004, 1006, 1015, 5000, 7, None])
def test_a_code_that_no_client_sends_is_a_client_that_leaves(code: int | None):
    journey = {**QUACKED, "frames": [*QUACKED["frames"][:-1], {**QUACKED["frames"][-1], "code": code}]}
    _, now = said_again(journey, pond())
    assert now["frames"][-1]["code"] == 1006


def test_wild_texts_and_reasons_are_sent_all_the_same():
    frames: Sequence[dict[str, Any]] = [
        {**frame, "text": "\ud800" * 200 if frame["way"] == "in" else frame["text"]} for frame in QUACKED["frames"]
    ]
    found, now = said_again({**QUACKED, "frames": frames}, pond())
    assert isinstance(found, Difference)
    assert now["frames"][-1]["text"] == "?" * 123


def test_messages_that_are_larger_than_any_buffer():
    size = 4_000_000
    lines = [Line("binary", 0, 5, bytes(size)), Line("binary", 0, 5, bytes(size)), Line("close", 3, 5, b"", 1000)]
    journey = talked(pond(), "/talk", lines, patience=20)
    assert [frame["size"] for frame in journey["frames"] if frame["kind"] == "binary"] == [size, 2 * size] * 2
    found, _ = said_again(journey, pond(), patience=20)
    assert found.is_none
