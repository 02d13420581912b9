from __future__ import annotations

import pytest

from webfoot.server.proxies.nodes import read_node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("192.0.2.7", ("192.0.2.7", 0)),
        ("192.0.2.7:4711", ("192.0.2.7", 4711)),
        ("2001:DB8:0::1", ("2001:db8::1", 0)),
        ("[2001:db8::1]", ("2001:db8::1", 0)),
        ("[2001:db8::1]:65535", ("2001:db8::1", 65535)),
        ("::ffff:192.0.2.7", ("192.0.2.7", 0)),
    ],
)
def test_an_address(text: str, node: tuple[str, int]) -> None:
    assert read_node(text) == node


@pytest.mark.parametrize(
    "text",
    [
        *("", "unknown", "_hidden", "_SEVKISEK", "localhost", "duck.example", "unix:", "@", "-", "None"),
        *("1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:_port", "1.2.3.4:-1"),
        *("[1.2.3.4]", "[2001:db8::1", "2001:db8::1]:80", "[::1]:", "[::1]80", "fe80::1%eth0", "[fe80::1%25eth0]"),
        *("1.2.3.4\n", " 1.2.3.4", "1.2.3.4 ", "\u0661.2.3.4", "1.2.3.4:\u0664\u0664", ":" * 45, "1" * 60_000),
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert read_node(text) is None
