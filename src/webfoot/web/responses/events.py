"""Server-sent events: a stream that a browser reads with `EventSource` (WHATWG HTML, section 9.2).

async def quacks():
    while True:
        yield ServerSentEvent({"duck": await next_duck()}, event="quack")

return EventSourceResponse(quacks())
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.trail.elsewhere import beside
from webfoot.web.background import BackgroundTask, run_behind
from webfoot.web.decisions import decided
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.responses.json_text import write_json
from webfoot.web.responses.streaming import StreamingResponse
from webfoot.web.responses.whole import denying, encode_text

PING: Final = b": ping\n\n"

_line_ends = re.compile(r"\r\n|\r|\n")  # those of section 9.2.5; str.splitlines() knows more
_ends_field = re.compile(r"[\r\n\0]").search


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event.

    data: a text, of any number of lines; anything else is sent as JSON. event: its type, for which the page listens;
    "message" where none is given. id: what the browser sends as Last-Event-ID when it connects again. retry: the
    milliseconds that it waits until then. comment: lines that it ignores.

    ValueError for an `event` or `id` with a line end or NUL: whoever can write one could write events of their own.
    """

    data: Any = None
    event: str | None = None
    id: str | int | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and _ends_field(str(value)) is not None:
                raise ValueError(f"the {name} of a server-sent event is one line without NUL, not {value!r:.100}")
        if self.retry is not None and (type(self.retry) is not int or self.retry < 0):
            raise ValueError(f"the retry of a server-sent event is a number of milliseconds, not {self.retry!r:.100}")

    def encode(self) -> bytes:
        """As it is sent: lines in UTF-8, an empty one behind them. JSON's errors are raised here."""
        lines = [] if self.comment is None else [f": {line}" for line in _line_ends.split(self.comment)]
        if self.event is not None:
            lines.append(f"event: {self.event}")
        if self.data is not None:
            text = self.data if isinstance(self.data, str) else write_json(self.data).decode()
            lines += [f"data: {line}" for line in _line_ends.split(text)]
        if self.id is not None:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        return encode_text("\n".join([*lines, "", ""]), "utf-8")


class EventSourceResponse(StreamingResponse):
    """A stream of server-sent events.

    `content` gives events: a ServerSentEvent, a mapping with the fields of one, or a text or any other value for an
    event with that as its data. Bytes are sent as they are. After `ping` seconds without an event a comment is sent,
    so that no proxy takes the connection for a dead one; None for none.

    The stream ends with the iterator, when the client goes, and when the server is told to stop: the generator is
    cancelled where it waits, and `background` runs. Browsers then connect again by themselves.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        content: AsyncIterable[Any] | Iterable[Any],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
        *,
        ping: float | None = 15,
    ) -> None:
        if ping is not None and ping <= 0:
            raise ValueError(f"ping is a number of seconds, or None for no pings, not {ping!r}")
        super().__init__(content, status_code, headers, media_type, background)
        self.ping = ping
        self.headers.setdefault("cache-control", "no-store")
        self.headers.setdefault("x-accel-buffering", "no")  # nginx would collect events before it passes them on

    def _encode(self, chunk: Any) -> bytes:
        if isinstance(chunk, ServerSentEvent):
            return chunk.encode()
        if isinstance(chunk, bytes | bytearray | memoryview):
            return bytes(chunk)
        if isinstance(chunk, Mapping):
            return ServerSentEvent(**chunk).encode()
        return ServerSentEvent(chunk).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.stream_response(denying(send))
        elif scope.get("method") == "HEAD":  # which would wait for the end of what may have none
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await self._stream_while_wanted(scope, receive, send)
        if self.background is not None:
            await run_behind(self.background, None, scope)

    async def _stream_while_wanted(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = _Line(send)
        streaming = asyncio.create_task(beside(self.stream_response(line.send)))
        listening = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            while not await _any_done(streaming, listening, timeout=line.silence_until(self.ping)):
                await line.ping_if_silent(self.ping)
            if not streaming.done():  # a server that stops wants the response to be complete
                decided(scope, type(self).__name__, "the stream ends, for the client has left or the server stops")
                await _stop(streaming)
                if line.has_started:  # else a middleware kept it waiting with the start
                    await line.send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # out of `send`: the client has gone
            pass
        finally:
            await _stop(streaming, listening)
        _raise_failure(streaming, listening)


class _Line:
    """The `send` of one stream, for two who send: one message at a time, and when the last one was."""

    __slots__ = ("_last", "_loop", "_send", "_turn", "has_started")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._turn = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self.has_started = False

    async def send(self, message: Message) -> None:
        async with self._turn:
            await self._send(message)
            if message["type"] == "http.response.start":
                self.has_started = True
                # The client learns at once that it is connected: a server may hold back a head without a body.
                await self._send({"type": "http.response.body", "body": b"", "more_body": True})
            self._last = self._loop.time()

    def silence_until(self, ping: float | None) -> float | None:
        """How many seconds are left until a ping is due."""
        return None if ping is None else max(0.0, self._last + ping - self._loop.time())

    async def ping_if_silent(self, ping: float | None) -> None:
        if self._turn.locked():  # something is on its way, and the client takes its time
            self._last = self._loop.time()
        elif self.silence_until(ping) == 0:
            await self.send({"type": "http.response.body", "body": PING, "more_body": True})


async def _any_done(*tasks: asyncio.Task[None], timeout: float | None) -> bool:
    done, _ = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


async def _stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _raise_failure(*tasks: asyncio.Task[None]) -> None:
    """What the stream, or else the listening, raised. That the client has gone is no failure."""
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ClientDisconnect):
            raise error
