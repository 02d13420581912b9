"""Calling an ASGI application without a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

ASGIApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def scope_for(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


def cpu_us(app: ASGIApp, path: str, status: int, calls: int) -> float:
    """CPU microseconds of one call, over `calls` calls. Fails if the application answers with another status."""
    asked = scope_for(path)
    statuses: set[int] = set()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def repeat() -> float:
        before = time.process_time()
        for _ in range(calls):
            await app(dict(asked), _receive, send)
        return time.process_time() - before

    spent = asyncio.run(repeat())
    if statuses != {status}:
        raise SystemExit(f"{path} answered {statuses}, not {status}")
    return spent / calls * 1e6
