"""A layer around the application that adds fields to the head of its answers, by what the journey has told so far."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Final, TypeAlias

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey.record import Record
from webfoot.trail import trail_of

log = logging.getLogger("webfoot")

Field: TypeAlias = tuple[bytes, bytes]
Teller: TypeAlias = Callable[[Record, int], list[Field]]
"""Gives the fields for an answer of this status. The record holds no word yet of the answer itself."""

_STARTS: Final = frozenset(("http.response.start", "websocket.http.response.start"))


class TellingLayer:
    """A request whose journey nobody records goes past."""

    def __init__(self, app: ASGIApp, tell: Teller) -> None:
        self.app = app
        self._tell = tell

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        record = trail_of(scope)
        if isinstance(record, Record):
            send = _Answer(send, record, self._tell).send
        return self.app(scope, receive, send)


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

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        try:
            if message["type"] in _STARTS:
                fields = self._tell(self._record, message["status"])
                message = _with_more(message, fields) if fields else message
        except Exception:  # what is no message of ASGI, the server will say
            log.debug("there was nothing to be told of an answer", exc_info=True)
        return self._send(message)


def _with_more(message: Message, fields: list[Field]) -> Message:
    """ASGI lets the fields be any iterable; what is none goes on as it is, and the server says what is wrong."""
    there = message.get("headers", ())
    if isinstance(there, list | tuple):
        return {**message, "headers": [*there, *fields]}
    return {**message, "headers": chain(there, fields)} if isinstance(there, Iterator) else message
