"""A real server on a loopback port for each exchange, and a client that speaks bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from webfoot.server.gateway.service import Service
from webfoot.server.net.binding import bind
from webfoot.server.net.connections import Connections
from webfoot.server.net.listener import Listener
from webfoot.server.settings.options import ServerOptions

PATIENCE = 5.0  # seconds until a test that waits for bytes gives up


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was told: method, path, query, headers and body, as JSON."""
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        body += event["body"]
        if not event["more_body"]:
            break
    told = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "version": scope["http_version"],
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]],
        "body": body.decode("latin-1"),
    }
    content = json.dumps(told).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(content))]})
    await send({"type": "http.response.body", "body": content})


class Answers:
    """All that came back: the responses in order, and whether the server closed."""

    def __init__(self, raw: bytes, closed: bool) -> None:
        self.raw = raw
        self.closed = closed
        self.statuses: list[int] = []
        self.heads: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._read(raw)

    def _read(self, raw: bytes) -> None:
        while raw:
            head, _, raw = raw.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            status = int(first.split(" ")[1])
            fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            if status < 200:
                self.statuses.append(status)
                self.heads.append(fields)
                self.bodies.append(b"")
                continue
            if "content-length" in fields:
                size = int(fields["content-length"])
                body, raw = raw[:size], raw[size:]
            elif fields.get("transfer-encoding") == "chunked":
                body, raw = _unchunk(raw)
            else:
                body, raw = raw, b""
            self.statuses.append(status)
            self.heads.append(fields)
            self.bodies.append(body)

    def told(self, index: int = 0) -> dict[str, Any]:
        return json.loads(self.bodies[index])


def _unchunk(raw: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return body, raw.partition(b"\r\n")[2]
        body, raw = body + raw[:length], raw[length + 2 :]


class Dialogue:
    """A running server and one connected client."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        service: Service,
        connections: Connections,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.service = service
        self.connections = connections

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            if len(parts) > 1:
                await asyncio.sleep(0)

    async def hear(self, enough: Callable[[bytes], bool]) -> bytes:
        heard = b""
        async with asyncio.timeout(PATIENCE):
            while not enough(heard):
                data = await self.reader.read(65536)
                if not data:
                    break
                heard += data
        return heard

    async def hear_all(self) -> Answers:
        """Half-close, then read until the server closes."""
        self.writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return Answers(await self.reader.read(), True)


async def with_server(app: Any, talk: Callable[[Dialogue], Awaitable[Any]], watcher: Any = None, **options: Any) -> Any:
    service = Service(app, ServerOptions(port=0, access_log=False, **options), watcher=watcher)
    connections = Connections(service)
    (listening,) = bind(service.options)
    listener = Listener(service, connections, [listening])
    connections.start()
    await listener.open()
    reader, writer = await asyncio.open_connection(*listening.getsockname()[:2])
    try:
        return await talk(Dialogue(reader, writer, service, connections))
    finally:
        writer.close()
        await connections.drain(0.0, lambda _: None)
        connections.stop()
        listener.close()
        await asyncio.sleep(0)


def _answering_probes(app: Any) -> Any:
    async def probed(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/probe":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"probe"})
        else:
            await app(scope, receive, send)

    return probed


def exchange_bytes(app: Any, parts: list[bytes], **options: Any) -> Answers:
    """Send `parts` one after the other on one connection; everything that came back until the server closed.

    A request to /probe is sent at the end, which the harness answers itself: an answer to it (cut from the result)
    means that the connection was kept.
    """

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(*parts)
        try:
            await dialogue.say(b"GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n")
            answers = await dialogue.hear_all()
        except (ConnectionError, BrokenPipeError):
            answers = Answers(await dialogue.hear(lambda _: False), True)
        answers.closed = True
        if answers.bodies and answers.bodies[-1] == b"probe":
            answers.closed = False
            del answers.bodies[-1], answers.statuses[-1], answers.heads[-1]
        return answers

    return asyncio.run(with_server(_answering_probes(app), talk, **options))
