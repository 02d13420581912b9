"""What passes between the server and the application for one request, looked at on its way and passed on as it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Awaitable, Callable

from webfoot.asgi.open_files import takes_open_files
from webfoot.asgi.types import ASGIApp, Message, Receive, Scope, Send
from webfoot.journey.capture.bodies import Body
from webfoot.journey.capture.frames import Frames
from webfoot.journey.capture.layers import fields_in
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.trail import trail_of

log = logging.getLogger("webfoot")

_EVENTS = "text/event-stream"


class Exchange:
    """Gives the application `receive` and `send` that a record hears of, too.

    `on_news` is called when something happened that a list of requests shows.
    """

    __slots__ = ("_accepted", "_failed", "_fields", "_is_events", "_on_news", "_receive", "_record", "_send")

    def __init__(
        self,
        record: ThoroughRecord,
        scope: Scope,
        receive: Receive,
        send: Send,
        on_news: Callable[[ThoroughRecord], None],
    ) -> None:
        self._record = record
        self._receive = receive
        self._send = send
        self._on_news = on_news
        self._accepted = False
        self._is_events = False
        self._failed = False
        self._fields = scope.get("headers")
        if scope["type"] == "websocket":
            record.frames = Frames(keeps_bytes=record.keeps_bodies)

    @property
    def takes_open_files(self) -> bool:
        """As the server says of its own `send`."""
        return takes_open_files(self._send)

    async def receive(self) -> Message:
        message = await self._receive()
        if not self._failed:
            try:
                self._hear(message)
            except Exception:
                self._give_up()
        return message

    def send(self, message: Message) -> Awaitable[None]:
        # Handing on what the inner `send` gives to await spares a coroutine for each message.
        if not self._failed:
            try:
                self._see(message)
            except Exception:
                self._give_up()
        return self._send(message)

    def _give_up(self) -> None:
        """What an application sends may be anything; the server says what is wrong with it."""
        self._failed = True
        log.debug("a message could not be shown on the journey's page", exc_info=True)

    def _hear(self, message: Message) -> None:
        record = self._record
        kind = message["type"]
        if kind == "http.request":
            if record.keeps_bodies:
                if record.request_body is None:
                    record.request_body = Body(self._fields)
                record.request_body.add(message.get("body", b""))
        elif record.frames is not None and kind != "http.disconnect":
            record.frames.see(message, "in", accepted=self._accepted)
            self._on_news(record)

    def _see(self, message: Message) -> None:
        record = self._record
        kind = message["type"]
        if kind == "http.response.start":
            self._see_start(message)
        elif kind == "http.response.body":
            body: bytes = message.get("body", b"")
            if self._is_events and record.frames is not None:
                record.frames.add_events(body)
                self._on_news(record)
            elif record.response_body is not None:
                record.response_body.add(body)
        elif kind == "http.response.zerocopysend":
            if record.response_body is not None:
                record.response_body.add_unseen(message.get("count") or 0)
        elif kind == "http.response.pathsend":
            if record.response_body is not None:
                record.response_body.add_unseen(os.stat(message["path"]).st_size)
        elif record.frames is not None and not kind.startswith("http."):
            self._accepted = self._accepted or kind == "websocket.accept"
            record.frames.see(message, "out", accepted=self._accepted)
            self._on_news(record)

    def _see_start(self, message: Message) -> None:
        record = self._record
        body = Body(fields_in(message))
        self._is_events = body.content_type.startswith(_EVENTS)
        if self._is_events:
            record.frames = Frames()
        elif record.keeps_bodies:
            record.response_body = body
        self._on_news(record)


def captured(app: ASGIApp) -> ASGIApp:
    """The application with all that passes looked at, where the record of the journey is a thorough one."""

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        trail = trail_of(scope)
        if isinstance(trail, ThoroughRecord):
            exchange = Exchange(trail, scope, receive, send, lambda record: None)
            await app(scope, exchange.receive, exchange.send)
        else:
            await app(scope, receive, send)

    return look
