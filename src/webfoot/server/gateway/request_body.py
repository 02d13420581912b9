"""The request body on its way to the application: what the connection feeds and `receive()` gives."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from webfoot.asgi.types import Message
from webfoot.server.gateway.calling import Call
from webfoot.trail.trail import client_left

LEAST_PART: Final = 64  # bytes that a part of the request body costs us at least, however small it is


class RequestBody(Call):
    """What comes in for one request, up to the news that the client has gone.

    `_body` tells what `receive()` has for the application: the body is "coming" in, is "complete" in our hands, was
    "delivered", or the application knows that the client is "disconnected". `_left`: the client closed its side;
    `_lost`: the connection is gone, or the application is to think so. `_parts`: what came of the body since the last
    `receive()`, None if nothing did; `_buffered`: its size, with something for each part. `_news`: there once somebody
    has waited.
    """

    __slots__ = ("_body", "_buffered", "_left", "_lost", "_news", "_parts", "_trailers")

    # Set by the exchange, as those of `Call` are.
    _body: str
    _parts: list[bytes] | None
    _buffered: int
    _trailers: Sequence[tuple[bytes, bytes]]
    _left: bool
    _lost: bool
    _news: asyncio.Event | None

    async def receive(self) -> Message:
        while True:
            if self._lost or self._sent == "done":
                return {"type": "http.disconnect"}
            if self._parts:
                body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
                self._parts = None
                self._buffered = 0
                more = self._body == "coming"
                if more:
                    self.stream.resume_body()
                else:
                    self._body = "delivered"
                    if self._trailers:
                        return self._last_event(body)
                return {"type": "http.request", "body": body, "more_body": more}
            if self._body == "complete":
                self._body = "delivered"
                if self._trailers:
                    return self._last_event(b"")
                return {"type": "http.request", "body": b"", "more_body": False}
            if self._left:
                self._body = "disconnected"
                return {"type": "http.disconnect"}
            if self._body == "coming":
                self.stream.want_body()
            await self._wait_for_news()

    def _last_event(self, body: bytes) -> Message:
        """The last of the request with its trailer fields: our extension "webfoot.request.trailers"."""
        return {"type": "http.request", "body": body, "more_body": False, "trailers": list(self._trailers)}

    async def _wait_for_news(self) -> None:
        if self._news is None:
            self._news = asyncio.Event()
        self._news.clear()
        await self._news.wait()

    @property
    def has_whole_body(self) -> bool:
        """Whether all of it has come; what is waited for then is only the end."""
        return self._body != "coming"

    @property
    def has_left(self) -> bool:
        """Whether the client has, as far as we know."""
        return self._left or (self._lost and not self._winding_up)

    def _waits_for(self) -> str:
        return ", while the client still sends the body" if self._body == "coming" and not self._parts else ""

    # What the connection calls.

    def feed(self, data: bytes) -> None:
        if self._parts is None:
            self._parts = [data]
        else:
            self._parts.append(data)
        self._buffered += max(len(data), LEAST_PART)
        if self._buffered > self.service.options.buffer_request_body:
            self.stream.hold_body()
        if self._news is not None:
            self._news.set()

    def feed_end(self, trailers: Sequence[tuple[bytes, bytes]]) -> None:
        self._trailers = trailers
        if self._body == "coming":
            self._body = "complete"
        if self._news is not None:
            self._news.set()

    def disconnect(self) -> None:
        self._left = True
        if self.trail is not None:
            client_left(self.trail)
        if self._news is not None:
            self._news.set()
