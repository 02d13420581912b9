"""The instant in which a server stops: who asked before is answered."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from webfoot.server import Server, ServerOptions
from webfoot.server.process.loop import EventLoop


async def quack(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"quack"})


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_request_that_is_in_the_kernel_when_the_server_stops_is_answered(loop: str) -> None:
    clients: list[socket.socket] = []

    class Stopped(Server):
        def _greet(self) -> None:
            """Listening, but the loop has had no turn yet in which to accept anybody."""
            host, port = listening.getsockname()
            for _ in range(5):
                client = socket.create_connection((host, port), timeout=5)
                client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                clients.append(client)
            self.stop()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        with EventLoop(loop) as running:
            running.run(Stopped(ServerOptions(lifespan="off", access_log=False), quack).live([listening]))
        for client in clients:
            heard = b""
            with client:
                while more := client.recv(1000):
                    heard += more
            assert heard.startswith(b"HTTP/1.1 200 OK\r\n")
            assert heard.endswith(b"quack")
