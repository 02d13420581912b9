"""A socket without a network: every byte moves when the test says so."""

from __future__ import annotations

import asyncio
from typing import Any

from webfoot.server.gateway.service import Service
from webfoot.server.net.connections import Connections
from webfoot.server.net.transport import Transport
from webfoot.server.settings.options import ServerOptions


class Socket(asyncio.Transport):
    """The loop's transport below ours, and the client behind it, who takes bytes only when `take` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = True
        self.closing = self.lost = self.eof_written = self.full = False
        self.unsent = b""
        self.taken = b""
        self.protocol: Any = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high is not None
        self.high = high

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def is_closing(self) -> bool:
        return self.closing

    def is_reading(self) -> bool:
        return self.reading and not self.closing

    def pause_reading(self) -> None:
        assert not self.closing
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.closing
        self.reading = True

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        assert not self.closing
        self.eof_written = True

    def write(self, data: bytes) -> None:
        assert not self.closing, "written behind the end"
        assert not self.eof_written, "written behind the end of our side"
        assert data, "an empty write"
        self.unsent += data
        if len(self.unsent) > self.high and not self.full:
            self.full = True
            self.protocol.pause_writing()

    def take(self, size: int) -> None:
        self.taken += self.unsent[:size]
        self.unsent = self.unsent[size:]
        if self.full and len(self.unsent) <= self.high // 4:
            self.full = False
            self.protocol.resume_writing()
        if self.closing and not self.unsent:
            self.lose()

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            if not self.unsent:
                asyncio.get_running_loop().call_soon(self.lose)

    def abort(self) -> None:
        self.closing = True
        self.unsent = b""
        asyncio.get_running_loop().call_soon(self.lose)

    def lose(self) -> None:
        if not self.lost:
            self.closing = self.lost = True
            self.unsent = b""
            self.protocol.connection_lost(None)


def connected(app: Any, **options: Any) -> tuple[Socket, Transport]:
    """A client and the server's end of its connection, within the running loop."""
    service = Service(app, ServerOptions(**{"access_log": False, **options}))
    socket = Socket()
    transport = socket.protocol = Transport(service, Connections(service))
    transport.connection_made(socket)
    return socket, transport


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
