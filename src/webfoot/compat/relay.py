"""The step from our loggers to Uvicorn's; see `webfoot.compat.logs`."""

from __future__ import annotations

import logging
from typing import Final

_REQUEST: Final = '%s - "%s %s HTTP/%s" %d'
_ARGUMENTS: Final = 5
"""Of a record of a request those that Uvicorn's have, too: ours tell its size and time as well."""


class Relay(logging.Filter):
    """Hands records to the logger `uvicorn.error` or `uvicorn.access`, and stops those that are heard or refused there.

    Handlers of the root logger count when it `reaches_root`: when somebody has configured Uvicorn's loggers, or has
    said that he will.
    """

    reaches_root = False

    def filter(self, record: logging.LogRecord) -> bool:
        told = _as_uvicorn_tells(record)
        target = logging.getLogger(told.name)
        level = target.level or logging.getLogger("uvicorn").level
        if target.disabled or told.levelno < level or not target.filter(told):
            return False
        handlers = self._handlers(target)
        for handler in handlers:
            if told.levelno >= handler.level:
                handler.handle(told)
        return not handlers and target.propagate

    def _handlers(self, target: logging.Logger) -> list[logging.Handler]:
        found: list[logging.Handler] = []
        logger: logging.Logger | None = target
        while logger is not None and (logger.parent is not None or self.reaches_root):
            found += logger.handlers
            logger = logger.parent if logger.propagate else None
        return found


def _as_uvicorn_tells(record: logging.LogRecord) -> logging.LogRecord:
    told = logging.makeLogRecord(vars(record))
    told.name = "uvicorn.error"
    if record.name == "webfoot.access" and isinstance(record.args, tuple) and len(record.args) > _ARGUMENTS:
        told.name, told.msg, told.args = "uvicorn.access", _REQUEST, record.args[:_ARGUMENTS]
    return told


_RELAYS: Final = {logging.getLogger(name): Relay() for name in ("webfoot", "webfoot.access")}


def relays() -> list[Relay]:
    return list(_RELAYS.values())


def connect() -> None:
    for logger, relay in _RELAYS.items():
        logger.addFilter(relay)


def disconnect() -> None:
    for logger, relay in _RELAYS.items():
        logger.removeFilter(relay)
        relay.reaches_root = False
