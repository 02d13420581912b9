"""The pond in Connexion: connexion_pond.yaml says what there is, the functions here do it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connexion import AsyncApp, ConnexionMiddleware, request
from starlette.responses import StreamingResponse

gate = asyncio.Event()


@asynccontextmanager
async def lifespan(app: ConnexionMiddleware) -> AsyncIterator[None]:
    print("the pond opens", flush=True)
    yield
    print("the pond closes", flush=True)


async def duck(name: str, size: int) -> dict[str, Any]:
    assert request.client is not None
    return {"name": name, "size": size, "client": request.client.host}


async def form(body: dict[str, str]) -> dict[str, str]:
    return body


async def upload(photo: Any) -> dict[str, Any]:
    content = await photo.read()
    return {"name": photo.filename, "size": len(content), "digest": hashlib.sha256(content).hexdigest()}


async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return StreamingResponse(parts(), media_type="text/plain")


async def let() -> tuple[None, int]:
    gate.set()
    return None, 204


async def crash() -> None:
    raise LookupError("no such duck")


app = AsyncApp(__name__, specification_dir=Path(__file__).parent, lifespan=lifespan)
app.add_api("connexion_pond.yaml")
