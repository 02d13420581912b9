"""`webfoot journey module:app METHOD PATH`: one request's way through the house, and why it ended so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from webfoot.cli.composing import compose, read_bytes
from webfoot.cli.flags import NamedCommand
from webfoot.cli.journey import FORMS
from webfoot.cli.one_application import application_options, run_once
from webfoot.cli.one_request import Request
from webfoot.cli.printing import paper
from webfoot.cli.sources import words_of_request
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import draw

NO_ANSWER = 1


class DryRun(NamedCommand):
    """Its help tells of the other forms, too."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("Journeys that were kept"):
            formatter.write_dl([(f"{ctx.command_path} {name} ...", told) for name, (_, told) in FORMS.items()])


@click.command("journey", cls=DryRun)
@click.argument("app", metavar="MODULE:APP")
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header.")
@click.option("-d", "--data", metavar="BODY", help="The request body, or @FILE (@- reads standard input).")
@click.option("--raw", metavar="FILE", help="Send these bytes as they are instead (- reads standard input).")
@click.option("--json", "as_data", is_flag=True, help="Print the journey as JSON.")
@application_options
def command(
    app: str,
    method: str | None,
    path: str | None,
    headers: Sequence[str],
    data: str | None,
    raw: str | None,
    as_data: bool,
    **application: Any,
) -> int:
    """Send one request through the application and the server, and draw the way it went.

    The application is started and shut down around it. Every decision is told, and for a 3xx, 4xx or 5xx the reason.
    """
    app, method, path = words_of_request(app, method, path)
    if raw is not None:
        if method is not None or headers or data is not None:
            raise click.UsageError(
                "--raw sends the bytes of a file as they are, so METHOD, PATH, -H and -d cannot be given"
            )
        request = read_bytes(raw)
        if not request:
            raise click.UsageError("there is nothing to send: the file given with --raw is empty")
    else:
        request = compose(method, path, headers, data)
    return _show(run_once(app, Request(request), **application), as_data)


def _show(records: list[Record], as_data: bool) -> int:
    """Print the journeys; gives back the exit code."""
    sheet = paper()
    for number, record in enumerate(records):
        if as_data:
            click.echo(json.dumps(as_json(record), indent=2))
        else:
            click.echo(
                "\n" * bool(number) + draw(record, colour=sheet.colour, width=sheet.width), nl=False, color=sheet.colour
            )
    return 0 if all(record.status is not None for record in records) else NO_ANSWER
