"""The command `uvicorn` (`python -m webfoot.compat -m uvicorn main:app --port 80`): its flags, from the ONE table."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from webfoot.compat.names import VERSIONS
from webfoot.compat.server import run
from webfoot.compat.server_options import ROWS
from webfoot.server import OptionError

_LISTS: Final = ("reload_dirs", "reload_includes", "reload_excludes", "headers")
_CALLED_OTHERWISE: Final = {
    "reload_dirs": "--reload-dir",
    "reload_includes": "--reload-include",
    "reload_excludes": "--reload-exclude",
    "headers": "--header",
    "use_colors": "--use-colors/--no-use-colors",
}
_NOT_IN_A_COMMAND: Final = ("callback_notify", "ssl_context_factory")
_NUMBERS: Final = ("fd", "workers", "limit_concurrency", "limit_max_requests", "timeout_graceful_shutdown")


def _flag(name: str) -> click.Option:
    """One that is not given has no value, so that the table's default counts."""
    default = ROWS[name].default
    flag = _CALLED_OTHERWISE.get(name, "--" + name.replace("_", "-"))
    if default is True:
        flag = f"{flag}/--no-{flag[2:]}"
    is_flag = isinstance(default, bool) or "/" in flag
    kind: Any = None
    if not is_flag:
        kind = float if isinstance(default, float) else int if isinstance(default, int) or name in _NUMBERS else None
    return click.Option([flag, name], is_flag=is_flag, default=None, multiple=name in _LISTS, type=kind)


@click.command(
    "uvicorn",
    params=[
        click.Argument(["app"], envvar="UVICORN_APP"),
        *(_flag(name) for name in ROWS if name not in _NOT_IN_A_COMMAND),
    ],
    context_settings={"auto_envvar_prefix": "UVICORN"},
)
@click.version_option(VERSIONS["uvicorn"], message="Running uvicorn %(version)s, as webfoot.compat has it")
def main(app: str, **given: Any) -> None:
    """Serve the ASGI application APP, `module:attribute`."""
    options = {name: value for name, value in given.items() if value not in (None, ())}
    options |= {name: list(options[name]) for name in _LISTS if name in options}
    if "headers" in options:
        options["headers"] = [tuple(field.split(":", 1)) for field in options["headers"]]
    options.setdefault("app_dir", "")
    try:
        run(app, **options)
    except OptionError as error:
        sys.exit(f"uvicorn: {error}")
