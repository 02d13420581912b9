"""ONE HTTP exchange with an ASGI application, in process: no socket, no bytes on a wire, no thread.

    exchange = Exchange(app, http_scope("POST", "/ducks"), [b'{"name": ', b'"Mandarin"}'])
    body = await exchange.run()
    assert (exchange.status, body) == (201, b"...")

The exchange is a well-behaved server to the application: it holds the order of events to `webfoot.asgi.states`, lets
`send()` wait while the client reads slowly, and tells the application when the client has gone. The test clients
stand on it; a test that wants to disconnect in the middle of an upload, or to see the bare events, uses it as it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Any, Final

from webfoot.asgi.disconnect import tells_of_disconnect
from webfoot.asgi.states import HTTP_SEND
from webfoot.asgi.types import ASGIApp, ClientDisconnected, Headers, Message, Scope
from webfoot.testing.contract import body_of, next_state, pairs_of, status_of
from webfoot.testing.patience import Silence, patiently, place_of_task, see_out

HIGH_WATER: Final = 65_536
"""Unread response bytes above which `send()` waits, as a socket's write buffer would make it wait."""


class IncompleteResponse(RuntimeError):
    """The application came to its end without sending a complete response."""


class Exchange:
    """One request and its response. Needs a running event loop from `start()` on.

    `body` is the request's body: a sequence becomes one http.request event for each part (one empty event when it
    is empty); an asynchronous iterable is read part by part as the application asks for it.

    `events` holds all that the application has sent, in order. `status` (None until the head was sent), `headers`,
    `trailers`, `early_hints` (one list of link values for each event) and `debug` are read out of them.

    `grace` is how many seconds an application gets to end by itself when its client has gone, before it is cancelled.
    """

    def __init__(
        self, app: ASGIApp, scope: Scope, body: Sequence[bytes] | AsyncIterable[bytes] = (), *, grace: float = 0.5
    ) -> None:
        self.app = app
        self.scope = scope
        self.grace = grace
        self.events: list[Message] = []
        self.status: int | None = None
        self.headers: Headers = []
        self.trailers: Headers = []
        self.early_hints: list[list[bytes]] = []
        self.debug: dict[str, Any] | None = None

        self._request_events = _request_events(body)
        self._request_complete = False
        self._upload_failure: BaseException | None = None
        self._coming: asyncio.Future[Message] | None = None
        self._state = "start"
        self._parts: deque[bytes] = deque()
        self._unread = 0
        self._disconnected = False
        self._task: asyncio.Task[None] | None = None
        self._raised: BaseException | None = None
        # What the three parties sleep on: whoever reads the response, send(), and receive().
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._over = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the application has returned or raised."""
        return self._task is not None and self._task.done()

    @property
    def runs_here(self) -> bool:
        """Whether the application goes on, in the event loop of the caller."""
        return self._task is not None and not self.ended and self._task.get_loop() is asyncio.get_running_loop()

    @property
    def complete(self) -> bool:
        """Whether the application has sent its whole response."""
        return self._state == "done"

    @property
    def error(self) -> BaseException | None:
        """What went wrong, once the application has ended: its exception, or an IncompleteResponse.

        An application that ends because its client has gone, by whatever exception that caused, did nothing wrong.
        """
        raised = self._raised
        if raised is not None and not isinstance(raised, asyncio.CancelledError):
            return None if self._disconnected and tells_of_disconnect(raised) else raised
        if self._disconnected or self.complete or not self.ended:
            return None
        how = "returned" if raised is None else "was cancelled"
        sent = "sending a response" if self.status is None else "completing its response"
        incomplete = IncompleteResponse(f"the application {how} without {sent}")
        incomplete.__cause__ = raised
        return incomplete

    async def run(self) -> bytes:
        """The whole exchange: start, read everything, raise `error` if there is one, and return the body."""
        await self.start()
        parts = []
        while (part := await self.read()) is not None:
            parts.append(part)
        if self.error is not None:
            raise self.error
        return b"".join(parts)

    async def start(self, patience: float | None = None) -> None:
        """Call the application; return when it has sent the head of its response, or has ended.

        Raises TimeoutError when it says nothing for `patience` seconds (those in which it waits for the request's body
        do not count), and whatever the iterator of the body raises.
        """
        self._task = asyncio.create_task(self._call())
        self._task.add_done_callback(lambda _: self._news.set())
        while self.status is None and not self.ended:
            await self._hear(patience)

    async def read(self, patience: float | None = None) -> bytes | None:
        """The next part of the response body; None when there is no more AND the application has ended.

        Waiting for the application's end means that its background tasks have run when a test goes on. Raises as
        `start()` does.
        """
        while not self._parts and not self.ended:
            await self._hear(patience)
        return self.take()

    def take(self) -> bytes | None:
        """A part that is at hand, or None. Once the application has ended any thread may call it."""
        if not self._parts:
            return None
        part = self._parts.popleft()
        self._unread -= len(part)
        self._room.set()
        return part

    def disconnect(self) -> None:
        """The client goes away: receive() gives http.disconnect, send() raises ClientDisconnected."""
        if not self.complete:
            self._disconnected = True
            self._over.set()
            self._room.set()

    async def close(self) -> None:
        """Disconnect and see the application out, see `see_out`."""
        self.disconnect()
        if self._task is not None:
            await see_out(self._task, self.grace)

    async def _call(self) -> None:
        try:
            await self.app(self.scope, self._receive, self._send)
        except BaseException as exc:
            # Also what is no Exception: SystemExit in a task would take the loop down with it, and pytest.fail()
            # inside an application is to fail the test. The reader of the response raises it.
            self._raised = exc
        finally:
            if self._coming is not None:
                self._coming.cancel()

    async def _hear(self, patience: float | None) -> None:
        self._news.clear()
        heard = await patiently(self._news, patience, excused=lambda: self._coming is not None)
        if self._upload_failure is not None:
            raise self._upload_failure
        if not heard:
            assert self._task is not None
            what = "not ended" if self.complete else "sent nothing"
            raise Silence(f"the application has {what} for {patience:g} seconds{place_of_task(self._task)}")

    async def _receive(self) -> Message:
        while not self._request_complete and not self._over.is_set():
            event = await self._next_request_event()
            if event is not None:
                self._request_complete = not event["more_body"]
                return event
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def _next_request_event(self) -> Message | None:
        """The next part of the request; None when the exchange was over first, or another receive() has taken it.

        The part that is under way outlives a cancelled receive(), so `wait_for(receive(), ...)` loses nothing.
        """
        if self._coming is None:
            self._coming = asyncio.ensure_future(anext(self._request_events))
        coming = self._coming
        over = asyncio.ensure_future(self._over.wait())
        either: set[asyncio.Future[Any]] = {coming, over}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
        if self._over.is_set() or self._coming is not coming or not coming.done():
            return None
        self._coming = None
        self._upload_failure = coming.exception()
        if self._upload_failure is not None:  # it is the client's, and this is what the application sees of it
            self.disconnect()
            self._news.set()
            return None
        return coming.result()

    async def _send(self, message: Message) -> None:
        if self._disconnected:
            await asyncio.sleep(0)  # an application that swallows the error in a loop must not starve everyone else
            raise ClientDisconnected("the client has gone")
        following = next_state(HTTP_SEND, self._state, message, self.scope)
        self._take(message)
        self._state = following
        self.events.append(message)
        self._news.set()
        if self.complete:
            self._over.set()
        while self._unread > HIGH_WATER and not self._disconnected:
            self._room.clear()
            await self._room.wait()

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                headers = pairs_of(message)
                self.status = status_of(message)
                self.headers = headers
            case "http.response.body":
                part = body_of(message)
                if part and self._has_body():
                    self._parts.append(part)
                    self._unread += len(part)
            case "http.response.trailers":
                self.trailers += pairs_of(message)
            case "http.response.early_hint":
                self.early_hints.append(list(message["links"]))
            case "http.response.debug":
                self.debug = message["info"]

    def _has_body(self) -> bool:
        """RFC 9110, 6.4.1: no content follows a HEAD request, a 204 or a 304, whatever the application sends."""
        return self.scope["method"] != "HEAD" and self.status not in (204, 304)


async def _request_events(body: Sequence[bytes] | AsyncIterable[bytes]) -> AsyncIterator[Message]:
    if isinstance(body, AsyncIterable):
        async for part in body:
            if not isinstance(part, (bytes, bytearray, memoryview)):
                raise TypeError(f"the parts of a request's body must be bytes, not {type(part).__name__}")
            yield {"type": "http.request", "body": bytes(part), "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}
        return
    last = len(body) - 1
    for index, part in enumerate(body):
        yield {"type": "http.request", "body": part, "more_body": index < last}
    if not body:
        yield {"type": "http.request", "body": b"", "more_body": False}
