"""A load generator for WebSocket echoes: `python -m benchmarks.echoes PORT TARGET TEXT --connections 64 --seconds 3`.

Each connection sends the message, and again when its echo has come back; every echo is compared. No extension is
offered, so that no server compresses. Prints one line of JSON: the echoes counted, how many per second, and the 99th
percentile of the time that one took, in ms. As cheap as Python allows: the frame is made once, and the usual read is
exactly one echo.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from array import array
from base64 import b64encode
from time import perf_counter
from typing import Any

import uvloop

PATIENCE = 10  # seconds for all handshakes, and for a last echo
_TEXT, _PING, _PONG = 0x1, 0x9, 0xA


def frame(opcode: int, payload: bytes, mask: bytes = b"") -> bytes:
    """A final frame (RFC 6455 section 5.2), masked as a client's must be if there is a `mask`."""
    if len(payload) < 126:
        head = bytes((0x80 | opcode, len(payload) | (0x80 if mask else 0)))
    else:
        head = bytes((0x80 | opcode, 126 | (0x80 if mask else 0))) + len(payload).to_bytes(2, "big")
    return head + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload)) if mask else head + payload


def opening(port: int, target: str) -> bytes:
    """The opening handshake (RFC 6455 section 4.1)."""
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Count:
    """What all connections have in common."""

    def __init__(self, text: str, connections: int) -> None:
        payload = text.encode()
        self.frame = frame(_TEXT, payload, os.urandom(4))
        self.echo = frame(_TEXT, payload)
        self.awaited = connections  # handshakes
        self.took = array("d")  # seconds, one for each echo
        self.running = False
        self.opened = asyncio.Event()
        self.failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def fail(self, reason: str) -> None:
        if not self.failure.done():
            self.failure.set_result(reason)


class Echoing(asyncio.Protocol):
    def __init__(self, count: Count, opening: bytes) -> None:
        self._count = count
        self._opening = opening
        self._is_open = False
        self._held = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        count = self._count
        if data == count.echo and self._is_open and not self._held:
            self._echoed()
        else:
            self._held += data
            self._read() if self._is_open else self._read_opening()

    def send(self) -> None:
        self._sent = perf_counter()  # the loop's own clock knows whole milliseconds
        self._transport.write(self._count.frame)

    def _echoed(self) -> None:
        count = self._count
        count.took.append(perf_counter() - self._sent)
        if count.running:
            self.send()

    def _read_opening(self) -> None:
        head, end, rest = self._held.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101 "):
            self._count.fail(f"the handshake was answered with {head[:80]!r}")
            return
        self._is_open, self._held = True, rest
        self._count.awaited -= 1
        if not self._count.awaited:
            self._count.opened.set()
        self._read()

    def _read(self) -> None:
        """The unusual: an echo in pieces, a ping."""
        echo = self._count.echo
        while self._held:
            if self._held.startswith(echo):
                self._held = self._held[len(echo) :]
                self._echoed()
            elif self._held[0] == 0x80 | _PING and len(self._held) >= 2 + self._held[1]:
                size = 2 + self._held[1]
                self._transport.write(frame(_PONG, self._held[2:size], os.urandom(4)))
                self._held = self._held[size:]
            elif echo.startswith(self._held) or self._held[0] == 0x80 | _PING:
                return
            else:
                self._count.fail(f"another message came back: {self._held[:80]!r}")
                return

    def leave(self) -> None:
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._count.fail(f"the server closed a connection: {self._held[:80]!r} {exc or ''}")


async def measure(port: int, target: str, text: str, connections: int, seconds: float) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    count = Count(text, connections)
    protocols: list[Echoing] = []
    try:
        for _ in range(connections):
            made = loop.create_connection(lambda: Echoing(count, opening(port, target)), "127.0.0.1", port)
            protocols.append((await made)[1])
        await _unless_failed(count, count.opened.wait(), PATIENCE)
        count.running = True
        began = perf_counter()
        for protocol in protocols:
            protocol.send()
        await _unless_failed(count, asyncio.sleep(seconds), seconds + PATIENCE)
        count.running = False
        echoes, took = len(count.took), perf_counter() - began
    finally:
        for protocol in protocols:
            protocol.leave()
    if not echoes:
        raise SystemExit("no echo came back")
    times = sorted(count.took)
    return {"count": echoes, "per_second": echoes / took, "p99_ms": times[int(echoes * 0.99)] * 1000}


async def _unless_failed(count: Count, waiting: Any, within: float) -> None:
    task = asyncio.ensure_future(waiting)
    done, _ = await asyncio.wait((task, count.failure), timeout=within, return_when=asyncio.FIRST_COMPLETED)
    if count.failure in done:
        task.cancel()
        raise SystemExit(count.failure.result())
    if not done:
        task.cancel()
        raise SystemExit("the server did not answer in time")


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.echoes")
    parser.add_argument("port", type=int)
    parser.add_argument("target")
    parser.add_argument("text")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    print(json.dumps(uvloop.run(measure(asked.port, asked.target, asked.text, asked.connections, asked.seconds))))


if __name__ == "__main__":
    sys.exit(main())
