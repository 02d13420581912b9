"""How a response that takes its time learns that nobody listens any more."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.exceptions import ClientDisconnect


def send_raises(scope: Scope) -> bool:
    """Whether the server's `send()` raises once the client has gone (ASGI HTTP message format 2.4)."""
    major, minor = scope.get("asgi", {}).get("spec_version", "2.0").split(".")[:2]
    return (int(major), int(minor)) >= (2, 4)


def telling_disconnect(send: Send) -> Send:
    """`send` that raises ClientDisconnect where the server's raises an OSError."""

    async def send_or_tell(message: Message) -> None:
        try:
            await send(message)
        except OSError as error:
            raise ClientDisconnect("the client went away while the response was streamed") from error

    return send_or_tell


async def disconnected(receive: Receive) -> None:
    """Return when the client has gone. Takes what is left of the request's body from `receive`."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def while_connected(sending: Coroutine[Any, Any, None], listening: Coroutine[Any, Any, None]) -> None:
    """Run `sending` to its end, or until `listening` returns, which ends it quietly.

    For servers whose `send()` does not raise. What either raises is raised here.
    """
    sender, listener = asyncio.create_task(sending), asyncio.create_task(listening)
    try:
        await asyncio.wait((sender, listener), return_when=asyncio.FIRST_COMPLETED)
    finally:
        listener.cancel()
        sender.cancel()
        await asyncio.wait((sender, listener))
    if not sender.cancelled():
        sender.result()
    elif not listener.cancelled():
        listener.result()
