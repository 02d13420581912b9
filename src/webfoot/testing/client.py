"""The test clients: httpx2 clients whose requests go to an ASGI application in the same process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeAlias

import httpx2

from webfoot.asgi.guard import TOLERATED, Guard
from webfoot.asgi.types import ASGIApp
from webfoot.testing.lifespan import Lifespan
from webfoot.testing.loop import LoopFactory, LoopThread, Portal
from webfoot.testing.transport import AsyncTransport, SyncTransport, Terms, check_loop
from webfoot.testing.websocket import AsyncWebSocketTestSession, Call, WebSocketTestSession

HeaderTypes: TypeAlias = Mapping[str, str] | Sequence[tuple[str, str]]
_PATIENCE: Final = 10.0  # seconds
_LOADING: Final = 6  # so many times as long a startup may hold the event loop: it loads models, and the like

CookieTypes: TypeAlias = httpx2.Cookies | CookieJar | dict[str, str] | list[tuple[str, str]]


class TestClient(httpx2.Client):
    """A synchronous client; the application runs in an event loop in a background thread.

    In a `with` block there is one loop for all requests, so that what is bound to a loop (database pools, locks,
    queues) works across them, and the lifespan runs: startup at the beginning of the block, shutdown at its end.
    Without `with` each request has a loop of its own and no lifespan runs.

    raise_server_exceptions: raise the application's exception in the test. Otherwise it is a 500, or, when it comes
        in the middle of the body, a httpx2.RemoteProtocolError.
    root_path: `scope["root_path"]`. client: `scope["client"]`, host and port.
    backend: "asyncio". backend_options: `{"use_uvloop": True}` takes uvloop's loop.
    timeout: seconds to wait for the application where it says nothing: for its lifespan, its answer, each part of
        that, and its end. None is for ever. As with any httpx2 client a request may have its own.
    disconnect_grace: how many seconds an application gets to end when a response is closed early (it sees
        http.disconnect), before it is cancelled.
    guard: hold the application to the ASGI specification; what breaks it is an `ASGIViolation` that names the rule.

    `app_state` is the lifespan's state; each request gets a shallow copy as `scope["state"]`. `portal` leads into the
    event loop of the `with` block, and is None outside of it.
    """

    __test__ = False  # the name would make pytest collect it
    portal: Portal | None = None
    no_such_backend: type[Exception] = ValueError

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        raise_server_exceptions: bool = True,
        root_path: str = "",
        backend: Literal["asyncio"] = "asyncio",
        backend_options: Mapping[str, Any] | None = None,
        cookies: CookieTypes | None = None,
        headers: HeaderTypes | None = None,
        follow_redirects: bool = True,
        client: tuple[str, int] = ("testclient", 50000),
        *,
        timeout: float | httpx2.Timeout | None = _PATIENCE,
        disconnect_grace: float = 0.5,
        guard: bool = True,
    ) -> None:
        self.app = app
        self.app_state: dict[str, Any] = {}
        if backend != "asyncio":
            raise self.no_such_backend(f"webfoot runs on asyncio only, not on {backend!r}")
        self._loop_factory = _loop_factory(backend_options or {})
        self._raises = raise_server_exceptions
        self._lifespan: Lifespan | None = None
        self._terms = Terms(
            _held(app) if guard else app, raise_server_exceptions, root_path, client, self.app_state, disconnect_grace
        )
        self._exchanges = SyncTransport(self._terms, self._loop_factory)
        super().__init__(
            base_url=base_url,
            headers=_with_user_agent(headers),
            cookies=cookies,
            follow_redirects=follow_redirects,
            timeout=timeout,
            transport=self._exchanges,
        )

    def websocket_connect(
        self,
        url: httpx2.URL | str,
        subprotocols: Sequence[str] | None = None,
        *,
        timeout: Any = httpx2.USE_CLIENT_DEFAULT,
        **options: Any,
    ) -> WebSocketTestSession:
        """A WebSocket, for a `with` block. `options` are those of `get()`.

        timeout: seconds to wait for the application's answer to the handshake, and for each message; None is for ever.
        """
        return WebSocketTestSession(self, url, subprotocols, Call(_patience(self, timeout), self._raises), options)

    def __enter__(self) -> Self:
        if self._exchanges.loop is not None:
            raise RuntimeError("this test client is already in a `with` block")
        loop = LoopThread(self._loop_factory).start()
        try:
            lifespan = Lifespan(self.app, self.app_state)
            patience = self.timeout.read
            loop.run(lifespan.startup(patience), timeout=None if patience is None else _LOADING * patience)
        except BaseException:
            loop.stop()
            raise
        self._exchanges.loop, self._lifespan, self.portal = loop, lifespan, Portal(loop)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        loop, lifespan = self._exchanges.loop, self._lifespan
        self._exchanges.loop = self._lifespan = self.portal = None
        assert loop is not None
        assert lifespan is not None
        try:
            try:
                loop.run(self._terms.see_out(), timeout=self.timeout.read)
            finally:
                loop.run(lifespan.shutdown(self.timeout.read), timeout=self.timeout.read)
        finally:
            loop.stop()


class AsyncTestClient(httpx2.AsyncClient):
    """An asynchronous client; the application runs in the test's own event loop.

    `async with` runs the lifespan. The parameters are those of `TestClient`.
    """

    def __init__(
        self,
        app: ASGIApp,
        base_url: str = "http://testserver",
        *,
        raise_server_exceptions: bool = True,
        root_path: str = "",
        cookies: CookieTypes | None = None,
        headers: HeaderTypes | None = None,
        follow_redirects: bool = True,
        client: tuple[str, int] = ("testclient", 50000),
        timeout: float | httpx2.Timeout | None = _PATIENCE,
        disconnect_grace: float = 0.5,
        guard: bool = True,
    ) -> None:
        self.app = app
        self.app_state: dict[str, Any] = {}
        self._lifespan: Lifespan | None = None
        self._terms = Terms(
            _held(app) if guard else app, raise_server_exceptions, root_path, client, self.app_state, disconnect_grace
        )
        super().__init__(
            base_url=base_url,
            headers=_with_user_agent(headers),
            cookies=cookies,
            follow_redirects=follow_redirects,
            timeout=timeout,
            transport=AsyncTransport(self._terms),
        )
        self._raises = raise_server_exceptions

    def websocket_connect(
        self,
        url: httpx2.URL | str,
        subprotocols: Sequence[str] | None = None,
        *,
        timeout: Any = httpx2.USE_CLIENT_DEFAULT,
        **options: Any,
    ) -> AsyncWebSocketTestSession:
        """A WebSocket, for an `async with` block; see `TestClient.websocket_connect`."""
        return AsyncWebSocketTestSession(self, url, subprotocols, Call(_patience(self, timeout), self._raises), options)

    async def __aenter__(self) -> Self:
        if self._lifespan is not None:
            raise RuntimeError("this test client is already in an `async with` block")
        check_loop()
        lifespan = Lifespan(self.app, self.app_state)
        await lifespan.startup(self.timeout.read)
        self._lifespan = lifespan
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        lifespan, self._lifespan = self._lifespan, None
        assert lifespan is not None
        try:
            await self._terms.see_out()
        finally:
            await lifespan.shutdown(self.timeout.read)


def _patience(client: httpx2.Client | httpx2.AsyncClient, timeout: Any) -> float | None:
    return client.timeout.read if timeout is httpx2.USE_CLIENT_DEFAULT else httpx2.Timeout(timeout).read


def _held(app: ASGIApp) -> ASGIApp:
    # A response that is never completed is an IncompleteResponse here, which says whether it had begun.
    return Guard(app, ignore=TOLERATED | {"response-incomplete"})


def _with_user_agent(headers: HeaderTypes | None) -> httpx2.Headers:
    given = httpx2.Headers(headers)
    given.setdefault("user-agent", "testclient")
    return given


def _loop_factory(options: Mapping[str, Any]) -> LoopFactory | None:
    unknown = set(options) - {"use_uvloop"}
    if unknown:
        raise ValueError(f"unknown backend option {unknown.pop()!r}: 'use_uvloop' is the only one")
    if not options.get("use_uvloop"):
        return None
    import uvloop

    factory: LoopFactory = uvloop.new_event_loop
    return factory
