"""A response whose body comes piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from types import GeneratorType
from typing import Any

from webfoot.asgi.types import Message, Receive, Scope, Send
from webfoot.web.background import BackgroundTask
from webfoot.web.exceptions import ClientDisconnect
from webfoot.web.responses.whole import Response, denying
from webfoot.web.threads import iterate_in_threadpool, run_in_threadpool

Chunk = str | bytes | memoryview
ContentStream = AsyncIterable[Chunk] | Iterable[Chunk]


class StreamingResponse(Response):
    """Sends each chunk as soon as the iterator gives it; an ordinary iterator is asked in a thread.

    When the client goes away the stream ends: the generator is closed, so that its `finally` runs, and
    ClientDisconnect travels on to the server. This costs no task, because servers since ASGI 2.4 raise from `send()`;
    only for older ones a second task listens for the disconnect, and the stream ends quietly.
    """

    body_iterator: AsyncIterable[Any]

    def __init__(
        self,
        content: ContentStream,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        self.status_code = status_code
        if media_type is not None:
            self.media_type = media_type
        self.background = background
        self.body_iterator = _as_async(content)
        self.init_headers(headers)

    async def stream_response(self, send: Send) -> None:
        """Send the whole response. ClientDisconnect when `send` says that nobody listens any more."""
        send = _telling_disconnect(send)
        chunks = aiter(self.body_iterator)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": self._encode(chunk), "more_body": True})
        except BaseException:
            await _close(chunks)
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _encode(self, chunk: Any) -> bytes:
        if isinstance(chunk, bytes):
            return chunk
        if isinstance(chunk, str):
            return chunk.encode(self.charset)
        if isinstance(chunk, memoryview | bytearray):
            return bytes(chunk)
        raise TypeError(f"{type(self).__name__} streams str, bytes or memoryview, not {type(chunk).__name__}")

    async def listen_for_disconnect(self, receive: Receive) -> None:
        """Return when the client has gone. Takes what is left of the request's body from `receive`."""
        while (await receive())["type"] != "http.disconnect":
            pass

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.stream_response(denying(send))
        elif _send_raises(scope):
            await self.stream_response(send)
        else:
            await self._stream_while_connected(receive, send)
        if self.background is not None:
            await self.background()

    async def _stream_while_connected(self, receive: Receive, send: Send) -> None:
        streaming = asyncio.create_task(self.stream_response(send))
        listening = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((streaming, listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
            streaming.cancel()
            await asyncio.wait((streaming, listening))
        if not streaming.cancelled():
            streaming.result()  # raises what the stream raised
        elif not listening.cancelled():
            listening.result()


def _send_raises(scope: Scope) -> bool:
    """Whether the server's `send()` raises once the client has gone (ASGI HTTP message format 2.4)."""
    major, minor = scope.get("asgi", {}).get("spec_version", "2.0").split(".")[:2]
    return (int(major), int(minor)) >= (2, 4)


def _telling_disconnect(send: Send) -> Send:
    async def send_or_tell(message: Message) -> None:
        try:
            await send(message)
        except OSError as error:
            raise ClientDisconnect("the client went away while the response was streamed") from error

    return send_or_tell


def _as_async(content: Any) -> AsyncIterable[Any]:
    if isinstance(content, AsyncIterable):
        return content
    if isinstance(content, str | bytes):
        content = (content,)
    if not isinstance(content, Iterable):
        raise TypeError(f"StreamingResponse takes an iterator or async iterator, not {type(content).__name__}")
    return _pull(iter(content))


async def _pull(iterator: Iterator[Any]) -> AsyncIterator[Any]:
    try:
        async for chunk in iterate_in_threadpool(iterator):
            yield chunk
    finally:
        # One that a thread is still inside of (we were cancelled) cannot be closed; letting go of it does that later.
        if isinstance(iterator, GeneratorType) and not iterator.gi_running:
            await run_in_threadpool(iterator.close)


async def _close(chunks: AsyncIterator[Any]) -> None:
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()
