"""Files from the disk to the client without a way through Python: sendfile(2), straight onto the socket.

The loops have a `sendfile` of their own, but uvloop's does not work on transports, and neither tells how far it is.
So the kernel is called here, with the transport's own socket, while the transport has nothing to write.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

PIECE: Final = 512 * 1024
"""Bytes that are handed to the kernel before others get their turn of the loop."""


class FileSender:
    """One file on its way to one client.

    left: how many bytes the kernel has not taken yet.

    A socket whose buffer is full is watched through a duplicate of its descriptor, since the loops refuse to watch one
    that belongs to a transport. The duplicate keeps the connection open, so it has to go when the connection does.
    """

    __slots__ = ("_file", "_loop", "_offset", "_transport", "_waiting", "_watched", "left")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, file: int, offset: int, count: int
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._file = file
        self._offset = offset
        self._watched = -1
        self._waiting: asyncio.Future[None] | None = None
        self.left = count

    async def run(self) -> None:
        """Returns when all is sent, the file has ended before (`left` tells), or the transport closes.

        Raises OSError where the kernel cannot do it, and ConnectionError if the client is gone.
        """
        socket: int = self._transport.get_extra_info("socket").fileno()
        try:
            # A transport that closes gives its descriptor back, and the next client may get it: look before each use.
            while self.left and not self._transport.is_closing():
                try:
                    sent = os.sendfile(socket, self._file, self._offset, min(self.left, PIECE))
                except BlockingIOError:
                    await self._writable()
                    continue
                if not sent:
                    return
                self._offset += sent
                self.left -= sent
                if self.left:
                    await asyncio.sleep(0)
        finally:
            self.stop()

    async def _writable(self) -> None:
        if self._watched < 0:
            self._watched = os.dup(self._transport.get_extra_info("socket").fileno())
        self._waiting = self._loop.create_future()
        self._loop.add_writer(self._watched, self._wake)
        try:
            await self._waiting
        finally:
            self._waiting = None
            if self._watched >= 0:
                self._loop.remove_writer(self._watched)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def stop(self) -> None:
        """The file is sent, or the connection is lost."""
        watched, self._watched = self._watched, -1
        if watched >= 0:
            self._loop.remove_writer(watched)
            os.close(watched)
        self._wake()


def can_send_files(transport: asyncio.Transport) -> bool:
    """Whether the kernel can send a file on it: there is a socket, and nothing that encrypts in between."""
    return (
        hasattr(os, "sendfile")
        and transport.get_extra_info("ssl_object") is None
        and transport.get_extra_info("socket") is not None
    )
