"""RFC 7239: the field Forwarded, read from its end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.server.proxies.forwarded import read_hops
from webfoot.server.proxies.trust import Trust
from webfoot.server.proxies.walk import Hop, walk

TRUST = Trust(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"])


def hops(*values: str) -> list[Hop]:
    return list(read_hops([(b"forwarded", value.encode("latin-1")) for value in values]))


@pytest.mark.parametrize(
    ("value", "hop"),
    [
        ("for=192.0.2.43", Hop("192.0.2.43")),
        ("For=192.0.2.43;PROTO=https;by=203.0.113.43;Host=pond.example", Hop("192.0.2.43", "https", "pond.example")),
        ('for="[2001:db8:cafe::17]:4711"', Hop("[2001:db8:cafe::17]:4711")),
        ('for="192.0.2.43:80" ; proto="https"', Hop("192.0.2.43:80", "https")),
        ('for="_gazonk"', Hop("_gazonk")),
        ("for=unknown", Hop("unknown")),
        ("proto=http;", Hop("", "http")),
        ('for="\\1\\9\\2.0.2.43"', Hop("192.0.2.43")),
        ('host="a,b;c=\\"d\\""', Hop("", "", 'a,b;c="d"')),
        ("secret=_token;for=192.0.2.43", Hop("192.0.2.43")),
    ],
)
def test_one_element(value: str, hop: Hop) -> None:
    assert hops(value) == [hop]


@pytest.mark.parametrize("values", [["for=1.1.1.1, for=2.2.2.2"], ["for=1.1.1.1", "for=2.2.2.2"]])
def test_the_nearest_proxy_comes_first(values: list[str]) -> None:
    assert hops(*values) == [Hop("2.2.2.2"), Hop("1.1.1.1")]


@pytest.mark.parametrize(
    "value",
    [
        *("", ",", ";", "for", "for=", "=192.0.2.43", "for =192.0.2.43", "for= 192.0.2.43", "for=[2001:db8::1]"),
        *('for="192.0.2.43', "for=192.0.2.43:80", 'for="a"b', "for=1.1.1.1;for=2.2.2.2", "for=1.1.1.1 proto=https"),
        *("for=1.1.1.1,", 'for="a\nb"', "f(r=1.1.1.1", 'for="\\"', "\x00", "for=\xff"),
    ],
)
def test_a_malformed_element_is_none(value: str) -> None:
    assert hops(value) == []


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=6.6.6.6, for=203.0.113.7", "203.0.113.7"),
        ("for=6.6.6.6, for=203.0.113.7, for=10.0.0.2", "203.0.113.7"),
        ('for=6.6.6.6, for=203.0.113.7, for="[2001:db8::1]:5"', "203.0.113.7"),
        ("for=6.6.6.6, for=_hidden, for=10.0.0.2", "10.0.0.2"),
        ("for=6.6.6.6, proto=https, for=10.0.0.2", "10.0.0.2"),
        ("for=6.6.6.6, for, for=10.0.0.2", "10.0.0.2"),
        # A client's quotation mark that does not close must not swallow what the proxies add.
        ('for="6.6.6.6, for=203.0.113.7', "203.0.113.7"),
        ('for="6.6.6.6, for="[2001:db8::1]:5"', "2001:db8::1"),
        ('for="6.6.6.6, for=203.0.113.7, for="10.0.0.2:80"', "203.0.113.7"),
        ("for=6.6.6.6, malformed", None),
    ],
)
def test_the_walk(value: str, client: str | None) -> None:
    found, _ = walk(hops(value), TRUST)
    assert (found[0] if found else None) == client


def test_scheme_and_host_are_those_of_the_proxy_that_the_client_came_to() -> None:
    value = "for=6.6.6.6;proto=gopher;host=evil, for=203.0.113.7;proto=https;host=pond.example, for=10.0.0.2;proto=http"
    assert walk(hops(value), TRUST)[1] == Hop("203.0.113.7", "https", "pond.example")


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=200))
def test_whatever_a_client_writes_the_proxy_behind_it_is_heard(written: str) -> None:
    found, hop = walk(hops(f"{written}, for=203.0.113.7;proto=https"), TRUST)
    assert found == ("203.0.113.7", 0)
    assert hop.proto == "https"
