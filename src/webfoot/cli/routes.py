"""`webfoot routes module:app`: which path leads to which function."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

import click

from webfoot.cli.flags import ServerCommand, setting_flags, settings_of


@dataclass(frozen=True, slots=True)
class Row:
    methods: str
    path: str
    name: str
    endpoint: str
    where: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A route in the tree of tables. methods: `GET,POST`, `WS` or `*`."""

    methods: str
    path: str
    name: str
    route: Any


HEADINGS = Row("METHODS", "PATH", "NAME", "ENDPOINT", "WHERE")


@click.command("routes", cls=ServerCommand)
@setting_flags(only=("factory", "app_dir", "prepare"))
@click.option("--plan", "asked", metavar="'METHOD PATH'", help="Print what one path operation does with a request.")
@click.pass_context
def command(ctx: click.Context, app: str | None, asked: str | None) -> int:
    """List the routes of MODULE:APP in the order in which they are tried.

    With --plan 'POST /items/{id}': which values that operation takes from where, which dependencies run in which order,
    in the event loop or in a thread, how the result is written, and when clean-up happens.
    """
    options = settings_of(ctx, app)
    from webfoot.server.settings.load import load_app

    found = load_app(options)
    routes = routes_of(found)
    if routes is None:
        name = getattr(found, "__qualname__", None) or type(found).__qualname__
        print(
            f"webfoot: {options.app} is a plain ASGI application ({name}); it has no table of routes",
            file=sys.stderr,
        )
        return 1
    if asked is None:
        print(drawn(list(rows(routes))))
    else:
        from webfoot.cli.route_plan import plan_of

        print(plan_of(walk(routes), asked))
    return 0


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


def rows(routes: Iterable[Any]) -> Iterator[Row]:
    for placed in walk(routes):
        handler = getattr(placed.route, "endpoint", None) or getattr(placed.route, "app", placed.route)
        yield Row(placed.methods, placed.path, placed.name, *name_and_place(handler))


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


def drawn(table: list[Row]) -> str:
    lines = [astuple(row) for row in [HEADINGS, *table]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _methods(route: Any) -> str:
    if not hasattr(route, "methods"):
        return "WS"
    methods = set(route.methods or ())
    if "GET" in methods:
        methods.discard("HEAD")  # GET brings it along
    return ",".join(sorted(methods)) or "*"


def name_and_place(endpoint: Any) -> tuple[str, str]:
    """Its name, and the file and line where it is written."""
    from webfoot.web.callables import where_defined

    name = getattr(endpoint, "__qualname__", None) or type(endpoint).__qualname__
    file, line = where_defined(endpoint)
    if file is None:
        return name, getattr(endpoint, "__module__", "")
    here = os.path.relpath(file)
    return name, f"{file if here.startswith('..') else here}:{line}"
