"""What a client may send on a WebSocket, or as a method, to break an application or to fill its log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.conformance.websocket_harness import BINARY, TEXT, Client, Heard, converse, frame, handshake
from tests.web.driving import answer_of
from tests.web.socket_driving import talk

from webfoot.web import HTTPEndpoint, HTTPException, Route, WebApp, WebSocket, WebSocketEndpoint, WebSocketRoute
from webfoot.web.responses import PlainTextResponse
from webfoot.web.websockets import WebSocketState


async def reads_json(websocket: WebSocket) -> None:
    await websocket.accept()
    async for each in websocket.iter_json():
        await websocket.send_json(each)


async def reads_text(websocket: WebSocket) -> None:
    await websocket.accept()
    async for each in websocket.iter_text():
        await websocket.send_text(each)


async def close_frame(client: Client) -> Heard:
    async for _ in client._incoming():
        if client.heard.code is not None:
            break
    return client.heard


class ReadsJSON(WebSocketEndpoint):
    encoding = "json"

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_json(data)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(frame(TEXT, b"[" * 200_000), id="nesting (CWE-674)"),
        pytest.param(frame(TEXT, b'{"a":' * 100_000), id="nested objects (CWE-674)"),
        pytest.param(frame(TEXT, b"9" * 100_000), id="a long number (CVE-2020-10735)"),
        pytest.param(frame(TEXT, b"not JSON"), id="no JSON (CWE-20)"),
        pytest.param(frame(TEXT), id="nothing (CWE-20)"),
        pytest.param(frame(BINARY, b'"\xff"'), id="no text, or the other kind (CWE-20)"),
    ],
)
@pytest.mark.parametrize("endpoint", [reads_json, ReadsJSON])
def test_a_bad_message_ends_its_own_websocket_and_logs_nothing(
    endpoint: Any, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """CWE-755: an exception for each message of an attacker, and its traceback in the log."""

    async def attack(client: Client) -> Any:
        await client.open(b"", said)
        return await close_frame(client)

    with caplog.at_level(logging.INFO, logger="webfoot"):
        heard = converse(WebApp(routes=[WebSocketRoute("/a/b", endpoint)]), attack)
    assert (heard.status, heard.code) == (101, 1003)
    assert caplog.records == []


def test_text_as_bytes_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def attack(client: Client) -> Any:
        await client.open(b"", frame(BINARY, b"a"))
        return await close_frame(client)

    with caplog.at_level(logging.INFO, logger="webfoot"):
        heard = converse(WebApp(routes=[WebSocketRoute("/a/b", reads_text)]), attack)
    assert (heard.code, heard.reason) == (1003, "text was expected, and bytes came")
    assert caplog.records == []


def test_half_a_character_reaches_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """CWE-176: JSON can hold half a surrogate pair, UTF-8 cannot, so that an echo of it was an exception."""

    async def attack(client: Client) -> Any:
        await client.open(b"", frame(TEXT, rb'"\ud83e"'))
        return await client.hear(messages=1)

    with caplog.at_level(logging.INFO, logger="webfoot"):
        heard = converse(WebApp(routes=[WebSocketRoute("/a/b", reads_json)]), attack)
    assert heard.messages == [r'"\ud83e"']
    assert caplog.records == []


@pytest.mark.parametrize("at", ["the handshake", "a message", "while it is sent to"])
def test_leaving_logs_nothing(at: str, caplog: pytest.LogCaptureFixture) -> None:
    """CWE-779: a client that comes and goes is not to fill the log with tracebacks."""
    left = asyncio.Event()

    async def endpoint(websocket: WebSocket) -> None:
        try:
            await websocket.accept()
            if at == "a message":
                await websocket.receive_text()
            while True:
                await websocket.send_bytes(bytes(50_000))
        finally:
            left.set()

    async def leave(client: Client) -> None:
        if at == "the handshake":
            await client.say([handshake()])
        else:
            await client.open()
        client.dialogue.writer.transport.abort()
        if at != "the handshake":
            await asyncio.wait_for(left.wait(), 5)

    with caplog.at_level(logging.INFO, logger="webfoot"):
        converse(WebApp(routes=[WebSocketRoute("/a/b", endpoint)]), leave)
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: admin=1", b"a\nb", b"a\x00b"])
def test_a_header_of_the_accept_does_not_write_others(value: bytes) -> None:
    """CWE-113: a value taken from the request, in the answer to the handshake."""

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept(headers=[(b"x-duck", value)])

    talked = talk(WebApp(routes=[WebSocketRoute("/", endpoint)]))
    assert talked.sent == []
    assert isinstance(talked.error, ValueError)


def test_a_long_word_of_the_clients_in_a_refusal_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    """A close frame holds 123 bytes (RFC 6455 section 5.5); a detail that repeats what was sent may be longer."""

    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        raise HTTPException(404, "no duck called " + await websocket.receive_text())

    async def attack(client: Client) -> Any:
        await client.open(b"", frame(TEXT, "ü".encode() * 1000))
        return await close_frame(client)

    with caplog.at_level(logging.INFO, logger="webfoot"):
        heard = converse(WebApp(routes=[WebSocketRoute("/a/b", endpoint)]), attack)
    assert heard.code == 1008
    assert heard.reason == "no duck called " + "ü" * 54
    assert caplog.records == []


@pytest.mark.parametrize(
    "method", ["DISPATCH", "METHOD_NOT_ALLOWED", "__INIT__", "__CLASS__", "RECEIVE", "SCOPE", "SECRET", "get", "Get"]
)
def test_a_method_reaches_only_methods_for_methods(method: str) -> None:
    """CWE-470: the method is the client's word, and an object has more attributes than the eight it may name."""

    class Duck(HTTPEndpoint):
        async def get(self, request: Any) -> Any:
            return PlainTextResponse("quack")

        async def secret(self, request: Any) -> Any:
            raise AssertionError("not for clients")

    assert answer_of(WebApp(routes=[Route("/", Duck)]), method).status == 405


def test_a_websocket_does_not_take_more_than_it_was_told() -> None:
    """A client that goes on after the close is not listened to (RFC 6455 section 1.4)."""
    heard = []

    class Once(WebSocketEndpoint):
        async def on_receive(self, websocket: WebSocket, data: Any) -> None:
            heard.append(data)
            await websocket.close(1008)
            assert websocket.application_state is WebSocketState.DISCONNECTED

    async def attack(client: Client) -> Any:
        await client.open(b"", *[frame(TEXT, b"a")] * 5)
        return await client.hear()

    converse(WebApp(routes=[WebSocketRoute("/a/b", Once)]), attack)
    assert heard == ["a"]
