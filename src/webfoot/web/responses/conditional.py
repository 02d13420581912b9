"""Whether a client's copy is still good: If-None-Match, If-Modified-Since and what else RFC 9110 section 13 has."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar, Final

from webfoot.web.datastructures.headers import Headers
from webfoot.web.responses.whole import Response

entity_tags = re.compile(r'(?:W/)?"[^"]*"').findall
"""Those in a list of them, as they stand there (section 8.8.3)."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Section 5.6.7: the one that is written today, then the two that have to be understood.
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_http_dates = tuple(
    re.compile(pattern, re.ASCII).fullmatch
    for pattern in (
        rf"[A-Z][a-z]{{2}}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT",
        rf"[A-Z][a-z]{{5,8}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT",
        rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",
    )
)


class NotModifiedResponse(Response):
    """304, with those fields of the full response that a cache needs (section 15.4.5)."""

    NOT_MODIFIED_HEADERS: ClassVar[tuple[str, ...]] = (
        "cache-control",
        "content-location",
        "date",
        "etag",
        "expires",
        "vary",
    )

    def __init__(self, headers: Headers) -> None:
        kept = {name: value for name, value in headers.items() if name in self.NOT_MODIFIED_HEADERS}
        super().__init__(status_code=304, headers=kept)


def why_not_modified(response: Headers, request: Headers) -> str | None:
    """Why a GET needs no more than a 304, in words; None when it does (section 13.2.2, steps 3 and 4).

    `response` are the headers of the full answer. If-Modified-Since counts only where there is no If-None-Match.
    """
    wanted = ", ".join(request.getlist("if-none-match"))
    if wanted:
        etag = response.get("etag")
        if etag is not None and has_etag(wanted, etag, weak=True):
            return f"If-None-Match names the etag {etag}" if etag in wanted else f"If-None-Match is {wanted}"
        return None
    since, modified = request.get("if-modified-since"), response.get("last-modified")
    if since and modified and _is_not_later(modified, since):
        return f"the file is of {modified}, and has not changed since {since}"
    return None


def why_precondition_failed(response: Headers, request: Headers) -> str | None:
    """Why a request must not be answered with this version; None when it may be (section 13.2.2, steps 1 and 2)."""
    wanted = ", ".join(request.getlist("if-match"))
    if wanted:
        etag = response.get("etag")
        if etag is None or not has_etag(wanted, etag, weak=False):
            return f"the etag is {etag}, which If-Match does not name"
        return None
    since, modified = request.get("if-unmodified-since"), response.get("last-modified")
    if since and modified and http_date(since) is not None and not _is_not_later(modified, since):
        return f"the file is of {modified}, and If-Unmodified-Since is {since}"
    return None


def has_etag(field: str, etag: str, *, weak: bool) -> bool:
    """Whether `etag` is in a list of them, or the list is "*" (sections 8.8.3.2, 13.1.1 and 13.1.2).

    weak: W/"a" is as good as "a"; else only "a" and "a" are the same.
    """
    if field.strip(" \t") == "*":
        return True
    if weak:
        return etag.removeprefix("W/") in [tag.removeprefix("W/") for tag in entity_tags(field)]
    return not etag.startswith("W/") and etag in entity_tags(field)


def _is_not_later(modified: str, since: str) -> bool:
    if modified == since:  # as nearly always
        return True
    first, second = http_date(modified), http_date(since)
    return first is not None and second is not None and first <= second


def http_date(text: str) -> datetime | None:
    """A date in one of the three forms of section 5.6.7; None for anything else, which is to be ignored."""
    match = next((found for read in _http_dates if (found := read(text)) is not None), None)
    if match is None:
        return None
    month, year = _MONTHS.index(match["month"]) + 1, int(match["year"])
    if len(match["year"]) == 2:  # "more than 50 years in the future" means the last century
        this = datetime.now(UTC).year
        year += this - this % 100
        year -= 100 if year > this + 50 else 0
    try:
        return datetime(
            year, month, int(match["day"]), int(match["hour"]), int(match["minute"]), int(match["second"]), tzinfo=UTC
        )
    except ValueError:
        return None
