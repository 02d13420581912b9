"""`webfoot journey replay FILE module:app`: a saved request against the code of today, and what goes another way."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from webfoot.cli.composing import header_of, read_bytes
from webfoot.cli.difference import drawn
from webfoot.cli.flags import NamedCommand
from webfoot.cli.journey_export import chosen
from webfoot.cli.one_application import application_options, run_once
from webfoot.cli.one_request import Client, Onlooker, Request
from webfoot.cli.printing import paper
from webfoot.cli.resending import Given, doubts, request_bytes, session, session_doubts
from webfoot.journey.capture.thorough import ThoroughRecord
from webfoot.journey.record import Record
from webfoot.journey.saved.difference import difference
from webfoot.journey.saved.ending import come_before_it_was_left
from webfoot.journey.saved.reading import Journey, SavedError
from webfoot.journey.saved.request import SentRequest, asks_for_websocket, request_of
from webfoot.journey.saved.session import session_of
from webfoot.journey.schema import as_json
from webfoot.journey.terminal import Paint

DIFFERS = 1


@click.command("replay", cls=NamedCommand)
@click.argument("file")
@click.argument("app", metavar="MODULE:APP")
@click.option("--id", "wanted", metavar="ID", help="The journey of this id, where the file holds several.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="In place of a saved header.")
@click.option("-d", "--data", metavar="BODY", help="In place of the saved body; @FILE reads it, @- standard input.")
@click.option(
    "-m",
    "--message",
    "messages",
    multiple=True,
    metavar="NUMBER=TEXT",
    help="In place of a message of a WebSocket's client, 1=@FILE reads it.",
)
@click.option("--all", "shows_all", is_flag=True, help="Show what is the same, too.")
@click.option("--json", "as_data", is_flag=True, help="Print the difference as JSON.")
@application_options
def command(
    file: str,
    app: str,
    wanted: str | None,
    headers: Sequence[str],
    data: str | None,
    messages: Sequence[str],
    shows_all: bool,
    as_data: bool,
    **application: Any,
) -> int:
    """Send the request of a saved journey (FILE, - reads standard input) through the application as it is now.

    Of a WebSocket the handshake is sent, and the client's messages, each when the application has sent as many as it
    had before it. What goes another way is shown station by station and message by message. Secrets were redacted when
    the journey was saved: give them with -H, -d and -m, or in variables of the environment that are named after them.
    The exit code is 0 if all is the same, 1 if something differs.
    """
    onlooker = Onlooker()
    try:
        before = _one(chosen(file, wanted), file)
        given = Given([header_of(text) for text in headers], _body(data), dict(map(_message, messages)))
        client, notes = _client(before, given, onlooker)
    except SavedError as error:
        raise click.UsageError(str(error)) from None
    for sentence in notes:
        click.echo(f"note: {sentence}", err=True)
    records = run_once(app, client, onlooker=onlooker, **application)
    if not records:
        raise click.UsageError("the request left no journey")
    # As it would be read from a file, so that both sides are written alike.
    now: Journey = json.loads(json.dumps(as_json(records[0])))
    found = difference(before, now)
    if as_data:
        click.echo(json.dumps(found.as_json() | {"before": before.get("id"), "now": now.get("id")}, indent=2))
    else:
        sheet = paper()
        request = f"{before.get('method')} {before.get('target')}"
        for line in drawn(request, found, shows_all=shows_all, paint=Paint(sheet.colour)):
            click.echo(line, color=sheet.colour)
    return 0 if found.is_none else DIFFERS


def _one(journeys: list[Journey], file: str) -> Journey:
    if len(journeys) > 1:
        ids = ", ".join(str(journey.get("id")) for journey in journeys[:5])
        raise SavedError(f"{file} holds {len(journeys)} journeys: say which one with --id (such as {ids})")
    return journeys[0]


def _body(data: str | None) -> bytes | None:
    if data is None:
        return None
    return read_bytes(data[1:]) if data.startswith("@") else os.fsencode(data)


def _message(text: str) -> tuple[int, bytes]:
    number, equals, data = text.partition("=")
    if not equals or not number.isdecimal():
        raise click.UsageError(f"{text!r} is no message: write NUMBER=TEXT, such as 1=quack")
    return int(number), _body(data) or b""


def _client(before: Journey, given: Given, onlooker: Onlooker) -> tuple[Client, list[str]]:
    """Who sends it again, and why that may not be what it was. Raises SavedError."""
    request = request_of(before)
    if asks_for_websocket(before):
        return _session(before, request, given)
    if given.messages:
        raise SavedError("the journey is of no WebSocket, so it has no messages: -d replaces a body")
    return Request(request_bytes(request, given), _has_enough(before, onlooker)), list(doubts(request, given))


def _session(before: Journey, request: SentRequest, given: Given) -> tuple[Client, list[str]]:
    saved = session_of(before, request.gaps)
    if given.body is not None:
        raise SavedError("a WebSocket has no body: -m NUMBER=TEXT replaces a message of its client's")
    unknown = set(given.messages) - {said.number for said in saved.messages}
    if unknown:
        raise SavedError(f"there is no message {min(unknown)}: of the client's {len(saved.messages)} were kept")
    return session(before, request, saved, given), list(session_doubts(request, saved, given))


def _has_enough(before: Journey, onlooker: Onlooker) -> Callable[[], bool]:
    """Where the client had left a stream, it leaves again once as much of it has come."""
    wanted = come_before_it_was_left(before)

    def has_enough() -> bool:
        return wanted is not None and sum(map(_come, onlooker.records)) >= wanted

    return has_enough


def _come(record: Record) -> int:
    if not isinstance(record, ThoroughRecord):
        return 0
    if record.frames is not None:
        return record.frames.count
    return record.response_body.size if record.response_body is not None else 0
