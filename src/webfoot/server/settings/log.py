"""What the server writes: "webfoot" (to stderr) and, a line for each request, "webfoot.access" (to stdout).

Both are ordinary loggers. Whoever gives one of them handlers of his own before the start keeps those (what is given to
"webfoot" receives the access lines as well); ours are added only where there are none, and none with a `log_config`.
"""

from __future__ import annotations

import logging
import sys
from typing import Final, TextIO

from webfoot.server.logs.config_file import apply_log_config
from webfoot.server.logs.handler import ServerHandler, formatter_for
from webfoot.server.logs.output import Output, is_same_file
from webfoot.server.settings.options import ServerOptions

server_log = logging.getLogger("webfoot")
access_log = logging.getLogger("webfoot.access")

_LEVELS: Final = {
    "critical": logging.CRITICAL,
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": 5,
}


def configure(options: ServerOptions) -> None:
    """Set both loggers up as the options say. Raises OptionError for a `log_config` that cannot be used."""
    level = _LEVELS[options.log_level]
    if options.log_config is not None:
        apply_log_config(options.log_config)
        server_log.disabled = False  # dictConfig silences the loggers that it does not name, unless it is told not to
        if options.log_level != "info":
            server_log.setLevel(level)
    else:
        server_log.setLevel(level)
        access_log.setLevel(logging.INFO)
        _add_handlers(options)
    access_log.disabled = not options.access_log or level > logging.INFO


def _add_handlers(options: ServerOptions) -> None:
    if not _is_free(server_log):
        return
    handler = _give_handler(server_log, sys.stderr, options)
    if _is_free(access_log):
        shared = handler.output if is_same_file(sys.stderr, sys.stdout) else None
        _give_handler(access_log, sys.stdout, options, shared)


class Ration:
    """Lines of the log that others can provoke: at most `most` of them in `span` seconds."""

    def __init__(self, most: int, span: float) -> None:
        self._most = most
        self._span = span
        self._since = 0.0
        self._count = 0

    def admit(self, now: float) -> bool:
        """Whether one more line may be written. Ask `left_out` before."""
        if self._count and now - self._since >= self._span:
            self._count = 0
        if not self._count:
            self._since = now
        self._count += 1
        return self._count <= self._most

    def left_out(self, now: float) -> int:
        """How many lines there were too many, told once their time is over; 0 until then."""
        if self._count <= self._most or now - self._since < self._span:
            return 0
        count, self._count = self._count - self._most, 0
        return count


def _is_free(logger: logging.Logger) -> bool:
    return all(isinstance(each, ServerHandler) for each in logger.handlers)


def _give_handler(
    logger: logging.Logger, stream: TextIO, options: ServerOptions, output: Output | None = None
) -> ServerHandler:
    for each in logger.handlers:
        each.flush()
    formatter = formatter_for(stream, options.log_format == "json", options.use_colors, options.reload)
    handler = ServerHandler(stream, formatter, output)
    logger.handlers = [handler]
    logger.propagate = False
    return handler
