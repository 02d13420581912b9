from __future__ import annotations

from typing import Any

import pytest
from tests.api.telemetry.rig import http

from webfoot.api.telemetry.attributes import of_request, without_secrets


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("a=1&b=%20&c", "a=1&b=%20&c"),
        ("sig=1&Signature=2&X-Goog-Signature=3&AWSAccessKeyId=4", None),
        ("X-Amz-Credential=1&X-Amz-Security-Token=2&x-amz-date=3", None),
        ("token=1&access_token=2&api_key=3&password=4&pass%77ord=5&sessionId=6", None),
        ("a=1;token=2", "a=1;token=2"),
        ("=1&&a==2&key", "=1&&a==2&key"),
        ("", ""),
    ],
    ids=["plain", "signatures", "amazon", "names", "semicolon", "odd", "empty"],
)
def test_secrets_in_a_query_are_not_told(query: str, shown: str | None) -> None:
    told = without_secrets(query)
    if shown is None:
        assert all(pair.endswith("=REDACTED") for pair in told.split("&"))
        assert [pair.split("=")[0] for pair in told.split("&")] == [pair.split("=")[0] for pair in query.split("&")]
    else:
        assert told == shown


def test_a_name_that_a_scheme_declares_as_secret_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webfoot.trail.secret_names._declared", {"quack"})
    assert without_secrets("Quack=1&duck=2") == "Quack=REDACTED&duck=2"


@pytest.mark.parametrize(
    ("host", "scheme", "server"),
    [
        (b"ducks.example", "http", ("ducks.example", 80)),
        (b"ducks.example", "https", ("ducks.example", 443)),
        (b"ducks.example:81", "https", ("ducks.example", 81)),
        (b"[::1]:81", "http", ("::1", 81)),
        (b"[::1]", "http", ("::1", 80)),
        (b"ducks.example:quack", "http", None),
        (b"user@ducks.example", "http", None),
        (b"", "http", None),
        (None, "http", ("127.0.0.1", 8000)),
    ],
)
def test_the_server_is_told_as_clients_know_it(host: bytes | None, scheme: str, server: Any) -> None:
    scope = http("/", headers=[] if host is None else [(b"host", host)], scheme=scheme)
    said = of_request(scope, "GET")
    assert (said.get("server.address"), said.get("server.port")) == (server or (None, None))


def test_a_unix_socket_has_no_port() -> None:
    said = of_request(http("/", headers=[], server=("/run/ducks.sock", None)), "GET")
    assert said["server.address"] == "/run/ducks.sock"
    assert "server.port" not in said
    assert "server.address" not in of_request(http("/", headers=[], server=None), "GET")


@pytest.mark.parametrize("part", ["a", "token", "a&", "="])
def test_a_long_query_is_looked_at_once(part: str) -> None:
    """Where each character is a new beginning, this takes half a minute."""
    query = part * 12_000
    assert without_secrets(query) == query


def test_a_name_that_is_no_name_is_not_told_with_its_value() -> None:
    name = "a" * 200
    assert without_secrets(f"{name}=1") == f"{name}=REDACTED"
