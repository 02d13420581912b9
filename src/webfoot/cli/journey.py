"""`webfoot journey module:app METHOD PATH`: one request's way through the house, and why it ended so."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from urllib.parse import quote

import click

import webfoot
from webfoot.cli.flags import COMPAT, NamedCommand
from webfoot.cli.one_request import send_once
from webfoot.journey.record import Record
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import WIDTH, draw
from webfoot.server.process.loop import EventLoop
from webfoot.server.settings.kinds import HeaderField
from webfoot.server.settings.load import load_app
from webfoot.server.settings.log import configure
from webfoot.server.settings.options import ServerOptions

NO_ANSWER = 1
_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# What RFC 3986 lets stand in a path and a query; anything else a person types is percent-encoded.
_SAFE_IN_TARGET = "/?:@!$&'()*+,;=-._~%[]"
_TAKES_A_BODY = frozenset(("POST", "PUT", "PATCH"))


@click.command("journey", cls=NamedCommand)
@click.argument("app", metavar="MODULE:APP")
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header.")
@click.option("-d", "--data", metavar="BODY", help="The request body, or @FILE (@- reads standard input).")
@click.option("--raw", metavar="FILE", help="Send these bytes as they are instead (- reads standard input).")
@click.option("--json", "as_data", is_flag=True, help="Print the journey as JSON.")
@click.option("--factory", is_flag=True, help="The attribute is a function that returns the application.")
@click.option("--app-dir", default="", metavar="TEXT", help="Directory in which the module is looked for.")
@click.option("--compat", is_flag=True, help="Let FastAPI, Starlette and Uvicorn be imported from webfoot.")
@click.option(
    "--patience", default=10.0, show_default=True, type=click.FloatRange(0.1), help="Seconds until the client leaves."
)
def command(
    app: str,
    method: str | None,
    path: str | None,
    headers: Sequence[str],
    data: str | None,
    raw: str | None,
    as_data: bool,
    factory: bool,
    app_dir: str,
    compat: bool,
    patience: float,
) -> int:
    """Send one request through the application and the server, and draw the way it went.

    The application is started and shut down around it. Every decision is told, and for a 3xx, 4xx or 5xx the reason.
    """
    if raw is not None:
        if method is not None or headers or data is not None:
            raise click.UsageError(
                "--raw sends the bytes of a file as they are, so METHOD, PATH, -H and -d cannot be given"
            )
        request = _read(raw)
        if not request:
            raise click.UsageError("there is nothing to send: the file given with --raw is empty")
    else:
        request = compose(method, path, headers, data)
    # The process serves alone and once, whatever the environment says for `webfoot run`.
    options = ServerOptions.from_environment(
        app=app,
        factory=factory,
        app_dir=app_dir,
        reload=False,
        workers=1,
        proxy_protocol=False,
        access_log=False,
        log_level="warning",
        **({"prepare": COMPAT} if compat else {}),
    )
    configure(options)
    with EventLoop(options.loop) as loop:
        application = load_app(options)
        records = loop.run(send_once(application, options, request, patience))
    return _show([record for record in records if not record.is_empty], as_data)


def _show(records: list[Record], as_data: bool) -> int:
    """Print the journeys; gives back the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows question marks, not a traceback
    is_terminal = sys.stdout.isatty()
    colour = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = max(60, shutil.get_terminal_size((WIDTH, 40)).columns) if is_terminal else WIDTH
    for number, record in enumerate(records):
        if as_data:
            click.echo(json.dumps(as_json(record), indent=2))
        else:
            click.echo("\n" * bool(number) + draw(record, colour=colour, width=width), nl=False, color=colour)
    return 0 if all(record.status is not None for record in records) else NO_ANSWER


def compose(method: str | None, path: str | None, headers: Sequence[str], data: str | None) -> bytes:
    """The request as HTTP/1.1 bytes. A header that was given replaces the one we would send. Raises UsageError."""
    if method is not None and path is None and method.startswith("/"):
        method, path = "GET", method
    if method is None or path is None:
        raise click.UsageError("a journey needs METHOD and PATH, such as: webfoot journey main:app GET /ducks")
    if not _METHOD.fullmatch(method):
        raise click.UsageError(f"{method!r} is no HTTP method")
    method = method.upper()
    body = None if data is None else _read(data[1:]) if data.startswith("@") else os.fsencode(data)
    given = [_header(text) for text in headers]
    names = {name.lower() for name, _ in given}
    fields = [pair for pair in _usual_headers(method, body) if pair[0] not in names]
    if "transfer-encoding" in names:
        fields = [pair for pair in fields if pair[0] != "content-length"]
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    lines = [f"{method} {_target(method, path)} HTTP/1.1", *(f"{name}: {value}" for name, value in [*fields, *given])]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def _usual_headers(method: str, body: bytes | None) -> list[tuple[str, str]]:
    fields = [("host", "localhost"), ("user-agent", f"webfoot-journey/{webfoot.__version__}"), ("accept", "*/*")]
    if body is not None and _looks_like_json(body):
        fields.append(("content-type", "application/json"))
    if body is not None or method in _TAKES_A_BODY:
        fields.append(("content-length", str(len(body or b""))))
    return fields


def _looks_like_json(body: bytes) -> bool:
    """Also where it is broken JSON: whoever tries that wants to see what the application says to it."""
    if body.lstrip()[:1] in (b"{", b"["):
        return True
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _header(text: str) -> tuple[str, str]:
    try:
        return HeaderField().read(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no header: write 'Name: value'") from None


def _target(method: str, path: str) -> str:
    if path == "*" and method == "OPTIONS":
        return path
    if "#" in path:
        raise click.UsageError(
            f"{path!r} holds a fragment (#...), which is never sent to a server; leave it out or write %23"
        )
    if not path.startswith(("/", "http://", "https://")):
        raise click.UsageError(f"{path!r} is no path: it must begin with /")
    return quote(path, safe=_SAFE_IN_TARGET)


def _read(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"cannot read {name}: {(error.strerror or str(error)).lower()}") from None
