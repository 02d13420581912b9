"""A route for HTTP requests: whether it matches one, and what answers then."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY, Trail
from webfoot.web.answering.handlers import answer_exception, method_not_allowed, no_response
from webfoot.web.callables import is_async_callable, is_function, name_of, where_defined
from webfoot.web.middleware.body_limit import BODY_LIMIT_KEY, limited
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.requests import Request
from webfoot.web.responses.whole import Response
from webfoot.web.routing.entry import FULL, NONE, PARTIAL, Match
from webfoot.web.routing.path_route import PathRoute
from webfoot.web.threads import run_in_threadpool

Endpoint: TypeAlias = Callable[[Request[Any]], Awaitable[Response] | Response]


class Route(PathRoute):
    """Requests for `path` with one of `methods` are answered by `endpoint`.

    `endpoint` is a function that takes a Request and returns a Response (a plain `def` runs in a thread), or an ASGI
    application (a class or object), which by default takes every method. GET brings HEAD with it. A request's body
    may have `max_body_size` bytes; else 413.
    """

    protocol = "http"
    name: str

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
        middleware: Sequence[Middleware] | None = None,
        max_body_size: int | None = None,
    ) -> None:
        assert path.startswith("/"), "Routed paths must start with '/'"
        if not callable(endpoint):
            raise TypeError(f"the endpoint of {path!r} has to be a function or an ASGI application, not {endpoint!r}")
        self.path = path
        self.endpoint = endpoint
        self.max_body_size = max_body_size
        self.name = name_of(endpoint) if name is None else name
        self.include_in_schema = include_in_schema
        self._go_by(path)

        app: ASGIApp = endpoint
        if is_function(endpoint):
            app = request_response(endpoint)
            if methods is None:
                methods = ["GET"]
        self.app: ASGIApp = wrap(app, limited(max_body_size, middleware), self._mark_entered)
        self._is_bare = self.app is app

        self.methods: set[str] | None = None
        if isinstance(methods, str):
            raise TypeError(f"methods are a list such as [{methods!r}], not a text")
        if methods is not None:
            self.methods = {method.upper() for method in methods}
            if "GET" in self.methods:
                self.methods.add("HEAD")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return NONE, {}
        read = self._read(scope)
        if read is None:
            return NONE, {}
        params = {**scope.get("path_params", {}), **read[1]}
        child_scope = {"endpoint": self.endpoint, "path_params": params, "route": self}
        if self.methods and scope["method"] not in self.methods:
            return PARTIAL, child_scope
        return FULL, child_scope

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        if scope["type"] != "http":
            return NONE
        if self.methods and scope["method"] not in self.methods:
            return PARTIAL
        outer = scope.get("path_params")
        scope["endpoint"] = self.endpoint
        scope["path_params"] = {**outer, **params} if outer else params
        scope["route"] = self
        return FULL

    def _matches_as_ours(self) -> bool:
        return type(self).matches is Route.matches

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self.methods and scope["method"] not in self.methods:
            return method_not_allowed(self.methods, scope)(scope, receive, send)
        if self._is_bare and TRAIL_KEY in scope:
            mark_entered(scope, self, self.endpoint)
        if BODY_LIMIT_KEY in scope:
            scope[BODY_LIMIT_KEY].settle(self.max_body_size)
        return self.app(scope, receive, send)

    def _mark_entered(self, scope: Scope) -> None:
        mark_entered(scope, self, self.endpoint)

    def __repr__(self) -> str:
        methods = sorted(self.methods or ())
        return f"{type(self).__name__}(path={self.path!r}, name={self.name!r}, methods={methods!r})"


def mark_entered(scope: Scope, route: PathRoute, endpoint: object) -> None:
    """Tell whoever watches that this is the route, and where its endpoint is written."""
    trail: Trail | None = scope.get(TRAIL_KEY)
    if trail is not None:
        as_entered = route.as_entered
        if as_entered is None:
            file, line = where_defined(endpoint)
            as_entered = route.as_entered = {"name": route.name, "route": route.path, "file": file, "line": line}
        trail.note("route_entered", as_entered.copy())


def request_response(func: Endpoint) -> ASGIApp:
    """The ASGI application that calls `func` with a Request and sends the Response it returns.

    An exception for which the application has a handler is answered right here, so that middleware around this
    one route sees a response.
    """
    call: Callable[[Request[Any]], Awaitable[Response]]
    call = func if is_async_callable(func) else functools.partial(run_in_threadpool, func)  # type: ignore[assignment, call-arg]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request: Request[Any] = Request(scope, receive, send)
        try:
            response = await call(request)
            if not callable(response):
                raise no_response(name_of(func), response)
            await response(scope, receive, send)
        except Exception as exc:
            if not await answer_exception(exc, request, receive, send):
                raise

    return app
