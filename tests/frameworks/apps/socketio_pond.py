"""A published application: Socket.IO's server, whose clients begin with long polling and go on with a WebSocket."""

from __future__ import annotations

from typing import Any

from socketio import ASGIApp, AsyncServer

server = AsyncServer(async_mode="asgi")


async def opens() -> None:
    print("the pond opens", flush=True)


async def closes() -> None:
    print("the pond closes", flush=True)


@server.on("quack")
async def quack(sid: str, text: str) -> str:
    await server.emit("echo", {"text": text})
    return text.upper()


app: Any = ASGIApp(server, on_startup=opens, on_shutdown=closes)
