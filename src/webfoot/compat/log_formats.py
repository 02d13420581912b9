"""`uvicorn.logging`: the formatters that logging configurations of Uvicorn's users name, and `LOGGING_CONFIG`."""

from __future__ import annotations

import logging
import sys
from copy import copy
from http import HTTPStatus
from typing import Any, Final, Literal

TRACE_LOG_LEVEL: Final = 5

_LEVEL_COLOURS: Final = {5: "34", 10: "36", 20: "32", 30: "33", 40: "31", 50: "91"}
_STATUS_COLOURS: Final = {1: "97", 2: "32", 3: "33", 4: "31", 5: "91"}
_BOLD: Final = "1"

LOGGING_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "default": {
            "()": "uvicorn.logging.DefaultFormatter",
            "fmt": "%(levelprefix)s %(message)s",
            "use_colors": None,
        },
        "access": {
            "()": "uvicorn.logging.AccessFormatter",
            "fmt": '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s',
        },
    },
    "handlers": {
        "default": {"formatter": "default", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"},
        "access": {"formatter": "access", "class": "logging.StreamHandler", "stream": "ext://sys.stdout"},
    },
    "loggers": {
        "uvicorn": {"handlers": ["default"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"level": "INFO"},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}


class ColourizedFormatter(logging.Formatter):
    """Has a field more, `levelprefix`: `INFO:     `. use_colors: None is for colours on a terminal."""

    def __init__(
        self,
        fmt: str | None = None,
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "%",
        use_colors: bool | None = None,
    ) -> None:
        self.use_colors = self.should_use_colors() if use_colors is None else use_colors
        super().__init__(fmt, datefmt, style)

    def should_use_colors(self) -> bool:
        return sys.stdout.isatty()

    def color_level_name(self, level_name: str, level_no: int) -> str:
        return _coloured(level_name, _LEVEL_COLOURS.get(level_no))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        shown = copy(record)
        name = shown.levelname
        room = " " * (8 - len(name))
        if self.use_colors:
            name = self.color_level_name(name, shown.levelno)
            if "color_message" in vars(shown):
                shown.msg = vars(shown)["color_message"]
                shown.message = shown.getMessage()
        vars(shown)["levelprefix"] = f"{name}:{room}"
        return super().formatMessage(shown)


class DefaultFormatter(ColourizedFormatter):
    def should_use_colors(self) -> bool:
        return sys.stderr.isatty()


class AccessFormatter(ColourizedFormatter):
    """Has the fields `client_addr`, `request_line` and `status_code` (`404 Not Found`) of a record of requests."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        if not isinstance(record.args, tuple) or len(record.args) != 5:
            return super().formatMessage(record)
        client, method, path, version, status = record.args
        line = f"{method} {path} HTTP/{version}"
        shown = copy(record)
        vars(shown).update(
            client_addr=client,
            request_line=_coloured(line, _BOLD) if self.use_colors else line,
            status_code=self.get_status_code(int(str(status))),
        )
        return super().formatMessage(shown)

    def get_status_code(self, status_code: int) -> str:
        try:
            phrase = HTTPStatus(status_code).phrase
        except ValueError:
            phrase = ""
        text = f"{status_code} {phrase}"
        return _coloured(text, _STATUS_COLOURS.get(status_code // 100)) if self.use_colors else text


def _coloured(text: str, colour: str | None) -> str:
    return text if colour is None else f"\x1b[{colour}m{text}\x1b[0m"
