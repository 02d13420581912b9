"""Clients that leave, over sockets: what is cancelled, and what is in the log."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
import uvicorn
from tests.conformance.harness import Dialogue, with_server

from webfoot.web.application import WebApp
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.cancel_on_disconnect import CancelOnDisconnectMiddleware
from webfoot.web.requests import Request
from webfoot.web.routing import Route


class Seen:
    """An application whose handlers say how they ended."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.began = asyncio.Event()
        self.over = asyncio.Event()
        routes = [
            Route("/route", self.sleep, methods=["GET", "POST"], middleware=[Middleware(CancelOnDisconnectMiddleware)]),
            Route("/block", self.block, methods=["GET", "POST"]),
        ]
        self.app = WebApp(routes=routes)

    async def sleep(self, request: Request) -> Any:
        try:
            self.began.set()
            await asyncio.sleep(20)
        except BaseException as error:
            self.ended.append(type(error).__name__)
            raise
        finally:
            self.over.set()

    async def block(self, request: Request) -> Any:
        async with request.cancel_on_disconnect():
            await self.sleep(request)


ASKED = [
    b"GET /route HTTP/1.1\r\nHost: pond\r\n\r\n",
    b"POST /route HTTP/1.1\r\nHost: pond\r\nContent-Length: 4\r\n\r\nduck",
    b"POST /route HTTP/1.1\r\nHost: pond\r\nContent-Length: 9\r\n\r\nhalf",
    b"GET /block HTTP/1.1\r\nHost: pond\r\n\r\n",
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_under_our_server(asked: bytes, http: str, caplog: Any) -> None:
    async def main() -> list[str]:
        seen = Seen()

        async def talk(dialogue: Dialogue) -> None:
            await dialogue.say(asked)
            await asyncio.wait_for(seen.began.wait(), 5)
            dialogue.writer.transport.abort()
            await asyncio.wait_for(seen.over.wait(), 5)
            while dialogue.service.running:
                await asyncio.sleep(0.001)

        await with_server(seen.app, talk, http=http)
        return seen.ended

    assert asyncio.run(main()) == ["CancelledError"]
    assert [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize("asked", ASKED)
def test_under_uvicorn(asked: bytes, caplog: Any) -> None:
    async def main() -> list[str]:
        seen = Seen()
        server = uvicorn.Server(uvicorn.Config(seen.app, log_config=None, lifespan="off"))
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server.serve([listening]))
            try:
                _, writer = await asyncio.open_connection(*listening.getsockname())
                writer.write(asked)
                await asyncio.wait_for(seen.began.wait(), 5)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.close()
                await asyncio.wait_for(seen.over.wait(), 5)
            finally:
                server.should_exit = True
                await serving
        return seen.ended

    assert asyncio.run(main()) == ["CancelledError"]
    if b"/route" in asked:
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []
