"""The access log of one worker: a line for each request, event stream and WebSocket.

As long as nobody but us listens to the logger "webfoot.access", its lines go to the handler's output without becoming
records of `logging` first, and all those of one turn of the event loop go in one write. Whoever gives the logger a
handler, a filter or another formatter has a record for each.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from webfoot.server.logs.atoms import compile_format
from webfoot.server.logs.entry import Entry
from webfoot.server.logs.escape import escaped, shown_target
from webfoot.server.logs.formatters import INFO_PREFIX, AccessRecord
from webfoot.server.logs.handler import ServerHandler
from webfoot.server.logs.lines import json_line, text_line
from webfoot.server.logs.output import Output
from webfoot.server.logs.skipping import skipping_of
from webfoot.server.settings.log import access_log, server_log
from webfoot.server.settings.options import ServerOptions
from webfoot.trail import Trail
from webfoot.trail.page import PLACE

_MESSAGE = '%s - "%s %s HTTP/%s" %d %dB %.1fms'


class AccessLog:
    """Made when the worker has its loop: what is configured later, as by an application in its start-up, counts too."""

    def __init__(self, options: ServerOptions, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._line, self._is_whole, self._tells_opening = _style(options)
        self._prefix = "" if self._is_whole else INFO_PREFIX
        page = PLACE if options.journey_page else ""
        self._skipping = skipping_of(options.access_log_skip, options.access_log_sample, page)
        self._explains = options.access_log_reasons
        self._output: Output | None = None

    def write(self, entry: Entry, trail: Trail | None = None) -> None:
        """`trail`: the journey of the request, which may know the reason for a 4xx or 5xx."""
        if self._skipping is not None and self._skipping.leaves_out(entry):
            return
        if entry.event == "opened" and not self._tells_opening:
            return
        if self._explains and entry.status >= 400:
            explain = getattr(trail, "explain", None)
            if explain is not None:
                explain(partial(self._write_explained, entry))
                return
        self._write(entry)

    def _write_explained(self, entry: Entry, reason: str) -> None:
        entry.reason = reason
        self._write(entry)

    def _write(self, entry: Entry) -> None:
        try:
            line = self._line(entry)
        except Exception:  # a line that cannot be written must not cost the response
            server_log.exception("a line of the access log could not be made")
            return
        output = self._output
        if output is None or not output.has_kept:  # else it was asked for in this turn of the loop
            output = self._output = _own_output()
        if output is None:
            self._hand_to_logging(entry, line)
        elif output.keep(f"{self._prefix}{line}\n"):
            self._loop.call_soon(output.write_kept)

    def _hand_to_logging(self, entry: Entry, line: str) -> None:
        if not access_log.isEnabledFor(logging.INFO):
            return
        message, arguments = ("%s", (line,)) if entry.event else (_MESSAGE, _arguments(entry))
        record = AccessRecord(access_log.name, logging.INFO, __file__, 0, message, arguments, None)
        record.entry, record.line, record.is_whole = entry, line, self._is_whole
        access_log.handle(record)


def access_log_of(options: ServerOptions, loop: asyncio.AbstractEventLoop) -> AccessLog | None:
    """None if no line would be seen."""
    return AccessLog(options, loop) if options.access_log and access_log.isEnabledFor(logging.INFO) else None


def _style(options: ServerOptions) -> tuple[Callable[[Entry], str], bool, bool]:
    """What writes a line; whether it is the whole line; whether there is one for the opening of a stream, too.

    Programs that read a format of atoms know one line for each request.
    """
    if options.writes_json_access_log:
        return json_line, True, True
    if options.access_log_format:
        return compile_format(options.access_log_format), True, False
    return text_line, False, True


def _own_output() -> Output | None:
    """Where our handler writes, if it is the only one that is asked and has nothing to add."""
    handlers = access_log.handlers
    if len(handlers) != 1 or access_log.propagate or access_log.filters:
        return None
    handler = handlers[0]
    if not isinstance(handler, ServerHandler) or not handler.is_plain or not access_log.isEnabledFor(logging.INFO):
        return None
    return handler.output


def _arguments(entry: Entry) -> tuple[object, ...]:
    head = entry.head
    target = shown_target(head.target)
    return entry.peer, escaped(head.method), target, head.version, entry.status, entry.size, entry.seconds * 1e3
