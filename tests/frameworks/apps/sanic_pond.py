"""The pond in Sanic, whose applications are ASGI applications, too."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from sanic import HTTPResponse, Request, Sanic, Websocket, empty, json

app = Sanic("pond")
app.static("/static", Path(__file__).parent / "static", name="static")
gate = asyncio.Event()


@app.before_server_start
async def opens(app: Sanic) -> None:
    print("the pond opens", flush=True)


@app.after_server_stop
async def closes(app: Sanic) -> None:
    print("the pond closes", flush=True)


@app.get("/ducks/<name>", unquote=True)
async def duck(request: Request, name: str) -> HTTPResponse:
    return json({"name": name, "size": int(request.args.get("size")), "client": request.ip})


@app.post("/form")
async def form(request: Request) -> HTTPResponse:
    return json({name: request.form.get(name) for name in request.form})


@app.post("/upload")
async def upload(request: Request) -> HTTPResponse:
    photo = request.files.get("photo")
    return json({"name": photo.name, "size": len(photo.body), "digest": hashlib.sha256(photo.body).hexdigest()})


@app.get("/stream")
async def stream(request: Request) -> None:
    response = await request.respond(content_type="text/plain")
    await response.send("first ")
    await gate.wait()
    await response.send("last")
    await response.eof()


@app.post("/let")
async def let(request: Request) -> HTTPResponse:
    gate.set()
    return empty()


@app.get("/crash")
async def crash(request: Request) -> HTTPResponse:
    raise LookupError("no such duck")


@app.websocket("/talk", subprotocols=["quack"])
async def talk(request: Request, ws: Websocket) -> None:
    await ws.send((await ws.recv()).encode())
    await ws.send((await ws.recv()).decode())
    await ws.close(3001, "enough")
