"""`webfoot run module:app`: serve."""

from __future__ import annotations

import click

from webfoot.cli.flags import EPILOG, ServerCommand, setting_flags, settings_of


@click.command("run", cls=ServerCommand, epilog=EPILOG)
@setting_flags()
@click.pass_context
def command(ctx: click.Context, app: str | None) -> int:
    """Serve the ASGI application MODULE:APP, such as main:app."""
    options = settings_of(ctx, app)
    from webfoot.server.process.start import start

    return start(options, reread=lambda: settings_of(ctx, app))
