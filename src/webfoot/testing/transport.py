"""httpx2 transports that lead to an ASGI application instead of a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

import httpx2

from webfoot.asgi.types import ASGIApp
from webfoot.testing.exchange import Exchange
from webfoot.testing.loop import LoopFactory, LoopThread, Upload
from webfoot.testing.patience import Silence
from webfoot.testing.scope import http_scope, websocket_scope
from webfoot.testing.websocket import CALL_KEY, Call
from webfoot.testing.websocket_exchange import WebSocketExchange

T = TypeVar("T")

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client agreed on for all of its exchanges; see `TestClient` for each."""

    app: ASGIApp
    raise_server_exceptions: bool
    root_path: str
    client: tuple[str, int]
    app_state: dict[str, Any]
    grace: float
    begun: WeakSet[Exchange] = field(default_factory=WeakSet)

    def exchange(self, request: httpx2.Request, body: Sequence[bytes] | AsyncIterable[bytes]) -> Exchange:
        scope = http_scope(request.method, request.url.path, **self._facts(request))
        exchange = Exchange(self.app, scope, body, grace=self.grace)
        self.begun.add(exchange)
        return exchange

    def _facts(self, request: httpx2.Request) -> dict[str, Any]:
        """What the scopes of both kinds tell of a request, and of this client."""
        url = request.url
        return {
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "headers": request.headers.raw,
            "scheme": url.scheme,
            "root_path": self.root_path,
            "client": self.client,
            "server": (url.host, url.port or _DEFAULT_PORTS.get(url.scheme)),
            "state": self.app_state,
        }

    async def see_out(self) -> None:
        """Part from what still runs in this loop, as a server does before the lifespan ends: responses not closed."""
        for exchange in list(self.begun):
            if exchange.runs_here:
                await exchange.close()

    def websocket_exchange(self, request: httpx2.Request) -> WebSocketExchange:
        subprotocols = request.headers.get_list("sec-websocket-protocol", split_commas=True)
        scope = websocket_scope(request.url.path, subprotocols=subprotocols, **self._facts(request))
        return WebSocketExchange(self.app, scope, grace=self.grace)

    def handshake(self, exchange: WebSocketExchange) -> httpx2.Response:
        """The answer to a handshake as an httpx2 response; a failure that came before is raised, or a 500."""
        if not exchange.accepted and exchange.error is not None and self.raise_server_exceptions:
            raise exchange.error
        assert exchange.status is not None
        return httpx2.Response(exchange.status, headers=exchange.headers, content=exchange.body or None)

    def response(self, exchange: Exchange, stream: SyncBody | AsyncBody) -> httpx2.Response:
        """The head as an httpx2 response whose body is `stream`; a failure before the head is a 500 or is raised."""
        if exchange.status is None:
            if self.raise_server_exceptions and exchange.error is not None:
                raise exchange.error
            return httpx2.Response(500)
        response = httpx2.Response(exchange.status, headers=exchange.headers, stream=stream)
        if exchange.early_hints:
            response.extensions["http.response.early_hint"] = exchange.early_hints
        if exchange.debug is not None:
            response.extensions["http.response.debug"] = exchange.debug
            # How tests get at a template and its context: response.template, response.context.
            for name in ("template", "context"):
                if name in exchange.debug:
                    setattr(response, name, exchange.debug[name])
        stream.extensions = response.extensions
        return response

    def conclude(self, exchange: Exchange, extensions: dict[str, Any]) -> None:
        """At the end of the body: the trailers arrive, and so does a failure that came after the head."""
        if exchange.trailers:
            extensions["http.response.trailers"] = exchange.trailers
        if exchange.error is None:
            if not exchange.complete:
                raise httpx2.RemoteProtocolError("the client's `with` block ended before the response was complete")
            return
        if self.raise_server_exceptions:
            raise exchange.error
        if not exchange.complete:
            raise httpx2.RemoteProtocolError(
                "the application failed before its response was complete"
            ) from exchange.error

    def part_early(self, exchange: Exchange) -> None:
        """The client closed the response in the middle; what the application then got wrong is its failure still."""
        if self.raise_server_exceptions and exchange.error is not None:
            raise exchange.error


def _patience(request: httpx2.Request) -> float | None:
    """Seconds to wait for the application, None for ever: the read timeout that httpx2 gives to each request."""
    patience: float | None = request.extensions.get("timeout", {}).get("read")
    return patience


def _too_late(said: Silence, request: httpx2.Request) -> httpx2.ReadTimeout:
    return httpx2.ReadTimeout(f"{said}; timeout= allows more, and None has no limit", request=request)


class SyncBody(httpx2.SyncByteStream):
    """A response body that is read part by part out of the loop's thread."""

    def __init__(
        self, terms: Terms, exchange: Exchange, loop: LoopThread, request: httpx2.Request, upload: Upload | None
    ) -> None:
        self.extensions: dict[str, Any] = {}
        self.stops_loop = False
        self._terms = terms
        self._exchange = exchange
        self._loop: LoopThread | None = loop
        self._request = request
        self._upload = upload

    def start(self) -> None:
        self._run(self._exchange.start)

    def __iter__(self) -> Iterator[bytes]:
        while self._loop is not None:
            # Most applications have ended by now, which spares a trip to the other thread for each part.
            part = self._exchange.take() if self._exchange.ended else self._run(self._exchange.read)
            if part is None:
                self._terms.conclude(self._exchange, self.extensions)
                return
            yield part

    def _run(self, step: Callable[[float | None], Coroutine[Any, Any, T]]) -> T:
        assert self._loop is not None
        patience = _patience(self._request)
        try:
            return self._loop.run(step(patience), timeout=patience, upload=self._upload)
        except Silence as said:
            raise _too_late(said, self._request) from None

    def close(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None:
            return
        ended = self._exchange.ended
        try:
            if not ended:
                loop.run(self._exchange.close(), timeout=3 * self._terms.grace + 1)
        finally:
            if self.stops_loop:
                loop.stop()
        if not ended:
            self._terms.part_early(self._exchange)


class SyncTransport(httpx2.BaseTransport):
    """Runs each exchange in `loop`, or, while there is none, in a loop of its own that ends with the response."""

    def __init__(self, terms: Terms, loop_factory: LoopFactory | None) -> None:
        self.loop: LoopThread | None = None
        self._terms = terms
        self._loop_factory = loop_factory

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if CALL_KEY in request.extensions:
            return self._shake_hands(request, request.extensions[CALL_KEY])
        body = request.stream
        assert isinstance(body, httpx2.SyncByteStream)
        upload = None if isinstance(body, httpx2.ByteStream) else Upload(body)
        exchange = self._terms.exchange(request, list(body) if upload is None else upload)
        loop = self.loop or LoopThread(self._loop_factory).start()
        stream = SyncBody(self._terms, exchange, loop, request, upload)
        stream.stops_loop = loop is not self.loop
        try:
            stream.start()
            response = self._terms.response(exchange, stream)
        except BaseException:
            stream.close()
            raise
        if response.stream is not stream:  # the 500 in place of a response
            stream.close()
        return response

    def _shake_hands(self, request: httpx2.Request, call: Call) -> httpx2.Response:
        call.stop_loop()  # of an attempt before this one: a client may answer a 401
        call.loop, call.stops_loop = self.loop or LoopThread(self._loop_factory).start(), self.loop is None
        call.exchange = exchange = self._terms.websocket_exchange(request)
        limit = None if call.patience is None else 2 * call.patience + 3 * self._terms.grace + 1
        call.loop.run(exchange.start(call.patience), timeout=limit)
        return self._terms.handshake(exchange)


def check_loop() -> None:
    """RuntimeError where no asyncio event loop runs, under trio say."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("AsyncTestClient runs the application in asyncio's event loop, and here is none") from None


class AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, terms: Terms, exchange: Exchange, request: httpx2.Request) -> None:
        self.extensions: dict[str, Any] = {}
        self._terms = terms
        self._exchange = exchange
        self._request = request

    async def start(self) -> None:
        await self._run(self._exchange.start)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self._run(self._exchange.read)) is not None:
            yield part
        self._terms.conclude(self._exchange, self.extensions)

    async def _run(self, step: Callable[[float | None], Coroutine[Any, Any, T]]) -> T:
        try:
            return await step(_patience(self._request))
        except Silence as said:
            raise _too_late(said, self._request) from None

    async def aclose(self) -> None:
        if not self._exchange.ended:
            await self._exchange.close()
            self._terms.part_early(self._exchange)


class AsyncTransport(httpx2.AsyncBaseTransport):
    """Runs each exchange in the loop of whoever sends the request."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        check_loop()
        if CALL_KEY in request.extensions:
            return await self._shake_hands(request, request.extensions[CALL_KEY])
        body = request.stream
        assert isinstance(body, httpx2.AsyncByteStream)
        # A body that is at hand as a whole is one event; the rest is read as the application asks for it.
        whole = isinstance(body, httpx2.ByteStream)
        exchange = self._terms.exchange(request, [part async for part in body] if whole else body)
        stream = AsyncBody(self._terms, exchange, request)
        try:
            await stream.start()
            return self._terms.response(exchange, stream)
        except BaseException:
            await exchange.close()
            raise

    async def _shake_hands(self, request: httpx2.Request, call: Call) -> httpx2.Response:
        call.exchange = exchange = self._terms.websocket_exchange(request)
        try:
            await exchange.start(call.patience)
            return self._terms.handshake(exchange)
        except BaseException:
            await exchange.close()
            raise
