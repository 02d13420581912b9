"""`@app.get("/")` and its siblings, made once for application and router alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol, TypeVar, Unpack

from webfoot.api.options import RouteOptions, SharedOptions, whole
from webfoot.api.params import Depends
from webfoot.web.middleware import Middleware
from webfoot.web.routing.route import Endpoint
from webfoot.web.routing.websocket_route import SocketEndpoint

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])
ViewT = TypeVar("ViewT", bound=type[Any])


class _ToolkitRoutes(Protocol):
    def add_route(
        self, path: str, route: Endpoint, /, methods: Collection[str] | None, name: str | None, include_in_schema: bool
    ) -> None: ...

    def add_websocket_route(self, path: str, route: SocketEndpoint, /, name: str | None = None) -> None: ...


class Verbs:
    """The decorators. What they take is `webfoot.api.options.RouteOptions`."""

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        **options: Unpack[RouteOptions],
    ) -> None:
        """Let `endpoint` answer `methods` (GET unless given) of `path`. PlanError when its signature cannot be."""
        raise NotImplementedError

    def api_route(
        self, path: str, *, methods: Collection[str] | None = None, **options: Unpack[RouteOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        def add(endpoint: EndpointT) -> EndpointT:
            self.add_api_route(path, endpoint, methods=methods, **whole(options))
            return endpoint

        return add

    def _by_verb(self, method: str, path: str, options: RouteOptions) -> Callable[[EndpointT], EndpointT]:
        """What `get` and the like come down to. An application leaves it to its router's verb of that name."""
        return self.api_route(path=path, methods=[method], **whole(options))

    def get(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("GET", path, options)

    def put(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("PUT", path, options)

    def post(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("POST", path, options)

    def delete(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("DELETE", path, options)

    def options(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("OPTIONS", path, options)

    def head(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("HEAD", path, options)

    def patch(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("PATCH", path, options)

    def trace(self, path: str, **options: Unpack[RouteOptions]) -> Callable[[EndpointT], EndpointT]:
        return self._by_verb("TRACE", path, options)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        """Let `endpoint` serve the WebSockets on `path`. PlanError when its signature cannot be."""
        raise NotImplementedError

    def websocket(
        self,
        path: str,
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> Callable[[EndpointT], EndpointT]:
        # Said only if given: what was written for FastAPI may list all that it takes.
        own: dict[str, Any] = {} if middleware is None else {"middleware": middleware}

        def add(endpoint: EndpointT) -> EndpointT:
            self.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies, **own)
            return endpoint

        return add

    def include_view(self, view: type[Any], *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Let the methods of a class answer, as their decorators of `webfoot.views` say."""
        raise NotImplementedError

    def view(self, prefix: str = "", **shared: Unpack[SharedOptions]) -> Callable[[ViewT], ViewT]:
        """`include_view` as a decorator."""

        def include(view: ViewT) -> ViewT:
            self.include_view(view, prefix=prefix, **shared)
            return view

        return include

    def route(
        self: _ToolkitRoutes,
        path: str,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> Callable[[EndpointT], EndpointT]:
        """The toolkit's `add_route` as a decorator: the endpoint takes a Request and gives a Response, or is a class
        such as HTTPEndpoint. The document does not tell of it."""

        def add(endpoint: EndpointT) -> EndpointT:
            self.add_route(path, endpoint, methods, name, include_in_schema)
            return endpoint

        return add

    def websocket_route(self: _ToolkitRoutes, path: str, name: str | None = None) -> Callable[[EndpointT], EndpointT]:
        """The toolkit's `add_websocket_route` as a decorator: the endpoint takes a WebSocket and nothing else, or is a
        class such as WebSocketEndpoint."""

        def add(endpoint: EndpointT) -> EndpointT:
            self.add_websocket_route(path, endpoint, name)
            return endpoint

        return add
