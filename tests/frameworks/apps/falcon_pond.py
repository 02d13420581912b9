"""The pond in Falcon."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from falcon.asgi import App, Request, Response, WebSocket

gate = asyncio.Event()


class Pond:
    """Falcon's lifespan is a middleware's."""

    async def process_startup(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        print("the pond opens", flush=True)

    async def process_shutdown(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        print("the pond closes", flush=True)


class Duck:
    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        resp.media = {"name": name, "size": req.get_param_as_int("size"), "client": req.remote_addr}


class Form:
    async def on_post(self, req: Request, resp: Response) -> None:
        resp.media = await req.get_media()


class Upload:
    async def on_post(self, req: Request, resp: Response) -> None:
        async for part in await req.get_media():
            digest, size = hashlib.sha256(), 0
            async for chunk in part.stream:
                digest.update(chunk)
                size += len(chunk)
            resp.media = {"name": part.filename, "size": size, "digest": digest.hexdigest()}


class Stream:
    async def on_get(self, req: Request, resp: Response) -> None:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first "
            await gate.wait()
            yield b"last"

        resp.content_type = "text/plain"
        resp.stream = parts()

    async def on_post(self, req: Request, resp: Response) -> None:
        gate.set()
        resp.status = 204


class Crash:
    async def on_get(self, req: Request, resp: Response) -> None:
        raise LookupError("no such duck")


class Talk:
    async def on_websocket(self, req: Request, ws: WebSocket) -> None:
        await ws.accept(subprotocol="quack")
        await ws.send_data((await ws.receive_text()).encode())
        await ws.send_text((await ws.receive_data()).decode())
        await ws.close(3001, "enough")


app = App(middleware=[Pond()])
app.add_route("/ducks/{name}", Duck())
app.add_route("/form", Form())
app.add_route("/upload", Upload())
app.add_route("/stream", Stream())
app.add_route("/let", Stream())
app.add_route("/crash", Crash())
app.add_route("/talk", Talk())
app.add_static_route("/static", Path(__file__).parent / "static")
