"""However a WebSocket ends: the test clients show what a client on the other side of our server sees, and the
application is told the same."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from webfoot.testing import AsyncTestClient, TestClient, WebSocketDenialResponse
from webfoot.web import HTTPException, JSONResponse, Mount, Route, WebApp
from webfoot.web.endpoints import WebSocketEndpoint
from webfoot.web.routing import WebSocketRoute
from webfoot.web.websockets import WebSocket, WebSocketDisconnect, WebSocketException

HANGS = 5.0


@dataclass
class Seen:
    """answer: status, body and some header fields of the handshake. end: code and reason. told: by the application."""

    answer: tuple[Any, ...] = ()
    received: list[str | bytes] = field(default_factory=list)
    end: tuple[int, str] | None = None
    told: list[Any] = field(default_factory=list)


told: list[Any] = []


async def listen(websocket: WebSocket) -> None:
    """To the end, and note what it was."""
    try:
        while True:
            told.append(await websocket.receive_text())
    except WebSocketDisconnect as disconnect:
        told.append((disconnect.code, disconnect.reason))
        raise


async def echo(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol=next(iter(websocket["subprotocols"]), None), headers=[(b"x-duck", b"1")])
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    told.append("over")


async def accept_and_listen(websocket: WebSocket) -> None:
    await websocket.accept()
    await listen(websocket)


async def close_after(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("bye")
    await websocket.close(4002, "enough")
    await listen_again(websocket)


async def listen_again(websocket: WebSocket) -> None:
    message = await websocket.receive()
    told.append((message["type"], message["code"]))


async def close_before(websocket: WebSocket) -> None:
    await websocket.close(4001, "no")
    await websocket.receive()
    await listen_again(websocket)


async def deny(websocket: WebSocket) -> None:
    await websocket.send_denial_response(JSONResponse({"why": "no"}, 451, headers={"x-duck": "1"}))
    await websocket.receive()
    await listen_again(websocket)


async def return_at_once(websocket: WebSocket) -> None:
    pass


async def accept_and_return(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("one")


async def raise_before(websocket: WebSocket) -> None:
    raise LookupError("no ducks")


async def raise_after(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("one")
    raise LookupError("no ducks")


async def refuse_http(websocket: WebSocket) -> None:
    raise HTTPException(401, "who?", headers={"x-duck": "1"})


async def refuse_http_late(websocket: WebSocket) -> None:
    await websocket.accept()
    raise HTTPException(401, "who?")


async def refuse_socket(websocket: WebSocket) -> None:
    raise WebSocketException(4003, "no")


async def refuse_socket_late(websocket: WebSocket) -> None:
    await websocket.accept()
    raise WebSocketException(4003, "no")


async def disconnect_by_hand(websocket: WebSocket) -> None:
    await websocket.accept()
    raise WebSocketDisconnect(4004, "by hand")


async def wants_bytes(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_bytes()


async def wants_json(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.receive_json()


async def chatters(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.send_text("duck " * 20)
        await asyncio.sleep(0)


async def closes_at_the_end(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        await websocket.receive_text()
    finally:
        told.append("ended")
        await websocket.close()


class Texts(WebSocketEndpoint):
    encoding = "text"

    async def on_receive(self, websocket: WebSocket, data: Any) -> None:
        await websocket.send_text(data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        told.append(close_code)


app = WebApp(
    routes=[
        *[
            WebSocketRoute(f"/{each.__name__}", each)
            for each in (
                echo, accept_and_listen, close_after, close_before, deny, return_at_once, accept_and_return,
                raise_before, raise_after, refuse_http, refuse_http_late, refuse_socket, refuse_socket_late,
                disconnect_by_hand, wants_bytes, wants_json, chatters, closes_at_the_end, Texts,
            )
        ],
        Route("/http", lambda request: JSONResponse({})),
        Mount("/mounted", routes=[WebSocketRoute("/echo", echo)]),
    ]
)  # fmt: skip

# path, what the client does after the handshake: a text or bytes to send, (code, reason) to close, RECEIVE; RECEIVED
# waits until the application has what was sent (what is lost on a wire is nobody's promise).
RECEIVE, VANISH, RECEIVED = object(), object(), object()
CASES: dict[str, tuple[str, list[Any]]] = {
    "it echoes, the client closes": ("/echo", ["quack", RECEIVE, (1000, "")]),
    "the client closes with a code": ("/accept_and_listen", ["one", (4000, "lunch")]),
    "the client goes away": ("/accept_and_listen", [(1001, "")]),
    "the client vanishes": ("/accept_and_listen", ["one", RECEIVED, VANISH]),
    "the client vanishes while it is sent to": ("/chatters", [VANISH]),
    "below a mount": ("/mounted/echo", ["quack", RECEIVE, (1000, "")]),
    "closed by the application": ("/close_after", [RECEIVE, RECEIVE]),
    "closed before the accept": ("/close_before", []),
    "denied": ("/deny", []),
    "no answer": ("/return_at_once", []),
    "accepted and returned": ("/accept_and_return", [RECEIVE, RECEIVE]),
    "raised before the accept": ("/raise_before", []),
    "raised after it": ("/raise_after", [RECEIVE, RECEIVE]),
    "HTTPException before the accept": ("/refuse_http", []),
    "HTTPException after it": ("/refuse_http_late", [RECEIVE]),
    "WebSocketException before the accept": ("/refuse_socket", []),
    "WebSocketException after it": ("/refuse_socket_late", [RECEIVE]),
    "WebSocketDisconnect by hand": ("/disconnect_by_hand", [RECEIVE]),
    "text where bytes were wanted": ("/wants_bytes", ["text", RECEIVE]),
    "bytes where JSON was wanted": ("/wants_json", [b"{}", RECEIVE]),
    "malformed JSON": ("/wants_json", ["[", RECEIVE]),
    "JSON that is too deep": ("/wants_json", ["[" * 100_000, RECEIVE]),
    "a number of too many digits": ("/wants_json", ["1" * 5000, RECEIVE]),
    "an endpoint class": ("/Texts", ["quack", RECEIVE, (1000, "")]),
    "an endpoint class, bytes": ("/Texts", [b"quack", RECEIVE]),
    "the client leaves while it sends": ("/chatters", [(1000, "")]),
    "closed when the client has left": ("/closes_at_the_end", [(1000, "")]),
    "an unknown path": ("/nowhere", []),
    "a route for requests": ("/http", []),
    "an unknown path below a mount": ("/mounted/nowhere", []),
}
FAILURES = ("/return_at_once", "/raise_before", "/raise_after", "/disconnect_by_hand")


def headers_of(found: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in found.items() if name.lower() in ("x-duck", "content-type")}


async def on_the_wire(path: str, script: list[Any]) -> Seen:
    told.clear()
    seen = Seen()

    async def talk(dialogue: Dialogue) -> None:
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        try:
            async with connect(f"ws://{host}:{port}{path}", subprotocols=["a", "b"]) as client:  # type: ignore[list-item]
                seen.answer = (101, b"", headers_of(client.response.headers), client.subprotocol)  # type: ignore[union-attr]
                try:
                    for each in script:
                        if each is RECEIVE:
                            seen.received.append(await client.recv())
                        elif each is VANISH:
                            client.transport.abort()
                        elif each is RECEIVED:
                            while not told:
                                await asyncio.sleep(0)
                        elif isinstance(each, tuple):
                            await client.close(*each)
                        else:
                            await client.send(each)
                except ConnectionClosed as closed:
                    seen.end = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
        except InvalidStatus as refused:
            response = refused.response
            seen.answer = (response.status_code, bytes(response.body or b""), headers_of(response.headers))
        async with asyncio.timeout(HANGS):
            while dialogue.service.running:
                await asyncio.sleep(0.001)

    async with asyncio.timeout(HANGS):
        await with_server(app, talk)
    seen.told = list(told)
    return seen


async def in_process(path: str, script: list[Any]) -> Seen:
    told.clear()
    seen = Seen()
    client = AsyncTestClient(app, raise_server_exceptions=False)
    try:
        async with client.websocket_connect(path, ["a", "b"], timeout=HANGS) as session:
            fields = {name.decode(): value.decode() for name, value in session.extra_headers}
            seen.answer = (101, b"", headers_of(fields), session.accepted_subprotocol)
            try:
                for each in script:
                    if each is RECEIVE:
                        message = await session.receive()
                        if message["type"] == "websocket.close":
                            raise WebSocketDisconnect(message["code"], message["reason"])
                        seen.received.append(message.get("text") or message["bytes"])
                    elif each is VANISH:
                        await session.send({"type": "websocket.disconnect", "code": 1006})
                    elif isinstance(each, tuple):
                        await session.close(*each)
                    elif isinstance(each, bytes):
                        await session.send_bytes(each)
                    elif isinstance(each, str):
                        await session.send_text(each)
            except WebSocketDisconnect as closed:
                seen.end = closed.code, closed.reason
    except WebSocketDenialResponse as denial:
        seen.answer = denial.status_code, denial.content, headers_of(denial.headers)
    seen.told = list(told)
    return seen


def in_process_without_async(path: str, script: list[Any]) -> Seen:
    told.clear()
    seen = Seen()
    try:
        client = TestClient(app, raise_server_exceptions=False)
        with client.websocket_connect(path, ["a", "b"], timeout=HANGS) as session:
            fields = {name.decode(): value.decode() for name, value in session.extra_headers}
            seen.answer = (101, b"", headers_of(fields), session.accepted_subprotocol)
            try:
                for each in script:
                    if each is RECEIVE:
                        seen.received.append(session.receive_text())
                    elif each is VANISH:
                        session.send({"type": "websocket.disconnect", "code": 1006})
                    elif isinstance(each, tuple):
                        session.close(*each)
                    elif isinstance(each, bytes):
                        session.send_bytes(each)
                    elif isinstance(each, str):
                        session.send_text(each)
            except WebSocketDisconnect as closed:
                seen.end = closed.code, closed.reason
    except WebSocketDenialResponse as denial:
        seen.answer = denial.status_code, denial.content, headers_of(denial.headers)
    seen.told = list(told)
    return seen


@pytest.mark.parametrize("case", CASES)
def test_the_test_clients_show_what_a_client_sees(case: str, caplog: pytest.LogCaptureFixture) -> None:
    path, script = CASES[case]
    with caplog.at_level(logging.WARNING):
        real = asyncio.run(on_the_wire(path, script))
    assert bool(caplog.records) == (path in FAILURES), [record.getMessage() for record in caplog.records]
    assert asyncio.run(in_process(path, script)) == real
    assert in_process_without_async(path, script) == real
