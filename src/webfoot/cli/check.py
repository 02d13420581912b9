"""`webfoot check module:app`: what is written down and cannot work as it was meant."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from webfoot.cli.flags import ServerCommand, setting_flags
from webfoot.cli.route_tables import name_and_place, routes_of
from webfoot.cli.sources import settings_of

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
    yield from _of_operations(app)
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


def _of_operations(app: Any) -> Iterator[str]:
    if "webfoot.api" not in sys.modules:  # no API, and maybe no pydantic
        return
    from webfoot.api.openapi.operation_ids import duplicate_operation_ids

    webhooks = getattr(app, "webhooks", None)
    for duplicate in duplicate_operation_ids([*(routes_of(app) or ()), *(routes_of(webhooks) or ())]):
        yield f"{duplicate}; give each its own operation_id"


def _named(route: Any, prefix: str, methods: Sequence[str]) -> str:
    """`GET /ducks/{id} (read_duck, ponds.py:12)`"""
    path = prefix + getattr(route, "path", "")
    is_mount = getattr(route, "mounted", lambda: None)() is not None
    written = " ".join([",".join(methods), path or "/"] if methods else [path or "/"])
    if is_mount:
        return f"the mount at {written}"
    name, place = name_and_place(route.endpoint)
    return f"{written} ({name}, {place})" if place else f"{written} ({name})"
