"""`webfoot journey export FILE --as FORM`: a saved journey for other programs."""

from __future__ import annotations

import sys

import click

from webfoot.cli.composing import read_bytes
from webfoot.cli.flags import NamedCommand
from webfoot.journey.export import FORMS
from webfoot.journey.saved.reading import Journey, SavedError, read_journeys
from webfoot.server.logs.escape import without_controls


@click.command("export", cls=NamedCommand)
@click.argument("file")
@click.option("--as", "form", required=True, type=click.Choice(list(FORMS)), help="What to write.")
@click.option("--id", "wanted", metavar="ID", help="Only the journey of this id, where the file holds several.")
@click.option("--app", default="", metavar="MODULE:APP", help="The application, which a test has to import.")
def command(file: str, form: str, wanted: str | None, app: str) -> int:
    """Write the journeys in FILE (- reads standard input) as curl commands, pytest tests, HAR or OTLP/JSON.

    FILE holds what `webfoot journey ... --json` and the journey page save. Secrets were redacted before that, so that
    commands and tests take them from variables of the environment.
    """
    try:
        text = FORMS[form].write(chosen(file, wanted), app)
    except SavedError as error:
        raise click.UsageError(str(error)) from None
    # A body is exported as it came; only a terminal is not to be commanded by it.
    click.echo(without_controls(text) if sys.stdout.isatty() else text, nl=False)
    return 0


def chosen(file: str, wanted: str | None) -> list[Journey]:
    """The journeys in the file, or the one of this id. Raises SavedError."""
    name = "standard input" if file == "-" else file
    journeys = read_journeys(read_bytes(file), name)
    if wanted is None:
        return journeys
    found = [journey for journey in journeys if journey.get("id") == wanted]
    if not found:
        ids = ", ".join(str(journey.get("id")) for journey in journeys[:5])
        raise SavedError(f"{name} holds no journey {wanted}; it holds {ids}")
    return found
