"""Many clients that do not stop asking while the server's processes come and go, and notice each request that is lost.

keep     asks again and again on its connection, and opens another one only after `connection: close`
fresh    opens a connection for each request
events   reads server-sent events; whenever the stream ends as it should it comes back
socket   echoes over a WebSocket; after 1012 (service restart), or 1001 (going away), it comes back
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import ConnectionClosed

APP = """
import asyncio, os, signal, time
GENERATION = 1

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": f"{GENERATION} {os.getpid()}"})
    elif scope["path"] == "/events":
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            event = f"data: {GENERATION} {os.getpid()}\\n\\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(0.02)
    else:
        body = f"{GENERATION} {os.getpid()}".encode()
        headers = [(b"content-length", b"%d" % len(body))]
        if scope["path"] == "/hang":
            time.sleep(1000)
        await asyncio.sleep(0.002)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
"""


def write_generation(directory, number: int, text: str = APP) -> None:
    # Each of another size: two of one size in one second are one to Python, where it keeps its bytecode.
    (directory / "main.py").write_text(text.replace("GENERATION = 1", f"GENERATION = {number}{' ' * number}"))


class Crowd:
    """In a thread of its own from entering to leaving.

    answers: how many of each kind of client. lost: what went wrong, in words.
    generations: how often each generation of the application has answered. pids: of the workers that have.
    """

    def __init__(self, url: str, keep: int = 6, fresh: int = 2, events: int = 2, sockets: int = 2) -> None:
        self.answers: Counter[str] = Counter()
        self.generations: Counter[int] = Counter()
        self.pids: Counter[int] = Counter()
        self.lost: list[str] = []
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._counts = {self._keep: keep, self._fresh: fresh, self._events: events, self._socket: sockets}
        self._leaving = False
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving = True
        self._thread.join()

    async def _all(self) -> None:
        await asyncio.gather(*(self._persist(kind) for kind, count in self._counts.items() for _ in range(count)))

    async def _persist(self, kind: Callable[[], Awaitable[None]]) -> None:
        while not self._leaving:
            try:
                async with asyncio.timeout(30):
                    await kind()
            except Exception as error:
                self.lost.append(f"{kind.__name__.strip('_')}: {error!r}")
                await asyncio.sleep(0.05)

    def _count(self, kind: str, said: str) -> None:
        generation, pid = map(int, said.split())
        self.answers[kind] += 1
        self.generations[generation] += 1
        self.pids[pid] += 1

    async def _keep(self) -> None:
        async with self._connection() as (reader, writer):
            for _ in range(200):
                if self._leaving:
                    return
                head, body = await ask(reader, writer)
                self._count("keep", body)
                if "connection: close" in head:
                    assert await reader.read() == b""
                    return
                await asyncio.sleep(0.001)

    async def _fresh(self) -> None:
        async with self._connection() as (reader, writer):
            _, body = await ask(reader, writer)
            self._count("fresh", body)

    async def _events(self) -> None:
        async with self._connection() as (reader, writer):
            writer.write(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            while not self._leaving:
                size = int(await reader.readuntil(b"\r\n"), 16)
                data = await reader.readexactly(size + 2)
                if not size:
                    return
                for event in data.decode().split("\n\n")[:-1]:
                    self._count("events", event.removeprefix("data: "))

    async def _socket(self) -> None:
        async with connect_websocket(f"ws://{self._host}:{self._port}/", compression=None, proxy=None) as websocket:
            while not self._leaving:
                try:
                    await websocket.send("quack")
                    self._count("socket", str(await websocket.recv()))
                except ConnectionClosed as closed:
                    assert closed.rcvd is not None, "cut off without a Close frame"
                    assert closed.rcvd.code in (1001, 1012), closed
                    return
                await asyncio.sleep(0.005)

    @contextlib.asynccontextmanager
    async def _connection(self):
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            yield reader, writer
        finally:
            writer.close()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str = "/") -> tuple[str, str]:
    """The head and the body of an answer of 200."""
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert head.startswith("http/1.1 200"), head
    size = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    return head, (await reader.readexactly(size)).decode()
