"""Names that an application declares to be those of secrets."""

import logging

import pytest

from webfoot.journey import redact
from webfoot.server.settings.log import access_line, websocket_line
from webfoot.trail import secret_names
from webfoot.trail.secret_names import declare_secret, is_declared_secret, without_declared_secrets


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
def test_without_declared_secrets(target, shown):
    assert without_declared_secrets(target) == shown
    assert redact.target(target) == shown


def test_nothing_is_looked_at_while_there_are_none(monkeypatch):
    monkeypatch.setattr(secret_names, "_declared", set())
    assert without_declared_secrets("/?x-duck=quack") == "/?x-duck=quack"


def test_a_name_counts_as_soon_as_it_is_declared():
    assert not redact.is_secret("y-goose")
    declare_secret("Y-Goose")
    assert redact.is_secret("y-goose")
    assert redact.headers([(b"y-goose", b"honk"), (b"x", b"1")]) == [(b"y-goose", b"[redacted]"), (b"x", b"1")]


def test_not_in_the_access_log(monkeypatch, caplog):
    access = logging.getLogger("webfoot.access")
    monkeypatch.setattr(access, "disabled", False)
    monkeypatch.setattr(access, "propagate", True)
    monkeypatch.setattr(logging.getLogger("webfoot"), "propagate", True)
    with caplog.at_level(logging.INFO, "webfoot.access"):
        access_line(None, "GET", b"/?x-duck=quack", "1.1", 200, 0, 0.0)
        websocket_line(None, b"/?x-duck=quack", "[accepted]")
    assert len(caplog.records) == 2
    assert "quack" not in caplog.text
    assert "/?x-duck=[redacted]" in caplog.text
