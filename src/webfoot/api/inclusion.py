"""The place in a router's table where another router was included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import Any, Protocol
from weakref import WeakSet

from webfoot.api.contexts import RouteContext
from webfoot.api.errors import InclusionError
from webfoot.api.frontend import Frontend
from webfoot.api.in_force import OverridesProvider
from webfoot.api.inherit import shared_by
from webfoot.api.options import SharedOptions
from webfoot.api.plan.signature import origin_of
from webfoot.api.route import ApiRoute
from webfoot.api.socket_route import ApiWebSocketRoute
from webfoot.web.lifespan import Lifespan
from webfoot.web.middleware.level import Level, as_levels, within
from webfoot.web.routing import BaseRoute, Below
from webfoot.web.routing.group import RouteGroup, pairs_of
from webfoot.web.routing.limited import with_limit
from webfoot.web.routing.path_route import PathRoute
from webfoot.web.routing.table import RouteTable


class Includes(Protocol):
    """What a router needs to include another, or to be included.

    included_as: where it was included, so that a route which is added to it late is planned there at once.
    """

    prefix: str
    shared: SharedOptions
    dependency_overrides_provider: OverridesProvider | None
    included_as: WeakSet[Inclusion]
    lifespan_context: Lifespan[Any]
    frontends: RouteTable

    @property
    def routes(self) -> RouteTable: ...

    def every_frontend(self) -> list[Frontend]: ...


class Inclusion(RouteGroup):
    """Stands for the routes of a router in the table of another one, which has included it.

    What the including router says of them counts as it was said then. What the routes say of themselves counts as they
    say it when the tables are looked at: after each change of one of them, and for each document.
    """

    def __init__(self, parent: Includes, router: Includes, prefix: str, shared: SharedOptions) -> None:
        self.original_router = router
        self.prefix = parent.prefix + prefix
        self._parent = parent
        self._shared: SharedOptions = shared_by(parent.shared, shared)
        self._middleware = self._shared.get("middleware") or ()
        self._provider = parent.dependency_overrides_provider
        self._made: dict[BaseRoute, BaseRoute] = {}
        self._known: Sequence[BaseRoute] | None = None
        self.expand()

    def join(self) -> None:
        """Take effect: late routes of the included router are routes of the including one from now on.

        Raises PlanError, without an effect, when one of the routes cannot be where the including router is included.
        """
        for outer in self._parent.included_as:
            for route in self._made.values():
                outer.take_in(route)
        self.original_router.included_as.add(self)

    def take_in(self, route: BaseRoute) -> None:
        """Plan a route before it is added to the included router. Raises PlanError when it cannot be here."""
        made = self._made[route] = self._below(route, is_own=False)
        for outer in self._parent.included_as:
            outer.take_in(made)

    def expand(self) -> Sequence[BaseRoute]:
        """The included routes as they are here. One that was there before, and says what it said, is not made again."""
        self._make_anew(_flat(self.original_router.routes))
        return list(self._made.values())

    def known(self) -> Sequence[BaseRoute]:
        known = self._known
        if known is None:
            for table in self.tables():
                table.watch(self)
            known = self._known = self.expand()
        return known

    def routes_changed(self) -> None:
        self._known = None

    def tables(self) -> Iterable[RouteTable]:
        """The included router's table, and those of the routers that it includes itself."""
        yield self.original_router.routes
        yield self.original_router.frontends
        for route in self.original_router.routes:
            if isinstance(route, Inclusion):
                yield from route.tables()

    def frontends(self) -> list[Frontend]:
        """Those of the included router as they are here. Raises PlanError."""
        every = self.original_router.every_frontend()
        return [frontend.below(self.prefix, self._shared, self._provider) for frontend in every]

    def pairs(self) -> Iterator[tuple[BaseRoute, BaseRoute]]:
        pairs = list(pairs_of(self.original_router.routes))
        self._make_anew(there for _, there in pairs)
        return ((declared, self._made[there]) for declared, there in pairs)

    def effective_route_contexts(self) -> Iterator[RouteContext]:
        """What `iter_route_contexts` gives of this one; by this name packages know an included router."""
        return (RouteContext(declared, here) for declared, here in self.pairs())

    def _make_anew(self, routes: Iterable[BaseRoute]) -> None:
        own = set(map(id, self.original_router.routes))
        self._made = {route: self._below(route, is_own=id(route) in own) for route in routes}

    def _below(self, route: BaseRoute, *, is_own: bool) -> BaseRoute:
        """`route` as it is here. is_own: whether it is a route of the toolkit that nobody has put the included router's
        middleware around yet, as an inclusion there would have."""
        before = self._made.get(route)
        if isinstance(route, ApiRoute):
            if not self.prefix and not route.path:
                origin = origin_of(route.endpoint)
                raise InclusionError(
                    f"Prefix and path cannot be both empty (path operation: {origin.name}): {origin}; the path of a "
                    "router that is included without a prefix begins with '/'"
                )
            return route.below(self.prefix, self._shared, self._provider, before)
        if before is not None:
            return before
        if isinstance(route, ApiWebSocketRoute):
            return route.below(self.prefix, self._shared, self._provider)
        limit = shared_by(self._shared, self.original_router.shared).get("max_body_size")
        route = with_limit(route, limit)
        levels = [*self._middleware, *(self.original_router.shared.get("middleware") or () if is_own else ())]
        return guarded(_moved(route, self.prefix) if self.prefix else route, as_levels(levels))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.original_router!r}, prefix={self.prefix!r})"


def guarded(route: BaseRoute, levels: Sequence[Level]) -> BaseRoute:
    """A route of the toolkit inside of the middleware of routers, which guard all that they answer."""
    if not levels:
        return route
    inside = copy(route)
    inside.__dict__["handle"] = within(route.handle, levels)
    return inside


def _moved(route: BaseRoute, prefix: str) -> BaseRoute:
    """A route of the toolkit under `prefix`. Of what routers say only the limit and the middleware concern it."""
    if isinstance(route, PathRoute) and route.goes_by_template():
        return route.moved(prefix)
    return Below(prefix, route)


def _flat(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        if isinstance(route, RouteGroup):
            yield from route.expand()
        else:
            yield route


def refuse_circle(parent: Includes, router: Includes) -> None:
    """InclusionError when `router` is `parent`, or includes it on some way."""
    if router is parent:
        raise InclusionError(
            "Cannot include the same APIRouter instance into itself. Did you mean to include a different router?"
        )
    waiting, seen = [router], set()
    while waiting:
        one = waiting.pop()
        if one is parent:
            raise InclusionError(
                "Cannot include an APIRouter instance that already includes this router: each would contain the other "
                "without end. Did you mean to include a different router?"
            )
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [route.original_router for route in one.routes if isinstance(route, Inclusion)]


def check_prefix(prefix: str) -> None:
    if prefix and not prefix.startswith("/"):
        raise InclusionError(f"A path prefix must start with '/': {prefix!r} does not")
    if prefix.endswith("/"):
        raise InclusionError(
            f"A path prefix must not end with '/', as the paths of the routes begin with one: {prefix!r} does"
        )
