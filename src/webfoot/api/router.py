"""Path operations gathered under a prefix, to be included in an application or in another router."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from types import ModuleType
from typing import Any, Literal, Unpack
from weakref import WeakSet

from webfoot.api.app_scope import AppScope
from webfoot.api.errors import InclusionError, PlanError
from webfoot.api.events import whole_lifespan
from webfoot.api.frontend import CheckDir, Frontend, built_frontend, nearest_first
from webfoot.api.in_force import OverridesProvider
from webfoot.api.inclusion import Inclusion, check_prefix, guarded, refuse_circle
from webfoot.api.inherit import inherited
from webfoot.api.option_kinds import settle_options
from webfoot.api.options import RouteOptions, SharedOption, SharedOptions, refuse_unknown
from webfoot.api.params import Depends
from webfoot.api.route import ApiRoute
from webfoot.api.route_class import make_route
from webfoot.api.socket_route import ApiWebSocketRoute
from webfoot.api.verbs import EndpointT, Verbs
from webfoot.api.views import operations_of
from webfoot.asgi.types import ASGIApp, Scope
from webfoot.web.lifespan import Lifespan
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.level import as_levels
from webfoot.web.routing import BaseRoute, Match, Router
from webfoot.web.routing.table import RouteTable
from webfoot.web.static.files import PathLike
from webfoot.web.static.frontend import Fallback


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
        settle_options(shared, prefix=prefix)
        check_prefix(prefix := prefix or "")
        shared["middleware"] = as_levels(shared.get("middleware"))
        self.on_startup = list(on_startup or ())
        self.on_shutdown = list(on_shutdown or ())
        whole = whole_lifespan(lifespan, self.on_startup, self.on_shutdown, self._included_lifespans, self._kept)
        super().__init__(
            routes=routes,
            redirect_slashes=redirect_slashes,
            default=default,
            lifespan=whole,
            max_body_size=shared.get("max_body_size"),
        )
        self.prefix = prefix
        if "dependencies" in shared:  # the list itself may be given to several routers
            shared["dependencies"] = list(shared["dependencies"] or ())
        self.shared = shared
        self.included_as: WeakSet[Inclusion] = WeakSet()
        self.route_class = route_class
        self.dependency_overrides_provider = dependency_overrides_provider
        self.frontends = RouteTable()
        self.frontends.watch(self)
        self._nearest_frontends: list[Frontend] | None = None

    # Said of the routes that are added, and the routers that are included, from then on.
    tags = SharedOption[list[Any]]("tags", list)
    dependencies = SharedOption[list[Any]]("dependencies", list)
    responses = SharedOption[dict[int | str, dict[str, Any]]]("responses", dict)
    callbacks = SharedOption[list[Any]]("callbacks", list)
    default_response_class = SharedOption[Any]("default_response_class")
    deprecated = SharedOption[bool | None]("deprecated")
    include_in_schema = SharedOption[bool]("include_in_schema", default=True)
    generate_unique_id_function = SharedOption[Any]("generate_unique_id_function")
    strict_content_type = SharedOption[bool]("strict_content_type", default=True)
    max_body_size = SharedOption[int | None]("max_body_size")
    form_limits = SharedOption[Any]("form_limits")

    def add_api_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        route_class_override: type[ApiRoute] | None = None,
        **options: Unpack[RouteOptions],
    ) -> None:
        settle_options(options, endpoint, path=path, methods=methods)
        kind, joined = route_class_override or self.route_class, inherited(self.shared, options)
        self._add(make_route(kind, self.prefix + path, endpoint, methods, self.dependency_overrides_provider, joined))

    def _add(self, route: BaseRoute) -> None:
        """Where this router is included already, the route is planned before anybody can ask for it."""
        for inclusion in self.included_as:
            inclusion.take_in(route)
        self.routes.append(route)

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: str | None = None,
        *,
        dependencies: Sequence[Depends] | None = None,
        middleware: Sequence[Middleware] | None = None,
    ) -> None:
        """Let `endpoint` serve the WebSockets on `path`. Those of this router's dependencies come first."""
        made = ApiWebSocketRoute(
            self.prefix + path,
            endpoint,
            name=name,
            dependencies=[*self.dependencies, *(dependencies or ())],
            dependency_overrides_provider=self.dependency_overrides_provider,
            middleware=[*(self.shared.get("middleware") or ()), *(middleware or ())],
        )
        self._add(made)

    def include_router(self, router: APIRouter, *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the routes of `router` too, under `prefix`. Those that are added to it later are found as well.

        Raises InclusionError for a router that includes itself, an impossible prefix, and what is no APIRouter, and
        PlanError for a route that cannot be under the prefix.
        """
        refuse_unknown(APIRouter.include_router, shared, SharedOptions)
        settle_options(shared, prefix=prefix)
        check_prefix(prefix := prefix or "")
        shared["middleware"] = as_levels(shared.get("middleware"))
        if not isinstance(router, APIRouter):
            raise InclusionError(f"include_router() takes an APIRouter, not {router!r}; {_instead(router)}")
        refuse_circle(self, router)
        inclusion = Inclusion(self, router, prefix, shared)
        inclusion.frontends()
        inclusion.join()
        self.routes.append(inclusion)

    def frontend(
        self, path: str, *, directory: PathLike, fallback: Fallback = "auto", check_dir: CheckDir = "auto"
    ) -> None:
        """Serve the files below `directory`, a frontend that was built, for what no route answers under `path`.

        The dependencies of this router come before each file. FrontendError for what cannot be a frontend, and where
        its files are not there: see `webfoot.api.frontend.built_frontend`.
        """
        files = built_frontend(path, directory, fallback, check_dir)
        provider, options = self.dependency_overrides_provider, inherited(self.shared, {})
        self.frontends.append(Frontend(self.prefix + path, files, provider, **options))

    def every_frontend(self) -> list[Frontend]:
        """The own ones, and then those of the included routers."""
        own = [frontend for frontend in self.frontends if isinstance(frontend, Frontend)]
        inclusions = [route for route in self.routes if isinstance(route, Inclusion)]
        return own + [frontend for inclusion in inclusions for frontend in inclusion.frontends()]

    def _answering(self, routes: list[BaseRoute]) -> list[BaseRoute]:
        """Path operations, and what is included, have this router's middleware already; the others get it here."""
        levels = as_levels(self.shared.get("middleware"))
        if not levels:
            return routes
        others = {id(route) for route in self.routes if not isinstance(route, ApiRoute | ApiWebSocketRoute)}
        return [guarded(route, levels) if id(route) in others else route for route in routes]

    def routes_changed(self) -> None:
        super().routes_changed()
        self._nearest_frontends = None

    def frontends_as_asked(self) -> list[Frontend]:
        """In the order in which they are asked, behind all routes."""
        if self._nearest_frontends is None:
            self._nearest_frontends = nearest_first(self.every_frontend())
        return self._nearest_frontends

    def last_resort(self, scope: Scope) -> BaseRoute | None:
        for frontend in self.frontends_as_asked():
            match, child_scope = frontend.matches(scope)
            if match is not Match.NONE:
                scope.update(child_scope)
                return frontend
        return None

    def include_view(self, view: type[Any], *, prefix: str = "", **shared: Unpack[SharedOptions]) -> None:
        """Answer the operations of a class (see `webfoot.views`) under `prefix`. The rest is as with `include_router`.

        PlanError for a class that has none, and for a method that cannot be one.
        """
        router = APIRouter(route_class=self.route_class)
        for operation, endpoint in operations_of(view):
            if operation.methods is None:
                router.add_api_websocket_route(operation.path, endpoint, **operation.options)
            else:
                router.add_api_route(operation.path, endpoint, methods=operation.methods, **operation.options)
        self.include_router(router, prefix=prefix, **shared)

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

    def _kept(self) -> AbstractAsyncContextManager[None]:
        """The life of the dependencies of scope "app", which belong to the application and not to a router alone."""
        app_scope: AppScope | None = getattr(self.dependency_overrides_provider, "app_scope", None)
        return nullcontext() if app_scope is None else app_scope.begun()

    def _included_lifespans(self) -> list[Lifespan[Any]]:
        return [route.original_router.lifespan_context for route in self.routes if isinstance(route, Inclusion)]


def _instead(given: object) -> str:
    """What was meant, probably."""
    if isinstance(given, ModuleType):
        return f"did you mean {given.__name__.rpartition('.')[2]}.router?"
    return "an application is mounted: mount(path, app)"
