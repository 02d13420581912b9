"""A client that closes, or breaks the rules, right behind a message: what is answered to that still goes out.

RFC 6455 section 5.5.1 lets an endpoint delay its Close frame until it has sent what it was about to send.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.websocket_wire import CLOSE, PING, TEXT, Recorder, Socket, close, frame, settle, with_socket

MESSAGE = frame(TEXT, b"hello")
ENDS = [
    pytest.param(close(4001, b"bye"), 4001, id="closes"),
    pytest.param(frame(TEXT, b"\xff"), 1007, id="sends no UTF-8"),
    pytest.param(frame(0x3), 1002, id="sends a reserved opcode"),
]


class Deaf:
    """Accepts, sends "1", waits until it is `woken`, sends "2" and goes on with `then`; it receives nothing."""

    def __init__(self, *then: dict[str, Any]) -> None:
        self.then = then
        self.woken = asyncio.Event()
        self.was_refused = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "1"})
        await self.woken.wait()
        try:
            await send({"type": "websocket.send", "text": "2"})
        except OSError:
            self.was_refused = True
            return
        for event in self.then:
            await send(event)


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_the_answers_go_out_before_the_close_frame(end: bytes, code: int) -> None:
    app = Recorder()

    async def twice(scope: Any, receive: Any, send: Any) -> None:
        async def receive_and_answer() -> Any:
            event = await receive()
            if event["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": "1"})
                await asyncio.sleep(0)
                await send({"type": "websocket.send", "text": "2"})
            return event

        await app(scope, receive_and_answer, send)

    async def talk(socket: Socket) -> list[tuple[int, bytes]]:
        await socket.say(MESSAGE + MESSAGE + end + MESSAGE + frame(PING, b"late"))
        heard = [await socket.hear_message() for _ in range(5)]
        assert await socket.hear_end() == b""
        return heard

    heard = with_socket(twice, talk)
    assert heard[:4] == [(TEXT, b"1"), (TEXT, b"2")] * 2
    assert heard[4][0] == CLOSE
    assert int.from_bytes(heard[4][1][:2], "big") == code
    assert app.end[0] == code


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_an_application_that_does_not_listen_has_a_little_time(end: bytes, code: int) -> None:
    app = Deaf()

    async def talk(socket: Socket) -> None:
        await socket.say(MESSAGE + end)
        assert await socket.hear_message() == (TEXT, b"1")
        socket.wire.advance(10)
        assert (await socket.hear_close())[0] == code
        app.woken.set()
        await socket.hear_end()
        await settle()
        assert app.was_refused

    with_socket(app, talk)


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_without_a_message_before_it_nothing_is_put_off(end: bytes, code: int) -> None:
    """So that a client gets its answer although the application only ever sends."""
    app = Deaf()

    async def talk(socket: Socket) -> None:
        assert await socket.hear_message() == (TEXT, b"1")
        await socket.say(end)
        assert (await socket.hear_close())[0] == code
        assert await socket.hear_end() == b""

    with_socket(app, talk)


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x0f\xa1bye", b"\x0f\xa1" + "é".encode() * 61 + b"!"])
def test_a_close_frame_is_answered_with_the_same(payload: bytes) -> None:
    """The page in a browser hears code and reason of our frame, not those that it gave (RFC 6455 section 7.1.6)."""

    async def talk(socket: Socket) -> None:
        await socket.say(frame(CLOSE, payload))
        assert await socket.hear_message() == (CLOSE, payload)

    with_socket(Recorder(), talk)


@pytest.mark.parametrize("then", [[], [{"type": "websocket.close", "code": 3000}]], ids=["returns", "closes"])
@pytest.mark.parametrize(("end", "code"), ENDS)
def test_who_ended_it_first_has_the_say(end: bytes, code: int, then: list[dict[str, Any]]) -> None:
    app = Deaf(*then)

    async def talk(socket: Socket) -> None:
        assert await socket.hear_message() == (TEXT, b"1")
        await socket.say(MESSAGE + end)
        await settle()
        app.woken.set()
        assert await socket.hear_message() == (TEXT, b"2")
        assert (await socket.hear_close())[0] == code
        assert await socket.hear_end() == b""

    with_socket(app, talk)


@pytest.mark.parametrize(("end", "code"), ENDS)
def test_a_client_that_does_not_wait_for_our_close_frame(end: bytes, code: int) -> None:
    """The code is the one of the first end there was (RFC 6455 section 7.1.5), and no message is lost."""
    events: list[Any] = []
    woken = asyncio.Event()

    async def late(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await woken.wait()
        while not events or events[-1]["type"] != "websocket.disconnect":
            events.append(await receive())

    async def talk(socket: Socket) -> None:
        await socket.say(MESSAGE + end)
        await settle()
        socket.wire.vanish()
        await settle()
        woken.set()
        await socket.hear_end()
        await settle()

    with_socket(late, talk)
    assert [event.get("text", event.get("code")) for event in events] == [None, "hello", code]
