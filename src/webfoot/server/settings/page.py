"""The page docs/settings.md, made from the table of settings."""

from __future__ import annotations

from webfoot.server.settings.kinds import Application, Function, Switch
from webfoot.server.settings.options import OPTIONS
from webfoot.server.settings.table import Option

_HEAD = """# Settings

Every setting can be given in Python (`run(app, port=80)`, `ServerOptions(port=80)`), as a flag (`--port 80`) or as an
environment variable: its name in capitals after `WEBFOOT_` (`WEBFOOT_PORT=80`). A flag wins over the environment, the
environment over the default. In Python the environment is read only on request: `ServerOptions.from_environment()`.

Times are in seconds. Sizes are in bytes; a flag or a variable may say `64k` or `1MiB`. A setting whose default is
`none` accepts `none`. A list is a repeated flag; in a variable its items are separated by commas (directories as in
`PATH`, headers by line ends).

This page is generated from `webfoot/server/settings/options.py`.
"""


def settings_page() -> str:
    """The text of docs/settings.md."""
    sections = dict.fromkeys(each.section for each in OPTIONS)
    return _HEAD + "".join(_section(section) for section in sections)


def _section(section: str) -> str:
    rows = [_row(each) for each in OPTIONS if each.section == section]
    return f"\n## {section}\n\n| Setting | Flag | Default | Meaning |\n|---|---|---|---|\n" + "".join(rows)


def _row(each: Option) -> str:
    return f"| `{each.name}` | {_flag_in_page(each)} | {_default_in_page(each)} | {each.help} |\n"


def _flag_in_page(each: Option) -> str:
    match each.kind:
        case Application():
            return "the argument"
        case Function():
            return "only in Python"
        case Switch():
            return f"`{each.flag}` / `--no-{each.flag[2:]}`"
        case _:
            return f"`{each.flag} {each.kind.metavar}`".replace("|", "\\|")


def _default_in_page(each: Option) -> str:
    match each.default:
        case None:
            return "none"
        case "" | ():
            return ""
        case bool(value):
            return "on" if value else "off"
        case tuple(items):
            return ", ".join(f"`{item}`" for item in items)
        case float(seconds):
            return f"{seconds:g}"
        case value:
            return f"{value}"
