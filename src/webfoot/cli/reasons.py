"""While developing: a sentence in the log for each answer, and each decision, that somebody may not have expected, and
at the start one for each slip in the application."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from webfoot.asgi.types import ASGIApp
from webfoot.cli.check import findings
from webfoot.journey.record import Record
from webfoot.journey.says import readable, says
from webfoot.journey.why import Why, why
from webfoot.server.settings.log import access_log

log = logging.getLogger("webfoot")

# These let a request pass, and yet somebody will miss something: a page cannot read the answer, a session is gone.
_MISSED = frozenset(("CORSMiddleware", "SessionMiddleware"))


class Reasons:
    """Watches all requests, alone (`webfoot.trail.Watcher`) or among others (`webfoot.journey.watching.Listener`). The
    sentences go where the access lines go."""

    def begin(self) -> Record:
        return Record(_tell)

    def done(self, record: Record) -> None:
        _tell(record)

    def loaded(self, app: ASGIApp) -> ASGIApp:
        for finding in findings(app):
            log.warning("%s", finding)
        return app


def news_of(record: Record) -> Iterator[str]:
    """The sentences about one request."""
    for mark in record.all("decided"):
        if mark.facts.get("by") in _MISSED and mark.facts.get("status") is None:
            yield says(mark)
    reason = why(record)
    if reason is not None and _is_news(reason, record.status):
        yield reason.sentence


def _tell(record: Record) -> None:
    if record.is_empty:
        return
    asked = f"{record.method} {readable(record.target or '')}" if record.method else "unreadable request"
    for sentence in news_of(record):
        access_log.info("  %s: %s", asked, sentence)


def _is_news(reason: Why, status: int | None) -> bool:
    """A redirect that an endpoint asked for is none; one that the router or a guard thought of is."""
    if status is None or not 300 <= status < 400:
        return True
    return reason.layer == "router" or (reason.station == "decided" and reason.layer in ("guard", "middleware"))
