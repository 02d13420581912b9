"""The event vocabulary of the wire protocols.

A parser turns bytes into a `Head`; body bytes, the end of a message and faults travel as plain calls (see
`webfoot.server.protocol.face`), because an object per body part would be paid for and thrown away.
"""

from __future__ import annotations

from typing import Final, NamedTuple

CHUNKED: Final = -1
"""`Head.body_length` of a message in the chunked transfer coding, whose length is not known beforehand."""


class Special(NamedTuple):
    """upgrade: the protocol that the client would rather speak, if we know it: "websocket".
    is_forwarded: there are fields that a proxy may have written about the client.
    """

    upgrade: str | None
    is_forwarded: bool


class Head:
    """A request head: what the parser read, then what the rules concluded from it.

    target: the request target as sent. path, query: its parts, set by the rules (the path still percent-encoded).
    headers: names lower-case, values stripped of white space, in the order received.
    is_usual: HTTP/1.1 and not HEAD, so that the framing of the response has no exceptions.
    body_length: 0, a number of bytes, or CHUNKED.
    special: what few requests have; None for all others, which spares them a look at each of it.
    """

    __slots__ = (
        "body_length",
        "expects_continue",
        "headers",
        "is_usual",
        "keep_alive",
        "method",
        "path",
        "query",
        "special",
        "target",
        "version",
    )

    def __init__(self, method: str, target: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.method = method
        self.target = self.path = target
        self.version = version
        self.headers = headers
        self.query = b""
        self.body_length = 0
        self.keep_alive = True
        self.is_usual = version == "1.1" and method != "HEAD"
        self.expects_continue = False
        self.special: Special | None = None

    def __repr__(self) -> str:
        return f"<Head {self.method} {self.target!r} HTTP/{self.version}, {len(self.headers)} fields>"
