"""The pond in BlackSheep."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from blacksheep import Application, FromQuery, Request, Response, StreamedContent, WebSocket, json, no_content

app = Application()
app.serve_files(Path(__file__).parent / "static", root_path="/static", extensions={".txt"})
gate = asyncio.Event()


@app.on_start
async def opens(application: Application) -> None:
    print("the pond opens", flush=True)


@app.on_stop
async def closes(application: Application) -> None:
    print("the pond closes", flush=True)


@app.router.get("/ducks/{name}")
async def duck(request: Request, name: str, size: FromQuery[int]) -> Response:
    return json({"name": name, "size": size.value, "client": request.client_ip})


@app.router.post("/form")
async def form(request: Request) -> Response:
    return json(await request.form())


@app.router.post("/upload")
async def upload(request: Request) -> Response:
    (photo,) = await request.files("photo")
    content = photo.data
    return json({
        "name": photo.file_name.decode(), "size": len(content), "digest": hashlib.sha256(content).hexdigest()
    })  # fmt: skip


@app.router.get("/stream")
async def stream() -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return Response(200, content=StreamedContent(b"text/plain", parts))


@app.router.post("/let")
async def let() -> Response:
    gate.set()
    return no_content()


@app.router.get("/crash")
async def crash() -> Response:
    raise LookupError("no such duck")


@app.router.ws("/talk")
async def talk(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="quack")
    await websocket.send_bytes((await websocket.receive_text()).encode())
    await websocket.send_text((await websocket.receive_bytes()).decode())
    await websocket.close(3001, "enough")
