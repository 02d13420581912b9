"""How the lines of our loggers read: `INFO:     message`, the same in colour, or an object of JSON each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final

from webfoot.server.logs.entry import Entry
from webfoot.server.logs.escape import without_controls
from webfoot.server.logs.lines import json_fields, timestamp
from webfoot.server.logs.request_id import request_id
from webfoot.server.settings.frames import all_frames, frames_less_ours

WITHOUT_SECRETS: Final = "without_secrets"
"""The attribute of a log record, and of a trail, that takes out of a text what is a secret of the request."""

INFO_PREFIX: Final = "INFO:     "

_LEVEL_COLOURS: Final = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_STATUS_COLOURS: Final = {2: "32", 3: "36", 4: "33", 5: "1;31"}


class AccessRecord(logging.LogRecord):
    """A line of the access log for handlers that are not ours.

    line: the message, in the format that was asked for. is_whole: nothing is put in front of it.
    args: of a request (client, method, target, version, status, size, milliseconds).
    """

    entry: Entry
    line: str
    is_whole: bool

    def getMessage(self) -> str:  # noqa: N802 - the standard library's name
        return self.line if self.args else str(self.msg)

    @property
    def fields(self) -> dict[str, Any]:
        """The keys and values of the JSON format."""
        return json_fields(self.entry)


class PlainFormatter(logging.Formatter):
    """`INFO:     message`, as the field's log readers expect it, and the id of the request that is worked for."""

    def __init__(self, is_for_developers: bool = False) -> None:
        super().__init__("%(prefix)s %(message)s")
        self._is_for_developers = is_for_developers

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, AccessRecord) and record.is_whole:
            return record.line
        hiding = _hiding(record)
        if hiding is None:
            return super().format(record)
        kept, record.exc_text = record.exc_text, self._traceback(*hiding)
        try:
            return super().format(record)
        finally:
            record.exc_text = kept  # other handlers have formats of their own

    def _traceback(self, error: BaseException, without: Callable[[str], str]) -> str:
        show = frames_less_ours if self._is_for_developers else all_frames
        return without_controls(show(error, without).rstrip())

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        prefix = f"{record.levelname}:"
        record.prefix = prefix + " " * (9 - len(prefix))
        if not record.message.isprintable():
            # What it quotes may be a client's: a line that it begins must not look like one of ours.
            record.message = without_controls(record.message).replace("\n", f"\n{' ' * len(INFO_PREFIX)}")
        line = super().formatMessage(record)
        given = request_id.get()
        return f"{line} [{given}]" if given and not isinstance(record, AccessRecord) else line

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the standard library's name
        """For developers without the frames that are ours, of which there are many and none is of interest."""
        is_brief = self._is_for_developers and ei[1] is not None
        return without_controls(frames_less_ours(ei[1]).rstrip() if is_brief else super().formatException(ei))


def _hiding(record: logging.LogRecord) -> tuple[BaseException, Callable[[str], str]] | None:
    """The exception of a request that was recorded, and what to take out of its message."""
    without: Callable[[str], str] | None = getattr(record, WITHOUT_SECRETS, None)
    error = record.exc_info[1] if without is not None and record.exc_info else None
    return None if error is None or without is None else (error, without)


class ColourFormatter(PlainFormatter):
    """The same with the level coloured, and the status in lines of the access log."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        line = super().formatMessage(record)
        level = _LEVEL_COLOURS.get(record.levelname)
        if level is not None:
            line = line.replace(record.levelname, f"\x1b[{level}m{record.levelname}\x1b[0m", 1)
        if isinstance(record, AccessRecord):
            status = record.entry.status
            colour = _STATUS_COLOURS.get(status // 100)
            line = line.replace(f'" {status} ', f'" \x1b[{colour}m{status}\x1b[0m ', 1) if colour else line
        return line


class JsonFormatter(logging.Formatter):
    """One object on one line: time, level, logger, message; request_id and exception where there are some.

    May be named in a `log_config`, for the application's own loggers as well.
    """

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, AccessRecord) and record.is_whole:
            return record.line
        line = (
            f'{{"time":"{timestamp(record.created)}","level":"{record.levelname.lower()}",'
            f'"logger":{quoted(record.name)},"message":{quoted(record.getMessage())}'
        )
        given = request_id.get()
        if given:
            line += f',"request_id":{quoted(given)}'
        if record.exc_info:
            hiding = _hiding(record)
            told = self.formatException(record.exc_info) if hiding is None else all_frames(*hiding).rstrip()
            line += f',"exception":{quoted(told)}'
        if record.stack_info:
            line += f',"stack":{quoted(self.formatStack(record.stack_info))}'
        return line + "}"
