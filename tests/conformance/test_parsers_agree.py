"""Both parsers come to the same conclusion about any head, the rule that it breaks included, however it is cut."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.wire_cases import ALL

from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.http1.grammar import examine_partial
from webfoot.server.protocol.errors import RemoteFault

END = b"\r\n\r\n"
HEADS = sorted({case.raw.lstrip(b"\r\n").partition(END)[0] for case in ALL if len(case.raw) < 400})
PIECES = [
    *(b"\r\n", b" ", b"\t", b"\0", b"\n", b"\r", b":", b",", b";", b"\x7f", b"\x80", b"\xff", b"\x0b", b'"', b"\r\n "),
    *(b"?", b"#", b"%", b"/", b"@", b"[", b"]", b"\\", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/2.0"),
    *(b"CONNECT", b"PRI", b"HEAD", b"http://b", b"Host: b\r\n", b"Content-Length: 3\r\n", b"chunked"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: ", b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n"),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n", b"Connection: keep-alive\r\n", b"TRACE", b"*"),
    *(b"Host: [::1]:80\r\n", b"https://[::1]", b"Trailer: X\r\n", b"VERSION-CONTROL", b"\x16", b"\r\n\n", b"\r\r\n"),
]  # fmt: skip


def conclusion(parse: Any, raw: bytes) -> Any:
    try:
        head = parse(raw, None)
        rules.accept(head, None)
    except RemoteFault as fault:
        return fault.status, fault.rule, fault.reason
    return {name: getattr(head, name) for name in head.__slots__}


def changed(head: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, removed, piece in changes:
        place %= len(head) + 1
        head = head[:place] + piece + head[place + removed :]
    return (head.lstrip(b"\r\n") + END).partition(END)[0] + END


CHANGES = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 8), st.sampled_from(PIECES) | st.binary(max_size=2)), max_size=4
)
CHANGED_HEADS = st.builds(changed, st.sampled_from(HEADS), CHANGES)


@settings(max_examples=1500, deadline=None)
@given(raw=CHANGED_HEADS)
def test_both_parsers_agree(raw: bytes) -> None:
    assert conclusion(choose_parser("httptools"), raw) == conclusion(choose_parser("h11"), raw)


@settings(max_examples=800, deadline=None)
@given(raw=CHANGED_HEADS, cuts=st.sets(st.integers(0, 400), max_size=8) | st.just(set(range(400))))
def test_a_head_on_its_way_is_refused_for_nothing_else_than_the_whole(raw: bytes, cuts: set[int]) -> None:
    """Nor is the beginning of a head refused that would be accepted in the end."""
    seen = 0
    for cut in sorted(cuts):
        if END in raw[:cut] or not raw[:cut].lstrip(b"\r\n"):
            continue
        try:
            examine_partial(bytearray(raw[:cut]), seen)
        except RemoteFault as fault:
            assert (fault.status, fault.rule, fault.reason) == conclusion(choose_parser("h11"), raw)
            return
        seen = cut
