"""The default parser: llhttp, through httptools.

It is given one complete head and nothing else. Where a message ends is decided above it, once for both parsers (see
`webfoot.server.http1.framing`), so a new parser object serves each head: 0.2 us, and no state survives a message.
"""

from __future__ import annotations

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from webfoot.server.http1.grammar import METHODS, examine
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail


class _Fields:
    """Collects what llhttp calls back with."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.target = b""

    def on_url(self, url: bytes) -> None:
        self.target = url

    def on_header(self, name: bytes, value: bytes) -> None:
        # llhttp keeps white space at the end of a value; RFC 9110 section 5.5 has it excluded.
        self.headers.append((name.lower(), value.rstrip(b" \t")))


def parse_head(raw: bytes, trail: Trail | None) -> Head:
    """Read one complete head. Raises RemoteFault."""
    fields = _Fields()
    parser = HttpRequestParser(fields)
    try:
        parser.feed_data(raw)
    except HttpParserUpgrade:
        pass  # the head is complete; whether to upgrade is not the parser's decision
    except HttpParserError as error:
        examine(raw)  # says the same, with the rule
        raise RemoteFault(400, "parser", "RFC 9112", f"the request head is malformed: {error}") from None
    method, target = parser.get_method(), fields.target
    version = "1.1" if raw.startswith(b" HTTP/1.1\r", len(method) + 1 + len(target)) else "1.0"
    if version == "1.0" and not raw.startswith(b" HTTP/1.0\r", len(method) + 1 + len(target)):
        # llhttp skips extra spaces and takes RTSP/1.0, ICE/1.0 and HTTP/0.9 for versions.
        examine(raw)
        raise RemoteFault(400, "request-line", "RFC 9112 section 3", "the request line is malformed")
    name = METHODS.get(method)
    if name is None:
        examine(raw)
        raise RemoteFault(501, "method", "RFC 9110 section 9.1", "the method is not known to this server")
    if trail is not None:
        trail.mark(
            "head_parsed", parser="httptools", method=name, target=target, version=version, headers=fields.headers
        )
    return Head(name, target, version, fields.headers)
