"""`webfoot dev module:app`: serve for development."""

from __future__ import annotations

import os

import click

from webfoot.cli.flags import EPILOG, ServerCommand, setting_flags
from webfoot.cli.show_settings import show, show_flags
from webfoot.cli.sources import settings_of, sources_of


@click.command("dev", cls=ServerCommand, epilog=EPILOG)
@setting_flags(without=("workers", "reload"))
@show_flags
@click.pass_context
def command(ctx: click.Context, app: str | None, show_settings: bool, as_data: bool) -> int:
    """Serve the ASGI application MODULE:APP and restart it when a file changes.

    An application that does not start prints why; the next save tries again. Below each answer of 400 and more stands a
    sentence that says why, and which layer decided. The page at /__webfoot__/ shows each request with its whole way.
    """
    os.environ.setdefault("WEBFOOT_ENV", "development")  # where a frontend that is not built yet is only a warning
    # An application that breaks the rules of ASGI hears of it here and not in production.
    # What the environment says of workers and reload is meant for `webfoot run`. And whoever saves a file waits for the
    # restart: open streams must not hold it up for long.
    options = settings_of(
        ctx,
        app,
        fixed={"reload": True, "workers": 1},
        needs_app=not show_settings,
        guard=True,
        timeout_graceful_shutdown=1.0,
        timeout_startup=None,
        journey_page=True,
        why_header=True,
        server_timing=True,
    )
    if show_settings:
        return show(options, sources_of(ctx), as_data)
    from webfoot.cli.developing import watching
    from webfoot.server.process.start import start

    with watching(options) as watch:
        return start(options, watch)
