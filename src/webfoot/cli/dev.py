"""`webfoot dev module:app`: serve for development."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

import click

from webfoot.cli.flags import EPILOG, ServerCommand, setting_flags
from webfoot.cli.show_settings import show, show_flags
from webfoot.cli.sources import settings_file, settings_of, sources_of
from webfoot.server.settings.options import ServerOptions

UNFOLD: Final = ("none", "failed", "slow", "all")


@click.command("dev", cls=ServerCommand, epilog=EPILOG)
@setting_flags(without=("workers", "reload"))
@show_flags
@click.option(
    "--unfold",
    type=click.Choice(UNFOLD),
    default=UNFOLD[0],
    help="Which requests are drawn station by station below their lines; slow: those and the failed ones.",
    show_default=True,
)
@click.pass_context
def command(ctx: click.Context, app: str | None, show_settings: bool, as_data: bool, unfold: str) -> int:
    """Serve the ASGI application MODULE:APP and restart it when a file changes.

    An application that does not start says why, here and in the browser; the next save tries again. Each request has a
    line, and below each answer of 400 and more stands a sentence that says why, and which layer decided. The page at
    /__webfoot__/ shows each request with its whole way.
    """
    os.environ.setdefault("WEBFOOT_ENV", "development")  # where a frontend that is not built yet is only a warning
    read = partial(_settings, ctx, app, not show_settings)
    if show_settings:
        return show(read(), sources_of(ctx), as_data)
    from webfoot.cli.developing import Development, kept_journeys
    from webfoot.server.process.reload import Settings
    from webfoot.server.process.start import start

    development = Development(read, unfold)
    options = development.options()
    file = settings_file(ctx)
    with kept_journeys(options) as development.keep_in:
        settings = Settings(file, development.options, development.watch) if file is not None else None
        return start(options, development.watch(options), settings=settings)


def _settings(ctx: click.Context, app: str | None, needs_app: bool) -> ServerOptions:
    # An application that breaks the rules of ASGI hears of it here and not in production.
    # What the environment says of workers and reload is meant for `webfoot run`. And whoever saves a file waits for the
    # restart: open streams must not hold it up for long.
    return settings_of(
        ctx,
        app,
        fixed={"reload": True, "workers": 1},
        needs_app=needs_app,
        guard=True,
        timeout_graceful_shutdown=1.0,
        timeout_streams=0.2,
        timeout_startup=None,
        journey_page=True,
        why_header=True,
        log_loop_held=0.1,
        recorder=True,
        recorder_size=1024 * 1024,
    )
