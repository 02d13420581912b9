"""Calls an ASGI application in process, without any server, and keeps what it sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from webfoot.trail import Trail


@dataclass
class Answered:
    messages: list[dict[str, Any]] = field(default_factory=list)
    scope: dict[str, Any] = field(default_factory=dict)
    error: BaseException | None = None

    @property
    def status(self) -> int:
        return next(m["status"] for m in self.messages if m["type"] == "http.response.start")

    @property
    def headers(self) -> dict[str, str]:
        start = next(m for m in self.messages if m["type"] == "http.response.start")
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start.get("headers", ())}

    @property
    def body(self) -> bytes:
        return b"".join(m.get("body", b"") for m in self.messages if m["type"] == "http.response.body")

    @property
    def text(self) -> str:
        return self.body.decode()


def http_scope(method: str = "GET", path: str = "/", **more: Any) -> dict[str, Any]:
    headers = [(name.lower().encode(), value.encode()) for name, value in more.pop("headers", {}).items()]
    raw_headers: list[tuple[bytes, bytes]] | None = more.pop("raw_headers", None)  # these and no others
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"duck.example"), *headers] if raw_headers is None else raw_headers,
        "client": ("127.0.0.1", 1),
        "server": ("duck.example", 80),
        **more,
    }


async def call(app: Any, method: str = "GET", path: str = "/", /, *, body: bytes = b"", **more: Any) -> Answered:
    scope = http_scope(method, path, **more)
    answered = Answered(scope=scope)
    incoming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop(0)
        return await asyncio.get_running_loop().create_future()  # nobody leaves

    async def send(message: dict[str, Any]) -> None:
        answered.messages.append(message)

    try:
        await app(scope, receive, send)
    except Exception as exc:
        answered.error = exc
    return answered


def answer_of(app: Any, method: str = "GET", path: str = "/", /, **more: Any) -> Answered:
    """One request, in an event loop of its own. An exception that comes out is kept in `error`."""
    return asyncio.run(call(app, method, path, **more))


class MarkedTrail(Trail):
    """Keeps the marks as (station, facts)."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, dict[str, Any]]] = []

    def mark(self, station: str, /, **facts: object) -> None:
        self.marks.append((station, facts))

    def only(self, station: str) -> dict[str, Any]:
        found = [facts for name, facts in self.marks if name == station]
        assert len(found) == 1, found
        return found[0]
