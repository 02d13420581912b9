"""The value of a Set-Cookie field (RFC 6265 section 4.1, and SameSite and Partitioned of its successor drafts)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from webfoot.web.datastructures.headers import is_token

_is_bare_value = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z:]+").fullmatch
_ends_attribute = re.compile(r"[;\x00-\x1f\x7f]").search
_must_escape = re.compile(r'["\\;,\x00-\x1f\x7f-\xff]')


def cookie_line(
    key: str,
    value: str,
    max_age: int | None,
    expires: datetime | str | int | None,
    path: str | None,
    domain: str | None,
    secure: bool,
    httponly: bool,
    samesite: str | None,
    partitioned: bool,
) -> str:
    """`key=value; Attribute=...`, attributes in alphabetical order. ValueError where a part would leave its place."""
    if is_token(key) is None:
        raise ValueError(f"{key!r} cannot be a cookie's name (RFC 6265 section 4.1.1: a token)")
    if samesite is not None and samesite.lower() not in ("strict", "lax", "none"):
        raise ValueError(f"samesite must be 'strict', 'lax', 'none' or None, not {samesite!r}")
    parts = [f"{key}={_quoted(value)}"]
    if domain is not None:
        parts.append("Domain=" + _attribute("domain", domain))
    if expires is not None:
        parts.append("expires=" + _attribute("expires", _http_date(expires)))
    if httponly:
        parts.append("HttpOnly")
    if max_age is not None:
        parts.append(f"Max-Age={max_age:d}")
    if partitioned:
        parts.append("Partitioned")
    if path is not None:
        parts.append("Path=" + _attribute("path", path))
    if samesite is not None:
        parts.append(f"SameSite={samesite}")
    if secure:
        parts.append("Secure")
    return "; ".join(parts)


def _quoted(value: str) -> str:
    """A value as browsers and Python's own http.cookies read it: bare where it can be, else quoted, with \\ooo."""
    if _is_bare_value(value):
        return value
    return '"' + _must_escape.sub(_escape, value) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return "\\" + character if character in '"\\' else f"\\{ord(character):03o}"


def _attribute(name: str, value: str) -> str:
    if _ends_attribute(value) is not None:
        raise ValueError(f"a cookie's {name} must not hold ';' or control characters: {value!r}")
    return value


def _http_date(when: datetime | str | int) -> str:
    if isinstance(when, str):
        return when
    if isinstance(when, int):
        when = datetime.now(UTC) + timedelta(seconds=when)
    if when.tzinfo is None:
        raise ValueError("a cookie's expires needs a time zone: datetime(..., tzinfo=UTC)")
    return format_datetime(when.astimezone(UTC), usegmt=True)
