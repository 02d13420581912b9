"""A client that leaves when it is told to, for tests of what happens then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.web.driving import http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.application import WebApp
from webfoot.web.disconnect import LOOK_AFTER
from webfoot.web.middleware.cancel_on_disconnect import CancelOnDisconnectMiddleware
from webfoot.web.requests import Request
from webfoot.web.routing import Route

GONE = {"type": "http.disconnect"}


class Client:
    """What a server gives to the application: a body in these parts, then a client that leaves when told to."""

    def __init__(self, *body: bytes) -> None:
        self.waiting: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": number < len(body) - 1}
            for number, part in enumerate(body)
        ]
        self.news = asyncio.Event()
        self.asking = 0
        self.at_once = 0
        self.sent: list[dict[str, Any]] = []

    def leave(self) -> None:
        self.waiting.append(GONE)
        self.news.set()

    async def receive(self) -> dict[str, Any]:
        self.asking += 1
        self.at_once = max(self.at_once, self.asking)
        try:
            while not self.waiting:
                self.news.clear()
                await self.news.wait()
            return self.waiting[0] if self.waiting[0] is GONE else self.waiting.pop(0)
        finally:
            self.asking -= 1

    async def send(self, message: dict[str, Any]) -> None:
        if self.waiting and self.waiting[0] is GONE:
            raise ClientDisconnected
        self.sent.append(message)

    async def ask(self, app: Any) -> dict[str, Any]:
        scope = http_scope("POST")
        await app(scope, self.receive, self.send)
        assert self.at_once <= 1, "two waited for one message"
        return scope


async def a_while() -> None:
    await asyncio.sleep(LOOK_AFTER * 2)


def watched(handler: Callable[[Request], Awaitable[Any]]) -> CancelOnDisconnectMiddleware:
    return CancelOnDisconnectMiddleware(WebApp(routes=[Route("/", handler, methods=["POST"])]))
