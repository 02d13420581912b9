"""`webfoot journey module:app METHOD PATH`: one request's way through the house, and why it ended so."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from webfoot.cli.composing import compose, read_bytes
from webfoot.cli.flags import COMPAT, NamedCommand
from webfoot.cli.journey import FORMS
from webfoot.cli.one_request import send_once
from webfoot.cli.printing import paper
from webfoot.cli.sources import settings_of_one_request, words_of_request
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import draw
from webfoot.server.process.loop import EventLoop
from webfoot.server.settings.load import load_app
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions

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
@click.option("--factory", is_flag=True, help="The attribute is a function that returns the application.")
@click.option("--app-dir", default="", metavar="TEXT", help="Directory in which the module is looked for.")
@click.option("--compat", is_flag=True, help="Let FastAPI, Starlette and Uvicorn be imported from webfoot.")
@click.option(
    "--patience", default=10.0, show_default=True, type=click.FloatRange(0.1), help="Seconds until the client leaves."
)
def command(
    app: str,
    method: str | None,
    path: str | None,
    headers: Sequence[str],
    data: str | None,
    raw: str | None,
    as_data: bool,
    factory: bool,
    app_dir: str,
    compat: bool,
    patience: float,
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
    options = options_of_one(app, factory, app_dir, compat)
    return _show(run_once(options, request, patience), as_data)


def options_of_one(app: str, factory: bool, app_dir: str, compat: bool) -> ServerOptions:
    """The process serves alone and once, whatever the file and the environment say for `webfoot run`."""
    told = {"factory": factory, "app_dir": app_dir, "prepare": COMPAT if compat else ""}
    given = {name: value for name, value in told.items() if value}
    return settings_of_one_request(app, access_log=False, log_level="warning", **given)


def run_once(options: ServerOptions, request: bytes, patience: float) -> list[Record]:
    """The journeys of the request, of which there are several where its bytes hold several."""
    configure(options)
    with EventLoop(options.loop) as loop:
        application = load_app(options)
        records = loop.run(send_once(application, options, request, patience))
    return [record for record in records if not record.is_empty]


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
