"""`webfoot-why`: the sentence for a 3xx, 4xx or 5xx in a header field of the answer; for development.

Whoever holds the answer reads it: it names routes, files and lines. So it is never sent unless it was asked for.
"""

from __future__ import annotations

from typing import Final

from webfoot.asgi.types import ASGIApp
from webfoot.journey.headers.answers import Field, TellingLayer
from webfoot.journey.record import Record
from webfoot.journey.redact import printable
from webfoot.journey.why import why

LONGEST: Final = 500
"""Characters of a sentence in a field."""


class WhyHeader:
    """A listener of `journey.watching`. page: the path where journeys are shown, None if they are not."""

    def __init__(self, page: str | None = None) -> None:
        self._page = page

    def loaded(self, app: ASGIApp) -> ASGIApp:
        return TellingLayer(app, self.fields)

    def done(self, record: Record) -> None:
        """All was said when the answer began."""

    def fields(self, record: Record, status: int) -> list[Field]:
        if status < 300:
            return []
        fields: list[Field] = []
        reason = why(record, status)
        if reason is not None:
            fields.append((b"webfoot-why", field_value(reason.sentence)))
        if self._page is not None:
            fields.append((b"webfoot-journey", f"{self._page}#{record.id}".encode("ascii")))
        return fields


def field_value(sentence: str) -> bytes:
    """One line of ASCII: what came from a request must not begin another field (RFC 9110, section 5.5)."""
    line = printable(sentence).encode("ascii", "backslashreplace")
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + b"..."
