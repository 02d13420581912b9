"""The id of a request: in its scope, in the lines that are logged for it, and in the response if asked.

Made of a number for the process and a count, not of 16 random bytes for each request: that costs a tenth. It tells
requests apart and is no secret; nobody should be let in because he knows one.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from itertools import count
from typing import Any, Final, ParamSpec, TypeVar

from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.server.protocol.events import Head
from webfoot.server.settings.options import ServerOptions

P = ParamSpec("P")
R = TypeVar("R")

STATE_KEY: Final = "request_id"
"""Its key in `scope["state"]`."""

request_id: ContextVar[str] = ContextVar("webfoot.request_id", default="")
"""The id of the request for which the running code works; "" outside of one, or without ids."""

# What clients and proxies commonly make: UUIDs, ids of traces, base64. Nothing that a log or a header could choke on.
_SOUND: Final = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,128}")


class RequestIds:
    """header: the field in which a proxy hands an id down, lower-case; empty to make all of them here."""

    def __init__(self, header: bytes) -> None:
        self._header = header
        self._prefix = os.urandom(6).hex()
        self._count = count(1)

    def give(self, head: Head, scope: Scope) -> str:
        """The id of the request, which `scope` tells from now on."""
        found = self._handed_down(head.headers) if self._header else None
        given = found or f"{self._prefix}-{next(self._count):x}"
        scope["state"][STATE_KEY] = given
        return given

    def _handed_down(self, fields: Iterable[tuple[bytes, bytes]]) -> str | None:
        for name, value in fields:
            if name == self._header:
                return value.decode("ascii") if _SOUND.fullmatch(value) is not None else None
        return None


def working_for(given: str, function: Callable[P, R], *arguments: P.args, **more: P.kwargs) -> R:
    """Call `function` with `given` as the id in the context, which a task begun there keeps."""
    token = request_id.set(given)
    try:
        return function(*arguments, **more)
    finally:
        request_id.reset(token)


def request_ids_of(options: ServerOptions) -> RequestIds | None:
    if not (options.request_ids or options.request_id_header or options.request_id_response_header):
        return None
    return RequestIds(options.request_id_header.lower().encode("ascii"))


class RequestIdFilter(logging.Filter):
    """Gives each record `request_id`, "-" outside of a request; for the handlers of an application's own loggers."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            entry = getattr(record, "entry", None)  # a line of the access log, which may be written by another task
            record.request_id = (entry.request_id if entry is not None else request_id.get()) or "-"
        return True


class EchoRequestId:
    """The application, with the id of the request in the head of each of its responses."""

    def __init__(self, app: ASGIApp, header: str) -> None:
        self.app = app
        self._header = header.lower().encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            send = _Echo(send, (self._header, scope["state"][STATE_KEY].encode("ascii"))).send
        await self.app(scope, receive, send)


_HEADS: Final = frozenset(("http.response.start", "websocket.accept", "websocket.http.response.start"))


class _Echo:
    takes_open_files = True  # as the exchange does, to which files are handed through

    def __init__(self, send: Send, field: tuple[bytes, bytes]) -> None:
        self._send = send
        self._field = field

    async def send(self, message: Message) -> None:
        if isinstance(message, dict) and message.get("type") in _HEADS:
            headers: list[Any] = [each for each in message.get("headers", ()) if each[0].lower() != self._field[0]]
            message = {**message, "headers": [*headers, self._field]}
        await self._send(message)
