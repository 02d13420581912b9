"""A raw ASGI application that streams 100 chunks, whose sum nobody told beforehand."""

from __future__ import annotations

from typing import Any

CHUNK = b"The duck glides; its feet do the work under water, unseen by us\n"
CHUNKS = 100

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
PART = {"type": "http.response.body", "body": CHUNK, "more_body": True}
END = {"type": "http.response.body", "body": b"", "more_body": False}


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    for _ in range(CHUNKS):
        await send(PART)
    await send(END)
