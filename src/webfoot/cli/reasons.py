"""While developing: a sentence in the log for each answer that somebody may not have expected."""

from __future__ import annotations

from webfoot.journey.record import Record
from webfoot.journey.says import readable
from webfoot.journey.why import Why, why
from webfoot.server.settings.log import access_log


class Reasons:
    """Watches all requests; implements `webfoot.trail.Watcher`. The sentences go where the access lines go."""

    def begin(self) -> Record:
        return Record(_tell)


def _tell(record: Record) -> None:
    reason = None if record.is_empty else why(record)
    if reason is not None and _is_news(reason, record.status):
        asked = f"{record.method} {readable(record.target or '')}" if record.method else "unreadable request"
        access_log.info("  %s: %s", asked, reason.sentence)


def _is_news(reason: Why, status: int | None) -> bool:
    """A redirect that an endpoint asked for is none; one that the router thought of is."""
    return status is None or not 300 <= status < 400 or reason.layer == "router"
