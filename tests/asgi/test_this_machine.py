"""Which addresses and names are this machine's alone."""

from __future__ import annotations

import pytest

from webfoot.asgi.this_machine import is_loopback, names_this_machine


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LocalHost"]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "128.0.0.1", "fe80::1", "::ffff:8.8.8.8", "localhost.x", "127.0.0.1.x"]
)
def test_no_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:80", "localhost.", "duck.localhost:8000", "[::1]:1", "127.9.9.9"]
)
def test_a_name_of_this_machine(host: str) -> None:
    assert names_this_machine(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":80",
        "evil.example",
        "localhost.evil",
        "127.0.0.1.nip.example",
        "0.0.0.0",
        "[::]",
        "127.1",
        "2130706433",
        "a:b:c",
    ],
)
def test_a_name_of_another_one(host: str) -> None:
    assert not names_this_machine(host)
