"""A WebSocket client that speaks bytes: requests, masked frames, and a reader for the server's frames."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from webfoot.testing.wire import Wire, run_on_wire

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

FIELDS = {
    "Host": "example.org",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY.decode(),
    "Sec-WebSocket-Version": "13",
}


def request(
    *more: str, target: str = "/chat", method: str = "GET", version: str = "1.1", **changed: str | None
) -> bytes:
    """A handshake; `changed` replaces a field (`Sec_WebSocket_Key="x"`) or takes it away (None), `more` are lines."""
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [
        f"{method} {target} HTTP/{version}",
        *(f"{name}: {value}" for name, value in fields.items() if value is not None),
    ]
    return "\r\n".join([*lines, *more, "", ""]).encode("latin-1")


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = b"\x0a\x0b\x0c\x0d",
    form: int | None = None,
) -> bytes:
    """A client's frame. `form`: the second byte's length, 126 and 127 also where they are not the shortest form."""
    size = len(payload)
    if form is None:
        form = size if size < 126 else 126 if size < 65536 else 127
    length = b"" if form < 126 else size.to_bytes(2 if form == 126 else 8, "big")
    head = bytes((fin << 7 | rsv << 4 | opcode, (mask is not None) << 7 | form)) + length
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def close(code: int | None = None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


class Socket:
    """An open WebSocket on a wire: what the server sends, frame by frame."""

    def __init__(self, wire: Wire, answer: bytes) -> None:
        self.wire = wire
        self.answer = answer

    async def say(self, *parts: bytes) -> None:
        await self.wire.say(*parts)

    async def hear(self) -> tuple[int, bytes]:
        """(first byte, payload) of the next frame; the first byte is 0x80 | opcode for a plain whole one."""
        async with asyncio.timeout(5):
            first, second = await self.wire.hear_exactly(2)
            assert second < 128, "a server does not mask"
            size = second
            if size >= 126:
                size = int.from_bytes(await self.wire.hear_exactly(2 if size == 126 else 8), "big")
            return first, await self.wire.hear_exactly(size)

    async def hear_message(self) -> tuple[int, bytes]:
        first, payload = await self.hear()
        assert first & 0xF0 == 0x80
        return first & 0x0F, payload

    async def hear_close(self) -> tuple[int | None, str]:
        """Code and reason of the Close frame, which must be the next frame, and the last thing that is sent."""
        opcode, payload = await self.hear_message()
        assert opcode == CLOSE, (opcode, payload)
        code = int.from_bytes(payload[:2], "big") if payload else None
        return code, payload[2:].decode()

    async def hear_end(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.wire.rest()


async def open_socket(wire: Wire, *more: str, **changed: str | None) -> Socket:
    await wire.say(request(*more, **changed))
    async with asyncio.timeout(5):
        answer = await wire.hear(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    return Socket(wire, answer)


def with_socket(
    app: Any,
    talk: Callable[[Socket], Awaitable[Any]],
    *more: str,
    changed: dict[str, str] | None = None,
    **options: Any,
) -> Any:
    """Open a WebSocket to `app` and let `talk` use it, with the clock in hand (`socket.wire.advance`)."""

    async def scenario(wire: Wire) -> Any:
        return await talk(await open_socket(wire, *more, **(changed or {})))

    return run_on_wire(app, scenario, **options)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})


class Recorder:
    """Accepts and takes down all that it receives; `ended` is set when it returns."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self.events.append(await receive())
        await send({"type": "websocket.accept"})
        while self.events[-1]["type"] != "websocket.disconnect":
            self.events.append(await receive())

    @property
    def end(self) -> tuple[int, str]:
        assert self.events[-1]["type"] == "websocket.disconnect", self.events
        return self.events[-1]["code"], self.events[-1]["reason"]


async def settle(turns: int = 20) -> None:
    """Let the loop run what is ready."""
    for _ in range(turns):
        await asyncio.sleep(0)


def noise(size: int) -> bytes:
    return os.urandom(size)
