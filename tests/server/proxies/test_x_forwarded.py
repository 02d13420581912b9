"""X-Forwarded-*: what is believed of it, from the nearest proxy on as far as trust reaches."""

from __future__ import annotations

import pytest

from webfoot.server.proxies.trust import Trust
from webfoot.server.proxies.walk import Hop, walk
from webfoot.server.proxies.x_forwarded import MOST_HOPS, read_hops

TRUST = Trust(["127.0.0.1", "10.0.0.0/8"])


def fields(**said: str | list[str]) -> list[tuple[bytes, bytes]]:
    return [
        (f"x-forwarded-{name}".encode(), value.encode("latin-1"))
        for name, values in said.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("6.6.6.6,203.0.113.7\t, 10.1.2.3", "203.0.113.7"),
        ("10.0.0.4, 10.0.0.3", "10.0.0.4"),
        (["6.6.6.6", "203.0.113.7", "10.1.2.3"], "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        # What is no address ends the walk at the one who said so.
        ("unknown", None),
        ("6.6.6.6, unknown", None),
        ("6.6.6.6, unknown, 10.1.2.3", "10.1.2.3"),
        ("6.6.6.6, , 10.1.2.3", "10.1.2.3"),
        ("6.6.6.6,", None),
        ("", None),
        (",,,,", None),
        ('"203.0.113.7"', None),
        ("203.0.113.7;proto=https", None),
        ("203.0.113.7 6.6.6.6", None),
    ],
)
def test_the_client(said: str | list[str], client: str | None) -> None:
    found, _ = walk(read_hops(fields(**{"for": said})), TRUST)
    assert (found[0] if found else None) == client


def test_everybody_is_trusted() -> None:
    assert walk(read_hops(fields(**{"for": "1.1.1.1, 2.2.2.2"})), Trust(["*"]))[0] == ("1.1.1.1", 0)


@pytest.mark.parametrize(
    ("clients", "protos", "proto"),
    [
        ("203.0.113.7", "https", "https"),
        ("203.0.113.7, 10.0.0.2", "https", "https"),  # set anew by the nearest one
        ("203.0.113.7, 10.0.0.2", "https, http", "https"),  # added to by each
        ("6.6.6.6, 203.0.113.7", "https, http", "http"),  # the first of both is the client's invention
        ("6.6.6.6, 5.5.5.5, 203.0.113.7", "https, http", "http"),
        ("203.0.113.7", "https, http", "http"),
        (None, "https", "https"),
        (None, "https, http", "http"),
        ("unknown", "https", "https"),
        ("203.0.113.7", None, ""),
    ],
)
def test_the_scheme_is_told_by_the_proxy_that_the_client_came_to(
    clients: str | None, protos: str | None, proto: str
) -> None:
    said = {name: value for name, value in (("for", clients), ("proto", protos)) if value is not None}
    assert walk(read_hops(fields(**said)), TRUST)[1].proto == proto


def test_nothing_is_said() -> None:
    assert walk(read_hops([(b"host", b"pond"), (b"forwarded", b"for=6.6.6.6")]), TRUST) == (None, Hop())


def test_a_chain_without_end_costs_little() -> None:
    """Also where it consists of trusted ones, so that the walk goes on and on."""
    hops = list(read_hops(fields(**{"for": "10.0.0.1," * 7000 + "10.0.0.1", "proto": "https," * 9000})))
    assert len(hops) == MOST_HOPS + 1
    assert walk(hops, TRUST)[0] == ("10.0.0.1", 0)
