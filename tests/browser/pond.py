"""The application behind the page: one route for each trouble that a developer looks into."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import BaseModel, Field

from webfoot import Depends, Header, HTTPException, Webfoot, WebSocket
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.cors import CORSMiddleware
from webfoot.web.responses import StreamingResponse


class Duck(BaseModel):
    name: str = Field(min_length=2)
    weight: float = Field(gt=0)
    password: str | None = None


class NameTheServer:
    """A middleware that changes something on the way out."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def named(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-served-by", b"the pond")]
            await send(message)

        await self.app(scope, receive, named)


def pond_name() -> str:
    return "north"


async def session(name: Annotated[str, Depends(pond_name)]) -> AsyncIterator[str]:
    yield f"a session with {name}"


def weather() -> str:
    """Not async: runs in a thread."""
    return "rain"


async def keeper(
    session: Annotated[str, Depends(session)],
    name: Annotated[str, Depends(pond_name)],
    weather: Annotated[str, Depends(weather)],
    x_keeper: Annotated[str, Header()] = "nobody",
) -> str:
    return x_keeper


Keeper = Annotated[str, Depends(keeper)]

app = Webfoot(
    title="Pond",
    middleware=[
        Middleware(NameTheServer),
        Middleware(CORSMiddleware, allow_origins=["https://pond.example"], allow_methods=["GET"]),
    ],
)


@app.get("/ducks/{duck_id}")
async def read_duck(duck_id: int, keeper: Keeper, verbose: bool = False) -> Duck:
    if duck_id == 404:
        raise HTTPException(404, "There is no such duck.")
    if duck_id == 500:
        raise ValueError("the duck flew away")
    return Duck(name="Mallard", weight=1.1)


@app.post("/ducks", status_code=201)
async def create_duck(duck: Duck, keeper: Keeper) -> Duck:
    return duck


@app.get("/odd")
async def odd_duck() -> Duck:
    return {"name": "x", "weight": 1}  # type: ignore[return-value]  # on purpose: it does not fit


@app.get("/ponds/")
async def ponds() -> list[str]:
    return [pond_name()]


@app.get("/nap")
async def nap(seconds: float = 0.6) -> dict[str, float]:
    await asyncio.sleep(seconds)
    return {"slept": seconds}


async def tidied(seconds: float = 0.0) -> AsyncIterator[None]:
    yield
    await asyncio.sleep(seconds)


@app.get("/tidy", dependencies=[Depends(tidied)])
async def tidy() -> str:
    return "tidied up in a moment"


@app.get("/dive")
async def dive() -> str:
    time.sleep(0.3)
    return "up again"


@app.get("/events")
async def events() -> StreamingResponse:
    async def stream() -> AsyncIterator[str]:
        for number in range(3):
            yield f"event: duck\ndata: number {number}\n\n"
            await asyncio.sleep(0.02)

    return StreamingResponse(stream(), media_type="text/event-stream")


@app.websocket("/chat")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        if text == "bye":
            await socket.close(4001, "enough for today")
            return
        if text == "dive":
            await socket.send_bytes(bytes((0, 255, *range(40))))
        await socket.send_text(text.upper())
