"""The handler of our loggers, which holds nobody up; and whether its lines are coloured."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Final, TextIO

from webfoot.server.logs.formatters import ColourFormatter, JsonFormatter, PlainFormatter
from webfoot.server.logs.output import Output

_LAST_LINES: Final = 0.5
"""Seconds that the lines of a process that ends may take to be written."""


class NonBlockingHandler(logging.Handler):
    """As `logging.StreamHandler`, for a stream that may be full: lines wait, and are lost, and counted, before the
    process waits for their reader (see `webfoot.server.logs.output`). May be named in a `log_config`.

    output: shared with another handler for the same file, so that their lines stay in order.
    """

    def __init__(self, stream: TextIO | None = None, output: Output | None = None) -> None:
        super().__init__()
        self.stream = stream if stream is not None else sys.stderr
        self.output = output if output is not None else Output(self.stream, self._tell_lost)
        # What the application prints was written together with our lines as long as those went through the stream.
        reconfigure: Any = getattr(self.stream, "reconfigure", None)
        if reconfigure is not None and self.stream in (sys.stdout, sys.stderr):
            reconfigure(line_buffering=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
            return
        self.output.write(f"{line}\n")

    def flush(self) -> None:
        self.output.drain(_LAST_LINES)

    def _tell_lost(self, count: int, why: str) -> str:
        message = f"{count} line{'' if count == 1 else 's'} of the log could not be written: {why}"
        record = logging.LogRecord("webfoot", logging.WARNING, "", 0, message, None, None)
        return f"{self.format(record)}\n"


class ServerHandler(NonBlockingHandler):
    """The one that we add, so that a second `configure` can tell it from the user's."""

    def __init__(self, stream: TextIO, formatter: logging.Formatter, output: Output | None) -> None:
        super().__init__(stream, output)
        self.setFormatter(formatter)
        self._own_formatter = formatter

    @property
    def is_plain(self) -> bool:
        """Whether its lines are what they are given as: nobody has changed it, and they have no colours."""
        formatter = self.formatter
        return formatter is self._own_formatter and type(formatter) is not ColourFormatter and not self.filters


def formatter_for(
    stream: TextIO, as_json: bool, use_colors: bool | None, is_for_developers: bool = False
) -> logging.Formatter:
    if as_json:
        return JsonFormatter()
    return (ColourFormatter if wants_colour(stream, use_colors) else PlainFormatter)(is_for_developers)


def wants_colour(stream: TextIO, use_colors: bool | None) -> bool:
    """As the option says; else as the environment says, NO_COLOR (no-color.org) before FORCE_COLOR; else on a
    terminal. A variable that is empty says nothing."""
    if use_colors is not None:
        return use_colors
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
