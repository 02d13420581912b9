"""Both parsers come to the same conclusion about any head, the rule that it breaks included."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conformance.wire_cases import ALL

from webfoot.server.gateway.service import choose_parser
from webfoot.server.http1 import rules
from webfoot.server.protocol.errors import RemoteFault

END = b"\r\n\r\n"
HEADS = sorted({case.raw.lstrip(b"\r\n").partition(END)[0] for case in ALL if len(case.raw) < 400})
PIECES = [
    *(b"\r\n", b" ", b"\t", b"\0", b"\n", b"\r", b":", b",", b";", b"\x7f", b"\x80", b"\xff", b"\x0b", b'"', b"\r\n "),
    *(b"?", b"#", b"%", b"/", b"@", b"[", b"]", b"\\", b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/2.0"),
    *(b"CONNECT", b"PRI", b"HEAD", b"http://b", b"Host: b\r\n", b"Content-Length: 3\r\n", b"chunked"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: ", b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n"),
    *(b"Connection: close\r\n", b"Connection: upgrade\r\n"),
]  # fmt: skip


def conclusion(parse: Any, raw: bytes) -> Any:
    try:
        head = parse(raw, None)
        rules.accept(head, None)
    except RemoteFault as fault:
        return fault.status, fault.rule, fault.reason
    return {name: getattr(head, name) for name in head.__slots__}


changes = st.tuples(st.integers(0, 200), st.integers(0, 8), st.sampled_from(PIECES) | st.binary(max_size=2))


@settings(max_examples=1500, deadline=None)
@given(head=st.sampled_from(HEADS), changes=st.lists(changes, max_size=4))
def test_both_parsers_agree(head: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    for place, removed, piece in changes:
        place %= len(head) + 1
        head = head[:place] + piece + head[place + removed :]
    raw = (head.lstrip(b"\r\n") + END).partition(END)[0] + END
    assert conclusion(choose_parser("httptools"), raw) == conclusion(choose_parser("h11"), raw)
