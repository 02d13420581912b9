"""What takes its time: below /v1/slow."""

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket
from fastapi.responses import StreamingResponse

from harbour.storage import stuck_session

router = APIRouter(prefix="/slow")


async def fetch_weather() -> str:
    await asyncio.sleep(0.6)
    return "fair"


def crunch() -> int:
    until = time.perf_counter() + 0.6
    n = 0
    while time.perf_counter() < until:
        n += 1
    return n


@router.get("/weather")
async def weather() -> str:
    return await fetch_weather()


@router.get("/report")
async def report() -> int:
    crunch()
    return 1


@router.get("/thread")
def thread() -> int:
    time.sleep(0.4)
    return 1


@router.get("/hang")
async def hang() -> None:
    await wait_for_buoy()


async def wait_for_buoy() -> None:
    await asyncio.Event().wait()


@router.get("/stuck")
async def stuck(session: Annotated[int, Depends(stuck_session)]) -> int:
    return session


@router.get("/film")
async def film() -> StreamingResponse:
    async def pictures():
        yield b"one"
        raise EOFError("the film is torn")

    return StreamingResponse(pictures())


@router.get("/chart")
async def chart() -> StreamingResponse:
    async def strips():
        for _ in range(300):
            yield bytes(65536)

    return StreamingResponse(strips())


@router.websocket("/radio")
async def radio(websocket: WebSocket, channel: int) -> None:
    await websocket.accept()
    while True:
        if await websocket.receive_text() == "storm":
            raise RuntimeError("the mast is down")
