"""A server of ours on a loopback port, lifespan and guard included, for as long as a test talks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from webfoot.server.gateway.lifespan import Lifespan
from webfoot.server.gateway.service import Service
from webfoot.server.net.binding import bind
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[str]:
    """Gives the address: "http://127.0.0.1:PORT". `guard=False` for who breaks ASGI's letter, in header names say."""
    lifespan = Lifespan(app, "auto")
    await lifespan.startup()
    service = Service(app, ServerOptions(port=0, access_log=False, **{"guard": True, **options}), lifespan.state)
    connections = Connections(service)
    (listening,) = bind(service.options)
    listener = Listener(service, connections, [listening])
    connections.start()
    await listener.open()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listener.close()
        await connections.drain(1.0, lambda _: None)
        connections.stop()
        await lifespan.shutdown()


def talk(app: Any, conversation: Callable[[httpx2.AsyncClient], Awaitable[Any]], **options: Any) -> Any:
    """What `conversation(client)` gives; the client's base address is the server of `app`."""

    async def main() -> Any:
        async with serving(app, **options) as address, httpx2.AsyncClient(base_url=address, timeout=5) as client:
            return await conversation(client)

    return asyncio.run(main())


def get(app: Any, path: str = "/", *, guard: bool = True, **more: Any) -> httpx2.Response:
    return request(app, "GET", path, guard=guard, **more)


def request(app: Any, method: str, path: str, *, guard: bool = True, **more: Any) -> httpx2.Response:
    return talk(app, lambda client: client.request(method, path, **more), guard=guard)
