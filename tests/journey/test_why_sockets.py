"""How a WebSocket ended that had been accepted, and what a browser misses in the answer to its handshake."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.conformance.websocket_harness import HOST, KEY, UPGRADE, VERSION
from tests.journey.recorder import Recorder

from webfoot.cli.reasons import news_of
from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.journey.why.missed import missed
from webfoot.web import PlainTextResponse, WebApp, WebSocket, WebSocketException, WebSocketRoute

OFFER = b"Sec-WebSocket-Protocol: quack, honk\r\n"
NONE = (
    "The client offered subprotocols and accept() named none, so a browser fails the connection: "
    "accept(subprotocol=...) takes one of scope['subprotocols']."
)


async def refused(websocket: WebSocket, exc: ValueError) -> PlainTextResponse:
    return PlainTextResponse("no", 400)


async def stumbles(websocket: WebSocket) -> None:
    await websocket.accept()
    raise ValueError("mud")


async def objects(websocket: WebSocket) -> None:
    await websocket.accept()
    raise WebSocketException(1008, "no geese")


async def expires(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(4401)


async def ends(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


async def quacks(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="quack" if "quack" in websocket.scope["subprotocols"] else None)
    await websocket.close()


ENDPOINTS = (stumbles, objects, expires, ends, quacks)
app = WebApp(
    routes=[WebSocketRoute(f"/{each.__name__}", each) for each in ENDPOINTS], exception_handlers={ValueError: refused}
)


def record_of(path: str, fields: bytes = b"") -> Record:
    recorder = Recorder()

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(f"GET {path} HTTP/1.1\r\n".encode() + HOST + UPGRADE + KEY + VERSION + fields + b"\r\n")
        heard = await dialogue.hear(lambda heard: b"\x88" in heard.partition(b"\r\n\r\n")[2])
        code = heard.rpartition(b"\x88")[2][1:3]
        await dialogue.say(b"\x88\x82" + bytes(4) + code)  # the same Close frame back, under a mask of zeros
        await dialogue.hear(lambda heard: False)

    asyncio.run(with_server(app, talk, watcher=recorder))
    return next(record for record in recorder.records if record.first("head_parsed"))


@pytest.mark.parametrize(
    ("path", "layer", "sentence"),
    [
        (
            "/stumbles",
            "exception handler",
            "The exception handler refused closed the WebSocket with 1008 after a failure of the endpoint stumbles: it "
            "raised ValueError: mud at HERE.",
        ),
        (
            "/objects",
            "endpoint",
            "The endpoint objects closed the WebSocket with 1008: it raised WebSocketException: 1008: no geese at "
            "HERE.",
        ),
        ("/expires", "endpoint", "The endpoint expires closed the WebSocket itself with 4401 (HERE)."),
    ],
)
def test_who_closed_it(path: str, layer: str, sentence: str) -> None:
    record = record_of(path)
    reason = why(record)

    assert record.status == 101
    assert reason is not None
    assert reason.layer == layer
    assert re.sub(r"[\w/.]*test_why_sockets\.py:\d+", "HERE", reason.sentence) == sentence
    assert [*news_of(record)] == [reason.sentence]


def test_a_good_end_is_no_news() -> None:
    assert why(record_of("/ends")) is None


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        pytest.param("/ends", OFFER, [NONE], id="offered, and none taken"),
        pytest.param("/ends", b"", [], id="none offered"),
        pytest.param("/quacks", OFFER, [], id="one taken"),
    ],
)
def test_a_subprotocol_that_the_client_waits_for(path: str, fields: bytes, told: list[str]) -> None:
    assert [*missed(record_of(path, fields))] == told
