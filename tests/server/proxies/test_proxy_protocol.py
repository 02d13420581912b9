"""The header of the PROXY protocol: each kind, each way to be none, and a property test of the parser."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.server.proxies.proxy_protocol import SIGNATURE, BadHeader, Header, read_header

INET = IPv4Address("203.0.113.7").packed + IPv4Address("192.0.2.1").packed + struct.pack("!HH", 4711, 443)
INET6 = IPv6Address("2001:db8::7").packed + IPv6Address("2001:db8::1").packed + struct.pack("!HH", 4711, 443)
UNIX = b"/run/client".ljust(108, b"\0") + b"/run/proxy".ljust(108, b"\0")


def binary(rest: bytes = INET, *, command: int = 0x21, family: int = 0x11, length: int | None = None) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest) if length is None else length) + rest


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


SSL = tlv(0x20, b"\x01" + struct.pack("!L", 0) + tlv(0x21, b"TLSv1.3"))
PLAIN = tlv(0x20, b"\x00" + struct.pack("!L", 1))
ALPN, NOOP = tlv(0x01, b"http/1.1"), tlv(0x04, b"\0" * 7)
FOUR = (("203.0.113.7", 4711), ("192.0.2.1", 443))
SIX = (("2001:db8::7", 4711), ("2001:db8::1", 443))

GOOD = {
    "v1 TCP4": (b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n", 1, "TCP4", *FOUR, False),
    "v1 TCP6": (b"PROXY TCP6 2001:db8::7 2001:DB8:0::1 4711 443\r\n", 1, "TCP6", *SIX, False),
    "v1 UNKNOWN": (b"PROXY UNKNOWN\r\n", 1, "UNKNOWN", None, None, False),
    "v1 UNKNOWN with a rest": (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", 1, "UNKNOWN", None, None, False),
    "v1 longest": (b"PROXY UNKNOWN " + b"x" * 91 + b"\r\n", 1, "UNKNOWN", None, None, False),
    "v2 TCP4": (binary(), 2, "TCP4", *FOUR, False),
    "v2 TCP6": (binary(INET6, family=0x21), 2, "TCP6", *SIX, False),
    "v2 UDP4": (binary(family=0x12), 2, "TCP4", *FOUR, False),
    "v2 UNIX": (binary(UNIX, family=0x31), 2, "UNIX", None, None, False),
    "v2 UNSPEC": (binary(b"", family=0), 2, "UNKNOWN", None, None, False),
    "v2 UNSPEC with a rest": (binary(b"\xff" * 9, family=0), 2, "UNKNOWN", None, None, False),
    "v2 LOCAL": (binary(b"", command=0x20, family=0), 2, "LOCAL", None, None, False),
    "v2 LOCAL with addresses": (binary(command=0x20), 2, "LOCAL", None, None, False),
    "v2 TLVs": (binary(INET + ALPN + NOOP), 2, "TCP4", *FOUR, False),
    "v2 over TLS": (binary(INET + ALPN + SSL + NOOP), 2, "TCP4", *FOUR, True),
    "v2 over TLS by a Unix socket": (binary(UNIX + SSL, family=0x31), 2, "UNIX", None, None, True),
    "v2 not over TLS": (binary(INET + PLAIN), 2, "TCP4", *FOUR, False),
    "v2 longest": (binary(INET + tlv(0xE0, b"x" * (16384 - 15))), 2, "TCP4", *FOUR, False),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("behind", [b"", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01", SIGNATURE, b"\r\n"])
def test_each_kind(name: str, behind: bytes) -> None:
    data, *expected = GOOD[name]
    assert read_header(data + behind) == Header(*expected, len(data))


@pytest.mark.parametrize("name", GOOD)
def test_a_part_of_one_is_incomplete(name: str) -> None:
    data = GOOD[name][0]
    for size in range(1, min(len(data), 300)):
        assert read_header(data[:size]) is None
    assert read_header(data[:-1]) is None


TCP4 = b"PROXY TCP4 1.1.1.1 2.2.2.2"


@pytest.mark.parametrize(
    "line",
    [
        *(b"PROXY \r\n", b"PROXY TCP4\r\n", b"PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n", b"PROXY UNKNOWNX\r\n"),
        *(b"PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n", b"PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n"),
        *(b"PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n", b"PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n"),
        *(b"PROXY TCP4 ::1 ::1 1 2\r\n", b"PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n", b"PROXY TCP6 ::1%lo ::1 1 2\r\n"),
        *(b"PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n", b"PROXY TCP4 1.1.1.1\t2.2.2.2 1 2\r\n"),
        *(TCP4 + ports for ports in (b" 1 2 \r\n", b" 1\r\n", b" 65536 2\r\n", b" 1 65536\r\n", b" 1 -2\r\n")),
        *(TCP4 + ports for ports in (b" 01 2\r\n", b" 1 \xb2\r\n", b" 1 2\n", b" 1 2\r\r\n", b" 1  2\r\n")),
        *(b"PROXY UNKNOWN\rX\r\n", b"PROXY UNKNOWN \nX\r\n"),
        *(b"PROXY UNKNOWN " + b"x" * 92 + b"\r\n", b"PROXY " + b"x" * 101),
    ],
)
def test_a_line_that_is_none(line: bytes) -> None:
    with pytest.raises(BadHeader, match="PROXY line"):
        read_header(line)


@pytest.mark.parametrize(
    "data",
    [
        binary(command=0x11),
        binary(command=0x31),
        binary(command=0x22),
        binary(command=0x00),
        binary(INET[:-1]),
        binary(b""),
        binary(INET, family=0x21),
        binary(UNIX[:-1], family=0x31),
        binary(family=0x41),
        binary(family=0x13),
        binary(family=0x01),
        binary(family=0x10),
        binary(b"", length=16385),
        binary(b"", length=65535),
        binary(INET + b"\x01"),
        binary(INET + b"\x01\x00"),
        binary(INET + b"\x01\x00\x05abcd"),
        binary(INET + SSL + b"\x01\xff\xff"),
    ],
)
def test_a_binary_header_that_is_none(data: bytes) -> None:
    with pytest.raises(BadHeader, match="PROXY header"):
        read_header(data)


@pytest.mark.parametrize(
    "data",
    [
        b"G",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02",
        b"PROXY\t",
        b"PROXIED ",
        b"proxy ",
        b"\r\n\r\n\x00\r\nQUIT\r",
        b"\0",
    ],
)
def test_something_else_is_known_at_its_first_wrong_byte(data: bytes) -> None:
    with pytest.raises(BadHeader, match="no header"):
        read_header(data)


def test_what_is_too_long_is_known_before_it_is_there() -> None:
    with pytest.raises(BadHeader, match="40000 bytes"):
        read_header(binary(b"", length=40000)[:16])


STARTS = [b"", b"PROXY ", b"PROXY TCP4 ", b"PROXY TCP6 ::1 ", SIGNATURE, *(data for data, *_ in GOOD.values())]


@given(st.sampled_from(STARTS), st.binary(max_size=300), st.data())
def test_any_bytes(start: bytes, rest: bytes, data: st.DataObject) -> None:
    """A verdict depends on the bytes alone, not on the pieces they come in; what is read is within what came."""
    cut = data.draw(st.integers(0, len(start)))
    whole = start[:cut] + rest
    verdict = _verdict(whole) if whole else None
    if isinstance(verdict, Header):
        assert 0 < verdict.size <= len(whole)
        assert _verdict(whole[: verdict.size]) == verdict
        assert _verdict(whole + b"more") == verdict
    for size in range(1, len(whole)):
        earlier = _verdict(whole[:size])
        if earlier is not None:  # a verdict is final
            assert earlier == verdict
            break


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 65535), st.integers(0, 65535))
def test_both_versions_say_the_same(source: IPv4Address, target: IPv4Address, port: int, own: int) -> None:
    line = read_header(f"PROXY TCP4 {source} {target} {port} {own}\r\n".encode())
    packed = read_header(binary(source.packed + target.packed + struct.pack("!HH", port, own)))
    assert line is not None
    assert packed is not None
    assert line[1:-1] == packed[1:-1] == ("TCP4", (str(source), port), (str(target), own), False)


def _verdict(data: bytes) -> Header | str | None:
    try:
        return read_header(data)
    except BadHeader:
        return "bad"
