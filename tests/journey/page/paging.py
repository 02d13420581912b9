"""A server with the page in front of an application, and clients that speak bytes to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.harness import PATIENCE, Answers, Dialogue, with_server

from webfoot.journey.page.doorway import Doorway
from webfoot.journey.page.hub import Hub
from webfoot.journey.page.keeping import Keeping
from webfoot.journey.page.kept import Kept
from webfoot.journey.page.serving import page_for_development, watching_with
from webfoot.journey.watching import Listener


@dataclass
class Ponds:
    """The server as its clients see it."""

    dialogue: Dialogue
    hub: Hub
    address: tuple[str, int] = field(init=False)
    open: list[asyncio.StreamWriter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address = self.dialogue.writer.get_extra_info("peername")[:2]

    async def ask(self, target: str, *headers: str, method: str = "GET", body: bytes = b"", host: str = "") -> Reply:
        """One request on a connection of its own."""
        reader, writer = await self.connect()
        try:
            closing = [] if any(field.startswith("connection:") for field in headers) else ["connection: close"]
            writer.write(self.request(target, *headers, *closing, method=method, body=body, host=host))
            async with asyncio.timeout(PATIENCE):
                raw = await reader.read()
        finally:
            writer.close()
        if method == "HEAD":
            head = raw.partition(b"\r\n\r\n")
            assert not head[2], "a HEAD has no body"
            raw = head[0].replace(b"content-length", b"x-length") + b"\r\ncontent-length: 0\r\n\r\n"
        answers = Answers(raw, True)
        return Reply(answers.statuses[0], answers.heads[0], answers.bodies[0])

    def request(self, target: str, *headers: str, method: str = "GET", body: bytes = b"", host: str = "") -> bytes:
        fields = [f"host: {host or f'localhost:{self.address[1]}'}", *headers]
        if body or method == "POST":
            fields.append(f"content-length: {len(body)}")
        return "\r\n".join([f"{method} {target} HTTP/1.1", *fields, "", ""]).encode("latin-1") + body

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self.address)
        self.open.append(writer)
        return reader, writer

    def close(self) -> None:
        for writer in self.open:
            writer.close()

    async def journeys(self, query: str = "") -> list[dict[str, Any]]:
        reply = await self.ask(f"/__webfoot__/api/journeys{query}")
        assert reply.status == 200, reply
        return reply.json["journeys"]

    async def journey(self, id: str) -> dict[str, Any]:
        reply = await self.ask(f"/__webfoot__/api/journeys/{id}")
        assert reply.status == 200, reply
        return reply.json

    async def last(self, query: str = "") -> dict[str, Any]:
        """The whole of the newest journey, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            while not (found := await self.journeys(query)) or found[-1]["state"] != "done":
                await asyncio.sleep(0.01)
        return await self.journey(found[-1]["id"])

    async def open_stream(self, *headers: str) -> Events:
        reader, writer = await self.connect()
        writer.write(self.request("/__webfoot__/api/events", *headers))
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        return Events(head, reader, writer)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return self.json["error"] if self.headers["content-type"] == "application/json" else self.body.decode()


@dataclass
class Events:
    """An open page. Chunks' sizes are read over: an event never begins in the middle of a line."""

    head: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    last_id: str = ""

    async def next(self) -> tuple[str, Any]:
        """Name and data of the next event. Raises IncompleteReadError at the end of the stream."""
        name = ""
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self.reader.readuntil(b"\n")).decode().rstrip("\r\n")
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("id: "):
                    self.last_id = line[4:]
                elif line.startswith("data: "):
                    return name, json.loads(line[6:])

    async def until(self, name: str, fits: Callable[[Any], bool] = lambda data: True) -> Any:
        while True:
            got, data = await self.next()
            if got == name and fits(data):
                return data


def with_page(
    app: Any,
    talk: Callable[[Ponds], Awaitable[Any]],
    *,
    token: str = "",
    hub: Hub | None = None,
    others: tuple[Listener, ...] = (),
    keeps_bodies: bool = True,
    **options: Any,
) -> Any:
    async def run() -> Any:
        shown = hub if hub is not None else page_for_development("main:app", token)
        watching = watching_with(shown, others, keeps_bodies=keeps_bodies)
        served = watching.loaded(app)
        assert isinstance(served, Doorway)

        async def visit(dialogue: Dialogue) -> Any:
            ponds = Ponds(dialogue, shown)
            try:
                return await talk(ponds)
            finally:
                ponds.close()

        return await with_server(served, visit, watching, **options)

    return asyncio.run(run())


def hub_of(*, keeping: Keeping | None = None, kept: Kept | None = None, mode: str = "dev") -> Hub:
    from webfoot.journey.page.application import Page
    from webfoot.journey.page.crew import Crew
    from webfoot.journey.page.gate import Gate

    return Hub(
        lambda app, hub: Doorway(app, hub, Page(Crew(hub), Gate())),
        app="main:app",
        keeping=keeping,
        kept=kept,
        mode=mode,
    )
