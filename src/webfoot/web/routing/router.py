"""The router: which route answers, and what is said when none does."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Sequence
from typing import Any, ClassVar

from webfoot.asgi.types import ASGIApp, Receive, Scope, Send
from webfoot.trail.trail import TRAIL_KEY, Trail, trail_of
from webfoot.web.answering.handlers import method_not_allowed
from webfoot.web.datastructures.url import URLPath, relative_location
from webfoot.web.lifespan import Lifespan, as_lifespan, run_lifespan
from webfoot.web.middleware.body_limit import limited
from webfoot.web.middleware.order import Middleware, wrap
from webfoot.web.responses.whole import Response
from webfoot.web.routing.entry import FULL, NONE, PARTIAL, BaseRoute, first_path, not_found
from webfoot.web.routing.group import expanded
from webfoot.web.routing.host import Host
from webfoot.web.routing.index import Candidate, RouteIndex
from webfoot.web.routing.near import nearest, shadowed
from webfoot.web.routing.path import get_route_path, read_texts
from webfoot.web.routing.path_route import PathRoute
from webfoot.web.routing.route import Endpoint, Route
from webfoot.web.routing.table import RouteTable
from webfoot.web.routing.websocket_route import SocketEndpoint, WebSocketRoute


class Router:
    """An ASGI application that hands each request to the first of its routes that matches.

    `routes` may be changed at any time. `default` is called when no route matches (a 404 unless given).
    `max_body_size`: bytes that a request's body may have (413), where a route or mount does not say otherwise.
    """

    holds_limits: ClassVar = True  # those of its routes; see `may_hold_nearer`
    starts_mounted: ClassVar = True  # else who mounts an application runs its lifespan; see `webfoot.compat`

    def __init__(
        self,
        routes: Sequence[BaseRoute] | None = None,
        redirect_slashes: bool = True,
        default: ASGIApp | None = None,
        lifespan: Lifespan[Any] | None = None,
        *,
        middleware: Sequence[Middleware] | None = None,
        max_body_size: int | None = None,
    ) -> None:
        self._index: RouteIndex | None = None
        self._routes = RouteTable()
        self.routes = routes or ()
        self.redirect_slashes = redirect_slashes
        self.default: ASGIApp = self.not_found if default is None else default
        self.lifespan_context = as_lifespan(lifespan)
        self.middleware_stack: ASGIApp = wrap(self.app, limited(max_body_size, middleware))

    @property
    def routes(self) -> RouteTable:
        return self._routes

    @routes.setter
    def routes(self, routes: Iterable[BaseRoute]) -> None:
        table, before = RouteTable(routes), self._routes
        table.watch(self)
        self._routes = table
        table.replace(before)

    def routes_changed(self) -> None:
        """Forget the index; the next request builds a new one."""
        self._index = None

    @property
    def index(self) -> RouteIndex:
        if self._index is None:
            self._index = RouteIndex(self._answering(expanded(self._routes, self)))
        return self._index

    def _answering(self, routes: list[BaseRoute]) -> list[BaseRoute]:
        """The routes as they are to answer: for subclasses that put something around them."""
        return routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.middleware_stack(scope, receive, send)

    def app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Without the router's own middleware. Finds who answers, and gives what has to be awaited for the answer."""
        if scope["type"] == "lifespan":
            return self.lifespan(scope, receive, send)
        if "router" not in scope:
            scope["router"] = self

        index = self._index or self.index
        path = get_route_path(scope) if scope.get("root_path") else scope["path"]
        candidates = index.candidates(path, scope)
        other_method: Candidate | None = None
        for candidate in candidates:
            _, route, texts = candidate
            if texts is None:
                match, child_scope = route.matches(scope)
                if match is FULL:
                    scope.update(child_scope)
            else:
                params = read_texts(texts, path) if texts else {}
                match = NONE if params is None else route.admit(scope, params)
            if match is FULL:
                if TRAIL_KEY in scope:
                    _mark_found(scope, route, path, candidates)
                return route.handle(scope, receive, send)
            if match is PARTIAL and other_method is None:
                other_method = candidate

        if other_method is not None:
            return self._refuse_method(other_method.route, candidates, scope, receive, send)
        if self.redirect_slashes and (redirected := self._with_other_slash(scope, path)) is not None:
            location = relative_location(redirected)
            if TRAIL_KEY in scope:
                self._mark(scope, "redirect_slash", location=location)
            return Response(status_code=307, headers={"location": location})(scope, receive, send)
        if (last := self.last_resort(scope)) is not None:
            if TRAIL_KEY in scope:
                _mark_found(scope, last, path)
            return last.handle(scope, receive, send)
        if TRAIL_KEY in scope:
            self._mark(scope, "not_found", near=nearest(index.routes, scope))
        return self.default(scope, receive, send)

    def last_resort(self, scope: Scope) -> BaseRoute | None:
        """Who answers what none of `routes` matches, put into the scope like a route that does. For subclasses."""
        return None

    def _refuse_method(
        self, first: BaseRoute, candidates: Sequence[Candidate], scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """405. A route of another kind answers itself; else the answer names what all routes of this path allow."""
        matched = [(route, *route.matches(scope)) for _, route, _ in candidates]
        partial = [(route, child_scope) for route, match, child_scope in matched if match is PARTIAL]
        allow = sorted({method for route, _ in partial for method in getattr(route, "methods", None) or ()})
        scope.update(partial[0][1])
        if TRAIL_KEY in scope:
            self._mark(scope, "method_not_allowed", route=_said(first), allow=allow)
        if isinstance(first, Route) and type(first).handle is Route.handle:
            return method_not_allowed(allow, scope)(scope, receive, send)
        return first.handle(scope, receive, send)

    def _with_other_slash(self, scope: Scope, path: str) -> Scope | None:
        """The same request with or without a slash at the end of its path, if there is a route for that."""
        other = _other_slash(path) if scope["type"] == "http" else None
        candidates = () if other is None else self.index.candidates(other, scope)
        if not candidates:
            return None
        whole = _other_slash(scope["path"])
        if whole is None:  # a root_path of "/" leaves nothing of "/"
            return None
        redirected = {**scope, "path": whole}
        found = any(candidate.route.matches(redirected)[0] is not NONE for candidate in candidates)
        return redirected if found else None

    def _mark(self, scope: Scope, outcome: str, **facts: object) -> None:
        trail = trail_of(scope)
        if trail is not None:
            trail.mark(
                "route_matched",
                outcome=outcome,
                method=scope.get("method", "WebSocket"),
                path=get_route_path(scope),
                **facts,
            )

    async def not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        await not_found(scope, receive, send)

    async def lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The router's own lifespan, and those of the applications that are mounted in it."""
        routes = expanded(self._routes) if self.starts_mounted else ()
        mounted = [(_said(route), app) for route in routes if (app := route.mounted()) is not None]
        await run_lifespan(self.lifespan_context, scope.get("app", self), mounted, scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        return first_path((candidate.route for candidate in self.index.named(name)), name, path_params)

    def mount(self, path: str, app: ASGIApp, name: str | None = None) -> None:
        from webfoot.web.routing.mount import Mount  # a mount of routes makes a router: the two need each other

        self.routes.append(Mount(path, app=app, name=name))

    def host(self, host: str, app: ASGIApp, name: str | None = None) -> None:
        self.routes.append(Host(host, app=app, name=name))

    def add_route(
        self,
        path: str,
        endpoint: Endpoint,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> None:
        route = Route(path, endpoint, methods=methods, name=name, include_in_schema=include_in_schema)
        self.routes.append(route)

    def add_websocket_route(self, path: str, endpoint: SocketEndpoint, name: str | None = None) -> None:
        self.routes.append(WebSocketRoute(path, endpoint, name=name))


def entry_of(app: ASGIApp) -> ASGIApp:
    """What to await in the place of `app(...)`: a router's __call__ is there for others, and is one coroutine more."""
    if isinstance(app, Router) and type(app).__call__ is Router.__call__:
        return app.middleware_stack
    return app


def _other_slash(path: str) -> str | None:
    """`path` with the slash at its end added, or all of them taken away. The root has no other form."""
    if path == "/":
        return None
    return path.rstrip("/") if path.endswith("/") else path + "/"


def _mark_found(scope: Scope, route: BaseRoute, path: str, candidates: Sequence[Candidate] = ()) -> None:
    trail: Trail | None = scope[TRAIL_KEY]  # no call: this happens in each request that is watched
    if trail is None:
        return
    facts = {
        "outcome": "found",
        "method": scope.get("method", "WebSocket"),
        "path": path,
        "route": route.path if isinstance(route, PathRoute) else _said(route),
        "path_params": scope.get("path_params"),
    }
    if len(candidates) > 1 and (near := shadowed(route, candidates, scope)):
        facts["near"] = near
    trail.note("route_matched", facts)


def _said(route: BaseRoute) -> str:
    """A route as a reader of the trail knows it."""
    path: object = getattr(route, "path", None) or getattr(route, "host", None)
    return path if isinstance(path, str) else repr(route)
