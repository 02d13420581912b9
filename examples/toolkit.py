"""webfoot's toolkit alone, without types and pydantic: `webfoot run examples.toolkit:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.web.application import WebApp
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware import Middleware
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from webfoot.web.routing import Mount, Route


class State(TypedDict):
    names: dict[int, str]


@asynccontextmanager
async def lifespan(app: WebApp) -> AsyncIterator[State]:
    yield {"names": {1: "Duffy", 2: "Jemima"}}


async def home(request: Request) -> Response:
    return PlainTextResponse(f"Ducks are at {request.url_for('duck', number=1).path}\n")


async def duck(request: Request) -> Response:
    number = request.path_params["number"]
    name = request.state.names.get(number)
    if name is None:
        raise HTTPException(404, detail=f"No duck {number} here.")
    return JSONResponse({"number": number, "name": name})


async def rename(request: Request) -> Response:
    request.state.names[request.path_params["number"]] = (await request.json())["name"]
    return Response(status_code=204)


async def count(request: Request) -> Response:
    """Streams: the client reads the first line while the second is still being made."""

    async def lines() -> AsyncIterator[str]:
        for number in range(1, 4):
            yield f"{number} duck{'s' if number > 1 else ''}\n"

    return StreamingResponse(lines(), media_type="text/plain")


class NameTheServer:
    """A middleware is an ASGI application around another one."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self.header = (b"x-served-by", name.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], self.header]
            await send(message)

        await self.app(scope, receive, send_with_name if scope["type"] == "http" else send)


app = WebApp(
    routes=[
        Route("/", home),
        Mount(
            "/ducks",
            routes=[
                Route("/count", count),
                Route("/{number:int}", duck, name="duck"),
                Route("/{number:int}", rename, methods=["PUT"]),
            ],
        ),
    ],
    middleware=[Middleware(NameTheServer, name="webfoot")],
    lifespan=lifespan,
)
