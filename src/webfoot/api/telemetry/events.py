"""The log records."""

from __future__ import annotations

import time
from traceback import format_exception
from typing import Any

from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.context import Context

from webfoot.api.telemetry.config import Speaker
from webfoot.journey.otel.faults import tell
from webfoot.trail.conventions import Attributes, qualified_name


def misfit(logger: Logger, context: Context, count: int, route: str | None) -> None:
    """A request that did not fit its route: how many errors, and nothing of what was sent."""
    said: Attributes = {"fastapi.validation.error_count": count}
    _emit(logger, context, "WARN", "fastapi.validation.failed", "Request validation failed", said, route)


def unhandled(logger: Logger, context: Context, error: Exception, route: str | None, *, websocket: bool) -> None:
    """An exception that left the application, with its message and traceback."""
    said: Attributes = {
        "exception.type": qualified_name(error),
        "exception.message": _message_of(error),
        "exception.stacktrace": "".join(format_exception(error)),
    }
    name = "fastapi.websocket.exception" if websocket else "http.server.request.exception"
    where = "WebSocket connection" if websocket else "request"
    _emit(logger, context, "ERROR", name, f"Unhandled exception in {Speaker.title} {where}", said, route)


def _message_of(error: Exception) -> str:
    try:
        return str(error)
    except Exception as fault:  # of theirs, and they shall see the other one
        return f"<its message failed: {type(fault).__name__}>"


def _emit(
    logger: Logger, context: Context, severity: str, name: str, body: str, said: Attributes, route: str | None
) -> None:
    attributes: dict[str, Any] = said if route is None else {**said, "http.route": route}
    now = time.time_ns()
    record = LogRecord(
        timestamp=now,
        observed_timestamp=now,
        context=context,
        severity_text=severity,
        severity_number=SeverityNumber[severity],
        body=body,
        attributes=attributes,
        event_name=name,
    )
    try:
        logger.emit(record)
    except Exception as fault:
        tell(fault)
