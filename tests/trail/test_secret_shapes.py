"""Secrets that are known by their looks alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.trail.secret_names import REDACTED, query_without_secrets, without_known_shapes

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dQw4w9WgXcQ-_x"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"state={JWT}&a=1", f"state={REDACTED}&a=1"),
        (f"%22{JWT}%22", f"%22{REDACTED}%22"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----.", f"{REDACTED}."),
        ("-----BEGIN+PRIVATE+KEY-----MIIEow", REDACTED),
        ("the token ghp_abcdefghijklmnopqrstuvwxyz0123456789 is old", f"the token {REDACTED} is old"),
        ("sk_live_abcdefghijklmnop1234", REDACTED),
        ("AKIAIOSFODNN7EXAMPLE here", f"{REDACTED} here"),
        ("4111 1111 1111 1111, 378282246310005 and 5555-5555-5555-4444", f"{REDACTED}, {REDACTED} and {REDACTED}"),
        # and what only looks so
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("1795300308191335839", "1795300308191335839"),
        ("eyJust a word. And another", "eyJust a word. And another"),
        ("2026-11-21T22:30:00.000000+00:00", "2026-11-21T22:30:00.000000+00:00"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("-----BEGIN CERTIFICATE-----MIIE", "-----BEGIN CERTIFICATE-----MIIE"),
    ],
)
def test_by_its_looks(text: str, kept: str) -> None:
    assert without_known_shapes(text) == kept


def test_a_query_of_innocent_names() -> None:
    assert query_without_secrets(f"a=1&state={JWT}") == f"a=1&state={REDACTED}"


@given(st.text(), st.text())
def test_wherever_it_stands_on_its_own(before: str, after: str) -> None:
    assert JWT not in without_known_shapes(f"{before} {JWT} {after}")


@pytest.mark.parametrize(
    "piece", ["eyJ", "eyJaaaaa.", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "4111 ", "sk_live_", "%22eyJ"]
)
def test_long_texts_take_time_by_their_length(piece: str) -> None:
    """Not by its square: a second for ten times as much as anybody may send."""
    began = time.process_time()
    without_known_shapes(piece * (640_000 // len(piece)))
    assert time.process_time() - began < 10
