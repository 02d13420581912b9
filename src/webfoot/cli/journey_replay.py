"""`webfoot journey replay FILE module:app`: a saved request against the code of today, and what goes another way."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import click

from webfoot.cli.composing import as_bytes, header_of, read_bytes
from webfoot.cli.flags import NamedCommand
from webfoot.cli.journey_export import chosen
from webfoot.cli.one_application import application_options, run_once
from webfoot.cli.printing import paper
from webfoot.journey.redact import REDACTED, printable
from webfoot.journey.saved.difference import Difference, Step, difference
from webfoot.journey.saved.gaps import Gap, Text, filled
from webfoot.journey.saved.reading import Journey, SavedError
from webfoot.journey.saved.request import SentRequest, request_of
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import DIM, GREEN, RED, YELLOW, Paint

DIFFERS = 1
_LONGEST = 200  # letters of a value that differs


@click.command("replay", cls=NamedCommand)
@click.argument("file")
@click.argument("app", metavar="MODULE:APP")
@click.option("--id", "wanted", metavar="ID", help="The journey of this id, where the file holds several.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="In place of a saved header.")
@click.option("-d", "--data", metavar="BODY", help="In place of the saved body; @FILE reads it, @- standard input.")
@click.option("--all", "shows_all", is_flag=True, help="Show the stations that are the same, too.")
@click.option("--json", "as_data", is_flag=True, help="Print the difference as JSON.")
@application_options
def command(
    file: str,
    app: str,
    wanted: str | None,
    headers: Sequence[str],
    data: str | None,
    shows_all: bool,
    as_data: bool,
    **application: Any,
) -> int:
    """Send the request of a saved journey (FILE, - reads standard input) through the application as it is now.

    What goes another way is shown station by station. Secrets were redacted when the journey was saved: give them with
    -H and -d, or in variables of the environment that are named after them. The exit code is 0 if all is the same, 1 if
    something differs.
    """
    try:
        before = _one(chosen(file, wanted), file)
        request = request_of(before)
    except SavedError as error:
        raise click.UsageError(str(error)) from None
    given = [header_of(text) for text in headers]
    body = None if data is None else read_bytes(data[1:]) if data.startswith("@") else os.fsencode(data)
    for sentence in _doubts(request, given, body):
        click.echo(f"note: {sentence}", err=True)
    records = run_once(app, _bytes(request, given, body), **application)
    if not records:
        raise click.UsageError("the request left no journey")
    # As it would be read from a file, so that both sides are written alike.
    now: Journey = json.loads(json.dumps(as_json(records[0])))
    found = difference(before, now)
    if as_data:
        click.echo(json.dumps(found.as_json() | {"before": before.get("id"), "now": now.get("id")}, indent=2))
    else:
        sheet = paper()
        for line in _drawn(before, found, shows_all, Paint(sheet.colour)):
            click.echo(line, color=sheet.colour)
    return 0 if found.is_none else DIFFERS


def _one(journeys: list[Journey], file: str) -> Journey:
    if len(journeys) > 1:
        ids = ", ".join(str(journey.get("id")) for journey in journeys[:5])
        raise SavedError(f"{file} holds {len(journeys)} journeys: say which one with --id (such as {ids})")
    if journeys[0].get("kind") == "websocket":
        raise SavedError("a WebSocket is not sent again; `webfoot journey export --as pytest` makes a test of it")
    return journeys[0]


def _doubts(request: SentRequest, given: Sequence[tuple[str, str]], body: bytes | None) -> Iterator[str]:
    """Why the request may not be what it was."""
    names = {name.lower() for name, _ in given}
    texts = [request.target, *(value for name, value in request.headers if name.lower() not in names)]
    if body is None:
        yield from request.lacks
        texts += [request.body or (), *(part.value for part in request.form)]
    gaps = [piece.name for text in texts for piece in text if isinstance(piece, Gap)]
    missing = [name for name in gaps if name not in os.environ]
    if missing:
        yield (
            f"{', '.join(missing)} {'was' if len(missing) == 1 else 'were'} redacted, and {REDACTED} is sent; "
            "give it with -H or -d, or in a variable of that name"
        )


def _bytes(request: SentRequest, given: Sequence[tuple[str, str]], body: bytes | None) -> bytes:
    names = {name.lower() for name, _ in given}
    fields = [("host", _filled(request.host)), *((name, _filled(value)) for name, value in request.headers)]
    fields = [pair for pair in fields if pair[0].lower() not in names]
    if body is None and request.form:
        boundary = f"webfoot-{secrets.token_hex(8)}"
        fields.append(("content-type", f"multipart/form-data; boundary={boundary}"))
        body = b"".join(_parts(request, boundary))
    elif body is None and request.body is not None:
        body = _filled(request.body).encode("utf-8", "surrogateescape")
    if "content-length" not in names and "transfer-encoding" not in names and (body or request.method in _WITH_BODY):
        fields.append(("content-length", str(len(body or b""))))
    return as_bytes(request.method, _filled(request.target), [*fields, *given], body or b"")


_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))


def _parts(request: SentRequest, boundary: str) -> Iterator[bytes]:
    """The form (RFC 7578); of files only the size is known."""
    for part in request.form:
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{part.name}"'
        if part.filename is not None:
            yield f'{head}; filename="{part.filename}"\r\ncontent-type: {part.media_type}\r\n\r\n'.encode()
            yield b"x" * part.size + b"\r\n"
        else:
            yield f"{head}\r\n\r\n{_filled(part.value)}\r\n".encode()
    yield f"--{boundary}--\r\n".encode()


def _filled(text: Text) -> str:
    return filled(text, str, lambda gap: os.environ.get(gap.name, REDACTED))


def _drawn(before: Journey, found: Difference, shows_all: bool, paint: Paint) -> Iterator[str]:
    yield paint(f"{before.get('method')} {printable(str(before.get('target')))}", 1)
    for step in found.steps:
        if shows_all or step.kind != "same":
            yield from _step(step, paint)
    for name, (was, now) in found.outcome.items():
        yield f"  {name}:"
        yield paint(f"    - {_short(was)}", RED)
        yield paint(f"    + {_short(now)}", GREEN)
    was_us, now_us = found.took_us
    if was_us and now_us:
        yield paint(f"  took {was_us / 1000:.1f} ms, now {now_us / 1000:.1f} ms (in a process of its own)", DIM)
    yield paint("the same way, and the same answer", GREEN) if found.is_none else _counted(found, paint)


def _step(step: Step, paint: Paint) -> Iterator[str]:
    at = f"{step.station} {printable(step.what)}".rstrip()
    match step.kind:
        case "same":
            yield paint(f"  = {at}: {printable(step.now or '')}", DIM)
        case "only before":
            yield paint(f"  - {at}: {printable(step.before or '')}", RED)
        case "only now":
            yield paint(f"  + {at}: {printable(step.now or '')}", GREEN)
        case _:
            yield paint(f"  ~ {at}", YELLOW)
            for name, (was, now) in step.facts.items():
                yield f"      {name}: {_short(was)} -> {_short(now)}"


def _short(value: object) -> str:
    text = printable(value if isinstance(value, str) else json.dumps(value, default=str))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _counted(found: Difference, paint: Paint) -> str:
    count = sum(step.kind != "same" for step in found.steps)
    stations = f"{count} station{'s' * (count != 1)}" if count else "no station"
    answer = "another answer" if found.outcome else "the same answer"
    return paint(f"{stations} on another way, {answer}", YELLOW)
