"""Who visits the application of `tests.soak.pond`: very many requests, no two of them the same.

Most come in batches, over a few connections that are kept for a while; in between come those who leave, talk over a
WebSocket, listen to events, or wait long. What is different in each request would show in a cache that keeps all.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, cycle
from typing import Final

from tests.soak.flows import MASK
from tests.soak.mixture import cut, talk

from benchmarks.echoes import frame, opening

CONNECTIONS: Final = 4
BATCH: Final = 50
"""Requests that are sent over one connection before the first answer is read."""

_ROUNDS_OF_A_CONNECTION: Final = 25
_MOST_WAITING: Final = 8
_PATIENCE: Final = 60.0  # seconds for a batch, of a server that shares its core with others
_SONG: Final = "quack " * 100
_OVER: Final = b"all were answered"

_numbers = count(1)


def rounds(port: int) -> Iterator[int]:
    """Each step makes some hundred requests, all of them answered but for those who left, and gives their number."""
    waiting: deque[socket.socket] = deque()
    odd = cycle(_ODD)
    clients: list[socket.socket] = []
    try:
        for number in count():
            if number % _ROUNDS_OF_A_CONNECTION == 0:
                _close(clients)
                clients = [_connected(port) for _ in range(CONNECTIONS)]
            made = _batches(clients) + next(odd)(port) + next(odd)(port)
            if number % 10 == 0:
                made += _slow_one(port, waiting)
            yield made
    finally:
        while waiting:
            _answer(waiting.popleft())
        _close(clients)


def _batches(clients: list[socket.socket]) -> int:
    for client in clients:
        client.sendall(_batch())
    for client in clients:
        heard = bytearray()
        while not heard.endswith(_OVER + b'"'):
            data = client.recv(1 << 18)
            assert data, f"the server closed after {bytes(heard[-200:])!r}"
            heard += data
        assert heard.count(b"HTTP/1.1 ") == BATCH, f"{heard.count(b'HTTP/1.1 ')} answers to {BATCH} requests"
    return BATCH * len(clients)


def _batch() -> bytes:
    """Of each kind as many as `_MIXTURE` says, and one by which the end is known."""
    requests = [write(next(_numbers)) for write in _MIXTURE]
    return b"".join((*requests, b"GET /over HTTP/1.1\r\nHost: pond\r\n\r\n"))


def _get(target: str, fields: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: pond\r\nUser-Agent: soak\r\n{fields}\r\n".encode()


def _post(number: int) -> bytes:
    songs = ", ".join([f'"{_SONG}"'] * 6)
    body = f'{{"number": {number}, "name": "duck {number}", "password": "key-{number}", "songs": [{songs}]}}'
    head = "POST /ducks HTTP/1.1\r\nHost: pond\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


_MIXTURE: Final[list[Callable[[int], bytes]]] = [
    *[lambda number: _get("/")] * 20,
    *[lambda number: _get(f"/ducks/{number}?page={number}", f"X-Seen: {number}\r\n")] * 10,
    *[_post] * 8,
    *[lambda number: _get(f"/nests/{number}")] * 3,  # 404
    *[lambda number: _get(f"/ducks/number-{number}")] * 3,  # 422
    *[lambda number: _get(f"/reset/key-{number}", f"Authorization: Bearer key-{number}\r\n")] * 3,
    *[lambda number: _get(f"/broken/{number}")],  # 500
    *[lambda number: _get("/slow/0.002")],
]
assert len(_MIXTURE) == BATCH - 1


def _slow_one(port: int, waiting: deque[socket.socket]) -> int:
    """One that takes longer than a page calls slow. It is not waited for."""
    if len(waiting) == _MOST_WAITING:
        _answer(waiting.popleft())
    client = _connected(port)
    client.sendall(_get(f"/slow/0.6?number={next(_numbers)}"))
    waiting.append(client)
    return 1


def _answer(client: socket.socket) -> None:
    with client:
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def _left_waiting(port: int) -> int:
    talk(port, _get(f"/wait?number={next(_numbers)}"), until=None)
    return 1


def _left_by_reset(port: int) -> int:
    cut(port, _get(f"/wait?number={next(_numbers)}"), until=None)
    return 1


def _left_in_the_body(port: int) -> int:
    talk(port, _post(next(_numbers))[:2000], until=None)
    return 1


def _talked(port: int) -> int:
    texts = [f"quack {next(_numbers)}" for _ in range(5)]
    said = b"".join(frame(1, text.encode(), MASK) for text in texts) + frame(8, b"\x03\xe8", MASK)
    heard = talk(port, opening(port, "/talk"), said)
    assert heard.endswith(frame(1, texts[-1].encode()) + frame(8, b"\x03\xe8")), heard
    return 1


def _talk_cut_off(port: int) -> int:
    cut(port, opening(port, "/talk"), frame(1, f"quack {next(_numbers)}".encode(), MASK))
    return 1


def _listened(port: int) -> int:
    assert b"quack 4" in talk(port, _get("/quacks/5", "Connection: close\r\n"))
    return 1


def _left_listening(port: int) -> int:
    talk(port, _get("/quacks/100000"), until=b"quack 1")
    return 1


def _refused(port: int) -> int:
    said = f"GET /{next(_numbers)} HTTP/1.1\r\nHost: pond\r\nX : y\r\n\r\n"
    assert talk(port, said.encode()).startswith(b"HTTP/1.1 400 ")
    return 1


_ODD: Final = (
    _left_waiting,
    _talked,
    _listened,
    _left_by_reset,
    _talk_cut_off,
    _left_in_the_body,
    _left_listening,
    _refused,
)


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)


def _close(clients: list[socket.socket]) -> None:
    for client in clients:
        with suppress(OSError):
            client.close()
