"""One request or WebSocket that the server traces."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Any

from opentelemetry.trace import Span

from webfoot.asgi.types import ClientDisconnected, Message, Receive, Scope, Send
from webfoot.journey import redact
from webfoot.journey.otel.attributes import route_of
from webfoot.journey.otel.instruments import Instruments
from webfoot.journey.otel.observation import Observation
from webfoot.journey.otel.spans import SpanTrail
from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.trail.conventions import Attributes


class Call(Observation):
    """A request. record: its journey; trail: the spans made of it; both None where it is not sampled."""

    __slots__ = ("_error", "_root_path", "record", "trail")

    def __init__(self, scope: Scope, send: Send, instruments: Instruments | None, method: str | None) -> None:
        super().__init__(scope, send, instruments, method)
        self._root_path: str = scope.get("root_path", "")
        self._error: BaseException | None = None
        self.record: Record | None = None
        self.trail: SpanTrail | None = None

    @property
    def route(self) -> str | None:
        return route_of(self._scope, self._root_path)

    def began_at(self, mark: int) -> None:
        """The request was there at `mark` (perf_counter_ns) already, before anybody had a look at it."""
        self._began = mark / 1e9

    def _now(self) -> tuple[float, int]:
        if self.trail is None:
            return super()._now()
        at = self.trail.now()
        self.trail.responded(at)
        return time.perf_counter(), at

    def is_settled(self, status: int) -> bool:
        """Why there is any other status is not told before all layers have had their say."""
        return status < 300 or (self.trail is None and status < 500)

    def over(self, error: BaseException | None) -> None:
        if not isinstance(error, ClientDisconnected):
            self._error = error
            if error is not None and self.status is None:
                self.status = 500  # the server's answer for it
        super().over(error)
        if self.trail is not None:
            self.trail.close(self._error)

    def _end_span(self, span: Span, ended_at: int | None, outcome: Attributes) -> None:
        if self.trail is not None and span.is_recording():
            at = self.trail.now() if ended_at is None else ended_at
            self.trail.close(self._error)
            if self._error is not None:
                self.trail.blame(span, self._error)
            self._tell_why(span)
            ended_at = at
        super()._end_span(span, ended_at, outcome)

    def _tell_why(self, span: Span) -> None:
        path = self._scope["path"]
        for secret in redact.secrets_in_path(self._scope.get("path_params"), self.route, path):
            span.set_attribute("url.path", path := path.replace(secret, redact.REDACTED))
        if self.record is None or (self._error is None and self.status is not None and self.status < 300):
            return
        reason = why(self.record)
        if reason is not None:
            span.set_attribute("webfoot.why", reason.sentence)
            span.set_attribute("webfoot.decided_by", reason.layer)


class SocketCall(Call):
    """A WebSocket: one span for all of it, in which its messages are counted."""

    __slots__ = ("_code", "_receive", "_received", "_sent")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, send, None, None)
        self._receive = receive
        self._received = self._sent = 0
        self._code: int | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        kind = message["type"]
        if kind == "websocket.receive":
            self._received += 1
        elif kind == "websocket.disconnect" and self._code is None:
            self._code = message.get("code")
        return message

    def send(self, message: Message) -> Awaitable[None]:
        kind = message["type"]
        if kind == "websocket.send":
            self._sent += 1
        elif kind == "websocket.accept":
            self.status = 101
        elif kind == "websocket.close":
            if self.status is None:
                self.status = 403
            elif self._code is None:
                self._code = message.get("code", 1000)
        elif kind == "websocket.http.response.start":
            self.status = message["status"]
        return self._send(message)

    def _end_span(self, span: Span, ended_at: int | None, outcome: Attributes) -> None:
        if span.is_recording():
            said: dict[str, Any] = {"webfoot.websocket.received": self._received, "webfoot.websocket.sent": self._sent}
            if self._code is not None:
                said["webfoot.websocket.close_code"] = self._code
            span.set_attributes(said)
        super()._end_span(span, ended_at, outcome)
