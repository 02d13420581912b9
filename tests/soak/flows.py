"""Large bodies against a slow other side: the faster one must be made to wait, and nothing may pile up in between.

Each flow sends or takes `parts` blocks of 64 KiB and checks that all of them came, in order; it returns nothing.
"Slow" is slower than the other side: it takes a block and rests for a moment.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from zlib import crc32

from tests.soak.served import BLOCK, PART

from benchmarks.echoes import frame, opening

PATIENCE = 20.0  # seconds without a byte
PAUSE = 0.0002
ENDLESS = 2**30  # no kernel buffers as much
MASK = b"duck"

_CHUNK = b"%x\r\n%b\r\n" % (PART, BLOCK)


def down(port: int, parts: int, framing: str) -> None:
    """From a fast application to a slow reader."""
    with connected(port) as client:
        declared = "&length=1" if framing == "length" else ""
        client.sendall(f"GET /down?parts={parts}{declared} HTTP/1.1\r\nHost: soak\r\n\r\n".encode())
        assert _take_response(client, slowly=True) == _expected(parts)


def up(port: int, parts: int, framing: str) -> None:
    """From a fast client to a slow application."""
    with connected(port) as client:
        _send_body(client, "/up", parts, framing)
        response = http.client.HTTPResponse(client)
        response.begin()
        said = response.read()
        assert said == b"%d %d" % _expected(parts), f"the server answered {response.status} {said!r}"


def echo(port: int, parts: int, framing: str) -> None:
    """Both ways at once: the reader is slow, so the application is, so the sender must be."""
    with connected(port) as client:
        with beside(_send_body, client, "/echo", parts, framing):
            assert _take_response(client, slowly=True) == _expected(parts)


def websocket_down(port: int, parts: int) -> None:
    with upgraded(port, f"/down/{parts}") as client:
        assert _take_frames(client, parts) == _expected(parts)


def websocket_up(port: int, parts: int) -> None:
    with upgraded(port, "/up") as client:
        _send_frames(client, parts)
        client.sendall(frame(1, b"how much?", MASK))
        said = b"%d %d" % _expected(parts)
        assert _take(client, 2 + len(said)) == frame(1, said)


def websocket_echo(port: int, parts: int) -> None:
    with upgraded(port, "/echo") as client:
        with beside(_send_frames, client, parts):
            assert _take_frames(client, parts) == _expected(parts)


def pipelining(port: int, request: bytes, quiet: float) -> int:
    """Ask again and again and never read an answer, until the server has read nothing more for `quiet` seconds.

    Returns the bytes that could be sent, most of which are in the kernel's buffers.
    """
    flood = request * (PART // len(request))
    sent = 0
    with connected(port) as client:
        client.setblocking(False)
        stopped = time.monotonic()
        while time.monotonic() < stopped + quiet:
            try:
                # From the place in the request where the last write was cut.
                sent += client.send(flood[sent % len(request) :])
                stopped = time.monotonic()
            except BlockingIOError:
                time.sleep(0.005)
            assert sent < ENDLESS, "the server reads on and on, though nobody takes its answers"
        # A third party is served meanwhile.
        with connected(port) as other:
            other.sendall(b"GET / HTTP/1.1\r\nHost: soak\r\n\r\n")
            assert _take_response(other, slowly=False) == (13, crc32(b"Hello, world!"))
    return sent


Flow = Callable[[int, int, str], None]

HTTP_FLOWS: dict[str, Flow] = {"app to slow reader": down, "client to slow app": up, "echo to slow reader": echo}
WEBSOCKET_FLOWS: dict[str, Callable[[int, int], None]] = {
    "app to slow reader": websocket_down,
    "client to slow app": websocket_up,
    "echo to slow reader": websocket_echo,
}
FRAMINGS = ("length", "chunked")

# Small answers fill the server's write buffer; an application that does not answer leaves the requests themselves.
FLOODS = {
    "pipelining, never reading": b"GET / HTTP/1.1\r\nHost: soak\r\n\r\n",
    "pipelining behind a request without an answer": b"GET /wait HTTP/1.1\r\nHost: soak\r\n\r\n",
    "pipelining bodies, never reading": b"POST /up HTTP/1.1\r\nHost: soak\r\nContent-Length: 9\r\n\r\nquackquac",
}


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        yield client


@contextmanager
def upgraded(port: int, target: str) -> Iterator[socket.socket]:
    with connected(port) as client:
        client.sendall(opening(port, target))
        head = b""
        while not head.endswith(b"\r\n\r\n"):  # byte by byte: frames may follow at once
            head += _take(client, 1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        yield client


@contextmanager
def beside(send: Callable[..., None], client: socket.socket, *rest: Any) -> Iterator[None]:
    """`send` in a thread of its own while the block reads. If the server refuses what it sends, the block hears why."""

    def sending() -> None:
        with suppress(OSError):
            send(client, *rest)

    sender = threading.Thread(target=sending)
    sender.start()
    try:
        yield
    finally:
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        sender.join()


def _expected(parts: int) -> tuple[int, int]:
    check = 0
    for _ in range(parts):
        check = crc32(BLOCK, check)
    return parts * PART, check


def _send_body(client: socket.socket, target: str, parts: int, framing: str) -> None:
    field = f"Content-Length: {parts * PART}" if framing == "length" else "Transfer-Encoding: chunked"
    client.sendall(f"POST {target} HTTP/1.1\r\nHost: soak\r\n{field}\r\n\r\n".encode())
    for _ in range(parts):
        client.sendall(BLOCK if framing == "length" else _CHUNK)
    if framing == "chunked":
        client.sendall(b"0\r\n\r\n")


def _take_response(client: socket.socket, slowly: bool) -> tuple[int, int]:
    """Size and checksum of the body."""
    response = http.client.HTTPResponse(client)
    response.begin()
    assert response.status == 200, f"the server answered {response.status}"
    size = check = 0
    while part := response.read(PART):
        size, check = size + len(part), crc32(part, check)
        if slowly:
            time.sleep(PAUSE)
    return size, check


def _send_frames(client: socket.socket, parts: int) -> None:
    masked = _large_frame(BLOCK, MASK)
    for _ in range(parts):
        client.sendall(masked)


def _take_frames(client: socket.socket, parts: int) -> tuple[int, int]:
    size = check = 0
    head = _large_frame(BLOCK)[:10]
    for _ in range(parts):
        assert _take(client, len(head)) == head
        part = _take(client, PART)
        size, check = size + len(part), crc32(part, check)
        time.sleep(PAUSE)
    return size, check


def _large_frame(payload: bytes, mask: bytes = b"") -> bytes:
    """A binary message of 64 KiB or more in one frame (RFC 6455 section 5.2: a length of 64 bits)."""
    head = bytes((0x82, 127 | (0x80 if mask else 0))) + len(payload).to_bytes(8, "big") + mask
    if not mask:
        return head + payload
    key = int.from_bytes(mask * (len(payload) // 4), "big")
    return head + (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")


def _take(client: socket.socket, size: int) -> bytes:
    taken = bytearray()
    while len(taken) < size:
        data = client.recv(size - len(taken))
        assert data, f"the server closed after {len(taken)} of {size} bytes"
        taken += data
    return bytes(taken)
