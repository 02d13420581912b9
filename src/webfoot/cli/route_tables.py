"""The routes of an application, whoever made it: a tree of tables, walked in the order in which they are tried."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Placed:
    """A route in the tree of tables. methods: `GET,POST`, `WS` or `*`."""

    methods: str
    path: str
    name: str
    route: Any

    @property
    def handler(self) -> Any:
        """Who gets its requests."""
        return getattr(self.route, "endpoint", None) or getattr(self.route, "app", self.route)


def routes_of(app: Any) -> Iterable[Any] | None:
    """The table of an application and its frontends, also below pure ASGI middleware; None if it has no table."""
    seen: set[int] = set()
    while app is not None and id(app) not in seen:
        seen.add(id(app))
        routes = getattr(app, "routes", None)
        if routes is not None:
            frontends = getattr(getattr(app, "router", app), "frontends_as_asked", None)
            return [*routes, *(frontends() if frontends is not None else ())]
        app = getattr(app, "app", None)
    return None


def walk(routes: Iterable[Any], prefix: str = "", name_prefix: str = "") -> Iterator[Placed]:
    """Each route with its whole path and name.

    What a route is, is told by what it has (`endpoint`, `routes`, `expand`): tables hold routes of their users' making.
    """
    for route in routes:
        host = getattr(route, "host", None)
        path = prefix + getattr(route, "path", "")
        path = f"//{host}{path}" if isinstance(host, str) else path
        name = name_prefix + (getattr(route, "name", None) or "")
        if hasattr(route, "expand"):
            yield from walk(route.expand(), prefix, name_prefix)
        elif hasattr(route, "endpoint"):
            yield Placed(_methods(route), path, name, route)
        elif inner := list(getattr(route, "routes", None) or ()):
            own_name = getattr(route, "name", None)
            yield from walk(inner, path, f"{name_prefix}{own_name}:" if own_name else name_prefix)
        elif hasattr(route, "path") or isinstance(host, str):
            yield Placed("*", f"{path}/*", name, route)
        else:
            yield from walk(_routes_of_fastapi(route), prefix, name_prefix)


def _routes_of_fastapi(route: Any) -> Iterable[Any]:
    """FastAPI's tables hold included routers as objects of their own, which its documented function takes apart."""
    fastapi: Any = sys.modules.get("fastapi.routing")
    return fastapi.iter_route_contexts([route]) if hasattr(fastapi, "iter_route_contexts") else ()


def _methods(route: Any) -> str:
    if not hasattr(route, "methods"):
        return "WS"
    methods = set(route.methods or ())
    if "GET" in methods:
        methods.discard("HEAD")  # GET brings it along
    return ",".join(sorted(methods)) or "*"


def name_and_place(endpoint: Any) -> tuple[str, str]:
    """Its name, and the file and line where it is written."""
    from webfoot.web.callables import shown_place, where_defined

    name = getattr(endpoint, "__qualname__", None) or type(endpoint).__qualname__
    file, line = where_defined(endpoint)
    if file is None:
        return name, getattr(endpoint, "__module__", "")
    return name, shown_place(file, line)
