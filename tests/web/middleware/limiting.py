"""What the tests of body limits have in common."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.web.driving import Answered, http_scope

from webfoot.web import (
    PlainTextResponse,
    Route,
)

TOO_LARGE = (413, b"Content Too Large")


def sent(app: Any, path: str, *chunks: bytes, length: int | str | None = None, **more: Any) -> tuple[Answered, int]:
    """A POST of `chunks`; the answer, and how many of them were read. `length`: the content-length, if one is said."""
    headers = {} if length is None else {"content-length": str(length)}
    scope = http_scope("POST", path, headers=headers | more.pop("headers", {}), **more)
    answered = Answered(scope=scope)
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})
    read = 0

    async def receive() -> Any:
        nonlocal read
        if not waiting:
            return {"type": "http.disconnect"}
        read += 1
        return waiting.pop(0)

    async def send(message: Any) -> None:
        answered.messages.append(message)

    async def main() -> None:
        try:
            await app(scope, receive, send)
        except Exception as exc:
            answered.error = exc

    asyncio.run(main())
    return answered, read


def answer(app: Any, path: str, *chunks: bytes, **more: Any) -> tuple[int, bytes]:
    answered, _ = sent(app, path, *chunks, **more)
    assert answered.error is None
    return answered.status, answered.body


async def measure(request: Any) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def post(path: str, endpoint: Any = measure, **options: Any) -> Route:
    return Route(path, endpoint, methods=["POST"], **options)
