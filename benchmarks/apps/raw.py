"""Hello as a raw ASGI application."""

from __future__ import annotations

from typing import Any

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")],
}
BODY = {"type": "http.response.body", "body": b"Hello, world!"}


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send(START)
    await send(BODY)
