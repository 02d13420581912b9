"""While developing: a sentence in the log for each answer, and each decision, that somebody may not have expected, and
at the start one for each slip in the application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Final

from webfoot.asgi.types import ASGIApp
from webfoot.cli.check import findings
from webfoot.journey.record import Record
from webfoot.journey.says import readable
from webfoot.journey.under_way import abandoned_by, is_abandoned, is_cut_off
from webfoot.journey.why import Why, why
from webfoot.journey.why.missed import missed
from webfoot.server.settings.log import access_log

log = logging.getLogger("webfoot")

STILL: Final = 0.3
"""Seconds for which an application may go on without its client before that is worth a line."""


class Reasons:
    """Watches all requests, alone (`webfoot.trail.Watcher`) or among others (`webfoot.journey.watching.Listener`). The
    sentences go where the access lines go."""

    def begin(self) -> Record:
        return Record(_tell)

    def done(self, record: Record) -> None:
        _tell(record)

    def left(self, record: Record) -> None:
        """Most applications notice it at once, and have ended in a moment."""
        asyncio.get_running_loop().call_later(STILL, self._tell_left, record)

    def _tell_left(self, record: Record) -> None:
        if is_abandoned(record):
            access_log.info("  %s: %s", _asked(record), abandoned_by(record))

    def loaded(self, app: ASGIApp) -> ASGIApp:
        for finding in findings(app):
            log.warning("%s", finding)
        return app


def news_of(record: Record, is_left: bool = False) -> Iterator[str]:
    """The sentences about one request. is_left: that its client has left was told before. One that was cut off when the
    server stopped needs none: it has a line of the server's, with the place."""
    if is_cut_off(record):
        return
    reason = why(record)
    if reason is not None and _is_news(reason, record.status) and not (is_left and reason.station == "closed"):
        yield reason.sentence
    yield from missed(record)


def _tell(record: Record) -> None:
    if record.is_empty:
        return
    for sentence in news_of(record):
        access_log.info("  %s: %s", _asked(record), sentence)


def _asked(record: Record) -> str:
    return f"{record.method} {readable(record.target or '')}" if record.method else "unreadable request"


def _is_news(reason: Why, status: int | None) -> bool:
    """A redirect that an endpoint asked for is none; one that the router or a guard thought of is."""
    if status is None or not 300 <= status < 400:
        return True
    return reason.layer == "router" or (reason.station == "decided" and reason.layer in ("guard", "middleware"))
