"""A route for WebSockets."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.answering.sockets import answer_socket
from webfoot.web.callables import is_function, name_of
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.routing.entry import FULL, NONE, Match
from webfoot.web.routing.path_route import PathRoute
from webfoot.web.routing.route import mark_entered
from webfoot.web.websockets import WebSocket

SocketFunction: TypeAlias = Callable[[WebSocket[Any]], Awaitable[None]]
SocketEndpoint: TypeAlias = SocketFunction | ASGIApp


class WebSocketRoute(PathRoute):
    """WebSockets on `path` are served by `endpoint`.

    `endpoint` is an async function that takes a WebSocket, or an ASGI application (a class or object).
    """

    protocol = "websocket"
    name: str

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        name: str | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        assert path.startswith("/"), "Routed paths must start with '/'"
        self.path = path
        self.endpoint = endpoint
        self.name = name_of(endpoint) if name is None else name
        self._go_by(path)
        app: ASGIApp = websocket_session(endpoint) if is_function(endpoint) else endpoint
        self.app: ASGIApp = wrap(app, middleware, self._mark_entered)
        self._is_bare = self.app is app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "websocket":
            return NONE, {}
        read = self._read(scope)
        return (NONE, {}) if read is None else (FULL, self._child_scope(scope, read[1]))

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        if scope["type"] != "websocket":
            return NONE
        scope.update(self._child_scope(scope, params))
        return FULL

    def _child_scope(self, scope: Scope, params: dict[str, Any]) -> Scope:
        params = {**scope.get("path_params", {}), **params}
        return {"endpoint": self.endpoint, "path_params": params, "route": self}

    def _matches_as_ours(self) -> bool:
        return type(self).matches is WebSocketRoute.matches

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._is_bare and TRAIL_KEY in scope:
            self._mark_entered(scope)
        return self.app(scope, receive, send)

    def _mark_entered(self, scope: Scope) -> None:
        mark_entered(scope, self, self.endpoint)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={self.path!r}, name={self.name!r})"


def websocket_session(func: SocketFunction) -> ASGIApp:
    """The ASGI application that calls `func` with a WebSocket.

    An exception for which the application has a handler is answered right here, so that middleware around this one
    route sees the answer.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        websocket: WebSocket[Any] = WebSocket(scope, receive, send)
        try:
            called = func(websocket)
            if not inspect.isawaitable(called):
                raise TypeError(f"{name_of(func)} serves a WebSocket, so it has to be an async function")
            await called
        except Exception as exc:
            if not await answer_socket(exc, websocket):
                raise

    return app
