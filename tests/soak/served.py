"""The server under test, in a process of its own: `python -m tests.soak.served h11`. Prints its port.

It is put together from its parts, so that `/state` can tell what they hold.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from typing import Any
from urllib.parse import parse_qs
from zlib import crc32

import uvloop

from webfoot.server.gateway.service import Service
from webfoot.server.net.binding import bind
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions

PART = 64 * 1024
PAUSE = 0.001  # seconds, the shortest that uvloop's timers know

BLOCK = bytes(range(256)) * (PART // 256)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await websocket(scope["path"], receive, send)
    else:
        await PATHS[scope["path"]](scope, receive, send)


async def down(scope: Any, receive: Any, send: Any) -> None:
    """`parts` blocks, as fast as the server takes them; their length declared if `length`."""
    query = parse_qs(scope["query_string"].decode())
    parts = int(query["parts"][0])
    await start(send, parts * PART if "length" in query else None)
    for _ in range(parts):
        await send({"type": "http.response.body", "body": BLOCK, "more_body": True})
    await send({"type": "http.response.body"})


async def up(scope: Any, receive: Any, send: Any) -> None:
    """Takes the body slowly, and says what it was: size and checksum."""
    size = check = 0
    async for part in body_of(receive):
        size, check = size + len(part), crc32(part, check)
        await asyncio.sleep(PAUSE)
    await answer(send, f"{size} {check}".encode())


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Gives each part back as it comes."""
    declared = dict(scope["headers"]).get(b"content-length")
    await start(send, int(declared) if declared else None)
    async for part in body_of(receive):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


async def wait(scope: Any, receive: Any, send: Any) -> None:
    """Answers only when the client has gone, so never."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, b"Hello, world!")


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("the application is broken")


async def websocket(path: str, receive: Any, send: Any) -> None:
    """/down/N sends N messages, /up takes messages slowly until one is text, /echo gives all back, /no refuses."""
    await receive()
    if path == "/no":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    if path.startswith("/down/"):
        for _ in range(int(path[6:])):
            await send({"type": "websocket.send", "bytes": BLOCK})
    size = check = 0
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("bytes")
        if path == "/echo":
            await send({**message, "type": "websocket.send"})
        elif data is None:
            await send({"type": "websocket.send", "text": f"{size} {check}"})
        else:
            size, check = size + len(data), crc32(data, check)
            await asyncio.sleep(PAUSE)


async def body_of(receive: Any) -> Any:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message["body"]
        more = message["more_body"]


async def start(send: Any, length: int | None = None) -> None:
    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def answer(send: Any, body: bytes) -> None:
    await start(send, len(body))
    await send({"type": "http.response.body", "body": body})


PATHS: dict[str, Any] = {
    "/": hello,
    "/broken": broken,
    "/down": down,
    "/echo": echo,
    "/up": up,
    "/wait": wait,
}


async def serve(http: str) -> None:
    # Pings would be answered by a client that does nothing else; these clients are simpler than that.
    options = ServerOptions(port=0, access_log=False, http=http, ws_ping_interval=None, limit_request_body=None)
    service = Service(app, options)
    connections = Connections(service)

    async def state(scope: Any, receive: Any, send: Any) -> None:
        """What is there now, less the request that asks."""
        gc.collect()
        there = {
            "requests": len(service.running) - 1,
            "connections": len(connections) - 1,
            "tasks": len(asyncio.all_tasks()) - 1,
        }
        await answer(send, json.dumps(there).encode())

    PATHS["/state"] = state
    (listening,) = bind(service.options)
    connections.start()
    await Listener(service, connections, [listening]).open()
    print(listening.getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1]))
