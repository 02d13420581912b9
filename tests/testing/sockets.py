"""Applications for tests of WebSocket sessions."""

from __future__ import annotations

import asyncio
from typing import Any

from webfoot.web import WebSocket
from webfoot.web.routing import websocket_session


@websocket_session
async def echo(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol=next(iter(websocket["subprotocols"]), None), headers=[(b"x-duck", b"1")])
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@websocket_session
async def fails(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("one")
    raise LookupError("no ducks")


async def sleeps(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    if scope["path"] == "/accepted":
        await send({"type": "websocket.accept"})
    await asyncio.sleep(3600)
