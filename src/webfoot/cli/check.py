"""`webfoot check module:app`: what is written down and cannot work as it was meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from webfoot.cli.flags import ServerCommand, setting_flags, settings_of
from webfoot.cli.routes import name_and_place, routes_of

_BEFORE = ("takes all of its paths", "declare the one with fewer paths first")


@click.command("check", cls=ServerCommand)
@setting_flags(only=("factory", "app_dir", "prepare"))
@click.pass_context
def command(ctx: click.Context, app: str | None) -> int:
    """Look through MODULE:APP without serving it.

    Names routes that no request reaches because one before them takes all of their paths, middleware in an order that
    defeats its purpose, and operation ids that two operations share. Exit code 1 if there is any of these.
    """
    options = settings_of(ctx, app)
    from webfoot.server.settings.load import load_app

    found = list(findings(load_app(options)))
    for sentence in found:
        print(sentence)
    if not found:
        print(f"{options.app}: nothing to say against it")
    return 1 if found else 0


def findings(app: Any) -> Iterator[str]:
    """A sentence for each thing, in the application and in those that are mounted in it."""
    yield from _below(app, "", set())


def _below(app: Any, prefix: str, seen: set[int]) -> Iterator[str]:
    if id(app) in seen:
        return
    seen.add(id(app))
    yield from _of_middleware(app)
    routes = routes_of(app) or ()
    yield from _of_routes(routes, prefix)
    yield from _of_operations(routes)
    for route in routes:
        inner = getattr(route, "mounted", lambda: None)()
        if inner is not None:
            host = getattr(route, "host", None)
            below = f"//{host}{prefix}" if isinstance(host, str) else prefix + getattr(route, "path", "")
            yield from _below(inner, below, seen)


def _of_middleware(app: Any) -> Iterator[str]:
    middleware = getattr(app, "user_middleware", None)
    if middleware:
        from webfoot.web.middleware.hazards import hazards

        yield from hazards(middleware)


def _of_routes(routes: Iterable[Any], prefix: str) -> Iterator[str]:
    from webfoot.web.routing import BaseRoute
    from webfoot.web.routing.shadows import shadows

    for shadow in shadows(route for route in routes if isinstance(route, BaseRoute)):
        reason, remedy = ("has the same paths", "one of them has to go") if shadow.is_equal else _BEFORE
        yield (
            f"{_named(shadow.route, prefix, shadow.methods)} is never reached: {_named(shadow.by, prefix, ())} stands "
            f"before it and {reason}; {remedy}"
        )


def _of_operations(routes: Iterable[Any]) -> Iterator[str]:
    """OpenAPI 3.1 section 4.8.10: an operationId is unique among all operations."""
    from webfoot.web.routing.group import expanded

    by_id: dict[str, list[Any]] = defaultdict(list)
    for route in expanded(routes):
        if getattr(route, "include_in_schema", False) and (unique_id := getattr(route, "unique_id", None)):
            by_id[unique_id].append(route)
    for unique_id, shared in by_id.items():
        if len(shared) > 1:
            names = " and ".join(_named(route, "", sorted(route.methods)) for route in shared)
            yield f"the operation id {unique_id!r} is that of {names}; give each its own operation_id"


def _named(route: Any, prefix: str, methods: Sequence[str]) -> str:
    """`GET /ducks/{id} (read_duck, ponds.py:12)`"""
    path = prefix + getattr(route, "path", "")
    is_mount = getattr(route, "mounted", lambda: None)() is not None
    written = " ".join([",".join(methods), path or "/"] if methods else [path or "/"])
    if is_mount:
        return f"the mount at {written}"
    name, place = name_and_place(route.endpoint)
    return f"{written} ({name}, {place})" if place else f"{written} ({name})"
