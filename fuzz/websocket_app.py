"""Applications for the WebSocket target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fuzz.apps import COMMON_STEPS, Actor, Apps, Call
from webfoot.asgi.types import ClientDisconnected
from webfoot.server.protocol.errors import LocalFault

STEPS = (
    *COMMON_STEPS,
    *("accept", "accept", "accept", "accept with", "receive all", "receive all", "echo all", "text", "bytes", "close"),
    *("deny", "deny with", "break a rule"),
)
SENDING = ("accept", "accept with", "text", "bytes", "close", "deny", "deny with")
SIZES = (0, 1, 5, 125, 126, 300, 1000, 70_000)
CLOSES: tuple[dict[str, Any], ...] = (
    {},
    {"code": 1001},
    {"code": 3000, "reason": "enough"},
    {"code": 4999, "reason": "é" * 61},
)
ACCEPTS: tuple[dict[str, Any], ...] = (
    {"subprotocol": None},
    {"headers": [(b"x-y", b"z")]},
    {"subprotocol": "duck"},
    {"headers": [(b"set-cookie", b"a=b"), (b"date", b"x")]},
)
WRONG: tuple[dict[str, Any], ...] = (
    {"type": "websocket.accept", "subprotocol": "nobody offered"},
    {"type": "websocket.accept", "headers": [(b"sec-websocket-accept", b"x")]},
    {"type": "websocket.accept", "headers": [(b"a", b"b\r\nc: d")]},
    {"type": "websocket.send"},
    {"type": "websocket.send", "text": "a", "bytes": b"a"},
    {"type": "websocket.send", "text": b"a"},
    {"type": "websocket.send", "text": "\ud800"},
    {"type": "websocket.close", "code": 1005},
    {"type": "websocket.close", "code": 1000, "reason": "a" * 124},
    {"type": "websocket.close", "code": "1000"},
    {"type": "websocket.close", "code": 1000, "reason": 3},
    {"type": "websocket.http.response.start", "status": 99, "headers": []},
    {"type": "websocket.http.response.body", "body": "text"},
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "nonsense"},
    {},
)


@dataclass
class WebsocketCall(Call):
    """delivered: the messages that it was given. sent: those that it sent. disconnect: what it was told of the end.

    closed: the code with which it closed. accepted: it did, with this subprotocol. denied: with this status.
    """

    delivered: list[str | bytes] = field(default_factory=list)
    sent: list[str | bytes] = field(default_factory=list)
    disconnect: tuple[int, str] | None = None
    closed: int | None = None
    accepted: bool = False
    subprotocol: str | None = None
    denied: int | None = None


class WebsocketActor(Actor):
    """Without a plan it accepts, and receives until it is told of the end."""

    steps = STEPS

    async def lawful(self, name: str) -> str:
        call = self.call
        if call.closed is not None or call.denied:
            return "nap" if name in SENDING else name
        if call.accepted:
            return "text" if name in ("accept", "accept with", "deny", "deny with") else name
        if name in ("receive all", "echo all", "text", "bytes", "close"):
            await self.step("accept", 0)
        elif name in ("deny", "deny with") and not call.received:
            await self.receive()
        return name

    async def finish(self) -> None:
        if self.call.closed is None and not self.call.denied:
            if not self.call.accepted:
                await self.step("accept", 0)
            if self.call.disconnect is None:
                await self.step("receive all", 0)

    async def receive(self) -> Any:
        message = await self._receive()
        self.call.received.append(message)
        if message["type"] == "websocket.receive":
            text = message.get("text")
            self.call.delivered.append(message["bytes"] if text is None else text)
        elif message["type"] == "websocket.disconnect":
            self.call.disconnect = message["code"], message["reason"]
        return message

    async def send(self, message: dict[str, Any]) -> None:
        call = self.call
        data = message.get("text", message.get("bytes"))
        if message.get("type") == "websocket.send" and data is not None:
            call.sent.append(data)  # written down before: what is sent may be waited for
        try:
            await self._send(message)
        except (LocalFault, ClientDisconnected, UnicodeError) as refused:
            if message.get("type") == "websocket.send" and data is not None:
                call.sent.pop()
            call.refused = f"{type(refused).__name__}: {refused}"
            raise
        match message.get("type"):
            case "websocket.accept":
                call.accepted, call.subprotocol = True, message.get("subprotocol")
            case "websocket.close" if call.accepted:
                call.closed = message.get("code", 1000)
            case "websocket.close":
                call.denied = 403
            case "websocket.http.response.start":
                call.denied = message["status"]

    async def step(self, name: str, argument: int) -> bool:
        match name:
            case "accept" | "accept with":
                if not self.call.received:
                    await self.receive()
                more = ACCEPTS[argument % len(ACCEPTS)] if name == "accept with" else {}
                await self.send({"type": "websocket.accept", **more})
            case "receive all":
                while (await self.receive())["type"] != "websocket.disconnect":
                    pass
            case "echo all":
                while (message := await self.receive())["type"] != "websocket.disconnect":
                    if message["type"] == "websocket.receive":
                        await self.send({**message, "type": "websocket.send"})
            case "text":
                await self.send({"type": "websocket.send", "text": "tä" * (SIZES[argument % len(SIZES)] // 3)})
            case "bytes":
                await self.send({"type": "websocket.send", "bytes": b"\x00\xff" * (SIZES[argument % len(SIZES)] // 2)})
            case "close":
                await self.send({"type": "websocket.close", **CLOSES[argument % len(CLOSES)]})
            case "deny":
                await self.send({"type": "websocket.close", "code": 1008})
            case "deny with":
                start = {"type": "websocket.http.response.start", "status": (401, 500, 200, 204)[argument % 4]}
                await self.send({**start, "headers": [(b"content-length", b"3")] if argument % 8 > 5 else []})
                more = argument % 16 > 12
                await self.send({"type": "websocket.http.response.body", "body": b"no!", "more_body": more})
            case "break a rule":
                self.call.fault = self.call.fault or "on purpose"
                await self.send(WRONG[argument % len(WRONG)])
            case _:
                return False
        return True


class WebsocketApps(Apps):
    largest_part = 75_000
    call_type = WebsocketCall
    actor = WebsocketActor
