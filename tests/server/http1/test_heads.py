"""What the reader of heads remembers never changes what it says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.http1.heads import HeadReader
from webfoot.server.protocol.errors import RemoteFault

METHODS = [b"GET", b"POST", b"HEAD", b"OPTIONS", b"TRACE", b"QUERY", b"CONNECT", b"FOO", b"get", b""]
TARGETS = [
    *(b"/", b"/a?b=c", b"/a?", b"/?a?b", b"/a%20b", b"/a#b", b"/a?#", b"*"),
    *(b"http://other/", b"other:80", b"//a", b"/\xe9"),
    *(b"/a b", b"", b'/"', b"/\x7f"),
]  # fmt: skip
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.1 "]
BLOCKS = [
    b"Host: a",
    b"Host: a\r\nConnection: keep-alive",
    b"Host: a\r\nConnection: close",
    b"Host: a\r\nContent-Length: 3",
    b"Host: a\r\nTransfer-Encoding: chunked",
    b"Host: a\r\nContent-Length: 3\r\nExpect: 100-continue",
    b"Host: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
    b"Host: a\r\nConnection: upgrade",
    b"Host: a\r\nX-Long: " + b"x" * 2000,
    b"X-No-Host: 1",
    b"Host: a\r\n folded: 1",
]
heads = st.builds(
    lambda method, target, version, block: b"%b %b %b\r\n%b\r\n\r\n" % (method, target, version, block),
    st.sampled_from(METHODS),
    st.sampled_from(TARGETS),
    st.sampled_from(VERSIONS),
    st.sampled_from(BLOCKS),
)


def conclusion(read: Any, raw: bytes) -> Any:
    try:
        head = read(raw, None)
    except RemoteFault as fault:
        return fault.status, fault.rule, fault.reason
    return {name: getattr(head, name) for name in head.__slots__}


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_a_reader_that_remembers_says_what_one_that_does_not_says(parser: str) -> None:
    warm = HeadReader(choose_parser(parser))
    parse = choose_parser(parser)

    def cold(raw: bytes, _: None) -> Any:
        head = parse(raw, None)
        rules.accept(head, None)
        return head

    @settings(max_examples=1500, deadline=None)
    @given(raw=heads)
    def hold(raw: bytes) -> None:
        assert conclusion(warm.read, raw) == conclusion(cold, raw)

    hold()


def test_known_fields_are_not_parsed_again_whatever_the_request_line_is() -> None:
    parsed = []
    parse = choose_parser("httptools")

    def counted(raw: bytes, trail: Any) -> Any:
        parsed.append(raw)
        return parse(raw, trail)

    reader = HeadReader(counted)
    for target in (b"/", b"/ducks?first", b"/ponds", b"/ponds/1"):
        head = reader.read(b"GET %b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n" % target, None)
        assert head.target == target
    assert len(parsed) == 2  # learnt when it came the second time


def test_an_application_that_changes_its_headers_changes_nobody_elses() -> None:
    reader = HeadReader(choose_parser("httptools"))
    for _ in range(3):
        head = reader.read(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", None)
        assert head.headers == [(b"host", b"a")]
        head.headers.append((b"x", b"y"))


def test_the_memory_is_bounded_and_keeps_what_is_asked_for() -> None:
    reader = HeadReader(choose_parser("httptools"))
    often = b"GET / HTTP/1.1\r\nHost: often\r\n\r\n"
    block = often.partition(b"\r\n")[2]
    reader.read(often, None)
    for number in range(2000):
        reader.read(often, None)
        for _ in range(2):
            reader.read(b"GET / HTTP/1.1\r\nHost: a%d\r\n\r\n" % number, None)
        reader.read(b"GET / HTTP/1.1\r\nHost: b%d\r\n\r\n" % number, None)
        assert len(reader._fields) + len(reader._older) <= 512
        assert len(reader._seen) <= 1024
        assert b"\r\n" + block in {**reader._fields, **reader._older}
