"""A route that stands for several: what an included router is to the table that it was included in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from webfoot.asgi.types import Receive, Scope, Send
from webfoot.web.datastructures.url import URLPath
from webfoot.web.routing.entry import FULL, NONE, PARTIAL, BaseRoute, Match, first_path
from webfoot.web.routing.table import RouteTable, Watches


class RouteGroup(BaseRoute):
    """Several routes in the place of one. A subclass writes `expand` and `tables`.

    A router's index takes the routes of `expand()` in the group's place and in their order; a group in a group is
    expanded in turn. When one of `tables()` changes, `expand()` is asked again before the next request, so routes that
    are added late to an included router are found. The other methods are for whoever walks a table by hand.
    """

    def expand(self) -> Sequence[BaseRoute]:
        """The routes as they are to be matched, with their whole paths. Called once per change, not per request."""
        raise NotImplementedError

    def known(self) -> Sequence[BaseRoute]:
        """As `expand`, for each request of who walks a table by hand: what was found last, if nothing has changed."""
        return self.expand()

    def pairs(self) -> Iterator[tuple[BaseRoute, BaseRoute]]:
        """Each route as it was declared, and as it is here."""
        return ((route, route) for route in self.expand())

    def tables(self) -> Iterable[RouteTable]:
        """The tables that `expand()` reads; groups inside of them are asked for theirs by themselves."""
        raise NotImplementedError

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        partial: tuple[Match, Scope] | None = None
        for route in self.known():
            match, child_scope = route.matches(scope)
            if match is FULL:
                return FULL, {"route": route, **child_scope}
            if match is PARTIAL and partial is None:
                partial = (PARTIAL, {"route": route, **child_scope})
        return partial or (NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await cast("BaseRoute", scope["route"]).handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        return first_path(self.known(), name, path_params)


def pairs_of(routes: Iterable[BaseRoute]) -> Iterator[tuple[BaseRoute, BaseRoute]]:
    """`RouteGroup.pairs` of a whole table."""
    for route in routes:
        if isinstance(route, RouteGroup):
            yield from route.pairs()
        else:
            yield route, route


def expanded(routes: Iterable[BaseRoute], watcher: Watches | None = None) -> list[BaseRoute]:
    """All routes in registration order, groups replaced by their content; `watcher` is told when those change."""
    found: list[BaseRoute] = []
    for route in routes:
        if isinstance(route, RouteGroup):
            if watcher is not None:
                for table in route.tables():
                    table.watch(watcher)
            found += expanded(route.expand(), watcher)
        else:
            found.append(route)
    return found
