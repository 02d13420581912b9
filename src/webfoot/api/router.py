"""Path operations gathered under a prefix, to be included in an application or in another router."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal, Unpack

from webfoot.api.errors import PlanError
from webfoot.api.events import whole_lifespan
from webfoot.api.inherit import inherited, shared_by
from webfoot.api.options import RouteOptions, SharedOptions, refuse_unknown
from webfoot.api.params import Depends
from webfoot.api.plan.signature import origin_of
from webfoot.api.route import ApiRoute, OverridesProvider
from webfoot.api.socket_route import ApiWebSocketRoute
from webfoot.api.verbs import EndpointT, Verbs
from webfoot.asgi.types import ASGIApp
from webfoot.web.lifespan import Lifespan
from webfoot.web.routing import BaseRoute, Mount, Route, Router, WebSocketRoute
from webfoot.web.routing.group import RouteGroup
from webfoot.web.routing.table import RouteTable


class APIRouter(Verbs, Router):
    """A router of path operations.

    `prefix` comes before the path of each route; tags, dependencies, responses and callbacks are added to those of each
    route; the other shared options count where a route does not say otherwise. `route_class` makes the routes.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        routes: Sequence[BaseRoute] | None = None,
        redirect_slashes: bool = True,
        default: ASGIApp | None = None,
        dependency_overrides_provider: OverridesProvider | None = None,
        route_class: type[ApiRoute] = ApiRoute,
        on_startup: Sequence[Callable[[], Any]] | None = None,
        on_shutdown: Sequence[Callable[[], Any]] | None = None,
        lifespan: Lifespan[Any] | None = None,
        **shared: Unpack[SharedOptions],
    ) -> None:
        refuse_unknown(APIRouter.__init__, shared, SharedOptions)
        _check_prefix(prefix)
        self.on_startup = list(on_startup or ())
        self.on_shutdown = list(on_shutdown or ())
        whole = whole_lifespan(lifespan, self.on_startup, self.on_shutdown, self._included_lifespans)
        super().__init__(routes=routes, redirect_slashes=redirect_slashes, default=default, lifespan=whole)
        self.prefix = prefix
        self.shared = shared
        self.route_class = route_class
        self.dependency_overrides_provider = dependency_overrides_provider

    @property
    def tags(self) -> list[Any]:
        return list(self.shared.get("tags") or ())

    @property
    def dependencies(self) -> list[Any]:
        return list(self.shared.get("dependencies") or ())

    @property
    def responses(self) -> dict[int | str, dict[str, Any]]:
        return dict(self.shared.get("responses") or {})

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        route_class_override: type[ApiRoute] | None = None,
        **options: Unpack[RouteOptions],
    ) -> None:
        made = (route_class_override or self.route_class)(
            self.prefix + path,
            endpoint,
            methods=methods,
            dependency_overrides_provider=self.dependency_overrides_provider,
            **inherited(self.shared, options),
        )
        self.routes.append(made)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
    ) -> None:
        """Let `endpoint` serve the WebSockets on `path`. Those of this router's dependencies come first."""
        made = ApiWebSocketRoute(
            self.prefix + path,
            endpoint,
            name=name,
            dependencies=[*self.dependencies, *(dependencies or ())],
            dependency_overrides_provider=self.dependency_overrides_provider,
        )
        self.routes.append(made)

    def include_router(self, router: APIRouter, *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the routes of `router` too, under `prefix`. Those that are added to it later are found as well.

        Raises PlanError for a router that includes itself, an impossible prefix, and a route that cannot be under it.
        """
        refuse_unknown(APIRouter.include_router, shared, SharedOptions)
        _check_prefix(prefix)
        if router is self or self in _included(router):
            raise PlanError("a router cannot include itself")
        inclusion = Inclusion(self, router, prefix, shared)
        inclusion.expand()
        self.routes.append(inclusion)

    def add_event_handler(self, event_type: Literal["startup", "shutdown"], func: Callable[[], Any]) -> None:
        """Call `func` when the application starts or stops. A lifespan says both in one place and is preferable."""
        if event_type not in ("startup", "shutdown"):
            raise PlanError(f"there is no event {event_type!r}, only 'startup' and 'shutdown'")
        (self.on_startup if event_type == "startup" else self.on_shutdown).append(func)

    def on_event(self, event_type: Literal["startup", "shutdown"]) -> Callable[[EndpointT], EndpointT]:
        """`add_event_handler` as a decorator."""

        def add(func: EndpointT) -> EndpointT:
            self.add_event_handler(event_type, func)
            return func

        return add

    def _included_lifespans(self) -> list[Lifespan[Any]]:
        return [route.router.lifespan_context for route in self.routes if isinstance(route, Inclusion)]


class Inclusion(RouteGroup):
    """The place in a router's table where another router was included; stands for that router's routes."""

    def __init__(self, parent: APIRouter, router: APIRouter, prefix: str, shared: SharedOptions) -> None:
        self.router = router
        self.prefix = parent.prefix + prefix
        self._shared: SharedOptions = shared_by(parent.shared, shared)
        self._provider = parent.dependency_overrides_provider
        self._made: dict[BaseRoute, BaseRoute] = {}

    def expand(self) -> Sequence[BaseRoute]:
        """The included routes as they are here. One that was there before is not made again."""
        self._made = {route: self._made.get(route) or self._below(route) for route in _flat(self.router.routes)}
        return list(self._made.values())

    def tables(self) -> Iterable[RouteTable]:
        """The included router's table, and those of the routers that it includes itself."""
        yield self.router.routes
        for route in self.router.routes:
            if isinstance(route, Inclusion):
                yield from route.tables()

    def _below(self, route: BaseRoute) -> BaseRoute:
        if isinstance(route, ApiRoute):
            if not self.prefix and not route.path:
                raise PlanError(f"{origin_of(route.endpoint)}: prefix and path cannot both be empty")
            return route.below(self.prefix, self._shared, self._provider)
        if isinstance(route, ApiWebSocketRoute):
            return route.below(self.prefix, self._shared, self._provider)
        if not self.prefix:
            return route
        if isinstance(route, WebSocketRoute):
            below_socket = WebSocketRoute(self.prefix + route.path, route.endpoint, name=route.name)
            below_socket.app = route.app
            return below_socket
        if isinstance(route, Mount):
            return Mount(self.prefix + route.path, app=route.app, name=route.name)
        if isinstance(route, Route):
            path, shown = self.prefix + route.path, route.include_in_schema
            below = Route(path, route.endpoint, methods=route.methods, name=route.name, include_in_schema=shown)
            below.app = route.app
            return below
        raise PlanError(f"{route!r} cannot be included under the prefix {self.prefix!r}")


def _flat(routes: Iterable[BaseRoute]) -> Iterable[BaseRoute]:
    for route in routes:
        if isinstance(route, RouteGroup):
            yield from route.expand()
        else:
            yield route


def _included(router: APIRouter) -> set[APIRouter]:
    below = {route.router for route in router.routes if isinstance(route, Inclusion)}
    return below.union(*(_included(one) for one in below))


def _check_prefix(prefix: str) -> None:
    if prefix and not prefix.startswith("/"):
        raise PlanError(f"the prefix {prefix!r} has to begin with '/'")
    if prefix.endswith("/"):
        raise PlanError(f"the prefix {prefix!r} must not end with '/', the paths of the routes begin with one")
