"""A whole request through the server, transport and all, with memory where the socket would be.

    python -m benchmarks.inside.exchanges EXCHANGE [--loop uvloop] [--http h11] [--count 2000]

prints the CPU us of one exchange. Its better use is under callgrind: see `benchmarks.instructions`.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from benchmarks.apps import echo, raw, stream, toolkit, websocket_echo
from benchmarks.apps.floor import Canned
from benchmarks.apps.on_webfoot import app as typed
from benchmarks.cases import MESSAGE, TEN_HEADERS, TYPED_POST
from benchmarks.echoes import frame, opening
from webfoot.cli.developing import watcher as developing
from webfoot.server.gateway.service import Service
from webfoot.server.net.connections import Connections
from webfoot.server.net.transport import Transport
from webfoot.server.process.watching import watcher_of
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions

WARM_UP = 50


def _head(target: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {target} HTTP/1.1", "Host: 127.0.0.1:8000", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


HELLO = _head("/", {})
_BROWSER = TEN_HEADERS.headers
# No two requests alike, and more of them than a server would care to remember.
_FRESH = tuple(_head("/headers", _BROWSER | {"Traceparent": f"00-{number:032x}-01"}) for number in range(2000))
_LOGGED: dict[str, Any] = {"access_log": True}
_DIRECTORY = tempfile.TemporaryDirectory(prefix="webfoot-benchmarks-")
atexit.register(_DIRECTORY.cleanup)
_RECORDED: dict[str, Any] = {"recorder": True, "recorder_dir": _DIRECTORY.name}
_DEVELOPED: dict[str, Any] = {**_RECORDED, "guard": True, "journey_page": True, "why_header": True}
_TYPED = b"\r\n".join(
    (
        f"POST {TYPED_POST.target} HTTP/1.1".encode(),
        b"Host: 127.0.0.1:8000",
        *(f"{name}: {value}".encode() for name, value in TYPED_POST.headers.items()),
        b"Content-Length: %d" % len(TYPED_POST.body or ""),
        b"",
        (TYPED_POST.body or "").encode(),
    )
)
_POST = b"POST /echo HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Length: 1024\r\n\r\n" + bytes(1024)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bytes of the requests in turn, each as one read gives them, and the application; None is the floor.

    `opening` comes first, on a WebSocket; its `requests` are messages then. `options` are those of the server; what it
    logs goes to /dev/null. `develops`: watched as `webfoot dev` watches.
    """

    title: str
    requests: tuple[bytes, ...]
    app: Any
    opening: bytes = b""
    options: dict[str, Any] = field(default_factory=dict)
    develops: bool = False


EXCHANGES = {
    "floor": Exchange("canned reply: the harness and the loop alone", (HELLO,), None),
    "hello": Exchange("raw ASGI hello", (HELLO,), raw.app),
    "headers": Exchange("raw ASGI hello, ten request headers", (_head("/headers", _BROWSER),), raw.app),
    "fresh": Exchange("the same, and an eleventh that is never the same", _FRESH, raw.app),
    "post": Exchange("POST 1 KiB, echoed", (_POST,), echo.app),
    "websocket": Exchange(
        "WebSocket echo, 32 bytes of text",
        (frame(1, MESSAGE.encode(), b"duck"),),
        websocket_echo.app,
        opening(8000, "/"),
    ),
    "logged": Exchange("raw ASGI hello, a line of text in the access log", (HELLO,), raw.app, options=_LOGGED),
    "logged-json": Exchange("the same as JSON", (HELLO,), raw.app, options={**_LOGGED, "log_format": "json"}),
    "logged-atoms": Exchange(
        "the same as Apache's combined", (HELLO,), raw.app, options={**_LOGGED, "access_log_format": "combined"}
    ),
    "logged-id": Exchange("the first with a request id", (HELLO,), raw.app, options={**_LOGGED, "request_ids": True}),
    "logged-reasons": Exchange(
        "the first with reasons, for those that need none",
        (HELLO,),
        raw.app,
        options={**_LOGGED, "access_log_reasons": True},
    ),
    "recorder": Exchange("raw ASGI hello, the flight recorder on", (HELLO,), raw.app, options=_RECORDED),
    "dev": Exchange("raw ASGI hello in webfoot dev", (HELLO,), raw.app, options=_DEVELOPED, develops=True),
    "typed": Exchange("typed POST, two dependencies, response model", (_TYPED,), typed),
    "typed-recorder": Exchange("the same, the flight recorder on", (_TYPED,), typed, options=_RECORDED),
    "typed-dev": Exchange("the same in webfoot dev", (_TYPED,), typed, options=_DEVELOPED, develops=True),
    "stream": Exchange("streamed response of 100 chunks", (HELLO,), stream.app),
    "toolkit": Exchange("JSON from an endpoint of the toolkit", (_head("/json", {}),), toolkit.app),
}


class Memory(asyncio.Transport):
    """Takes all that is written, at once."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50000), "sockname": ("127.0.0.1", 8000)})
        self.size = 0
        self.last = b""

    def write(self, data: Any) -> None:
        self.size += len(data)
        self.last = data

    def writelines(self, list_of_data: Any) -> None:
        for data in list_of_data:
            self.write(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def feed(exchange: Exchange, count: int, http: str, between: Callable[[], object]) -> float:
    """Answer the request `count` times on one connection; CPU us of one. `between` is called before and after."""
    wire = Memory()
    options = ServerOptions(**{"access_log": False, "http": http, **exchange.options})
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        configure(options)  # the output of the access log stays open as long as its handler
    watcher = watcher_of(options, developing(options, "failed", None) if exchange.develops else None, os.getpid())
    app = exchange.app if watcher is None else watcher.loaded(exchange.app)
    service = Service(app, options, watcher=watcher)
    service.renew_date = lambda: None  # type: ignore[method-assign]  # all answers shall have the same length
    protocol: asyncio.Protocol = Canned() if exchange.app is None else Transport(service, Connections(service))
    protocol.connection_made(wire)
    requests = cycle(exchange.requests)
    running = service.running if not exchange.opening else ()  # a WebSocket's application runs on

    async def repeat(times: int) -> int:
        """The bytes of all answers."""
        wire.size = 0
        for request in islice(requests, times):
            written = wire.size
            protocol.data_received(request)
            await asyncio.sleep(0)
            while running or wire.size == written:
                await asyncio.sleep(0)
        return wire.size

    if exchange.opening:
        protocol.data_received(exchange.opening)
        while not wire.size:
            await asyncio.sleep(0)
    warm = await repeat(WARM_UP)
    between()
    before = time.process_time()
    size = await repeat(count)
    spent = time.process_time() - before
    between()
    protocol.connection_lost(None)
    await asyncio.sleep(0)
    if size * WARM_UP != warm * count:
        raise SystemExit(f"{exchange.title}: not all requests were answered alike, the last one with {wire.last!r}")
    return spent / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.inside.exchanges")
    parser.add_argument("names", nargs="+", choices=EXCHANGES)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="uvloop")
    parser.add_argument("--http", choices=("httptools", "h11"), default="httptools")
    asked = parser.parse_args()

    # A call into the C library that nobody else makes: callgrind writes down there what it has counted since the last.
    marker = os.getloadavg

    async def run() -> dict[str, float]:
        return {name: await feed(EXCHANGES[name], asked.count, asked.http, marker) for name in asked.names}

    if asked.loop == "uvloop":
        import uvloop

        said = uvloop.run(run())
    else:
        said = asyncio.run(run())
    print(json.dumps(said))


if __name__ == "__main__":
    main()
