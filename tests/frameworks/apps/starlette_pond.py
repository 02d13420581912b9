"""The pond in Starlette."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.websockets import WebSocket

HERE = Path(__file__).parent
pages = Jinja2Templates(HERE / "pages")
gate = asyncio.Event()


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    print("the pond opens", flush=True)
    yield
    print("the pond closes", flush=True)


async def duck(request: Request) -> Response:
    assert request.client is not None
    size = int(request.query_params["size"])
    return JSONResponse({"name": request.path_params["name"], "size": size, "client": request.client.host})


async def form(request: Request) -> Response:
    return JSONResponse(dict(await request.form()))


async def upload(request: Request) -> Response:
    photo = (await request.form())["photo"]
    content = await photo.read()
    return JSONResponse({
        "name": photo.filename, "size": len(content), "digest": hashlib.sha256(content).hexdigest()
    })  # fmt: skip


async def stream(request: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return StreamingResponse(parts(), media_type="text/plain")


async def let(request: Request) -> Response:
    gate.set()
    return Response(status_code=204)


async def crash(request: Request) -> Response:
    raise LookupError("no such duck")


async def page(request: Request) -> Response:
    return pages.TemplateResponse(request, "pond.html", {"ducks": ["eider", "<teal>"]})


async def talk(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="quack")
    await websocket.send_bytes((await websocket.receive_text()).encode())
    await websocket.send_text((await websocket.receive_bytes()).decode())
    await websocket.close(3001, "enough")


app = Starlette(
    routes=[
        Route("/ducks/{name}", duck),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/stream", stream),
        Route("/let", let, methods=["POST"]),
        Route("/crash", crash),
        Route("/page", page),
        Mount("/static", StaticFiles(directory=HERE / "static")),
        WebSocketRoute("/talk", talk),
    ],
    lifespan=lifespan,
)
