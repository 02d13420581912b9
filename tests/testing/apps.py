"""Small applications that the tests of the test clients ask."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from typing import Any

from webfoot.asgi.types import Message, Receive, Scope, Send

flavour: contextvars.ContextVar[str] = contextvars.ContextVar("flavour", default="none")


async def answer(send: Send, body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def read(receive: Receive) -> list[Message]:
    events = [await receive()]
    while events[-1].get("more_body"):
        events.append(await receive())
    return events


async def report(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the scope and the body parts that it saw, as JSON."""
    parts = [event["body"].decode() for event in await read(receive)]
    seen: dict[str, Any] = {"parts": parts, "thread": threading.current_thread().name, "flavour": flavour.get()}
    for key, value in scope.items():
        seen[key] = value.decode() if isinstance(value, bytes) else value
    seen["headers"] = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    await answer(send, json.dumps(seen, default=str).encode(), 200, (b"content-type", b"application/json"))


class Pond:
    """An application with a lifespan; remembers what happened to it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["loop"] = asyncio.get_running_loop()
            scope["state"]["lock"] = asyncio.Lock()
            self.seen.append("startup")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            assert asyncio.get_running_loop() is scope["state"]["loop"]
            self.seen.append("shutdown")
            await send({"type": "lifespan.shutdown.complete"})
        else:
            self.seen.append(scope["state"].get("loop") is asyncio.get_running_loop())
            scope["state"]["mine"] = True
            await answer(send, b"quack")


async def redirect(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"] == "/old":
        await answer(send, b"", 307, (b"location", b"/new"), (b"set-cookie", b"duck=1"))
    else:
        await answer(send, dict(scope["headers"]).get(b"cookie", b"") + b"@" + scope["path"].encode())


def streams(*parts: bytes, then: BaseException | None = None, log: list[Any] | None = None) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        if then is not None:
            raise then
        await receive()
        if log is not None:
            log.append(await receive())
        else:
            await send({"type": "http.response.body"})

    return app


async def boom(scope: Scope, receive: Receive, send: Send) -> None:
    raise ValueError("boom")


async def boom_after_response(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, b"oops", 500)
    raise ValueError("boom")


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    return


async def shouting(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Loud", b"1")]})
    await send({"type": "http.response.body", "body": b"QUACK"})


def app_with_lifespan(app: Any) -> Any:
    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app(scope, receive, send)

    return both
