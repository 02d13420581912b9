"""The application that `tests.soak.watched` has watched: each way in which a request can end is one of its paths."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import BaseModel

from webfoot import EventSourceResponse, Header, Request, Webfoot, WebSocket, WebSocketDisconnect

app = Webfoot()


class Duck(BaseModel):
    number: int
    name: str
    password: str
    songs: list[str]


@app.get("/")
async def hello() -> str:
    return "Hello, ducks!"


@app.get("/over")
async def over() -> str:
    return "all were answered"


@app.get("/ducks/{number}")
async def duck(number: int, x_seen: Annotated[str, Header()] = "") -> dict[str, Any]:
    return {"number": number, "seen": x_seen}


@app.post("/ducks")
async def add(duck: Duck) -> Duck:
    return duck


@app.get("/reset/{token}")
async def reset(token: str) -> dict[str, str]:
    return {"token": token}


@app.get("/broken/{number}")
async def broken(number: int) -> None:
    raise RuntimeError(f"no pond for duck {number}")


@app.get("/slow/{seconds}")
async def slow(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "at last"


@app.get("/wait")
async def wait(request: Request) -> None:
    """Never answers; ends when the client has gone."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.005)


@app.get("/quacks/{count}")
async def quacks(count: int) -> EventSourceResponse:
    async def events() -> AsyncIterator[str]:
        for number in range(count):
            yield f"quack {number}"
            await asyncio.sleep(0.001)

    return EventSourceResponse(events())


@app.websocket("/talk")
async def talk(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
