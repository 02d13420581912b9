"""A layer around the application that adds fields to the head of its answers, by what the journey has told so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey.record import Record
from webfoot.trail import trail_of

Field: TypeAlias = tuple[bytes, bytes]
Teller: TypeAlias = Callable[[Record, int], list[Field]]
"""Gives the fields for an answer of this status. The record holds no word yet of the answer itself."""

_STARTS: Final = frozenset(("http.response.start", "websocket.http.response.start"))


class TellingLayer:
    """A request whose journey nobody records goes past."""

    def __init__(self, app: ASGIApp, tell: Teller) -> None:
        self.app = app
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = trail_of(scope)
        if isinstance(record, Record):
            send = _Answer(send, record, self._tell).send
        await self.app(scope, receive, send)


class _Answer:
    """The `send` of one request."""

    __slots__ = ("_record", "_send", "_tell")

    def __init__(self, send: Send, record: Record, tell: Teller) -> None:
        self._send = send
        self._record = record
        self._tell = tell

    @property
    def takes_open_files(self) -> bool:
        """As the server says of its own `send`: files go past us all the same."""
        return takes_open_files(self._send)

    async def send(self, message: Message) -> None:
        if message["type"] in _STARTS:
            fields = self._tell(self._record, message["status"])
            if fields:
                message = {**message, "headers": [*message.get("headers", ()), *fields]}
        await self._send(message)
