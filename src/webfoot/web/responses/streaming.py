"""A response whose body comes piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from types import GeneratorType
from typing import Any

from webfoot.asgi.types import ClientDisconnected, Receive, Scope, Send
from webfoot.web.background import BackgroundTask, run_behind
from webfoot.web.responses.listening import disconnected, send_raises, telling_disconnect, while_connected
from webfoot.web.responses.whole import Response, denying, encode_text
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
        send = telling_disconnect(send)
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
            return encode_text(chunk, self.charset)
        if isinstance(chunk, memoryview | bytearray):
            return bytes(chunk)
        raise TypeError(f"{type(self).__name__} streams str, bytes or memoryview, not {type(chunk).__name__}")

    async def listen_for_disconnect(self, receive: Receive) -> None:
        """Return when the client has gone. Takes what is left of the request's body from `receive`."""
        await disconnected(receive)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = None
        try:
            if scope["type"] == "websocket":
                await self.stream_response(denying(send))
            elif send_raises(scope):
                await self.stream_response(send)
            else:
                await while_connected(self.stream_response(send), self.listen_for_disconnect(receive))
        except ClientDisconnected as error:
            gone = error
        if self.background is not None or gone is not None:
            await run_behind(self.background, gone, scope)


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
