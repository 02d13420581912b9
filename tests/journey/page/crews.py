"""Several workers with the page, and clients that each stay with one of them."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.server.process.serving import GUARD, Serving, webfoot, write_app

PAGE = "/__webfoot__/api/"
APP = """
import asyncio, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError
    while scope["path"] == "/nap" and not os.path.exists("morning"):
        await asyncio.sleep(0.02)
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
"""


@contextmanager
def crew(
    directory: Path, *words: str, workers: int = 2, runtime: Path | None = None, app: str = APP, **environment: str
) -> Iterator[Ship]:
    """`webfoot run` with so many workers, which meet in `runtime`; in a directory of its own if that is None."""
    write_app(directory, app)
    place = runtime or Path(tempfile.mkdtemp(prefix="wf"))  # a short name: the path of a socket has 107 letters at most
    command = ("run", "main:app", "--port", "0", "--workers", str(workers), "--journey-page", *words)
    try:
        with webfoot(*command, cwd=directory, XDG_RUNTIME_DIR=os.fspath(place), **environment) as serving:
            ship = Ship(serving, serving.url(), place / "webfoot")
            with ship.opened:
                yield ship
    finally:
        if runtime is None:
            shutil.rmtree(place)


class Ship:
    """The server. meeting: where its workers meet."""

    def __init__(self, serving: Serving, url: str, meeting: Path) -> None:
        self.serving = serving
        self.url = url
        self.meeting = meeting
        self.opened = ExitStack()

    def visitors(self, number: int = 2) -> list[Visitor]:
        """One for each of so many workers."""
        found: dict[int, Visitor] = {}
        end = time.monotonic() + GUARD
        while len(found) < number:
            assert time.monotonic() < end, f"only {[*found]} answer"
            visitor = self.visitor()
            found.setdefault(visitor.worker, visitor)
        return [*found.values()]

    def visitor(self, **headers: str) -> Visitor:
        return Visitor(self._connection(), **headers)

    def page(self, worker: int | None = None, **headers: str) -> Events:
        """An open page; at this worker, if one is named."""
        end = time.monotonic() + GUARD
        while True:
            page = Events(self._connection(), **headers)
            if worker in (None, page.worker):
                return page
            page.close()
            assert time.monotonic() < end, f"{worker} does not answer"

    def _connection(self) -> http.client.HTTPConnection:
        return self.opened.enter_context(closing(http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=GUARD)))

    @property
    def sockets(self) -> list[Path]:
        return sorted(self.meeting.glob("*"))


class Visitor:
    """A client of the application with one connection, and so with one worker. The page is asked by new ones."""

    def __init__(self, connection: http.client.HTTPConnection, **headers: str) -> None:
        self.connection = connection
        self.headers = headers
        self.worker = int(self.get("/pid"))

    def ask(self, target: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        connection = self.connection
        if target.startswith(PAGE):
            connection = http.client.HTTPConnection(connection.host, connection.port, timeout=GUARD)
        connection.request(method, target, headers={**self.headers, **headers})
        with connection.getresponse() as answer:
            body = answer.read()
        if connection is not self.connection:
            assert answer.getheader("connection") == "close"
            connection.close()
        return answer.status, body

    def get(self, target: str) -> bytes:
        status, body = self.ask(target)
        assert status == 200, body
        return body

    def listed(self, query: str = "") -> dict[str, Any]:
        """As this worker tells of it."""
        end = time.monotonic() + GUARD
        while (found := json.loads(self.get(f"{PAGE}journeys{query}")))["server"]["worker"] != self.worker:
            assert time.monotonic() < end, f"{self.worker} does not answer"
        return found

    def targets(self, query: str = "") -> list[str]:
        return [row["target"] for row in self.listed(query)["journeys"]]

    def clear(self) -> tuple[int, bytes]:
        return self.ask(f"{PAGE}clear", "POST", **{"x-webfoot-page": "1"})


class Events:
    """An open page. server: what it was told of the server last."""

    def __init__(self, connection: http.client.HTTPConnection, **headers: str) -> None:
        self._connection = connection
        self._connection.request("GET", f"{PAGE}events", headers=headers)
        self._answer = self._connection.getresponse()
        self.last_id = ""
        self.server: dict[str, Any] = {}
        assert self.next()[0] == "hello"
        self.worker = self.server["worker"]

    def next(self) -> tuple[str, Any]:
        """Name and data of the next event."""
        name = ""
        end = time.monotonic() + GUARD
        while time.monotonic() < end:
            line = self._answer.readline().decode()
            assert line, "the stream has ended"
            if line.startswith("event: "):
                name = line[7:-1]
            elif line.startswith("id: "):
                self.last_id = line[4:-1]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
                self.server = data.get("server", self.server)
                return name, data
        raise AssertionError("nothing came")

    def until(self, name: str, fits: Callable[[Any], Any] = lambda data: True) -> Any:
        end = time.monotonic() + GUARD
        seen = []
        while time.monotonic() < end:
            got, data = self.next()
            if got == name and fits(data):
                return data
            seen.append((got, data))
        raise AssertionError(f"there came {seen} instead")

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


def kill(worker: int, number: int = signal.SIGKILL) -> None:
    os.kill(worker, number)
