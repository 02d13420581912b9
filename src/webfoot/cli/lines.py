"""While developing: a line for each request in place of the access log's, what there is to say of it below, and the
whole journey where that is asked for."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from textwrap import wrap
from time import perf_counter_ns
from typing import Final

from webfoot.cli.reasons import Reasons, news_of
from webfoot.journey.advice import APP, advice
from webfoot.journey.failure import place
from webfoot.journey.glance import glance
from webfoot.journey.line import is_slow, line_at_a_glance, line_of, time_of
from webfoot.journey.record import Record
from webfoot.journey.says import readable
from webfoot.journey.terminal import DIM, WIDTH, YELLOW, Paint, draw
from webfoot.journey.under_way import abandoned_by, answered_ns, is_abandoned, is_behind_its_answer, parting
from webfoot.server.broken.application import BrokenApplication
from webfoot.server.broken.page import WAIT
from webfoot.server.logs.handler import ServerHandler, wants_colour
from webfoot.server.settings.log import access_log
from webfoot.server.settings.options import ServerOptions
from webfoot.trail.page import PLACE

INDENT: Final = " " * 10
_NARROWEST: Final = 60
_STEP: Final = "→ "
_OWN: Final = (f"{PLACE}/", WAIT)
"""What our own pages ask for, which nobody wants to read of."""
_BROKEN: Final = "The application does not start: see above, or in the browser."


def _has_failed(record: Record) -> bool:
    return record.status is None or record.status >= 400


def _unfolds_all(record: Record) -> bool:
    return True


UNFOLD: Final[dict[str, Callable[[Record], bool]]] = {
    "none": lambda record: False,
    "failed": _has_failed,
    "slow": lambda record: is_slow(record) or _has_failed(record),
    "all": _unfolds_all,
}
"""Which requests are drawn station by station; the words are those of `--unfold`."""


def _code_of(record: Record) -> str:
    """Whose request it was, for whoever wants to open that: `main.py:12 in read_duck`."""
    file, line = record.fact("route_entered", "file"), record.fact("route_entered", "line")
    return f"{place(file, line)} in {record.fact('route_entered', 'name')}" if isinstance(file, str) else ""


def _is_broken(record: Record) -> bool:
    return record.fact("app_entered", "app") == BrokenApplication.__qualname__


def replaces_access_log(options: ServerOptions) -> bool:
    """Not where somebody has said how the lines are to be, or has a program read them."""
    return (
        options.access_log
        and not options.access_log_format
        and options.log_config is None
        and options.log_format == "text"
        and not options.writes_json_access_log
    )


class Lines(Reasons):
    """A listener of `journey.watching`. unfold: one of UNFOLD."""

    def __init__(self, options: ServerOptions, unfold: str) -> None:
        self._unfolds = UNFOLD[unfold]
        self._left: set[int] = set()  # numbers of records under way that have had their lines
        self._has_page = options.journey_page
        self._app = options.app if isinstance(options.app, str) else APP
        self._scheme = "https" if options.is_secured else "http"
        self._is_terminal = sys.stdout.isatty()
        self._colour = wants_colour(sys.stdout, options.use_colors)

    def done(self, record: Record) -> None:
        is_left = record.number in self._left
        seen = glance(record) if self._unfolds is not _unfolds_all and not is_left else None
        if seen is not None:  # as nearly always
            if not seen.target.startswith(_OWN):
                write(f"{line_at_a_glance(record, seen, colour=self._colour, width=self._width)}\n")
            return
        if (record.target or "").startswith(_OWN):
            return
        width = self._width
        self._left.discard(record.number)
        lines = [self._end_of_left(record) if is_left else line_of(record, colour=self._colour, width=width)]
        if self._unfolds(record):
            lines += ["", *draw(record, colour=self._colour, width=width).splitlines(), ""]
        else:
            lines += self._sentences(record, width, is_left)
        write("".join(f"{line}\n" for line in lines))

    @property
    def _width(self) -> int:
        return max(_NARROWEST, shutil.get_terminal_size((WIDTH, 40)).columns) if self._is_terminal else WIDTH

    def _tell_left(self, record: Record) -> None:
        if is_abandoned(record) and not (record.target or "").startswith(_OWN):
            self._left.add(record.number)
            write(f"{line_of(record, colour=self._colour, width=self._width, saying=abandoned_by(record))}\n")

    def tell_that_it_goes_on(self, record: Record, place: str) -> None:
        """Its answer is complete, and the application is at work still: its line does not wait for the end."""
        if is_behind_its_answer(record) and record.number not in self._left:
            self._left.add(record.number)
            saying = f"answered, and still at work: {place}"
            write(f"{line_of(record, colour=self._colour, width=self._width, saying=saying)}\n")

    def _end_of_left(self, record: Record) -> str:
        """No line of the usual shape: the request has had its own when the client left, or had its answer."""
        if record.left_at:
            took = time_of(perf_counter_ns() - record.left_at)
            how = "has ended" if record.status is None else f"has answered {record.status}"
            said = f"{how}, {took} after {parting(record)}"
        else:
            after = perf_counter_ns() - record.arrived_at - (answered_ns(record) or 0)
            said = f"has ended, {time_of(after)} after its answer"
        text = f"{record.method} {readable(record.target or '')} {said}"
        return Paint(self._colour)(f"{INDENT}{text}", DIM)

    def _sentences(self, record: Record, width: int, is_left: bool) -> Iterator[str]:
        paint = Paint(self._colour)
        sentences = [*news_of(record, is_left)]
        if sentences and _is_broken(record):
            sentences = [_BROKEN]
        for sentence in sentences:
            for line in _wrapped(sentence, width):
                yield paint(line, YELLOW)
        if sentences and sentences != [_BROKEN]:
            for step in advice(record)[:1]:  # the page has them all
                yield from _wrapped(step.replace(APP, self._app), width, _STEP)
            code = "" if any(".py:" in sentence for sentence in sentences) else _code_of(record)
            places = [each for each in (code, self._place_of_page(record)) if each]
            if places:
                yield paint(f"{INDENT}{'  '.join(places)}", DIM)

    def _place_of_page(self, record: Record) -> str:
        """By the address that the client has connected to: what it says in Host is anybody's word."""
        server = record.fact("connected", "server")
        if not self._has_page or not isinstance(server, tuple | list) or len(server) != 2 or server[1] is None:
            return ""
        host, port = server
        return f"{self._scheme}://{f'[{host}]' if ':' in str(host) else host}:{port}{PLACE}/#{record.id}"


def _wrapped(text: str, width: int, begin: str = "") -> list[str]:
    indent = INDENT + " " * len(begin)
    return wrap(text, width, initial_indent=INDENT + begin, subsequent_indent=indent, break_on_hyphens=False)


def write(text: str) -> None:
    """Where the lines of the access log go, in order with the log."""
    for handler in access_log.handlers:
        if isinstance(handler, ServerHandler):
            if handler.output.keep(text):
                asyncio.get_running_loop().call_soon(handler.output.write_kept)
            return
    sys.stdout.write(text)
