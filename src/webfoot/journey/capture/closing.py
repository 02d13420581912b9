"""The codes of a WebSocket's end in words (RFC 6455 section 7.4, and the IANA registry)."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[int, str]] = {
    1000: "all went well",
    1001: "one side goes away: a page was left, or a server stops",
    1002: "a frame broke the protocol",
    1003: "a message was of a kind that the other side does not take",
    1005: "no code was given",
    1006: "the connection broke off without a Close frame",
    1007: "a text was not UTF-8",
    1008: "a message was against the rules of the other side",
    1009: "a message was too big",
    1010: "the client missed an extension",
    1011: "the server failed",
    1012: "the server restarts",
    1013: "the server has too much to do; try again later",
    1014: "a gateway got no good answer from the server behind it",
    1015: "TLS failed",
    3000: "not authorised",
    3003: "forbidden",
    3008: "it took too long",
}
GOOD: Final = frozenset((1000, 1001, 1005, 1012))
"""Ends that nobody has to look after."""


def in_words(code: int | None) -> str:
    """`4401: a code of the application's own`"""
    if code is None:
        return "no code was given"
    if code in CODES:
        return f"{code}: {CODES[code]}"
    if 4000 <= code < 5000:
        return f"{code}: a code of the application's own{_like_a_status(code)}"
    return f"{code}: {'a code of a library' if 3000 <= code < 4000 else 'no code that a Close frame may have'}"


def _like_a_status(code: int) -> str:
    """4401 and the like are made after HTTP's."""
    known = {4400: "bad request", 4401: "not authorised", 4403: "forbidden", 4404: "not found", 4408: "timed out"}
    return f" (after HTTP's {code - 4000}, {known[code]})" if code in known else ""
