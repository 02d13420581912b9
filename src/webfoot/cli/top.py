"""`webfoot top`: what is under way now, in all workers, and what each request waits for."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from typing import Final

import click

from webfoot.cli.flags import NamedCommand
from webfoot.cli.keys import Keys, raw_keys, whole_screen
from webfoot.journey.flight.finding import NotFound, workers_of
from webfoot.journey.flight.overview import Overview, as_json, overview
from webfoot.journey.flight.reading import UnreadableFlight, want_notes
from webfoot.journey.flight.table import SORTS, Look, lines
from webfoot.journey.terminal import WIDTH

_EVERY: Final = 1.0  # seconds between two looks
_ASKED_FOR: Final = 5.0  # seconds for which the workers are asked to note what requests wait for
_FIRST_NOTES: Final = 1.0  # seconds in which they have done so


class Watching:
    """Looks at the same servers again and again."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._since = time.time()

    def ask(self) -> None:
        """Have the workers note what their requests wait for. Raises NotFound."""
        for each in workers_of(self._where):
            with suppress(OSError, UnreadableFlight):  # it belongs to another user, or has just ended
                want_notes(each.path, time.time() + _ASKED_FOR)

    def look(self) -> Overview:
        """Raises NotFound."""
        return overview(workers_of(self._where), time.time(), self._since)


@click.command("top", cls=NamedCommand)
@click.argument("where", required=False, default="", metavar="[PID|DIR|URL]")
@click.option("--once", is_flag=True, help="Print the table once. So it is, too, where the output is no terminal.")
@click.option("--json", "as_data", is_flag=True, help="Print it once, as JSON.")
@click.option("-s", "--sort", type=click.Choice(SORTS), default=SORTS[0], show_default=True, help="What goes first.")
@click.option("-f", "--filter", "text", default="", metavar="TEXT", help="Only requests with this in their line.")
def command(where: str, once: bool, as_data: bool, sort: str, text: str) -> int:
    """Show what is under way in the workers of a server on this machine, and what each request waits for.

    The server is named by its pid or that of a worker, by the directory of its flight recorder or by its address;
    without a name all are shown. They need the flight recorder: `webfoot run --recorder`.
    """
    watching = Watching(where)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    is_terminal = sys.stdout.isatty()
    try:
        watching.ask()
        if as_data or once or not is_terminal:
            time.sleep(_FIRST_NOTES)
            seen = watching.look()
            look = Look(_width(is_terminal), None, sort, text, _has_colours(is_terminal))
            click.echo(json.dumps(as_json(seen), indent=2) if as_data else "\n".join(lines(seen, look)), color=True)
        else:
            _go_on(watching, Look(0, 0, sort, text, _has_colours(True)))
    except NotFound as error:
        raise click.ClickException(str(error)) from None
    return 0


def _go_on(watching: Watching, look: Look) -> None:
    with raw_keys() as keys, whole_screen():
        until = time.monotonic()
        while True:
            watching.ask()
            size = shutil.get_terminal_size((WIDTH, 40))
            _draw(lines(watching.look(), look._replace(width=size.columns, height=size.lines - 2)), look, keys)
            until = max(until + _EVERY, time.monotonic())
            changed = _answer_keys(keys, look, until)
            if changed is None:
                return
            if changed != look:
                look, until = changed, time.monotonic()


def _answer_keys(keys: Keys, look: Look, until: float) -> Look | None:
    """What is to be seen after the keys that are pressed until then; None: nothing any more."""
    while (left := until - time.monotonic()) > 0:
        key = keys.read(left)
        if keys.is_typing:
            if key is not None:
                return look._replace(text=keys.text)
        elif key in ("q", "Q", "\x03", "\x04"):
            return None
        elif key == "s":
            return look._replace(sort=SORTS[(SORTS.index(look.sort) + 1) % len(SORTS)])
        elif key == "f" or key == "/":
            keys.begin(look.text)
            return look._replace(text=keys.text)
        elif key == "\x1b":
            return look._replace(text="")
    return look


def _draw(content: list[str], look: Look, keys: Keys) -> None:
    prompt = f"filter: {keys.text}_" if keys.is_typing else f"q quit · s sort: {look.sort} · f filter{_filter(look)}"
    text = "\x1b[K\r\n".join([*content, "", prompt])
    sys.stdout.write(f"\x1b[H{text}\x1b[K\x1b[J")
    sys.stdout.flush()


def _filter(look: Look) -> str:
    return f": {look.text} (Esc: all)" if look.text else ""


def _width(is_terminal: bool) -> int:
    return max(60, shutil.get_terminal_size((WIDTH, 40)).columns) if is_terminal else 160


def _has_colours(is_terminal: bool) -> bool:
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
