"""Close codes (RFC 6455 section 7.4 and the IANA registry that it founded)."""

from __future__ import annotations

from typing import Final

NORMAL: Final = 1000
PROTOCOL_ERROR: Final = 1002
NO_STATUS: Final = 1005
ABNORMAL: Final = 1006
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
SERVICE_RESTART: Final = 1012

MEANINGS: Final = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no status received",
    1006: "abnormal closure",
    1007: "invalid frame payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
}
"""code -> what it means; 1005 and 1006 are never sent, they tell an application that there was no code."""


def may_be_sent(code: int) -> bool:
    """Whether a Close frame may carry `code`: registered, or free for libraries (3000) and applications (4000)."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def describe(code: int) -> str:
    """`1001 (going away)`, for people."""
    meaning = MEANINGS.get(code)
    return f"{code} ({meaning})" if meaning else str(code)
