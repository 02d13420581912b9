"""Trailer fields, in requests and in responses: which fields may stand behind the body (RFC 9110 section 6.5).

A recipient reads them when it has long acted upon the message, so a field that says how the message is to be framed,
routed, trusted or understood must not come that late: an application's own is refused, a client's is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from webfoot.server.http1.encoder import CONTROLS
from webfoot.server.http1.grammar import TOKEN
from webfoot.server.protocol.errors import LocalFault
from webfoot.server.protocol.events import Head

# RFC 9110 section 6.5.1 names the kinds; the fields of each kind are those that the registry has for it.
_TOO_LATE: Final[dict[str, tuple[str, ...]]] = {
    "framing": ("content-length", "transfer-encoding", "trailer", "te", "upgrade", "connection", "keep-alive"),
    "routing": ("host", "max-forwards", "via", "forwarded", "x-real-ip", "proxy-connection"),
    "authentication": (
        *("authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"),
        *("cookie", "set-cookie"),
    ),
    "request modifiers": (
        *("cache-control", "expect", "pragma", "range", "if-match", "if-none-match", "if-range"),
        *("if-modified-since", "if-unmodified-since", "origin", "referer"),
    ),
    "response controls": ("age", "date", "expires", "location", "retry-after", "vary", "warning"),
    "the content's format": ("content-type", "content-encoding", "content-range", "content-disposition"),
}
_KIND_OF: Final = {name.encode(): kind for kind, names in _TOO_LATE.items() for name in names}
_FORWARDED: Final = b"x-forwarded-"  # X-Forwarded-For, -Proto, -Host and whatever else a proxy may call its own
_NAME: Final = re.compile(TOKEN)


def late_kind(name: bytes) -> str | None:
    """What a field is about that cannot wait for the end of the body; None if it may stand there. `name`: any case."""
    lower = name.lower()
    return "routing" if lower.startswith(_FORWARDED) else _KIND_OF.get(lower)


def deliverable(trailers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Those of a request's trailer fields that the application gets."""
    return [field for field in trailers if late_kind(field[0]) is None]


def takes_trailers(request: Head) -> bool:
    """Whether the response may have trailer fields: chunks carry them, and the client said that it reads them.

    "The ASGI server will only send the trailing headers in case the client has sent TE: trailers" (ASGI 'Extensions',
    RFC 9110 sections 6.5.1 and 10.1.4); HEAD has no body for them to follow.
    """
    if request.version != "1.1" or request.method == "HEAD":
        return False
    return any(
        name == b"te" and any(coding.strip(b" \t").lower() == b"trailers" for coding in value.split(b","))
        for name, value in request.headers
    )


def encode_trailers(fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The lines of an application's trailer fields. Raises LocalFault for what must not be sent there."""
    lines: list[bytes] = []
    try:
        for name, value in fields:
            if not _NAME.fullmatch(name):
                raise LocalFault(
                    "header-name", "RFC 9110 section 5.1", f"a trailer's name must be a token, not {name!r:.60}"
                )
            kind = late_kind(name)
            if kind is not None:
                reason = f"{name.decode()} must not be a trailer: it is about {kind}, which is needed before the body"
                raise LocalFault("trailer", "RFC 9110 section 6.5.1", reason)
            if len(value.translate(None, CONTROLS)) != len(value):
                reason = f"the value of the trailer {name.decode()} holds CR, LF, NUL or another control character"
                raise LocalFault("header-value", "RFC 9110 section 5.5", reason)
            lines += (name, b": ", value, b"\r\n")
        return b"".join(lines)
    except (TypeError, ValueError, AttributeError):
        reason = "trailers must be pairs of bytes (name, value)"
        raise LocalFault("headers", "ASGI 'HTTP Trailers'", reason) from None
