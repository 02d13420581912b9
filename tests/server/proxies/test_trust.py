from __future__ import annotations

import pytest

from webfoot.server.proxies.trust import Trust

PEERS = ("127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "/run/duck.sock")


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1", True),
        ("127.0.0.2", False),
        ("10.255.255.255", True),
        ("11.0.0.0", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.1.2.3", True),
        ("::ffff:11.0.0.1", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("10.0.0.0/8", False),
        ("pond.example", False),
    ],
)
def test_hosts(host: str, is_known: bool) -> None:
    assert Trust(PEERS).knows(host) is is_known
    assert Trust(["*"]).knows(host)
    assert not Trust([]).knows(host)


@pytest.mark.parametrize(
    ("peers", "server", "is_known"),
    [
        (("unix",), ("/run/duck.sock", None), True),
        (("unix",), None, True),
        (("*",), ("/run/duck.sock", None), True),
        (("/run/duck.sock",), ("/run/duck.sock", None), True),
        (("/run/duck.sock",), ("/run/other.sock", None), False),
        (("/run/duck.sock",), None, False),
        (("127.0.0.1", "::1", "0.0.0.0/0", "::/0"), ("/run/duck.sock", None), False),
        ((), None, False),
    ],
)
def test_unix_sockets(peers: tuple[str, ...], server: tuple[str, None] | None, is_known: bool) -> None:
    assert Trust(peers).knows_peer(None, server) is is_known


def test_a_peer_with_an_address_is_not_trusted_for_the_sake_of_a_socket() -> None:
    assert not Trust(["unix", "/run/duck.sock"]).knows_peer(("192.0.2.7", 5), ("/run/duck.sock", None))
    assert Trust(["192.0.2.7"]).knows_peer(("192.0.2.7", 5), None)


def test_a_name_is_known_literally() -> None:
    assert Trust(["testclient"]).knows("testclient")
