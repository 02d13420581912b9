"""Names that an application declares to be those of secrets."""

import pytest

from webfoot.journey import redact
from webfoot.server.logs.escape import shown_target
from webfoot.trail import secret_names
from webfoot.trail.secret_names import declare_secret, is_declared_secret, query_without_secrets


@pytest.fixture(autouse=True)
def only_duck(monkeypatch):
    monkeypatch.setattr(secret_names, "_declared", set())
    declare_secret("X-Duck")


def test_names_are_found_in_any_case():
    assert is_declared_secret("x-duck")
    assert is_declared_secret("X-DUCK")
    assert not is_declared_secret("duck")


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/ducks", "/ducks"),
        ("/x-duck=quack", "/x-duck=quack"),
        ("/?x-duck=quack", "/?x-duck=[redacted]"),
        ("/?a=1&X-Duck=quack&b=%20&x-duck=", "/?a=1&X-Duck=[redacted]&b=%20&x-duck=[redacted]"),
        ("/?%78-duck=quack&x-duck", "/?%78-duck=[redacted]&x-duck"),
        ("/?x-duck=a?b=c=d&&=", "/?x-duck=[redacted]&&="),
    ],
)
def test_shown_without_secrets(target, shown):
    assert shown_target(target.encode()) == shown
    assert redact.target(target) == shown


def test_what_sounds_secret_needs_no_declaration(monkeypatch):
    monkeypatch.setattr(secret_names, "_declared", set())
    assert query_without_secrets("x-duck=quack&api_key=quack&key&pin=1&shipping=2") == (
        "x-duck=quack&api_key=[redacted]&key&pin=[redacted]&shipping=2"
    )


def test_a_name_counts_as_soon_as_it_is_declared():
    assert not redact.is_secret("y-goose")
    declare_secret("Y-Goose")
    assert redact.is_secret("y-goose")
    assert redact.headers([(b"y-goose", b"honk"), (b"x", b"1")]) == [(b"y-goose", b"[redacted]"), (b"x", b"1")]
