"""The pond in Litestar."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, WebSocket, get, post, websocket
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.logging import LoggingConfig
from litestar.params import Body
from litestar.response import Stream, Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

HERE = Path(__file__).parent
gate = asyncio.Event()

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Multipart = Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)]


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncIterator[None]:
    print("the pond opens", flush=True)
    yield
    print("the pond closes", flush=True)


@get("/ducks/{name:str}")
async def duck(name: str, size: int, request: Request) -> dict[str, Any]:
    assert request.client is not None
    return {"name": name, "size": size, "client": request.client.host}


@post("/form", status_code=200)
async def form(data: Form) -> dict[str, str]:
    return data


@post("/upload", status_code=200)
async def upload(data: Multipart) -> dict[str, Any]:
    photo = data["photo"]
    content = await photo.read()
    return {"name": photo.filename, "size": len(content), "digest": hashlib.sha256(content).hexdigest()}


@get("/stream")
async def stream() -> Stream:
    async def parts() -> AsyncIterator[bytes]:
        yield b"first "
        await gate.wait()
        yield b"last"

    return Stream(parts(), media_type="text/plain")


@post("/let", status_code=204)
async def let() -> None:
    gate.set()


@get("/crash")
async def crash() -> None:
    raise LookupError("no such duck")


@get("/page", sync_to_thread=True)
def page() -> Template:
    return Template("pond.html", context={"ducks": ["eider", "<teal>"]})


@websocket("/talk")
async def talk(socket: WebSocket) -> None:
    await socket.accept(subprotocols="quack")
    await socket.send_bytes((await socket.receive_text()).encode())
    await socket.send_text((await socket.receive_bytes()).decode())
    await socket.close(3001, "enough")


static = create_static_files_router("/static", [HERE / "static"])
app = Litestar(
    [duck, form, upload, stream, let, crash, page, talk, static],
    lifespan=[lifespan],
    logging_config=LoggingConfig(log_exceptions="always", disable_stack_trace={404}),
    template_config=TemplateConfig(directory=HERE / "pages", engine=JinjaTemplateEngine),
)
