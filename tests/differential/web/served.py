"""The large application on two toolkits, served: under our server or under Uvicorn, and asked over plain sockets."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from tests.conformance.harness import Answers
from tests.differential.web.everything import everything, fill_pond
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import request
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from webfoot.server import Server, ServerOptions

PATIENCE = 5.0  # seconds

Step = tuple[Any, ...]
"""Method, target, headers, and maybe a body. `"{name}"` as the value of a header is that field of the answer before."""

_VARYING = [
    (re.compile(r'(W/)?"[0-9a-f-]{10,}"'), r'\1"ETAG"'),
    (re.compile(r"session=[\w.=-]+"), "session=SIGNED"),
    (re.compile(r"boundary=[0-9a-f]{20,}"), "boundary=BOUNDARY"),
]
_BOUNDARY = re.compile(rb"(?<=--)[0-9a-f]{20,}")


def multipart(*fields: tuple[str, str]) -> bytes:
    """Fields as (what follows `form-data; `, content)."""
    parts = [f"--duck\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n" for head, content in fields]
    return ("".join(parts) + "--duck--\r\n").encode()


@contextmanager
def running(server: Any, port_of: Any) -> Iterator[int]:
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.005)
    try:
        yield port_of(server)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def ours(app: Any, **options: Any) -> Any:
    server = Server(ServerOptions(port=0, access_log=False, log_level="critical", **options), app)
    return running(server, lambda server: int(server.urls[0].rpartition(":")[2]))


def on_h11(app: Any) -> Any:
    return ours(app, http="h11")


def uvicorns(app: Any) -> Any:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    return running(server, lambda server: server.servers[0].sockets[0].getsockname()[1])


@contextmanager
def two_served(serving: Any, pond: Path) -> Iterator[tuple[int, int]]:
    """The ports of (Starlette's, ours), under the same kind of server; `serving` is `ours`, `on_h11` or `uvicorns`."""
    fill_pond(pond)
    with (
        serving(everything(THEIRS, pond)) as there,
        serving(everything(OURS, pond)) as here,
    ):
        yield there, here


def ask(port: int, steps: list[Step]) -> list[Any]:
    """For each step its status, its fields in order of their names, and its body."""
    told, fields = [], {}
    for method, target, headers, *body in steps:
        filled = {name: value.format(**fields) if value.startswith("{") else value for name, value in headers.items()}
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(request(method, target, filled, *body))
            raw = b"".join(iter(lambda: connection.recv(65536), b""))
        while raw:
            head, _, raw = raw.partition(b"\r\n\r\n")
            status, lines = int(head[9:12]), [line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
            fields = {name.lower(): value.strip().partition(";")[0] for name, value in lines}
            content = b"" if status < 200 else raw
            raw = raw.removesuffix(content)
            if fields.get("transfer-encoding") == "chunked" and content.endswith(b"0\r\n\r\n"):
                content = Answers(head + b"\r\n\r\n" + content, True).bodies[0]
            kept = sorted(
                _plain(name, value.strip().replace(f":{port}", ":PORT")) for name, value in lines if _counts(name)
            )
            told.append((status, kept, _BOUNDARY.sub(b"BOUNDARY", content).replace(b":%d" % port, b":PORT")))
    return told


def _counts(name: str) -> bool:
    return name.lower() not in ("date", "server")


def _plain(name: str, value: str) -> tuple[str, str]:
    for pattern, constant in _VARYING:
        value = pattern.sub(constant, value)
    name = name.lower()
    if name == "allow":  # theirs comes from a set
        value = ", ".join(sorted(value.split(", ")))
    elif name == "set-cookie":  # attributes in any order, and in any case
        pair, *attributes = value.split("; ")
        value = "; ".join([pair, *sorted(attribute.lower() for attribute in attributes)])
    return name, value


def converse(port: int, target: str, subprotocols: list[str], said: list[str]) -> Any:
    """The handshake, what came back, and how it ended."""
    heard: list[Any] = []
    try:
        with connect(
            f"ws://127.0.0.1:{port}{target}", subprotocols=subprotocols or None, proxy=None, open_timeout=PATIENCE
        ) as websocket:
            heard.append((websocket.subprotocol, websocket.response.headers.get("x-duck")))
            for text in said:
                websocket.send(text)
                heard.append(websocket.recv(PATIENCE))
            heard.append(websocket.recv(PATIENCE) if not said else None)
            heard.append(websocket.recv(0.05) if not said else None)
    except InvalidStatus as refused:
        response = refused.response
        kept = sorted((name.lower(), value) for name, value in response.headers.raw_items() if _counts(name))
        return response.status_code, kept, bytes(response.body or b"")
    except ConnectionClosed as closed:
        return heard, closed.rcvd and (closed.rcvd.code, closed.rcvd.reason)  # None: cut off
    return heard
