"""`webfoot run module:app`: serve."""

from __future__ import annotations

import click

from webfoot.cli.flags import EPILOG, ServerCommand, setting_flags
from webfoot.cli.show_settings import show, show_flags
from webfoot.cli.sources import settings_of, sources_of


@click.command("run", cls=ServerCommand, epilog=EPILOG)
@setting_flags()
@show_flags
@click.pass_context
def command(ctx: click.Context, app: str | None, show_settings: bool, as_data: bool) -> int:
    """Serve the ASGI application MODULE:APP, such as main:app."""
    options = settings_of(ctx, app, needs_app=not show_settings)
    if show_settings:
        return show(options, sources_of(ctx), as_data)
    from webfoot.server.process.start import start

    return start(options, reread=lambda: settings_of(ctx, app))
