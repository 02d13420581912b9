"""While developing: a line for each request in place of the access log's, what there is to say of it below, and the
whole journey where that is asked for."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import Final

from webfoot.cli.reasons import Reasons, news_of
from webfoot.journey.line import is_slow, line_of
from webfoot.journey.record import Record
from webfoot.journey.terminal import DIM, WIDTH, YELLOW, Paint, draw
from webfoot.server.broken.application import BrokenApplication
from webfoot.server.broken.page import WAIT
from webfoot.server.logs.handler import ServerHandler, wants_colour
from webfoot.server.settings.log import access_log
from webfoot.server.settings.options import ServerOptions
from webfoot.trail.page import PLACE

_INDENT: Final = " " * 10
_NARROWEST: Final = 60
_OWN: Final = (f"{PLACE}/", WAIT)
"""What our own pages ask for, which nobody wants to read of."""
_BROKEN: Final = "The application does not start: see above, or in the browser."


def _has_failed(record: Record) -> bool:
    return record.status is None or record.status >= 400


UNFOLD: Final[dict[str, Callable[[Record], bool]]] = {
    "none": lambda record: False,
    "failed": _has_failed,
    "slow": lambda record: is_slow(record) or _has_failed(record),
    "all": lambda record: True,
}
"""Which requests are drawn station by station; the words are those of `--unfold`."""


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
        self._has_page = options.journey_page
        self._scheme = "https" if options.is_secured else "http"
        self._colour = wants_colour(sys.stdout, options.use_colors)

    def done(self, record: Record) -> None:
        if record.is_empty or (record.target or "").startswith(_OWN):
            return
        width = _width()
        lines = [line_of(record, colour=self._colour, width=width)]
        if self._unfolds(record):
            lines += ["", *draw(record, colour=self._colour, width=width).splitlines(), ""]
        else:
            lines += self._sentences(record, width)
        _write("".join(f"{line}\n" for line in lines))

    def _sentences(self, record: Record, width: int) -> Iterator[str]:
        paint = Paint(self._colour)
        sentences = [_BROKEN] if _is_broken(record) else [*news_of(record)]
        for sentence in sentences:
            for line in wrap(
                sentence, width, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False
            ):
                yield paint(line, YELLOW)
        place = self._place_of_page(record) if sentences and sentences != [_BROKEN] else ""
        if place:
            yield paint(f"{_INDENT}{place}", DIM)

    def _place_of_page(self, record: Record) -> str:
        """By the address that the client has connected to: what it says in Host is anybody's word."""
        server = record.fact("connected", "server")
        if not self._has_page or not isinstance(server, tuple | list) or len(server) != 2 or server[1] is None:
            return ""
        host, port = server
        return f"{self._scheme}://{f'[{host}]' if ':' in str(host) else host}:{port}{PLACE}/#{record.id}"


def _width() -> int:
    if not sys.stdout.isatty():
        return WIDTH
    return max(_NARROWEST, shutil.get_terminal_size((WIDTH, 40)).columns)


def _write(text: str) -> None:
    """Where the lines of the access log go, in order with the log."""
    for handler in access_log.handlers:
        if isinstance(handler, ServerHandler):
            handler.output.write(text)
            return
    sys.stdout.write(text)
