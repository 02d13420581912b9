"""`webfoot routes module:app`: which path leads to which function."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any

import click

from webfoot.cli.flags import ServerCommand, setting_flags
from webfoot.cli.route_tables import name_and_place, routes_of, walk
from webfoot.cli.sources import settings_of


@dataclass(frozen=True, slots=True)
class Row:
    methods: str
    path: str
    name: str
    endpoint: str
    where: str


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


def rows(routes: Iterable[Any]) -> Iterator[Row]:
    for placed in walk(routes):
        yield Row(placed.methods, placed.path, placed.name, *name_and_place(placed.handler))


def drawn(table: list[Row]) -> str:
    lines = [astuple(row) for row in [HEADINGS, *table]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
