"""Our toolkit under another server: what it does with bytes does not depend on ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from webfoot.web import (
    CompressionMiddleware,
    FileResponse,
    Middleware,
    Mount,
    PlainTextResponse,
    Route,
    StreamingResponse,
    WebApp,
    WSGIMiddleware,
)


async def measure(request: Any) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def stream(request: Any) -> StreamingResponse:
    return StreamingResponse(iter(["quack "] * 100))


async def file(request: Any) -> FileResponse:
    return FileResponse(__file__)


def legacy(environ: Any, start_response: Any) -> Any:
    size = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (f"{size} in part {number}\n".encode() for number in range(3))


app = WebApp(
    routes=[
        Route("/measure", measure, methods=["POST"]),
        Route("/stream", stream),
        Route("/file", file),
        Mount("/legacy", app=WSGIMiddleware(legacy)),
    ],
    middleware=[Middleware(CompressionMiddleware, minimum_size=100)],
    max_body_size=1000,
)


@asynccontextmanager
async def uvicorn_serving(app: Any) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def test_sizes_and_codings() -> None:
    async def chunks() -> Any:
        for _ in range(3):
            yield b"x" * 400

    async def main() -> None:
        async with uvicorn_serving(app) as address, httpx2.AsyncClient(base_url=address, timeout=5) as client:
            assert (await client.post("/measure", content=b"x" * 1000)).text == "1000"
            assert (await client.post("/measure", content=b"x" * 1001)).status_code == 413
            assert (await client.post("/measure", content=chunks())).status_code == 413
            assert (await client.post("/legacy/", content=b"x" * 1001)).status_code == 413
            answer = await client.post("/legacy/", content=b"x" * 10)
            assert answer.text == "10 in part 0\n10 in part 1\n10 in part 2\n"
            for path, content in (("/stream", "quack " * 100), ("/file", Path(__file__).read_text())):
                answer = await client.get(path, headers={"accept-encoding": "gzip"})
                assert (answer.headers["content-encoding"], answer.text) == ("gzip", content)

    asyncio.run(main())
