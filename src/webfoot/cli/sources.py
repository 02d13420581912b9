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

_OF_MANY: Final = {
    *(each.name for each in OPTIONS if each.section in ("TLS", "Where it listens", "Processes and reload")),
    *("proxy_protocol", "admin_bind"),
}
"""Settings for a server that somebody connects to."""

_KINDS_OF_PLACE: Final = {"host": "address", "port": "address", "uds": "uds", "fd": "fd", "bind": "bind"}
"""Settings for where it listens; those of another kind say something else, and not something more."""

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
    argument = {"app": Given(app, ARGUMENT)} if app else {}
    given = _given(str(ctx.command.name), ctx.meta.get("webfoot.config"), defaults, {**given_by_flags(ctx), **argument})
    if needs_app and not _names_app(given):
        raise OptionError(_NO_APPLICATION)
    given |= {name: Given(value, f"webfoot {ctx.command.name}") for name, value in fixed.items()}
    ctx.meta["webfoot.given"] = given
    return _options(given)


def sources_of(ctx: click.Context) -> dict[str, Given]:
    """Who has given what, once `settings_of` was called. What is not in it has its default."""
    given: dict[str, Given] = ctx.meta["webfoot.given"]
    return given


def settings_file(ctx: click.Context) -> Path | None:
    """The file that the settings of this command are from, or would be if it had them; None if none is read."""
    named = ctx.meta.get("webfoot.config")
    if named == "none":
        return None
    file = _file(named)
    return (file.path if file is not None else Path(PYPROJECT)).resolve()


def settings_of_one_request(app: str, **values: object) -> ServerOptions:
    """For a process that serves once, and to itself: whatever is said of where it listens is for `webfoot run`.

    `values` win over the environment, and that over the file. Raises OptionError.
    """
    named = {name: Given(value, "webfoot journey") for name, value in {"app": app, **values}.items()}
    given = _given("journey", os.environ.get("WEBFOOT_CONFIG"), {}, named)
    return _options({name: each for name, each in given.items() if name not in _OF_MANY})


def words_of_request(app: str, method: str | None, path: str | None) -> tuple[str, str | None, str | None]:
    """MODULE:APP METHOD PATH, the first of which may be left out where the settings name an application."""
    if path is not None or ":" in app.partition("/")[0]:
        return app, method, path
    given = _given("journey", os.environ.get("WEBFOOT_CONFIG"), {}, {})
    return (str(given["app"].value), app, method) if _names_app(given) else (app, method, path)


def _names_app(given: Mapping[str, Given]) -> bool:
    return "app" in given and bool(given["app"].value)


def _options(given: Mapping[str, Given]) -> ServerOptions:
    try:
        return ServerOptions(**{name: each.value for name, each in given.items()})  # type: ignore[arg-type]
    except OptionError as error:
        raise OptionError(f"{error}{_sources_in(str(error), given)}") from None


def _given(
    command: str, config: str | None, defaults: Mapping[str, object], last: Mapping[str, Given]
) -> dict[str, Given]:
    """`config`: the file that was named, if one was. `last`: what wins over all others."""
    file = _file(config)
    above = file.given(words=_WORDS) if file is not None else {}
    parts = {part: file.given(part, _WORDS) for part in PARTS} if file is not None else {}
    own = {name: Given(value, f"webfoot {command}") for name, value in defaults.items()}
    given = _what_holds(above, own, parts.get(command, {}), given_by_environment(), last)
    if file is not None and file.names_project(given.get("app")):
        given.setdefault("app_dir", Given(str(file.directory), given["app"].source))
    return given


def _what_holds(*layers: Mapping[str, Given]) -> dict[str, Given]:
    """Of `layers`, the weakest first, what the others leave in force.

    Whoever names a place to listen on means it instead of another kind of place. What is said of a factory is said of
    the application that stands beside it, and not of another one.
    """
    kinds = next(filter(None, map(_kinds_of_place, reversed(layers))), set(_KINDS_OF_PLACE.values()))
    app = next((layer["app"].value for layer in reversed(layers) if "app" in layer), None)
    given: dict[str, Given] = {}
    for layer in layers:
        void = {name for name, kind in _KINDS_OF_PLACE.items() if kind not in kinds}
        if "app" in layer and layer["app"].value != app:
            void.add("factory")
        given |= {name: each for name, each in layer.items() if name not in void}
    return given


def _kinds_of_place(layer: Mapping[str, Given]) -> set[str]:
    return {kind for name, kind in _KINDS_OF_PLACE.items() if name in layer and layer[name].value not in (None, ())}


def _file(named: str | None) -> SettingsFile | None:
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
