"""`uvicorn.middleware.asgi2`: applications of ASGI 2, which are called twice, `app(scope)(receive, send)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from webfoot.asgi.types import Receive, Scope, Send


class ASGI2Middleware:
    def __init__(self, app: Callable[[Scope], Callable[[Receive, Send], Awaitable[Any]]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope)(receive, send)
