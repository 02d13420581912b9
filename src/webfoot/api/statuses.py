"""Which answers have a body."""

from __future__ import annotations

_NO_BODY = frozenset({204, 205, 304})


def has_body(status_code: int) -> bool:
    """False for informational statuses, 204, 205 and 304 (RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5)."""
    return status_code >= 200 and status_code not in _NO_BODY
