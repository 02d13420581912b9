"""The default parser: llhttp, through httptools.

It is given complete heads and nothing else. Where a message ends is decided above it, once for both parsers (see
`webfoot.server.http1.framing`).
"""

from __future__ import annotations

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from webfoot.server.http1.grammar import METHODS, examine
from webfoot.server.protocol.events import Head
from webfoot.trail import Trail

_VERSIONS: Final = {b" HTTP/1.1\r\n": "1.1", b" HTTP/1.0\r\n": "1.0"}


class HttptoolsParser:
    """Reads heads, one after the other, from whichever connection they come.

    One llhttp serves many heads, since making one costs more than reading a head with it. It is replaced after each
    head that leaves it waiting for something that it will not be given: a body, an upgrade, the end of the connection.
    """

    __slots__ = ("_complete", "_headers", "_llhttp", "_target")

    # httptools looks for all of its call-backs; one that is None is found at once, one that is missing is an exception.
    on_message_begin = on_status = on_headers_complete = on_body = on_chunk_header = on_chunk_complete = None

    def __init__(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._target = b""
        self._complete = False
        self._llhttp = HttpRequestParser(self)

    def on_url(self, url: bytes) -> None:
        self._target = url

    def on_header(self, name: bytes, value: bytes) -> None:
        # llhttp keeps white space at the end of a value; RFC 9110 section 5.5 has it excluded.
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_message_complete(self) -> None:
        # Asked here, because llhttp forgets the answer with the message: afterwards "close" would count as "keep".
        self._complete = self._llhttp.should_keep_alive()

    def parse_head(self, raw: bytes, trail: Trail | None) -> Head:
        """Read one complete head. Raises RemoteFault."""
        headers = self._headers = []
        self._complete = False
        llhttp = self._llhttp
        try:
            llhttp.feed_data(raw)
            if not self._complete:
                self._llhttp = HttpRequestParser(self)
        except HttpParserUpgrade:  # the head is complete; whether to upgrade is not the parser's decision
            self._llhttp = HttpRequestParser(self)
        except HttpParserError:
            self._llhttp = HttpRequestParser(self)
            return _read_by_grammar(raw, trail)
        method, target = llhttp.get_method(), self._target
        # llhttp skips extra spaces and takes RTSP/1.0, ICE/1.0 and HTTP/0.9 for versions: look where it must stand.
        end = len(method) + len(target) + 1
        version = _VERSIONS.get(raw[end : end + 11])
        name = METHODS.get(method)
        if version is None or name is None:
            return _read_by_grammar(raw, trail)
        if trail is not None:
            _mark(trail, name, target, version, headers)
        return Head(name, target, version, headers)


def _read_by_grammar(raw: bytes, trail: Trail | None) -> Head:
    """The second look at a head that llhttp did not like. Raises RemoteFault, with the rule that it breaks.

    A head within the grammar is read after all, and the rules decide: llhttp knows no HTTP/1.2, for example, and no
    HTAB behind `Transfer-Encoding: chunked`.
    """
    method, target, version, headers = examine(raw)
    name = METHODS[method]
    if trail is not None:
        _mark(trail, name, target, version, headers)
    return Head(name, target, version, headers)


def _mark(trail: Trail, method: str, target: bytes, version: str, headers: list[tuple[bytes, bytes]]) -> None:
    """The fields are copied, for the application may change those that it is given."""
    trail.mark("head_parsed", parser="httptools", method=method, target=target, version=version, headers=headers.copy())
