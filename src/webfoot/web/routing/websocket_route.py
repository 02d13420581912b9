"""A route for WebSockets."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.datastructures.url import URLPath
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.routing.path import (
    Segments,
    Texts,
    compile_path,
    convert_params,
    get_route_path,
    literal_segments,
    path_matcher,
    replace_params,
    rooted,
    text_segments,
)
from webfoot.web.routing.route import (
    FULL,
    NONE,
    BaseRoute,
    Match,
    NoMatchFound,
    endpoint_name,
    is_function,
    mark_entered,
)
from webfoot.web.socket_answers import answer_socket
from webfoot.web.websockets import WebSocket

SocketFunction: TypeAlias = Callable[[WebSocket[Any]], Awaitable[None]]
SocketEndpoint: TypeAlias = SocketFunction | ASGIApp


class WebSocketRoute(BaseRoute):
    """WebSockets on `path` are served by `endpoint`.

    `endpoint` is an async function that takes a WebSocket, or an ASGI application (a class or object).
    """

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
        self.name = endpoint_name(endpoint) if name is None else name
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._filed_regex = self.path_regex
        self._match_filed = path_matcher(path, self.path_regex, self.param_convertors)
        app: ASGIApp = websocket_session(endpoint) if is_function(endpoint) else endpoint
        self.app: ASGIApp = wrap(app, middleware)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "websocket":
            return NONE, {}
        match_path = self._match_filed if self.path_regex is self._filed_regex else self.path_regex.match
        found = match_path(get_route_path(scope))
        params = None if found is None else convert_params(self.param_convertors, found)
        return (NONE, {}) if params is None else (FULL, self._child_scope(scope, params))

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        if scope["type"] != "websocket":
            return NONE
        scope.update(self._child_scope(scope, params))
        return FULL

    def _child_scope(self, scope: Scope, params: dict[str, Any]) -> Scope:
        params = {**scope.get("path_params", {}), **params}
        return {"endpoint": self.endpoint, "path_params": params, "route": self}

    def segments(self) -> tuple[Segments, bool] | None:
        if type(self).matches is not WebSocketRoute.matches or self.path_regex is not self._filed_regex:
            return None
        return literal_segments(self.path, self.param_convertors)

    def texts(self) -> Texts | None:
        return text_segments(self.path, self.param_convertors)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        if name != self.name or path_params.keys() != self.param_convertors.keys():
            raise NoMatchFound(name, path_params)
        path, _ = replace_params(self.path_format, self.param_convertors, path_params)
        return URLPath(path=rooted(path), protocol="websocket")

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if TRAIL_KEY in scope:
            mark_entered(self, scope)
        return self.app(scope, receive, send)

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
                raise TypeError(f"{endpoint_name(func)} serves a WebSocket, so it has to be an async function")
            await called
        except Exception as exc:
            if not await answer_socket(exc, websocket):
                raise

    return app
