from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.web.datastructures import Headers
from webfoot.web.responses.conditional import (
    NotModifiedResponse,
    has_etag,
    http_date,
    why_not_modified,
    why_precondition_failed,
)

MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"
RESPONSE = Headers({"etag": '"a"', "last-modified": MODIFIED})


@pytest.mark.parametrize(
    ("fields", "not_modified"),
    [
        ({}, False),
        ({"if-none-match": '"a"'}, True),
        ({"if-none-match": 'W/"a"'}, True),
        ({"if-none-match": '"x" ,  "a"'}, True),
        ({"if-none-match": '"x,", "a'}, False),
        ({"if-none-match": '"b"'}, False),
        ({"if-none-match": "a"}, False),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"b"', "if-modified-since": MODIFIED}, False),
        ({"if-modified-since": MODIFIED}, True),
        ({"if-modified-since": "Tue, 14 Nov 2023 22:13:19 GMT"}, False),
        ({"if-modified-since": "Wed, 15 Nov 2023 22:13:19 GMT"}, True),
        ({"if-modified-since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, True),
        ({"if-modified-since": "Tue Nov 14 22:13:20 2023"}, True),
        ({"if-modified-since": "tomorrow"}, False),
        ({"if-modified-since": ""}, False),
    ],
)
def test_not_modified(fields: dict[str, str], not_modified: bool) -> None:
    assert (why_not_modified(RESPONSE, Headers(fields)) is not None) is not_modified


def test_several_fields_are_one_list() -> None:
    request = Headers(raw=[(b"if-none-match", b'"b"'), (b"if-none-match", b'"a"')])
    assert why_not_modified(RESPONSE, request) is not None


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({}, False),
        ({"if-match": '"a"'}, False),
        ({"if-match": '"b", "a"'}, False),
        ({"if-match": "*"}, False),
        ({"if-match": 'W/"a"'}, True),
        ({"if-match": '"b"'}, True),
        ({"if-match": '"a"', "if-unmodified-since": "Tue, 14 Nov 2013 22:13:20 GMT"}, False),
        ({"if-unmodified-since": MODIFIED}, False),
        ({"if-unmodified-since": "Tue, 14 Nov 2023 22:13:19 GMT"}, True),
        ({"if-unmodified-since": "never"}, False),
    ],
)
def test_preconditions(fields: dict[str, str], failed: bool) -> None:
    assert (why_precondition_failed(RESPONSE, Headers(fields)) is not None) is failed


def test_a_response_without_validators_is_always_sent() -> None:
    request = Headers({"if-none-match": '"a"', "if-modified-since": MODIFIED})
    assert why_not_modified(Headers({}), request) is None
    assert why_precondition_failed(Headers({}), Headers({"if-unmodified-since": MODIFIED})) is None
    assert why_precondition_failed(Headers({}), Headers({"if-match": '"a"'})) is not None


def test_a_weak_etag_of_ours_matches_weakly_only() -> None:
    assert has_etag('"a"', 'W/"a"', weak=True)
    assert not has_etag('W/"a"', 'W/"a"', weak=False)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        (MODIFIED, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("Sun Nov  6 08:49:37 1994", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)),
        ("Tue, 31 Feb 2023 22:13:20 GMT", None),
        ("Tue, 14 Nov 2023 24:13:20 GMT", None),
        ("Tue, 14 Nov 0000 22:13:20 GMT", None),
        ("Tue, 14 Nov 99999 22:13:20 GMT", None),
        ("Tue, 14 Nov 2023 22:13:20 +0100", None),
        ("Tue, 14 Nov 2023 22:13:20", None),
        ("Tue, \u0661\u0664 Nov 2023 22:13:20 GMT", None),
        ("2023-11-14T22:13:20Z", None),
    ],
)
def test_http_dates(text: str, when: datetime | None) -> None:
    assert http_date(text) == when


def test_two_digits_are_at_most_fifty_years_ahead() -> None:
    this = datetime.now(UTC).year
    for ahead, century in ((50, 0), (51, 100)):
        year = this + ahead
        date = http_date(f"Monday, 01-Mar-{year % 100:02} 00:00:00 GMT")
        assert date is not None
        assert date.year == year - century


@given(st.text(max_size=50) | st.from_regex(r"[A-Z][a-z]{2}, \d\d Feb \d{4} \d\d:\d\d:\d\d GMT", fullmatch=True))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    assert http_date(text) is None or isinstance(http_date(text), datetime)


def test_304_keeps_what_a_cache_needs_and_nothing_else() -> None:
    full = {"etag": '"a"', "vary": "origin", "cache-control": "no-cache", "content-length": "5", "content-type": "a/b"}
    response = NotModifiedResponse(Headers(full))
    assert response.status_code == 304
    assert dict(response.headers) == {"etag": '"a"', "vary": "origin", "cache-control": "no-cache"}
    assert response.body == b""
