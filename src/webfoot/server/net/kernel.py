"""What the kernel knows of a connection and the event loops do not tell."""

from __future__ import annotations

import asyncio
import select
import socket
import struct
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Final

HALF_CLOSED: Final = getattr(select, "POLLRDHUP", 0)  # Linux has it
_INTEGER: Final = struct.Struct("i")


def addresses(transport: asyncio.Transport) -> tuple[tuple[str, int] | None, tuple[str, int | None] | None]:
    """(client, server) as ASGI wants them: host and port; for a Unix socket no client, and its path with None."""
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    client = (str(peer[0]), int(peer[1])) if isinstance(peer, (tuple, list)) and len(peer) >= 2 else None
    if isinstance(own, (tuple, list)) and len(own) >= 2:
        return client, (str(own[0]), int(own[1]))
    return client, (own, None) if isinstance(own, str) and own else None


def held_by_kernel(transport: asyncio.Transport) -> int:
    """Bytes that the kernel has taken and the other side has not; 0 where nobody can say."""
    connected = transport.get_extra_info("socket")
    try:
        return int(_INTEGER.unpack(ioctl(connected.fileno(), TIOCOUTQ, bytes(_INTEGER.size)))[0])
    except (AttributeError, OSError):
        return 0


def end_of(connected: socket.socket) -> int:
    """What the kernel says of the other side's end: HALF_CLOSED, POLLHUP, POLLERR, or 0 if it is there."""
    if connected.fileno() < 0:
        return 0
    poll = select.poll()
    poll.register(connected, HALF_CLOSED)
    found = poll.poll(0)
    return found[0][1] if found else 0


def family(transport: asyncio.Transport) -> str:
    connected = transport.get_extra_info("socket")
    name = getattr(getattr(connected, "family", None), "name", "")
    return {"AF_INET": "tcp", "AF_INET6": "tcp6", "AF_UNIX": "unix socket"}.get(name, name or "unknown")
