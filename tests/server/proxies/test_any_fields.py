"""Whatever stands in the fields: what is believed makes sense, and nothing is raised."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webfoot.server.http1.rules import is_host
from webfoot.server.proxies import forwarded, x_forwarded
from webfoot.server.proxies.believing import Believer
from webfoot.server.settings.options import ServerOptions

WORDS = [
    *("for=", "proto=", "host=", "https", "wss", "1.2.3.4", "[2001:db8::1]", "::1", ":80", "/pond", "//", "..", "%2e"),
    *(",", ";", '"', "\\", " ", "\t", "unknown", "_x", "pond.example", "\xff", "=", "99999", "-1", "10.0.0.1"),
]
VALUES = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=8).map("".join),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=30),
)
NAMES = st.sampled_from([*x_forwarded.NAMES, forwarded.NAME])


@pytest.mark.parametrize("trusted", ["*", "10.0.0.0/8"])
@pytest.mark.parametrize("kind", ["x-forwarded", "rfc7239"])
@settings(deadline=None)
@given(fields=st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_any_fields(kind: str, trusted: str, fields: list[tuple[bytes, str]]) -> None:
    parts = "for,proto,host,port,prefix"
    options = ServerOptions(forwarded_fields=kind, forwarded_parts=parts, forwarded_allow_ips=trusted)
    said = Believer(options).read([(name, value.encode("latin-1")) for name, value in fields])
    if said.client is not None:
        assert str(ip_address(said.client[0])) == said.client[0]
        assert 0 <= said.client[1] <= 65535
    assert said.scheme in ("", "http", "https")
    assert said.host == b"" or is_host(said.host)
    assert 0 <= said.port <= 65535
    assert said.root_path == "" or said.root_path.startswith("/")
    assert "//" not in said.root_path
    assert not {".", ".."} & set(said.root_path.split("/"))
