"""The pond in FastAPI."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, Response, UploadFile, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

HERE = Path(__file__).parent
pages = Jinja2Templates(HERE / "pages")
gate = asyncio.Event()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    print("the pond opens", flush=True)
    yield
    print("the pond closes", flush=True)


app = FastAPI(lifespan=lifespan)
app.mount("/static", StaticFiles(directory=HERE / "static"))


@app.get("/ducks/{name}")
async def duck(name: str, size: int, request: Request) -> dict[str, Any]:
    assert request.client is not None
    return {"name": name, "size": size, "client": request.client.host}


@app.post("/form")
def form(name: Annotated[str, Form()], pond: Annotated[str, Form()]) -> dict[str, str]:
    return {"name": name, "pond": pond}


@app.post("/upload")
async def upload(photo: UploadFile) -> dict[str, Any]:
    digest = hashlib.sha256(await photo.read()).hexdigest()
    return {"name": photo.filename, "size": photo.size, "digest": digest}


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return StreamingResponse(parts(), media_type="text/plain")


@app.post("/let", status_code=204)
async def let() -> None:
    gate.set()


@app.get("/crash")
async def crash() -> None:
    raise LookupError("no such duck")


@app.get("/page")
def page(request: Request) -> Response:
    return pages.TemplateResponse(request, "pond.html", {"ducks": ["eider", "<teal>"]})


@app.websocket("/talk")
async def talk(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="quack")
    await websocket.send_bytes((await websocket.receive_text()).encode())
    await websocket.send_text((await websocket.receive_bytes()).decode())
    await websocket.close(3001, "enough")
