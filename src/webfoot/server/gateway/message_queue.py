"""The messages of a WebSocket on their way to the application: what the connection delivers and `receive()` gives."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from webfoot.asgi.types import Message
from webfoot.server.gateway.calling import Call
from webfoot.server.websocket.close_codes import ABNORMAL

if TYPE_CHECKING:
    from webfoot.server.websocket.connection import WebsocketConnection


class MessageQueue(Call):
    """What comes in on one WebSocket, up to the news that it has ended.

    connection: there once the application has accepted.
    is_full: the application does not keep up, and gets no more before it has taken all that it has.
    `_held`: characters and bytes in the queue. `_end`: how it ended, the code and the reason that websocket.disconnect
    tells. `_left`: the client closed its side before it was answered.
    """

    __slots__ = ("_connected", "_end", "_held", "_left", "_queue", "_waiting", "connection", "is_full")

    # Set by the exchange, as those of `Call` are.
    connection: WebsocketConnection | None
    is_full: bool
    _connected: bool
    _queue: deque[str | bytes]
    _held: int
    _waiting: list[asyncio.Future[None]]
    _end: tuple[int, str] | None
    _left: bool

    async def receive(self) -> Message:
        if not self._connected:
            self._connected = True
            return {"type": "websocket.connect"}
        while not self._queue:
            if self._end is not None:
                code, reason = self._end
                return {"type": "websocket.disconnect", "code": code, "reason": reason}
            if self._left and self.connection is None:
                if self._sent == "handshake":
                    self._sent = "gone"  # it might still read an answer, but the application was told that it left
                return {"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""}
            if self.is_full:  # not before: what it answers goes out ahead of a Close frame that may wait to be read
                self.is_full = False
                assert self.connection is not None
                self.connection.proceed()
            elif self.connection is not None and self.connection.state == "ending":
                self.connection.conclude()
            else:
                await self._wait_for_news()
        return self._take()

    def _take(self) -> Message:
        message = self._queue.popleft()
        self._held -= len(message)
        if type(message) is str:
            return {"type": "websocket.receive", "text": message}
        return {"type": "websocket.receive", "bytes": message}

    async def _wait_for_news(self) -> None:
        waiting = self.service.loop.create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise

    # What the connections call.

    def deliver(self, message: str | bytes) -> None:
        queue = self._queue
        queue.append(message)
        self._held += len(message)
        options = self.service.options
        if len(queue) >= options.ws_max_queue or self._held > options.buffer_request_body:
            self.is_full = True
        if self._waiting:
            self._tell()

    @property
    def is_behind(self) -> bool:
        return bool(self._queue)

    def end(self, code: int, reason: str) -> None:
        """There will be no more messages. The first word about it is the last."""
        if self._end is None:
            self._end = code, reason
            if self._started:
                self._log_end(code)
        if self._waiting:
            self._tell()

    def disconnect(self) -> None:
        self._left = True
        if self._waiting:
            self._tell()

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def _log_end(self, code: int) -> None:
        """The line of the access log."""
        raise NotImplementedError
