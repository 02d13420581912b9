"""The command `fastapi`: `python -m webfoot.compat -m fastapi dev main.py`, or `run`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from webfoot.api.application import Webfoot
from webfoot.compat.names import VERSIONS
from webfoot.compat.server import run as serve

_USUAL_FILES: Final = tuple(f"{place}{name}.py" for place in ("", "app/") for name in ("main", "app", "api"))
_USUAL_NAMES: Final = ("app", "api")


@click.group("fastapi")
@click.version_option(VERSIONS["fastapi"], message="FastAPI %(version)s, as webfoot.compat has it")
def main() -> None:
    """Serve an application."""


def _serving(name: str, host: str, reload: bool, summary: str) -> click.Command:
    def command(path: str | None, app: str | None, entrypoint: str | None, **options: Any) -> None:
        if entrypoint is None:
            directory, reference = _found(path, app)
        else:
            directory, reference = "", entrypoint
        serve(reference, app_dir=directory, **{key: value for key, value in options.items() if value is not None})

    options = [
        click.Argument(["path"], required=False),
        click.Option(["--app"], help="The name of the application in its module."),
        click.Option(["--entrypoint", "-e"], help="The application as module:name, in the place of a file."),
        click.Option(["--host"], default=host),
        click.Option(["--port"], default=8000, type=int),
        click.Option(["--reload/--no-reload"], default=reload),
        click.Option(["--root-path"], default=""),
        click.Option(["--proxy-headers/--no-proxy-headers"], default=True),
        click.Option(["--forwarded-allow-ips"], help="The proxies to believe, separated by commas; * for all."),
        click.Option(["--workers"], default=None, type=int),
    ]
    return click.Command(name, callback=command, params=list(options), help=summary)


main.add_command(_serving("dev", "127.0.0.1", True, "Serve for this machine, anew when a file changes."))
main.add_command(_serving("run", "0.0.0.0", False, "Serve for everybody."))  # noqa: S104 - that is its purpose


def _found(path: str | None, name: str | None) -> tuple[str, str]:
    """The directory to import from, and `module:name` there."""
    file = next((Path(each) for each in ([path] if path else _USUAL_FILES) if Path(each).is_file()), None)
    if file is None:
        sys.exit(f"fastapi: there is no file {path}" if path else f"fastapi: none of {', '.join(_USUAL_FILES)} is here")
    file = file.resolve()
    parts = [file.stem] if file.stem != "__init__" else []
    directory = file.parent
    while (directory / "__init__.py").is_file():
        parts.insert(0, directory.name)
        directory = directory.parent
    module = ".".join(parts)
    sys.path.insert(0, str(directory))
    return str(directory), f"{module}:{name or _name_in(module)}"


def _name_in(module: str) -> str:
    held = vars(import_module(module))
    names = [name for name in (*_USUAL_NAMES, *held) if isinstance(held.get(name), Webfoot)]
    if not names:
        sys.exit(f"fastapi: there is no FastAPI application in {module}; --app names one of another kind")
    return names[0]
