"""Many short connections, good ones and bad ones, in every way that a client can come and go.

Each way opens one connection, makes the requests it is named after, and leaves; it returns how many requests (or
attempts at one) that were. Nothing may be left of any of them.
"""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable

from tests.soak.flows import MASK, PATIENCE

from benchmarks.echoes import frame, opening

_HELLO = b"GET / HTTP/1.1\r\nHost: soak\r\n\r\n"
_LAST = b"GET / HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time at all: close() sends RST


def talk(port: int, *said: bytes, until: bytes | None = b"") -> bytes:
    """Say it all; then hear until the server closes, or until `until` has come; None: do not listen at all.

    The server may refuse and close while we still speak, which is an end like any other.
    """
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        try:
            for each in said:
                client.sendall(each)
            while until is not None and (data := client.recv(65536)):
                heard += data
                if until and until in heard:
                    break
        except (ConnectionResetError, BrokenPipeError):
            pass
    return heard


def cut(port: int, *said: bytes, until: bytes | None = b"HTTP/1.1") -> None:
    """The same, ended by a reset."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        try:
            for each in said:
                client.sendall(each)
            if until:
                client.recv(len(until))
        except (ConnectionResetError, BrokenPipeError):
            pass


def kept_alive(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        for _ in range(10):
            client.sendall(_HELLO)
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    return 10


def pipelined(port: int) -> int:
    assert talk(port, _HELLO * 9 + _LAST).count(b"HTTP/1.1 200 ") == 10
    return 10


def posted(port: int) -> int:
    counted = b"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 3000\r\n\r\n" + b"duck" * 750
    chunked = (
        b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nduck\r\n0\r\nx: y\r\n\r\n"
    )
    assert talk(port, counted, chunked, _LAST).count(b"HTTP/1.1 200 ") == 3
    return 3


def continued(port: int) -> int:
    head = b"POST /up HTTP/1.1\r\nHost: soak\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(head)
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"duck")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    return 1


def half_closed(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(_HELLO)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    return 1


def half_closed_in_the_body(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"POST /up HTTP/1.1\r\nHost: soak\r\nContent-Length: 99\r\n\r\nduck")
        client.shutdown(socket.SHUT_WR)
        client.recv(65536)
    return 1


BAD = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/9.1\r\nHost: soak\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: soak\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: soak\r\nX : y\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: soak\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\nquack\r\n",
    b"POST /up HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nduckling\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: soak\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"\x00" * 200,
)


def bad(port: int) -> int:
    for each in BAD:
        heard = talk(port, each, until=b"\r\n\r\n")
        assert not heard or heard.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.1 200 ")), heard[:80]
    return len(BAD)


def left_at_once(port: int) -> int:
    talk(port, until=None)
    cut(port, until=None)
    return 2


def left_in_the_head(port: int) -> int:
    talk(port, b"GET / HTTP/1.1\r\nHo", until=None)
    cut(port, b"GET / HTTP/1.1\r\nHo", until=None)
    return 2


def left_in_the_body(port: int) -> int:
    begun = b"POST /echo HTTP/1.1\r\nHost: soak\r\nContent-Length: 99\r\n\r\nduck"
    talk(port, begun, until=b"duck")
    cut(port, begun)
    return 2


def left_in_the_response(port: int) -> int:
    ask = b"GET /down?parts=64 HTTP/1.1\r\nHost: soak\r\n\r\n"
    talk(port, ask, until=b"\r\n\r\n")
    cut(port, ask)
    return 2


def left_before_the_response(port: int) -> int:
    ask = b"GET /wait HTTP/1.1\r\nHost: soak\r\n\r\n"
    talk(port, ask, until=None)
    cut(port, ask, until=None)
    cut(port, ask + _HELLO * 3, until=None)
    return 5


def broken(port: int) -> int:
    assert talk(port, b"GET /broken HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    return 1


def websocket(port: int) -> int:
    message, close = frame(1, b"quack", MASK), frame(8, b"\x03\xe8", MASK)
    assert talk(port, opening(port, "/echo"), message, close).endswith(frame(8, b"\x03\xe8"))
    echoes = frame(1, b"quack") * 3
    assert talk(port, opening(port, "/echo"), message * 3, until=echoes).endswith(echoes)  # no closing handshake
    cut(port, opening(port, "/echo"), message)
    cut(port, opening(port, "/down/64"))
    talk(port, opening(port, "/no"), until=b"\r\n\r\n")
    talk(port, opening(port, "/echo"), frame(1, b"not masked"))
    talk(port, opening(port, "/echo"), frame(3, b"", MASK))
    talk(port, opening(port, "/echo").replace(b"13\r\n", b"12\r\n"), until=b"\r\n\r\n")
    return 8


WAYS: tuple[Callable[[int], int], ...] = (
    kept_alive,
    pipelined,
    posted,
    continued,
    half_closed,
    half_closed_in_the_body,
    bad,
    left_at_once,
    left_in_the_head,
    left_in_the_body,
    left_in_the_response,
    left_before_the_response,
    broken,
    websocket,
)


def mix(port: int, requests: int, seed: int = 1) -> int:
    """All the ways, in an order that `seed` decides, until at least so many requests are made. Returns their number."""
    chance = random.Random(seed)
    made = 0
    while made < requests:
        for way in chance.sample(WAYS, len(WAYS)):
            made += way(port)
    return made
