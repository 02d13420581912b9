"""Answers every request with the report: 503, as HTML for browsers, as JSON or text for others."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Final

from webfoot.asgi.stopping import stopping_of
from webfoot.asgi.this_machine import is_this_machine, names_this_machine, sign_of_a_proxy
from webfoot.asgi.types import Receive, Scope, Send
from webfoot.server.broken.page import WAIT, draw
from webfoot.server.broken.report import Report

_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class BrokenApplication:
    """An ASGI application that can be handed to another process.

    Whoever asks from another machine, or under another machine's name as a foreign page does (DNS rebinding), hears
    that something failed, and sees no source.
    """

    report: Report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await _live(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1011, "reason": "the application does not start"})
            case _ if scope["path"] == WAIT:
                await _wait(scope, receive)
                await _answer(send, 204, "", "", b"")
            case _:
                await self._tell(scope, send)

    async def _tell(self, scope: Scope, send: Send) -> None:
        accepts = b",".join(value for name, value in scope["headers"] if name == b"accept").lower()
        report = self.report if _is_near(scope) else Report("the application does not start; its terminal says why")
        if b"text/html" in accepts:
            nonce = secrets.token_urlsafe(16)
            page = draw(report, nonce, reloads=scope["method"] == "GET")
            await _answer(send, 503, "text/html; charset=utf-8", _POLICY.format(nonce), page.encode())
        elif b"json" in accepts:
            data = {"error": report.sentence, "traceback": report.traceback.splitlines()}
            await _answer(send, 503, "application/json", "", json.dumps(data).encode())
        else:
            text = f"{report.traceback}{report.sentence}\n"
            await _answer(send, 503, "text/plain; charset=utf-8", "", text.encode())


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _wait(scope: Scope, receive: Receive) -> None:
    """Until the server ends or the client leaves."""
    waiting = [asyncio.ensure_future(stopping_of(scope).wait()), asyncio.ensure_future(_gone(receive))]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_near(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    if sign_of_a_proxy(headers) is not None or not names_this_machine(host):
        return False
    return not scope.get("client") or is_this_machine(scope["client"])  # or a Unix socket


async def _answer(send: Send, status: int, kind: str, policy: str, body: bytes) -> None:
    fields = [
        ("cache-control", "no-store"),
        ("content-length", str(len(body)) if status != 204 else ""),
        ("content-type", kind),
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("retry-after", "1" if status == 503 else ""),
    ]
    headers = [(name.encode(), value.encode()) for name, value in fields if value]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
