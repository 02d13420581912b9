"""The client's end of one WebSocket (RFC 6455), which says what it is given, each thing in its turn."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

_DATA: Final = (Opcode.TEXT, Opcode.BINARY)
_SWITCHING: Final = b"HTTP/1.1 101 "


@dataclass(frozen=True, slots=True)
class Line:
    """What the client says once it has heard `after` messages, or has waited `patience` seconds for them.

    after: None: once the server has ended the session. data: the message, or the reason of a close.
    "leave" ends without a Close frame.
    """

    kind: Literal["text", "binary", "close", "leave"]
    after: int | None
    patience: float
    data: bytes = b""
    code: int | None = None


def new_key() -> str:
    """For `Sec-WebSocket-Key`."""
    return base64.b64encode(os.urandom(16)).decode()


class Session:
    """Implements `webfoot.cli.one_request.Client`. `handshake`: the bytes of that request.

    answers_close: whether it agrees to a Close frame of the server's, or just leaves.
    """

    def __init__(self, handshake: bytes, lines: Sequence[Line], *, answers_close: bool = True) -> None:
        self._handshake = handshake
        self._lines = lines
        self._answers_close = answers_close
        self._protocol = Protocol(Side.CLIENT, max_size=None)
        self._answered = asyncio.Event()
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._heard = self._missed = 0
        self._over = False

    async def say(self, ours: socket.socket) -> None:
        await asyncio.get_running_loop().sock_sendall(ours, self._handshake)
        await self._answered.wait()
        for line in self._lines:
            await self._turn_of(line)
            if self._over:
                return
            await self._speak(ours, line)

    async def _turn_of(self, line: Line) -> None:
        try:
            async with asyncio.timeout(line.patience):
                while not self._over and (line.after is None or self._heard < line.after - self._missed):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self._missed = (line.after or 0) - self._heard  # nobody waits for them again

    async def _speak(self, ours: socket.socket, line: Line) -> None:
        match line.kind:
            case "text":
                self._protocol.send_text(line.data)
            case "binary":
                self._protocol.send_binary(line.data)
            case "close":
                self._protocol.send_close(line.code, line.data.decode() if line.code is not None else "")
            case "leave":
                _leave(ours)
        await self._flush(ours)

    async def _flush(self, ours: socket.socket) -> None:
        data = b"".join(self._protocol.data_to_send())
        if data:  # or a server that waits for us to read would be waited for by whoever writes
            async with self._writing:
                await asyncio.get_running_loop().sock_sendall(ours, data)

    async def hear(self, ours: socket.socket) -> None:
        try:
            rest = await self._hear_answer(ours)
            while rest is not None:
                await self._take(ours, rest)
                rest = await asyncio.get_running_loop().sock_recv(ours, 65536) or None
        finally:
            self._end()

    async def _hear_answer(self, ours: socket.socket) -> bytes | None:
        """What came behind the answer to the handshake; None when that is all there will be."""
        loop = asyncio.get_running_loop()
        head = b""
        while b"\r\n\r\n" not in head:
            data = await loop.sock_recv(ours, 65536)
            if not data:
                return None
            head += data
        if head.startswith(_SWITCHING):
            self._answered.set()
            return head.partition(b"\r\n\r\n")[2]
        self._end()
        while await loop.sock_recv(ours, 65536):
            pass
        return None

    async def _take(self, ours: socket.socket, data: bytes) -> None:
        self._protocol.receive_data(data)
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        self._heard += sum(frame.opcode in _DATA for frame in frames)  # a message of the server's is one frame
        self._over = self._protocol.state is not State.OPEN
        self._news.set()
        if self._over and not self._answers_close:
            _leave(ours)
        else:
            await self._flush(ours)

    def _end(self) -> None:
        self._over = True
        self._answered.set()
        self._news.set()


def _leave(ours: socket.socket) -> None:
    """Without a Close frame."""
    with contextlib.suppress(OSError):  # the server was first
        ours.shutdown(socket.SHUT_WR)
