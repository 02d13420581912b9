"""The path is right and the kind of connection is not: a WebSocket for an HTTP route, HTTP for a WebSocket route."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.journey.recorder import Recorder

from webfoot import Webfoot
from webfoot.journey.why import why
from webfoot.web import Mount, WebApp, WebSocket

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE = f"Upgrade: websocket\r\nConnection: Upgrade\r\n{KEY}"

api = Webfoot()


@api.get("/ducks")
@api.post("/ducks")
async def ducks() -> None: ...


@api.get("/ducks/{name}")
async def duck(name: str) -> None: ...


@api.websocket("/ws")
async def talk(websocket: WebSocket) -> None: ...


@api.websocket("/rooms/{name}")
async def room(websocket: WebSocket, name: str) -> None: ...


app = WebApp(routes=[Mount("/v1", app=api)])


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize(
    ("path", "fields", "status", "because"),
    [
        pytest.param(
            "/v1/ducks",
            UPGRADE,
            403,
            "The router refused the WebSocket with 403: /v1/ducks is an HTTP route (GET,POST), not a WebSocket route.",
            id="a WebSocket for an HTTP route",
        ),
        pytest.param(
            "/v1/ducks/jemima",
            UPGRADE,
            403,
            "refused the WebSocket with 403: /v1/ducks/{name} is an HTTP route (GET), not a WebSocket route.",
            id="a WebSocket for an HTTP route with a parameter",
        ),
        pytest.param(
            "/v1/wss",
            UPGRADE,
            403,
            "no route matches WebSocket /v1/wss (/wss below the mount /v1); "
            "nearest: /v1/ws (segment 'wss' is not 'ws').",
            id="a WebSocket is compared with WebSocket routes",
        ),
        pytest.param(
            "/v1/duck",
            UPGRADE,
            403,
            "no route matches WebSocket /v1/duck (/duck below the mount /v1), and none comes near.",
            id="an HTTP route that is only near is none for a WebSocket",
        ),
        pytest.param(
            "/v1/ws",
            "",
            404,
            "The router answered 404: /v1/ws takes only WebSockets, and this request asked for no upgrade; "
            "the client must use ws://.",
            id="HTTP for a WebSocket route",
        ),
        pytest.param(
            "/v1/rooms/pond",
            KEY,
            404,
            "/v1/rooms/{name} takes only WebSockets, and this handshake has no Upgrade field: "
            "a proxy in front has to pass on Upgrade and Connection; the client must use ws://.",
            id="a proxy took both fields",
        ),
        pytest.param(
            "/v1/ws",
            f"Upgrade: websocket\r\n{KEY}",
            404,
            "and the Connection field of this handshake lacks Upgrade: a proxy in front has to pass it on; ",
            id="a proxy took one field",
        ),
        pytest.param(
            "/v1/duck",
            "",
            404,
            "nearest: GET,POST /v1/ducks (segment 'duck' is not 'ducks'); GET /v1/ducks/{name}",
            id="methods once",
        ),
    ],
)
def test_the_sentence(parser: Any, path: str, fields: str, status: int, because: str) -> None:
    record = _asked(f"GET {path} HTTP/1.1\r\nHost: ducks.test\r\n{fields}\r\n", parser)
    reason = why(record)
    assert record.status == status
    assert reason is not None
    assert because in reason.sentence


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_a_proxy_that_speaks_http_1_0(parser: Any) -> None:
    reason = why(_asked(f"GET /v1/ws HTTP/1.0\r\nHost: ducks.test\r\n{UPGRADE}\r\n", parser))
    assert reason is not None
    assert "this handshake came as HTTP/1.0: a proxy in front has to speak HTTP/1.1" in reason.sentence


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_websockets_are_off(parser: Any) -> None:
    reason = why(_asked(f"GET /v1/ws HTTP/1.1\r\nHost: ducks.test\r\n{UPGRADE}\r\n", parser, ws="none"))
    assert reason is not None
    assert "was not taken up: it is no plain GET, or the setting ws is none" in reason.sentence


def _asked(head: str, parser: Any, **options: Any) -> Any:
    recorder = Recorder()

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(head.encode())
        await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        while dialogue.service.running:
            await asyncio.sleep(0)

    asyncio.run(with_server(app, talk, watcher=recorder, http=parser, **options))
    return next(record for record in recorder.records if record.first("head_parsed"))
