"""`webfoot journey`: one request through an application, or one of the commands about journeys that were kept.

webfoot journey module:app METHOD PATH     see `dry_run`
webfoot journey dump ...                   and whatever else FORMS names
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

DRY_RUN: Final = "webfoot.cli.dry_run:command"

# name -> (module:attribute, help). The attribute is a click command, imported when it is asked for. A name wins over a
# module of that name: an application is written module:app.
FORMS: Final[dict[str, tuple[str, str]]] = {
    "show": ("webfoot.cli.journey_show:command", "Draw a journey of a server that runs, such as webfoot dev."),
    "dump": (
        "webfoot.cli.journey_dump:command",
        "Print what the flight recorder holds, of the dead too.",
    ),
    "replay": ("webfoot.cli.journey_replay:command", "Send a saved request again: what goes another way now?"),
    "export": ("webfoot.cli.journey_export:command", "Write saved journeys as curl, pytest, HAR or OTLP."),
}


class Journey(click.Command):
    """Gives way to the command that is meant, before anything is read of its arguments."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args and args[0] in FORMS:
            form = load(FORMS[args[0]][0])
            return form.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return load(DRY_RUN).make_context(info_name, args, parent, **extra)


def load(where: str) -> click.Command:
    module, _, name = where.partition(":")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command)
    return command


command = Journey("journey")
