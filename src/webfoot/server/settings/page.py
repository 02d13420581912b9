"""The page docs/settings.md, made from the table of settings."""

from __future__ import annotations

from webfoot.server.settings.kinds import Application, Function, Switch
from webfoot.server.settings.options import OPTIONS
from webfoot.server.settings.table import Option

_HEAD = """# Settings

Every setting can be given in Python (`run(app, port=80)`, `ServerOptions(port=80)`), as a flag (`--port 80`), as an
environment variable: its name in capitals after `WEBFOOT_` (`WEBFOOT_PORT=80`), or in [a file](#in-a-file). A flag wins
over the environment, the environment over the file, the file over the default; a place to listen on over places of
other kinds, so that `--port 0` is enough where a file says `bind`. In Python no file is read, and the environment only
on request: `ServerOptions.from_environment()`.

Times are in seconds. Sizes are in bytes; a flag, a variable or a file may say `64k` or `1MiB`. A setting whose default
is `none` accepts `none`. A list is a repeated flag; in a variable its items are separated by commas (directories as in
`PATH`, headers by line ends).

## In a file

The commands read the table `[tool.webfoot]` of `pyproject.toml`: of the one in the working directory, or else of the
nearest one above that has this table, up to the root of the repository or the home directory. `webfoot run` alone then
serves, from anywhere in the project; `webfoot routes`, `check` and `journey GET /ducks` know the application, too.

```toml
[tool.webfoot]
app = "ducks.main:app"
workers = 4
limit-request-body = "10m"
timeout-keep-alive = 90
access-log-skip = ["/livez", "/static/*"]
headers = ["X-Pond: A", "Referrer-Policy: no-referrer"]

[tool.webfoot.dev]
port = 8001
access-log-reasons = true
```

Names are written with `-` or with `_`. A list is an array; `headers` may be a table, too; `log-config` may be a table
instead of a file; `compat = true` stands for `prepare = "webfoot.compat:install"`. What is in `[tool.webfoot.dev]` is
for `webfoot dev` only, where it wins over the rest. A path is meant from the directory of the file.

`--config FILE`, or `WEBFOOT_CONFIG`, names another file, which is read instead. Unless it has `[tool.webfoot]`, its
settings stand at the top:

```toml
# webfoot.toml
app = "ducks.main:app"
bind = ["0.0.0.0:443", "unix:/run/ducks.sock"]
ssl-certfile = "tls/ducks.pem"
limit-max-requests = "none"

[headers]
Strict-Transport-Security = "max-age=63072000"
```

`--config none` reads no file. A name that is no setting, a value of the wrong kind or a file that is not TOML is one
sentence with file and line, and exit code 2. At SIGHUP the file is [read again](serving.md#reload). A file above the
working directory is heeded if it belongs to you, to root, or to the owner of the working directory.

## What holds, and why

`webfoot run --show-settings` prints every setting with where it comes from, and serves nothing; so does `webfoot dev`:

```console
$ webfoot run --show-settings --port 0 | grep -v default
app = "ducks.main:app"                          # pyproject.toml:2
workers = 4                                     # WEBFOOT_WORKERS
port = 0                                        # --port
```

This is TOML: a file of it has the same effect, but for passwords, which are not shown. With `--json` it is JSON, by
names: `{"port": {"value": 0, "from": "--port"}, ...}`.

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
