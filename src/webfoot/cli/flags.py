"""Command line flags, derived from the table of settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from webfoot.server.settings.kinds import Function, Many, Switch
from webfoot.server.settings.options import OPTIONS, OptionError, ServerOptions, read_environment
from webfoot.server.settings.table import Option

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = (
    "Each flag can also be given as an environment variable: --limit-request-body is WEBFOOT_LIMIT_REQUEST_BODY. "
    "Times are in seconds; sizes are in bytes or have a unit, such as 64k."
)


COMPAT = "webfoot.compat:install"


class SettingFlag(click.Option):
    """One setting. click hands its text on and the table reads it, so that errors sound the same from every source."""

    def __init__(self, option: Option) -> None:
        self.option = option
        self.section = option.section
        switch = isinstance(option.kind, Switch)
        negative = f"/--no-{option.flag[2:]}" if switch else ""
        super().__init__(
            [f"{option.flag}{negative}", option.name],
            help=_help(option),
            is_flag=switch,
            multiple=isinstance(option.kind, Many),
            metavar=None if switch else option.kind.metavar,
            default=None,
            expose_value=False,
        )

    def given(self, ctx: click.Context) -> bool:
        return ctx.get_parameter_source(self.option.name) == ParameterSource.COMMANDLINE

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Hand the raw value to `settings_of` by way of the context."""
        if self.given(ctx):
            _given(ctx)[self.option.name] = self._read(value)
        return None

    def _read(self, value: Any) -> object:
        if isinstance(self.option.kind, Switch):
            return bool(value)
        if isinstance(self.option.kind, Many):
            return self.option.read_items(value, self.option.flag)
        return self.option.read(value, self.option.flag)


class CompatFlag(click.Option):
    """`--compat`, which is a word for a value of the setting `prepare`: it holds in every process that serves."""

    section = "Application"

    def __init__(self) -> None:
        super().__init__(
            ["--compat"],
            help=f"Let FastAPI, Starlette and Uvicorn be imported from webfoot: --prepare {COMPAT}.",
            is_flag=True,
            envvar="WEBFOOT_COMPAT",
            expose_value=False,
        )

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        if super().process_value(ctx, value):
            _given(ctx)["prepare"] = COMPAT
        return None


class NamedCommand(click.Command):
    """A command that puts its name to every error: click leaves it out where it splits the command line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class ServerCommand(NamedCommand):
    """A command whose help groups the flags of settings by their sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                title = getattr(param, "section", "Help")
                sections.setdefault(title, []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def setting_flags(*, only: Collection[str] = (), without: Collection[str] = ()) -> Callable[[F], F]:
    """Decorator: the argument APP and a flag for each setting, or for `only` those named, or for all `without` some."""

    def decorate(function: F) -> F:
        for option in reversed(OPTIONS):
            wanted = option.name not in ("app", *without) and (option.name in only or not only)
            if wanted and not isinstance(option.kind, Function):
                if option.name == "prepare":
                    _append(function, CompatFlag())
                _append(function, SettingFlag(option))
        return click.argument("app", metavar="MODULE:APP", required=False)(function)

    return decorate


def settings_of(
    ctx: click.Context, app: str | None, fixed: Mapping[str, object] = MappingProxyType({}), **defaults: object
) -> ServerOptions:
    """The settings of this command line: flags before the environment before `defaults`. Raises OptionError.

    `fixed` is what the command is about, so that it is no flag and heeds no environment.
    """
    _tell_of_misspelt(os.environ)
    values = {**defaults, **read_environment(os.environ), **_given(ctx), **fixed}
    if app:
        values["app"] = app
    if not values.get("app"):
        raise OptionError("no application was named: write module:attribute, such as main:app")
    return ServerOptions(**values)  # type: ignore[arg-type]


def _tell_of_misspelt(environ: Mapping[str, str]) -> None:
    """No error: an application may have such variables, too, and Kubernetes sets some for a service called webfoot."""
    known = [each.environment for each in OPTIONS if not isinstance(each.kind, Function)]
    for name in environ:
        if name.startswith("WEBFOOT_") and name not in known:
            for meant in get_close_matches(name, known, n=1, cutoff=0.9):
                click.echo(f"webfoot: the variable {name} is no setting; did you mean {meant}?", err=True)


def _given(ctx: click.Context) -> dict[str, object]:
    given: dict[str, object] = ctx.meta.setdefault("webfoot.settings", {})
    return given


def _append(function: Any, param: click.Parameter) -> None:
    # what click.option does, for an option object that exists already
    function.__click_params__ = [*getattr(function, "__click_params__", []), param]


def _help(option: Option) -> str:
    default = option.default
    if isinstance(default, tuple):
        default = " ".join(map(str, default))
    if default is None or default == "" or isinstance(default, bool):
        return option.help.replace("`", "")
    return (
        f"{option.help.replace('`', '')} [default: {default:g}]"
        if isinstance(default, float)
        else (f"{option.help.replace('`', '')} [default: {default}]")
    )
