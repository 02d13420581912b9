"""The grammar of a head, and what of an unfinished one is hopeless."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webfoot.server.http1 import rules
from webfoot.server.http1.grammar import METHODS, examine, examine_partial
from webfoot.server.http1.parser_h11 import parse_head as parse_with_h11
from webfoot.server.http1.parser_httptools import HttptoolsParser
from webfoot.server.http1.rules import accept
from webfoot.server.protocol.errors import RemoteFault
from webfoot.server.protocol.events import Head

TOKEN = st.text("!#$%&'*+-.^_`|~0123456789ABCDEFXYZabcdefxyz", min_size=1, max_size=12)
TARGET = st.text("".join(map(chr, range(0x21, 0x7F))).replace("#", ""), max_size=30).map(lambda rest: "/" + rest)
VALUE = st.text("".join(map(chr, [*range(0x20, 0x7F), 0x09, *range(0x80, 0x100)])), max_size=30).map(str.strip)
DECISIVE = {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade"}
FIELDS = st.lists(
    st.tuples(TOKEN.filter(lambda name: name.lower() not in DECISIVE), VALUE.map(lambda v: v.strip(" \t"))), max_size=6
)


@given(method=st.sampled_from(sorted(METHODS)), target=TARGET, version=st.sampled_from(["1.0", "1.1"]), fields=FIELDS)
def test_every_legal_head_is_read_alike_by_both_parsers(
    method: bytes, target: str, version: str, fields: list[tuple[str, str]]
) -> None:
    lines = [f"{method.decode()} {target} HTTP/{version}", "Host: a", *(f"{name}: {value}" for name, value in fields)]
    raw = "\r\n".join([*lines, "", ""]).encode("latin-1")
    heads = [HttptoolsParser().parse_head(raw, None), parse_with_h11(raw, None)]
    for head in heads:
        accept(head, None)
    first, second = ({name: getattr(head, name) for name in head.__slots__} for head in heads)
    assert first == second
    assert first["headers"][1:] == [(name.lower().encode(), value.encode("latin-1")) for name, value in fields]
    assert examine(raw)[1] == target.encode()


@given(raw=st.binary(max_size=120))
@example(raw=b"POST / HTTP/1.0\r\n!:\r\n")
def test_any_other_head_is_refused_alike_by_both_parsers(raw: bytes) -> None:
    raw = raw.partition(b"\r\n\r\n")[0].removesuffix(b"\r\n") + b"\r\n\r\n"  # it ends with its first empty line
    verdicts = []
    for parse in (HttptoolsParser().parse_head, parse_with_h11):
        try:
            head = parse(raw, None)
            accept(head, None)
            verdicts.append({name: getattr(head, name) for name in head.__slots__})
        except RemoteFault as fault:
            verdicts.append(fault.status)
    assert verdicts[0] == verdicts[1]


HEAD = b"GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"


@pytest.mark.parametrize("end", range(1, len(HEAD) - 1))
def test_no_beginning_of_a_legal_head_is_hopeless(end: int) -> None:
    examine_partial(HEAD[:end], 0)
    examine_partial(HEAD[:end], end - 1)


@pytest.mark.parametrize(
    "beginning",
    [
        b"\x16\x03\x01",
        b"GET / HTTP/1.1\n",
        b"\n",
        b"{",
        b"GET\t",
        b"GET  /",
        b" GET",
        b"GET / HTTP/1.1\r\nX: a\rb",
        b"GET /\x00",
    ],
)
def test_what_no_further_byte_can_mend_is_refused_at_once(beginning: bytes) -> None:
    with pytest.raises(RemoteFault) as caught:
        examine_partial(beginning, 0)
    assert caught.value.status == 400


def test_a_line_of_spaces_is_looked_at_but_once() -> None:
    began = time.process_time()
    for value in (b" " * 60_000, b" " * 30_000 + b"a" + b" " * 30_000, b" a" * 30_000):
        with pytest.raises(RemoteFault, match="control character"):
            examine(HEAD[:-2] + b"X:" + value + b"\x01\r\n\r\n")
    assert time.process_time() - began < 5  # milliseconds, or a minute


def test_a_parser_that_was_left_waiting_does_not_harm_the_next_head() -> None:
    parser = HttptoolsParser()
    with_body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
    closing = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    upgrading = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    for before in (with_body, closing, upgrading, b"GET / HTTP/1.0\r\n\r\n"):
        parser.parse_head(before, None)
        assert parser.parse_head(HEAD, None).target == b"/a?b"
    with pytest.raises(RemoteFault):
        parser.parse_head(b"nonsense\r\n\r\n", None)
    assert parser.parse_head(HEAD, None).target == b"/a?b"


def test_hosts_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_legal_hosts", set())
    hosts = [b"a%d" % number for number in range(1000)] + [b"a" * 1000]
    for host in hosts[::-1]:
        accept(Head("GET", b"/", "1.1", [(b"host", host)]), None)
    assert len(rules._legal_hosts) == 256
    assert max(map(len, rules._legal_hosts)) < 256
