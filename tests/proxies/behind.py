"""The application behind the proxies: each path is something that a proxy can get wrong."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

TICKS = 0.05  # seconds between two events

begun: list[str] = []  # paths whose body has begun to come
left: list[str] = []  # paths whose client has gone while they were answered


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    path = scope["path"].removeprefix(scope["root_path"])
    if scope["type"] == "websocket":
        await talk(scope, receive, send)
    elif path == "/events":
        await stream(receive, send)
    elif path == "/upload":
        await swallow(receive, send)
    elif path == "/refuse":
        await answer(send, b"enough", 413)
    elif path == "/left":
        await answer(send, json.dumps(left).encode())
    elif path == "/begun":
        await answer(send, json.dumps(begun).encode())
    elif path == "/big":
        await answer(send, b"x" * 4_000_000)
    else:
        await answer(send, told(scope))


def told(scope: Any) -> bytes:
    names = ("client", "server", "scheme", "root_path", "path", "http_version")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return json.dumps({**{name: scope[name] for name in names}, "headers": headers}).encode()


async def answer(send: Any, body: bytes, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def stream(receive: Any, send: Any) -> None:
    fields = [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    gone = asyncio.ensure_future(client_left(receive))
    number = 0
    while not gone.done():
        await send({"type": "http.response.body", "body": b"data: %d\n\n" % number, "more_body": True})
        number += 1
        await asyncio.wait([gone], timeout=TICKS)
    left.append("/events")


async def client_left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def swallow(receive: Any, send: Any) -> None:
    size, digest, parts = 0, hashlib.sha256(), 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            left.append("/upload")
            return
        if not size and event["body"]:
            begun.append("/upload")
        size += len(event["body"])
        parts += 1
        digest.update(event["body"])
        if not event["more_body"]:
            break
    await answer(send, json.dumps({"size": size, "digest": digest.hexdigest(), "parts": parts}).encode())


async def talk(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": told(scope).decode()})
    while (event := await receive())["type"] == "websocket.receive":
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})
    left.append("/talk")
