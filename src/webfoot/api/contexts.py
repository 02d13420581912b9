"""All routes of a table, those of included routers as they are there: what a table alone does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from webfoot.asgi.types import Scope
from webfoot.web.routing import BaseRoute, Match, Route
from webfoot.web.routing.group import pairs_of


class RouteContext:
    """One route, and where it is.

    route, original_route: as it was declared, with the path that it has in its own router. path, path_format, name,
    methods, endpoint: as it is here; None where there is no such thing, as a WebSocket has no methods and a host no
    path. Any other attribute is that of the route as it is here: `tags`, `dependencies`, `matches(scope)`.
    """

    __slots__ = ("_here", "route")

    def __init__(self, route: BaseRoute, here: BaseRoute | None = None) -> None:
        self.route = route
        self._here = route if here is None else here

    @property
    def original_route(self) -> BaseRoute:
        return self.route

    @property
    def path(self) -> str | None:
        return getattr(self._here, "path", None)

    @property
    def path_format(self) -> str | None:
        return getattr(self._here, "path_format", None)

    @property
    def name(self) -> str | None:
        return getattr(self._here, "name", None) or None

    @property
    def methods(self) -> set[str] | None:
        return getattr(self._here, "methods", None)

    @property
    def endpoint(self) -> Callable[..., Any] | None:
        return getattr(self._here, "endpoint", None)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """By path and method. What a class of the user's own asks besides may not be there yet for who only looks."""
        here = self._here
        return Route.matches(here, scope) if isinstance(here, Route) else here.matches(scope)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in RouteContext.__slots__:  # not there yet while it is copied
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(self._here, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RouteContext) and other.route is self.route and other._here is self._here

    def __hash__(self) -> int:
        return hash((self.route, self._here))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={self.path!r}, route={self.route!r})"


def iter_route_contexts(routes: Iterable[BaseRoute | RouteContext]) -> Iterator[RouteContext]:
    """Each route of `routes`, in order, those of included routers in the place of the inclusion.

    Mounts and hosts stand as they are: what is mounted is an application of its own.
    """
    for route in routes:
        if isinstance(route, RouteContext):
            yield route
        else:
            yield from (RouteContext(declared, here) for declared, here in pairs_of([route]))
