"""Drives an ASGI application through one WebSocket, in process, and keeps what it sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from webfoot.web.websockets import WebSocket

CONNECT = {"type": "websocket.connect"}
GONE = {"type": "websocket.disconnect", "code": 1001, "reason": "bye"}
DENIALS = {"websocket.http.response": {}}


def text(data: str | None) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": data}


def octets(data: bytes | None) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": data}


def socket_scope(path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"duck.example")],
        "client": ("127.0.0.1", 1),
        "server": ("duck.example", 80),
        "subprotocols": [],
        "extensions": dict(DENIALS),
        **more,
    }


@dataclass
class Talked:
    sent: list[dict[str, Any]] = field(default_factory=list)
    scope: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None

    @property
    def types(self) -> list[str]:
        return [message["type"].removeprefix("websocket.") for message in self.sent]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if "text" in message]

    @property
    def close(self) -> tuple[int, str] | None:
        """Of the last message, if it is one."""
        last = self.sent[-1] if self.sent else {}
        return (last["code"], last["reason"]) if last.get("type") == "websocket.close" else None

    @property
    def denial(self) -> tuple[int, bytes] | None:
        starts = [message for message in self.sent if message["type"] == "websocket.http.response.start"]
        bodies = [message for message in self.sent if message["type"] == "websocket.http.response.body"]
        return (starts[0]["status"], b"".join(message.get("body", b"") for message in bodies)) if starts else None


def talk(app: Any, *incoming: dict[str, Any], path: str = "/", gone_after: int | None = None, **more: Any) -> Talked:
    """`incoming` come after websocket.connect; then the client leaves. An exception that comes out is kept.

    gone_after: how many messages the client takes before send() raises OSError.
    """
    talked = Talked(scope=socket_scope(path, **more))
    messages: Iterable[dict[str, Any]] = iter([CONNECT, *incoming])

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return next(messages, GONE)  # type: ignore[call-overload]

    async def send(message: dict[str, Any]) -> None:
        if gone_after is not None and len(talked.sent) >= gone_after:
            raise OSError("gone")
        talked.sent.append(message)

    async def run() -> None:
        await app(talked.scope, receive, send)

    try:
        asyncio.run(run())
    except Exception as error:
        talked.error = error
    return talked


def using(use: Callable[[WebSocket], Awaitable[Any]], *incoming: dict[str, Any], **more: Any) -> Talked:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await use(WebSocket(scope, receive, send))

    return talk(app, *incoming, **more)


class Tag:
    """Middleware that marks what goes through it."""

    def __init__(self, app: Any, name: str) -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def tagged(message: Any) -> None:
            await send({**message, "tags": [*message.get("tags", ()), self.name]})

        await self.app(scope, receive, tagged)
