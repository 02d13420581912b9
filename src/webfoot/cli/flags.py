"""Command line flags, derived from the table of settings."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from webfoot.server.settings.file import PYPROJECT
from webfoot.server.settings.given import Given
from webfoot.server.settings.kinds import Function, Many, Switch
from webfoot.server.settings.options import OPTIONS
from webfoot.server.settings.table import Option

F = TypeVar("F", bound=Callable[..., Any])

EPILOG = (
    "Each flag can also be given as an environment variable: --limit-request-body is WEBFOOT_LIMIT_REQUEST_BODY. "
    "Times are in seconds; sizes are in bytes or have a unit, such as 64k. --show-settings tells what holds, and why."
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
        """Hand the value to `sources.settings_of` by way of the context."""
        if self.given(ctx):
            given_by_flags(ctx)[self.option.name] = Given(self._read(value), self.option.flag)
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
            by_flag = ctx.get_parameter_source("compat") == ParameterSource.COMMANDLINE
            given_by_flags(ctx)["prepare"] = Given(COMPAT, "--compat" if by_flag else "WEBFOOT_COMPAT")
        return None


class ConfigFlag(click.Option):
    """`--config`, which is no setting, but a place for them."""

    section = "Application"

    def __init__(self) -> None:
        super().__init__(
            ["--config"],
            help=f"TOML file with settings; none: no file. Default: the nearest {PYPROJECT} with [tool.webfoot].",
            metavar="FILE",
            envvar="WEBFOOT_CONFIG",
            expose_value=False,
        )

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        named = super().process_value(ctx, value)
        ctx.meta["webfoot.config"] = named if isinstance(named, str) else None
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
        _append(function, ConfigFlag())
        for option in reversed(OPTIONS):
            wanted = option.name not in ("app", *without) and (option.name in only or not only)
            if wanted and not isinstance(option.kind, Function):
                if option.name == "prepare":
                    _append(function, CompatFlag())
                _append(function, SettingFlag(option))
        return click.argument("app", metavar="MODULE:APP", required=False)(function)

    return decorate


def given_by_flags(ctx: click.Context) -> dict[str, Given]:
    given: dict[str, Given] = ctx.meta.setdefault("webfoot.settings", {})
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
