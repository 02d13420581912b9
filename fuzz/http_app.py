"""Applications for the HTTP target: what they do is decided by the input, what they saw and did is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz.apps import COMMON_STEPS, Actor, Apps, Call
from webfoot.asgi.types import ClientDisconnected
from webfoot.server.protocol.errors import LocalFault

STEPS = (
    *COMMON_STEPS,
    *("read all", "start", "start", "part", "part", "end", "answer", "echo"),
    *("start with trailers", "trailers", "hint", "file", "break a rule"),
)
GIVING = ("start", "part", "end", "answer", "echo", "start with trailers", "trailers", "file")
HEADERS: tuple[list[Any], ...] = (
    [],
    [(b"content-length", b"6")],
    [(b"content-type", b"text/event-stream")],
    [(b"connection", b"close")],
    [(b"content-length", b"0"), (b"x-y", b"z")],
    [(b"date", b"x"), (b"server", b"y"), (b"set-cookie", b"a=b")],
    [(b"transfer-encoding", b"chunked"), (b"keep-alive", b"1")],
    [(b"content-length", b"300")],
)
STATUSES = (200, 200, 404, 204, 304, 500, 205, 599)
BODIES = (b"", b"b", b"b" * 3, b"b" * 6, b"b" * 300, b"HTTP/1.1 200 OK\r\n\r\n", b"0\r\n\r\n")
TRAILERS: tuple[list[Any], ...] = ([], [(b"x-t", b"1")], [(b"x-t", b"1"), (b"x-u", b"")])
FILE = Path(__file__).parent / "__init__.py"
WRONG: tuple[dict[str, Any], ...] = (
    {"type": "http.response.start", "status": 99, "headers": []},
    {"type": "http.response.start", "status": "200", "headers": []},
    {"type": "http.response.start", "status": 200, "headers": [(b"a", b"b\r\nc: d")]},
    {"type": "http.response.start", "status": 200, "headers": [(b"a b", b"c")]},
    {"type": "http.response.start", "status": 200, "headers": [("a", "b")]},
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"-1")]},
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1"), (b"content-length", b"1")]},
    {"type": "http.response.start", "status": 200, "headers": 3},
    {"type": "http.response.start"},
    {"type": "http.response.body", "body": "text"},
    {"type": "http.response.body", "body": b"b" * 10, "more_body": 1},
    {"type": "http.response.trailers", "headers": [(b"content-length", b"1")]},
    {"type": "http.response.pathsend", "path": "/nowhere"},
    {"type": "http.response.early_hint", "links": [b"a\r\nb"]},
    {"type": "websocket.accept"},
    {"type": "nonsense"},
    {},
)


_HARMLESS = (None, "body-forbidden")  # faults that the server puts right: such a body is not sent


@dataclass
class HttpCall(Call):
    """given, trailers: the response as far as `send` took it. begun, complete: how far that is."""

    body: bytes = b""
    status: int | None = None
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    given: bytes = b""
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)
    promised: bool = False
    begun: bool = False
    complete: bool = False


class HttpActor(Actor):
    """Without a plan it echoes."""

    steps = STEPS

    async def lawful(self, name: str) -> str:
        call = self.call
        if call.complete and name in GIVING:
            return "nap"
        if call.status is None:
            if name in ("part", "end", "file", "trailers"):
                await self.start(200, [])
        elif name in GIVING:
            name = {"answer": "end", "echo": "end"}.get(name, name)
            if name in ("start", "start with trailers") or (name == "file" and call.begun):
                name = "part"
        return "nap" if name == "trailers" and not call.promised else name

    async def finish(self) -> None:
        call = self.call
        if call.status is None:
            await self.step("echo", 0)
        elif not call.complete:
            length = next((int(value) for name, value in call.fields if name == b"content-length"), len(call.given))
            await self.body(b"e" * (length - len(call.given)), False)
            if call.promised:
                await self.step("trailers", 1)

    async def receive(self) -> Any:
        message = await self._receive()
        self.call.received.append((message["type"], len(message.get("body", b"")), message.get("more_body")))
        self.call.body += message.get("body", b"")
        return message

    async def send(self, message: dict[str, Any]) -> None:
        call = self.call
        body = _body_of(message)
        # Written down before: what `send` has written when it waits, or when it is cancelled there, was sent.
        before = call.given, call.begun, call.complete, call.trailers
        if body is not None and call.status is not None:
            call.given, call.begun = call.given + body, True
            call.complete = not message.get("more_body") and not call.promised
        elif message.get("type") == "http.response.trailers" and call.promised and call.fault in _HARMLESS:
            call.trailers = call.trailers + message["headers"]
            call.complete = not message.get("more_trailers")
        try:
            await self._send(message)
        except (LocalFault, ClientDisconnected) as refused:
            if isinstance(refused, LocalFault) or not body:
                call.given, call.begun, call.complete, call.trailers = before
            call.refused = f"{type(refused).__name__}: {refused}"
            raise
        if message.get("type") == "http.response.start":
            call.status, call.fields = message["status"], message["headers"]
            call.promised = bool(message.get("trailers"))

    async def step(self, name: str, argument: int) -> bool:
        match name:
            case "read all":
                while (await self.receive()).get("more_body"):
                    pass
            case "start":
                await self.start(STATUSES[argument % len(STATUSES)], HEADERS[argument % len(HEADERS)])
            case "part":
                await self.body(BODIES[argument % len(BODIES)], True)
            case "end":
                await self.body(BODIES[argument % len(BODIES)], False)
            case "answer":
                await self.start(STATUSES[argument % len(STATUSES)], [])
                await self.body(BODIES[argument % len(BODIES)], False)
            case "echo":
                await self.step("read all", 0)
                await self.start(200, [(b"x-size", b"%d" % len(self.call.body))])
                await self.body(self.call.body, False)
            case "deny":
                await self._receive()
                await self._send({"type": "websocket.close"})
            case "start with trailers":
                await self.start(STATUSES[argument % len(STATUSES)], [], trailers=True)
            case "trailers":
                more = argument >= 128
                fields = TRAILERS[argument % len(TRAILERS)]
                await self.send({"type": "http.response.trailers", "headers": fields, "more_trailers": more})
            case "hint":
                links = [b"</a>; rel=preload"] * (argument % 3)
                await self.send({"type": "http.response.early_hint", "links": links})
            case "file":
                if any(name == b"content-length" for name, _ in self.call.fields):  # which the guard cannot compare
                    self.call.fault = self.call.fault or "another length"
                await self.send({"type": "http.response.pathsend", "path": str(FILE)})
            case "break a rule":
                self.call.fault = self.call.fault or "on purpose"
                await self.send(WRONG[argument % len(WRONG)])
            case _:
                return False
        return True

    async def start(self, status: int, headers: list[tuple[bytes, bytes]], trailers: bool = False) -> None:
        number = b"%d" % next(index for index, call in enumerate(self.apps.calls) if call is self.call)
        headers = [(b"x-n", number), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": headers, "trailers": trailers})

    async def body(self, body: bytes, more: bool) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


def _body_of(message: dict[str, Any]) -> bytes | None:
    """The part of the response body that an event carries, if it is one that can be sent."""
    if message.get("type") == "http.response.pathsend":
        return FILE.read_bytes() if message.get("path") == str(FILE) else None
    body = message.get("body")
    return body if message.get("type") == "http.response.body" and type(body) is bytes else None


class HttpApps(Apps):
    """Handshakes are denied; the other target is for them."""

    call_type = HttpCall
    actor = HttpActor

    def plan(self, scope: Any) -> list[tuple[str, int]]:
        plan = super().plan(scope)
        return [("deny", 0)] if scope["type"] == "websocket" else plan
