"""The settings of a command line, from all the places that may have them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from webfoot.cli.flags import COMPAT, given_by_flags
from webfoot.server.settings.file import PARTS, PYPROJECT, SettingsFile, Words, nearest_pyproject
from webfoot.server.settings.given import Given, given_by_environment
from webfoot.server.settings.kinds import Function
from webfoot.server.settings.options import OPTIONS, OptionError, ServerOptions

ARGUMENT: Final = "the argument"

_WORDS: Final[Words] = {"compat": ("prepare", COMPAT)}
_NO_APPLICATION: Final = (
    "no application was named: write module:attribute, such as main:app, or name it as app in [tool.webfoot] of "
    f"{PYPROJECT}"
)


def settings_of(
    ctx: click.Context,
    app: str | None,
    fixed: Mapping[str, object] = MappingProxyType({}),
    *,
    needs_app: bool = True,
    **defaults: object,
) -> ServerOptions:
    """The settings of this command. Raises OptionError.

    Flags win over the environment, that over the command's own table in the file, that over `defaults`, which are the
    command's, and those over the rest of the file. `fixed` is what the command is about: it is no flag, and nobody else
    has a say in it.
    """
    _tell_of_misspelt(os.environ)
    file = _file_of(ctx)
    given = _given(ctx, file, defaults)
    if app:
        given["app"] = Given(app, ARGUMENT)
    if file is not None and file.names_project(given.get("app")):
        given.setdefault("app_dir", Given(str(file.directory), given["app"].source))
    if needs_app and ("app" not in given or not given["app"].value):
        raise OptionError(_NO_APPLICATION)
    given |= {name: Given(value, f"webfoot {ctx.command.name}") for name, value in fixed.items()}
    ctx.meta["webfoot.given"] = given
    try:
        return ServerOptions(**{name: each.value for name, each in given.items()})  # type: ignore[arg-type]
    except OptionError as error:
        raise OptionError(f"{error}{_sources_in(str(error), given)}") from None


def sources_of(ctx: click.Context) -> dict[str, Given]:
    """Who has given what, once `settings_of` was called. What is not in it has its default."""
    given: dict[str, Given] = ctx.meta["webfoot.given"]
    return given


def _given(ctx: click.Context, file: SettingsFile | None, defaults: Mapping[str, object]) -> dict[str, Given]:
    command = str(ctx.command.name)
    above = file.given(words=_WORDS) if file is not None else {}
    parts = {part: file.given(part, _WORDS) for part in PARTS} if file is not None else {}
    return {
        **above,
        **{name: Given(value, f"webfoot {command}") for name, value in defaults.items()},
        **parts.get(command, {}),
        **given_by_environment(),
        **given_by_flags(ctx),
    }


def _file_of(ctx: click.Context) -> SettingsFile | None:
    named = ctx.meta.get("webfoot.config")
    if named:
        return SettingsFile(Path(named)) if named != "none" else None
    try:
        return nearest_pyproject(Path.cwd())
    except FileNotFoundError:  # the working directory was removed
        return None


def _sources_in(sentence: str, given: Mapping[str, Given]) -> str:
    """Where the settings that a sentence names come from, those aside that somebody has just typed."""
    if " (from " in sentence:
        return ""
    named = [(name, each.source) for name, each in given.items() if re.search(rf"\b{name}\b", sentence)]
    told = [f"{name} is from {source}" for name, source in named if not source.startswith(("-", "webfoot ", ARGUMENT))]
    return f" ({', '.join(told)})" if told else ""


def _tell_of_misspelt(environ: Mapping[str, str]) -> None:
    """No error: an application may have such variables, too, and Kubernetes sets some for a service called webfoot."""
    known = [each.environment for each in OPTIONS if not isinstance(each.kind, Function)]
    for name in environ:
        if name.startswith("WEBFOOT_") and name not in (*known, "WEBFOOT_CONFIG", "WEBFOOT_COMPAT"):
            for meant in get_close_matches(name, known, n=1, cutoff=0.9):
                click.echo(f"webfoot: the variable {name} is no setting; did you mean {meant}?", err=True)
