"""httpx2 transports that lead to an ASGI application instead of a network."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from webfoot.asgi.types import ASGIApp
from webfoot.testing.exchange import Exchange
from webfoot.testing.loop import LoopFactory, LoopThread
from webfoot.testing.scope import http_scope

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client agreed on for all of its exchanges; see `TestClient` for each."""

    app: ASGIApp
    raise_server_exceptions: bool
    root_path: str
    client: tuple[str, int]
    app_state: dict[str, Any]
    grace: float

    def exchange(self, request: httpx2.Request, body: Sequence[bytes] | AsyncIterable[bytes]) -> Exchange:
        url = request.url
        scope = http_scope(
            request.method,
            url.path,
            raw_path=url.raw_path.partition(b"?")[0],
            query_string=url.query,
            headers=request.headers.raw,
            scheme=url.scheme,
            root_path=self.root_path,
            client=self.client,
            server=(url.host, url.port or _DEFAULT_PORTS.get(url.scheme)),
            state=self.app_state,
        )
        return Exchange(self.app, scope, body, grace=self.grace)

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


class SyncBody(httpx2.SyncByteStream):
    """A response body that is read part by part out of the loop's thread."""

    def __init__(self, terms: Terms, exchange: Exchange, loop: LoopThread, *, stops_loop: bool) -> None:
        self.extensions: dict[str, Any] = {}
        self._terms = terms
        self._exchange = exchange
        self._loop: LoopThread | None = loop
        self._stops_loop = stops_loop

    def __iter__(self) -> Iterator[bytes]:
        while self._loop is not None:
            # Most applications have ended by now, which spares a trip to the other thread for each part.
            ended = self._exchange.ended
            part = self._exchange.take() if ended else self._loop.run(self._exchange.read())
            if part is None:
                self._terms.conclude(self._exchange, self.extensions)
                return
            yield part

    def close(self) -> None:
        loop, self._loop = self._loop, None
        if loop is None:
            return
        ended = self._exchange.ended
        try:
            if not ended:
                loop.run(self._exchange.close(), timeout=3 * self._terms.grace + 1)
        finally:
            if self._stops_loop:
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
        assert isinstance(request.stream, httpx2.SyncByteStream)
        exchange = self._terms.exchange(request, list(request.stream))
        loop = self.loop or LoopThread(self._loop_factory).start()
        stream = SyncBody(self._terms, exchange, loop, stops_loop=self.loop is None)
        try:
            loop.run(exchange.start())
            response = self._terms.response(exchange, stream)
        except BaseException:
            stream.close()
            raise
        if response.stream is not stream:  # the 500 in place of a response
            stream.close()
        return response


class AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, terms: Terms, exchange: Exchange) -> None:
        self.extensions: dict[str, Any] = {}
        self._terms = terms
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (part := await self._exchange.read()) is not None:
            yield part
        self._terms.conclude(self._exchange, self.extensions)

    async def aclose(self) -> None:
        if not self._exchange.ended:
            await self._exchange.close()
            self._terms.part_early(self._exchange)


class AsyncTransport(httpx2.AsyncBaseTransport):
    """Runs each exchange in the loop of whoever sends the request."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = request.stream
        assert isinstance(body, httpx2.AsyncByteStream)
        # A body that is at hand as a whole is one event; the rest is read as the application asks for it.
        whole = isinstance(body, httpx2.ByteStream)
        exchange = self._terms.exchange(request, [part async for part in body] if whole else body)
        stream = AsyncBody(self._terms, exchange)
        try:
            await exchange.start()
            return self._terms.response(exchange, stream)
        except BaseException:
            await exchange.close()
            raise
