"""A command that serves one request: which application it is of, and how long its client waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from webfoot.cli.flags import COMPAT
from webfoot.cli.one_request import Client, Onlooker, serve_once
from webfoot.cli.sources import settings_of_one_request
from webfoot.journey.record import Record
from webfoot.server.process.loop import EventLoop
from webfoot.server.settings.load import load_app
from webfoot.server.settings.log import configure

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--factory", is_flag=True, help="The attribute is a function that returns the application."),
    click.option("--app-dir", default="", metavar="TEXT", help="Directory in which the module is looked for."),
    click.option("--compat", is_flag=True, help="Let FastAPI, Starlette and Uvicorn be imported from webfoot."),
    click.option(
        "--patience",
        default=10.0,
        show_default=True,
        type=click.FloatRange(0.1),
        help="Seconds until the client leaves.",
    ),
)


def application_options(command: F) -> F:
    """Adds the options; `command` hands them on to `run_once`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def run_once(
    app: str,
    client: Client,
    *,
    onlooker: Onlooker | None = None,
    factory: bool,
    app_dir: str,
    compat: bool,
    patience: float,
) -> list[Record]:
    """The journeys of the client's connection, of which there are several where it sends several requests.

    The process serves alone and once, whatever the settings file and the environment say for `webfoot run`.
    """
    told = {"factory": factory, "app_dir": app_dir, "prepare": COMPAT if compat else ""}
    given = {name: value for name, value in told.items() if value}
    options = settings_of_one_request(app, access_log=False, log_level="warning", **given)
    configure(options)
    with EventLoop(options.loop) as loop:
        application = load_app(options)
        records = loop.run(serve_once(application, options, client, patience, onlooker))
    return [record for record in records if not record.is_empty]
