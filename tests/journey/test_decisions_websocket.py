"""Why a WebSocket was refused, in one sentence: real requests through the server and the toolkit."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.conformance.websocket_harness import HOST, KEY, UPGRADE, VERSION
from tests.journey.recorder import Recorder

from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.web import (
    HTTPEndpoint,
    HTTPException,
    Mount,
    Route,
    StaticFiles,
    WebApp,
    WebSocket,
    WebSocketException,
    WebSocketRoute,
)
from webfoot.web.responses import JSONResponse, PlainTextResponse


async def close(websocket: WebSocket) -> None:
    await websocket.close(4001)


async def refuse(websocket: WebSocket) -> None:
    raise WebSocketException(1008, "no ducks")


async def deny(websocket: WebSocket) -> None:
    await websocket.send_denial_response(JSONResponse({}, 451))


async def forbid(websocket: WebSocket) -> None:
    raise HTTPException(401, "who?")


async def forget(websocket: WebSocket) -> None:
    pass


async def teapot(websocket: WebSocket, exc: ValueError) -> PlainTextResponse:
    return PlainTextResponse("short and stout", 418)


async def fail(websocket: WebSocket) -> None:
    raise ValueError("bad")


class Duck(HTTPEndpoint):
    async def get(self, request: Any) -> Any:
        return PlainTextResponse("quack")


async def sink(websocket: WebSocket) -> None:
    await websocket.accept()
    raise LookupError("sunk")


app = WebApp(
    routes=[
        WebSocketRoute("/sink", sink),
        Mount("/files", StaticFiles(packages=[("webfoot", "web")])),
        *[WebSocketRoute(f"/{each.__name__}", each) for each in (close, refuse, deny, forbid, forget, fail)],
        Route("/duck", Duck),
        Mount("/m", routes=[WebSocketRoute("/ducks/{n:int}", close)]),
    ],
    exception_handlers={ValueError: teapot},
)


def record_of(path: str, method: str = "GET", fields: bytes = UPGRADE + KEY + VERSION) -> Record:
    recorder = Recorder()

    async def talk(dialogue: Dialogue) -> None:
        await dialogue.say(f"{method} {path} HTTP/1.1\r\n".encode() + HOST + fields + b"\r\n")
        await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)
        while dialogue.service.running:
            await asyncio.sleep(0)

    asyncio.run(with_server(app, talk, watcher=recorder))
    return next(record for record in recorder.records if record.first("head_parsed"))


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (
            "/close",
            403,
            "The endpoint close answered 403: closed (4001) before accept(), which refuses the handshake; "
            "a client never sees that code.",
        ),
        (
            "/refuse",
            403,
            "The endpoint refuse answered 403: closed (1008) before accept(), which refuses the handshake; "
            "a client never sees that code.",
        ),
        ("/files/a.txt", 403, "StaticFiles answered 403: files are no WebSockets."),
        ("/sink", 101, "The endpoint sink failed after the WebSocket was accepted: it raised LookupError: sunk at "),
        ("/deny", 451, "The endpoint deny answered 451 itself: the response that it returned says so"),
        ("/forbid", 401, "The endpoint forbid answered 401: it raised HTTPException(401, 'who?') at "),
        ("/forget", 500, "The endpoint forget failed with 500: it returned without accept() or close() ("),
        (
            "/fail",
            418,
            "The exception handler teapot answered 418 to a failure of the endpoint fail: it raised ValueError",
        ),
        (
            "/duck",
            403,
            "The router refused the WebSocket with 403: /duck is an HTTP route, not a WebSocket route.",
        ),
        (
            "/m/ducks/jemima",
            403,
            "The router refused the WebSocket with 403: no route matches WebSocket /m/ducks/jemima (/ducks/jemima "
            "below the mount /m); nearest: /m/ducks/{n:int} (segment 'jemima' is not an int).",
        ),
    ],
)
def test_why_a_handshake_was_refused(path: str, status: int, sentence: str) -> None:
    record = record_of(path)
    found = why(record)
    assert found is not None
    assert record.status == status
    assert found.sentence.startswith(sentence), found.sentence


def test_why_a_class_does_not_take_a_method() -> None:
    found = why(record_of("/duck", "DELETE", b""))
    assert found is not None
    assert found.sentence == "The endpoint Duck answered 405: it has no DELETE, only GET, HEAD."
