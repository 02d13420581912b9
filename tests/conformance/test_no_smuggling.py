"""Whoever reads the bytes of a connection finds the same requests in it as we do, or refuses them.

The other readers are h11 and llhttp as they come, with their own ideas of a body. What we take and they take, must mean
the same: where it does not, a proxy built on one of them could be told one thing and we another.
"""

from __future__ import annotations

from typing import Any

import h11
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.test_parsers_agree import PIECES
from tests.conformance.wire_cases import ALL

from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.http1.framing import ChunkedReader, LengthReader
from webfoot.server.http1.grammar import END_OF_HEAD
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import CHUNKED

Requests = list[tuple[bytes, bytes]]
"""(target, body) of each whole request."""

BEHIND = b"GET /behind HTTP/1.1\r\nHost: a\r\n\r\n"
PIPELINES = sorted({case.raw + BEHIND for case in ALL if len(case.raw) < 400})
BODY_PIECES = [
    *(b"0\r\n\r\n", b"1\r\na\r\n", b"3", b"0", b";x", b'"', b"\\", b"Content-Length: 0\r\n", b"Content-Length: 5\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Transfer-Encoding: ,chunked\r\n"),
    *(b"Content-Length: 0,5\r\n", b"POST / HTTP/1.1\r\nHost: a\r\n", b"Expect: 100-continue\r\n", b"HTTP/1.0"),
    *(b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", b"5\r\n", b"\r\n0\r\n"),
]  # fmt: skip


def ours(raw: bytes, parser: str) -> Requests:
    found: Requests = []
    parse = choose_parser(parser)
    try:
        while True:
            while raw.startswith(b"\r\n"):
                raw = raw[2:]
            head, end, raw = raw.partition(END_OF_HEAD)
            if not end:
                return found
            request = parse(head + end, None)
            rules.accept(request, None)
            body = b""
            if request.body_length:
                reader = ChunkedReader() if request.body_length == CHUNKED else LengthReader(request.body_length)
                body = b"".join(reader.read(raw))
                if reader.rest is None:
                    return found
                raw = reader.rest
            found.append((request.target, body))
            if not request.keep_alive:
                return found
    except RemoteFault:
        return found


def of_h11(raw: bytes) -> Requests:
    found: Requests = []
    server = h11.Connection(h11.SERVER)
    server.receive_data(raw)
    try:
        while isinstance(request := server.next_event(), h11.Request):
            body = b""
            while isinstance(event := server.next_event(), h11.Data):
                body += event.data
            if not isinstance(event, h11.EndOfMessage):
                return found
            found.append((request.target, body))
            server.send(h11.Response(status_code=200, headers=[(b"content-length", b"0")]))
            server.send(h11.EndOfMessage())
            server.start_next_cycle()
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        pass
    return found


class Llhttp:
    def __init__(self) -> None:
        self.found: Requests = []
        self.target = self.body = b""

    def on_message_begin(self) -> None:
        self.target = self.body = b""

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.found.append((self.target, self.body))

    def read(self, raw: bytes) -> Requests:
        try:
            HttpRequestParser(self).feed_data(raw)
        except HttpParserUpgrade:
            del self.found[-1]  # it leaves the body to whoever does the upgrade
        except HttpParserError:
            pass
        return self.found


def changed(raw: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, piece in changes:
        place %= len(raw) + 1
        raw = raw[:place] + piece + raw[place + removed :]
    return raw


CHANGES: Any = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(PIECES + BODY_PIECES) | st.binary(max_size=2)),
    max_size=4,
)


@settings(max_examples=1500, deadline=None)
@given(raw=st.builds(changed, st.sampled_from(PIPELINES), CHANGES), parser=st.sampled_from(["httptools", "h11"]))
def test_what_others_take_too_means_the_same_to_them(raw: bytes, parser: str) -> None:
    found = ours(raw, parser)
    for others in (of_h11(raw), Llhttp().read(raw)):
        for one, other in zip(found, others, strict=False):
            assert one == other


def test_the_readers_read() -> None:
    raw = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + BEHIND
    assert ours(raw, "h11") == of_h11(raw) == Llhttp().read(raw) == [(b"/a", b"abc"), (b"/behind", b"")]
