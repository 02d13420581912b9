"""What the server writes: "webfoot" (to stderr) and, a line for each request, "webfoot.access" (to stdout).

Both are ordinary loggers. Whoever gives one of them handlers of his own before the start keeps those (what is given to
"webfoot" receives the access lines as well); ours are added only where there are none.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

from webfoot.server.settings.options import ServerOptions
from webfoot.trail.secret_names import without_declared_secrets

server_log = logging.getLogger("webfoot")
access_log = logging.getLogger("webfoot.access")

_LEVEL_COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_STATUS_COLOURS = {2: "32", 3: "36", 4: "33", 5: "1;31"}


def configure(options: ServerOptions) -> None:
    """Set both loggers up as the options say."""
    level = logging.getLevelName(options.log_level.upper())
    server_log.setLevel(level)
    access_log.setLevel(logging.INFO)
    access_log.disabled = not options.access_log or level > logging.INFO
    if _is_free(server_log):
        _give_handler(server_log, sys.stderr, options.use_colors)
        if _is_free(access_log):
            _give_handler(access_log, sys.stdout, options.use_colors)


def access_line(
    client: tuple[str, int] | None, method: str, target: bytes, version: str, status: int, size: int, seconds: float
) -> None:
    """Log one finished request: `127.0.0.1:1234 - "GET /x HTTP/1.1" 200 13B 1.2ms`.

    `size` counts the bytes of the response body, `seconds` runs from the head's arrival to the end of the response.
    """
    if access_log.isEnabledFor(logging.INFO):
        peer = f"{client[0]}:{client[1]}" if client else "-"
        path = _shown(target)
        access_log.info('%s - "%s %s HTTP/%s" %d %dB %.1fms', peer, method, path, version, status, size, seconds * 1e3)


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


def websocket_line(client: tuple[str, int] | None, target: bytes, what: str) -> None:
    """Log what became of a WebSocket: `127.0.0.1:1234 - "WebSocket /x" [accepted]`."""
    if access_log.isEnabledFor(logging.INFO):
        peer = f"{client[0]}:{client[1]}" if client else "-"
        access_log.info('%s - "WebSocket %s" %s', peer, _shown(target), what)


def _shown(target: bytes) -> str:
    """A key that an application expects in the query is not written down."""
    return without_declared_secrets(target.decode("ascii", "backslashreplace"))


class PlainFormatter(logging.Formatter):
    """`INFO:     message`, as the field's log readers expect it."""

    def __init__(self) -> None:
        super().__init__("%(prefix)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        prefix = f"{record.levelname}:"
        record.prefix = prefix + " " * (9 - len(prefix))
        return super().formatMessage(record)


class ColourFormatter(PlainFormatter):
    """The same with the level coloured, and the status in lines of the access log."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        line = super().formatMessage(record)
        level = _LEVEL_COLOURS.get(record.levelname)
        if level is not None:
            line = line.replace(record.levelname, f"\x1b[{level}m{record.levelname}\x1b[0m", 1)
        if record.name == access_log.name and isinstance(record.args, tuple) and len(record.args) == 7:
            status = record.args[4]
            colour = _STATUS_COLOURS.get(int(str(status)) // 100)
            line = line.replace(f'" {status} ', f'" \x1b[{colour}m{status}\x1b[0m ', 1) if colour else line
        return line


class ServerHandler(logging.StreamHandler[TextIO]):
    """The kind of handler that we add, so that a second `configure` can tell it from the user's."""


def _is_free(logger: logging.Logger) -> bool:
    return all(isinstance(each, ServerHandler) for each in logger.handlers)


def _give_handler(logger: logging.Logger, stream: TextIO, use_colors: bool | None) -> None:
    handler = ServerHandler(stream)
    handler.setFormatter(ColourFormatter() if _wants_colour(stream, use_colors) else PlainFormatter())
    logger.handlers = [handler]
    logger.propagate = False


def _wants_colour(stream: TextIO, use_colors: bool | None) -> bool:
    if use_colors is not None:
        return use_colors
    # https://no-color.org: any value that is not empty
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
