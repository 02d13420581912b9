"""The pond in Quart."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

from quart import Quart, render_template, request, websocket

app = Quart(__name__, template_folder="pages")
gate = asyncio.Event()


@app.before_serving
async def opens() -> None:
    print("the pond opens", flush=True)


@app.after_serving
async def closes() -> None:
    print("the pond closes", flush=True)


@app.get("/ducks/<name>")
async def duck(name: str) -> dict[str, Any]:
    return {"name": name, "size": int(request.args["size"]), "client": request.remote_addr}


@app.post("/form")
async def form() -> dict[str, str]:
    return dict(await request.form)


@app.post("/upload")
async def upload() -> dict[str, Any]:
    photo = (await request.files)["photo"]
    content = photo.read()
    return {"name": photo.filename, "size": len(content), "digest": hashlib.sha256(content).hexdigest()}


@app.get("/stream")
async def stream() -> tuple[AsyncIterator[bytes], dict[str, str]]:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return parts(), {"Content-Type": "text/plain"}


@app.post("/let")
async def let() -> tuple[str, int]:
    gate.set()
    return "", 204


@app.get("/crash")
async def crash() -> str:
    raise LookupError("no such duck")


@app.get("/page")
async def page() -> str:
    return await render_template("pond.html", ducks=["eider", "<teal>"])


@app.websocket("/talk")
async def talk() -> None:
    await websocket.accept(subprotocol="quack")
    await websocket.send((await websocket.receive()).encode())
    await websocket.send((await websocket.receive()).decode())
    await websocket.close(3001, "enough")
