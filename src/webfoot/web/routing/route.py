"""One entry of a routing table: whether it matches a request, and what answers then."""

from __future__ import annotations

import enum
import functools
import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY, trail_of
from webfoot.web.datastructures.url import URLPath
from webfoot.web.exception_handlers import answer_exception, no_response
from webfoot.web.exceptions import HTTPException
from webfoot.web.middleware.body_limit import BODY_LIMIT_KEY, limited
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.requests import Request
from webfoot.web.responses.whole import PlainTextResponse, Response
from webfoot.web.routing.host_index import HostEnding
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
from webfoot.web.threads import is_async_callable, run_in_threadpool

if TYPE_CHECKING:
    from webfoot.web.routing.websocket_route import WebSocketRoute

Endpoint: TypeAlias = Callable[[Request[Any]], Awaitable[Response] | Response]


class Match(enum.Enum):
    """How well a route fits a request. PARTIAL: the path does and the method does not."""

    NONE = 0
    PARTIAL = 1
    FULL = 2


NONE, PARTIAL, FULL = Match.NONE, Match.PARTIAL, Match.FULL


class NoMatchFound(Exception):
    """No route has this name and takes these parameters."""

    def __init__(self, name: str, path_params: dict[str, Any]) -> None:
        super().__init__(f'No route exists for name "{name}" and params "{", ".join(path_params)}".')


class BaseRoute:
    """What a table may hold. A subclass of your own needs `matches` and `handle`, and may have `url_path_for`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """How well the request fits, and what is to be put into its scope if this route is chosen."""
        raise NotImplementedError

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The path of the route called `name`. NoMatchFound when that is not here."""
        raise NoMatchFound(name, path_params)

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request that this route has matched."""
        raise NotImplementedError

    def segments(self) -> tuple[Segments, bool] | None:
        """Where the index may file this route (see `literal_segments`); None: it has to be tried on each path."""
        return None

    def host_ending(self) -> HostEnding | None:
        """The end of the host's name, for a route that has no `segments` and looks at nothing but the host."""
        return None

    def texts(self) -> Texts | None:
        """How the parameters are read (see `text_segments`) where a path fits whose segments do; None: by `matches`.

        Whoever gives them is asked `admit(scope, params)` in the place of `matches(scope)`.
        """
        return None

    def admit(self, scope: Scope, params: dict[str, Any]) -> Match:
        """As `matches` for a path that is known to fit and gave `params`; a full match is put into the scope at once.

        This is how most requests find their route.
        """
        raise NotImplementedError

    def mounted(self) -> ASGIApp | None:
        """The application that lives behind this route and has a lifespan of its own; None for an endpoint."""
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A route alone is an application too, with one answer or none."""
        match, child_scope = self.matches(scope)
        if match is NONE:
            await not_found(scope, receive, send)
            return
        scope.update(child_scope)
        await self.handle(scope, receive, send)


class Route(BaseRoute):
    """Requests for `path` with one of `methods` are answered by `endpoint`.

    `endpoint` is a function that takes a Request and returns a Response (a plain `def` runs in a thread), or an ASGI
    application (a class or object), which by default takes every method. GET brings HEAD with it. A request's body
    may have `max_body_size` bytes; else 413.
    """

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
        self.name = endpoint_name(endpoint) if name is None else name
        self.include_in_schema = include_in_schema
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._filed_regex = self.path_regex
        self._match_filed = path_matcher(path, self.path_regex, self.param_convertors)

        app: ASGIApp = endpoint
        if is_function(endpoint):
            app = request_response(endpoint)
            if methods is None:
                methods = ["GET"]
        self.app: ASGIApp = wrap(app, limited(max_body_size, middleware))

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
        match_path = self._match_filed if self.path_regex is self._filed_regex else self.path_regex.match
        found = match_path(get_route_path(scope))
        if found is None:
            return NONE, {}
        params = convert_params(self.param_convertors, found)
        if params is None:
            return NONE, {}
        params = {**scope.get("path_params", {}), **params}
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

    def segments(self) -> tuple[Segments, bool] | None:
        # Filed by its template only if that is what decides: neither `matches` nor the expression was replaced.
        if type(self).matches is not Route.matches or self.path_regex is not self._filed_regex:
            return None
        return literal_segments(self.path, self.param_convertors)

    def texts(self) -> Texts | None:
        return text_segments(self.path, self.param_convertors)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        if name != self.name or path_params.keys() != self.param_convertors.keys():
            raise NoMatchFound(name, path_params)
        path, _ = replace_params(self.path_format, self.param_convertors, path_params)
        return URLPath(path=rooted(path), protocol="http")

    def handle(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self.methods and scope["method"] not in self.methods:
            return method_not_allowed(self.methods, scope, receive, send)
        if TRAIL_KEY in scope:
            mark_entered(self, scope)
        if BODY_LIMIT_KEY in scope:
            scope[BODY_LIMIT_KEY].settle(self.max_body_size)
        return self.app(scope, receive, send)

    def __repr__(self) -> str:
        methods = sorted(self.methods or ())
        return f"{type(self).__name__}(path={self.path!r}, name={self.name!r}, methods={methods!r})"


def mark_entered(route: Route | WebSocketRoute, scope: Scope) -> None:
    """Tell whoever watches that this is the route, and where its endpoint is written."""
    trail = trail_of(scope)
    if trail is not None:
        file, line = where_defined(route.endpoint)
        trail.mark("route_entered", name=route.name, route=route.path, file=file, line=line)


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
                raise no_response(endpoint_name(func), response)
            await response(scope, receive, send)
        except Exception as exc:
            if not await answer_exception(exc, request, receive, send):
                raise

    return app


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer when no route matches: an HTTPException inside of an application, which has handlers, else a reply."""
    if scope["type"] == "websocket":  # which the server answers with 403
        await send({"type": "websocket.close", "code": 1000, "reason": ""})
    elif scope["type"] != "http":
        raise RuntimeError(f"a router knows http, websocket and lifespan, not {scope['type']!r}")
    elif "app" in scope:
        raise HTTPException(404)
    else:
        await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)


async def method_not_allowed(methods: Collection[str], scope: Scope, receive: Receive, send: Send) -> None:
    """The answer when the path is right and the method is not, with the methods that are (RFC 9110 section 15.5.6)."""
    headers = {"Allow": ", ".join(sorted(methods))}
    if "app" in scope:
        raise HTTPException(405, headers=headers)
    await PlainTextResponse("Method Not Allowed", status_code=405, headers=headers)(scope, receive, send)


def endpoint_name(endpoint: Callable[..., Any]) -> str:
    name: str = getattr(endpoint, "__name__", None) or type(_unwrapped(endpoint)).__name__
    return type(endpoint).__name__ if isinstance(endpoint, functools.partial) else name


def where_defined(endpoint: Callable[..., Any]) -> tuple[str | None, int | None]:
    """The file and line where an endpoint is written; None, None for one that has no Python source."""
    target = inspect.unwrap(_unwrapped(endpoint))
    if inspect.isclass(target):
        codes = [member.__code__ for member in vars(target).values() if inspect.isfunction(member)]
        code = min(codes, key=lambda each: each.co_firstlineno, default=None)  # where its first method is
        return (code.co_filename, code.co_firstlineno) if code is not None else (None, None)
    if not hasattr(target, "__code__"):
        target = getattr(type(target), "__call__", None)  # noqa: B004  (the function itself is wanted)
    code = getattr(target, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else (None, None)


def _unwrapped(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(endpoint, functools.partial):
        endpoint = endpoint.func
    return endpoint


def is_function(endpoint: Callable[..., Any]) -> bool:
    return inspect.isfunction(_unwrapped(endpoint)) or inspect.ismethod(_unwrapped(endpoint))
