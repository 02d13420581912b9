"""`--show-settings`: what each setting is, and who has said so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import click

from webfoot.server.settings.given import Given
from webfoot.server.settings.kinds import CertificateFiles, Function, HeaderField, Kind, Listed, Many
from webfoot.server.settings.options import OPTIONS, ServerOptions
from webfoot.server.settings.table import Option

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT = "default"
HIDDEN = "********"
_VALUES_END = 46
"""The column behind which sources stand, as far as values leave room for it."""


def show_flags(function: F) -> F:
    """Decorator: `--show-settings` and `--json`, as the arguments `show_settings` and `as_data`."""
    as_data = click.option("--json", "as_data", is_flag=True, help="With --show-settings: as JSON.")
    shows = click.option(
        "--show-settings", is_flag=True, help="Print each setting and where it comes from, as TOML; serve nothing."
    )
    return shows(as_data(function))


def show(options: ServerOptions, sources: Mapping[str, Given], as_data: bool) -> int:
    """Print it; gives back the exit code."""
    click.echo(_as_json(options, sources) if as_data else "\n".join(_as_toml(options, sources)))
    return 0


def _as_json(options: ServerOptions, sources: Mapping[str, Given]) -> str:
    """One object, a setting on each line."""
    lines = []
    for each, value in _all(options):
        told = {"value": HIDDEN if _is_hidden(each, value) else value, "from": _source(each, sources)}
        lines.append(f"  {json.dumps(each.name)}: {json.dumps(told, default=str)}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _as_toml(options: ServerOptions, sources: Mapping[str, Given]) -> Iterator[str]:
    """A file of settings that would have the same effect, but for secrets; the sources are its comments."""
    section = ""
    for each, value in _all(options):
        if each.section != section:
            yield f"{'' if not section else chr(10)}# {each.section}"
            section = each.section
        key = each.name.replace("_", "-")
        line = f"# {key} = {HIDDEN}" if _is_hidden(each, value) else f"{key} = {_toml(_plain(each.kind, value))}"
        yield f"{line:{_VALUES_END}}  # {_source(each, sources)}"


def _all(options: ServerOptions) -> Iterator[tuple[Option, Any]]:
    """Those that text can give, section by section."""
    sections = list(dict.fromkeys(each.section for each in OPTIONS))
    rows = sorted(OPTIONS, key=lambda each: sections.index(each.section))
    return ((each, getattr(options, each.name)) for each in rows if not isinstance(each.kind, Function))


def _is_hidden(option: Option, value: object) -> bool:
    return option.secret and value is not None


def _source(option: Option, sources: Mapping[str, Given]) -> str:
    given = sources.get(option.name)
    return given.source if given is not None else DEFAULT


def _plain(kind: Kind, value: Any) -> Any:
    """As it would be written in a file."""
    match kind, value:
        case (_, None):
            return "none"
        case ((Many(item=item) | Listed(item=item)), _):
            return [_plain(item, each) for each in value]
        case (HeaderField(), (name, content)):
            return f"{name}: {content}"
        case (CertificateFiles(), (certificate, key)):
            return f"{certificate}:{key}" if key is not None else certificate
    return value


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{_toml(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            # JSON's texts are TOML's, but for one character
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
