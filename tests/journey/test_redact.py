from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from webfoot.journey import redact
from webfoot.journey.redact import REDACTED


@pytest.mark.parametrize(
    "name",
    [
        *("authorization", "Proxy-Authorization", "cookie", "set-cookie", "x-api-key", "X-Auth-Token", "x-csrf-token"),
        *(
            "password",
            "newPassword",
            "passwd",
            "pwd",
            "client_secret",
            "access_token",
            "api_key",
            "apiKey",
            "session_id",
        ),
        *("pin", "otp", "card-number", "private_key", "{token}", b"cookie"),
    ],
)
def test_secrets_by_name(name):
    assert redact.is_secret(name)


@pytest.mark.parametrize(
    "name", ["accept", "author", "shipping", "keyboard", "compass", "host", "content-type", "page", "opinion", b"etag"]
)
def test_names_that_only_look_so(name):
    assert not redact.is_secret(name)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nothing to hide", "nothing to hide"),
        ("tries=3, password=abc", f"tries=3, password={REDACTED}"),
        ('{"token": "abc", "a": 1}', f'{{"token": {REDACTED}, "a": 1}}'),
        ("secret: 'a b c'", f"secret: {REDACTED}"),
        ("https://duck:abc@pond.test/x", f"https://{REDACTED}@pond.test/x"),
        ("Authorization: Bearer abc.def-123 is old", f"Authorization: {REDACTED} {REDACTED} is old"),
        ("the header is bearer eyJhbGciOi.J9-x_y", f"the header is bearer {REDACTED}"),
        ("Basic ZHVjazpwb25k=", f"Basic {REDACTED}"),
        ("no basic credentials, and a bearer of arms.", "no basic credentials, and a bearer of arms."),
        ("x" * 300, f"{'x' * 200}… (300 characters)"),
    ],
)
def test_prose(text, kept):
    assert redact.free_text(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/ducks?page=2", "/ducks?page=2"),
        ("/ducks?page=2&token=abc&token=def#x", f"/ducks?page=2&token={REDACTED}&token={REDACTED}#x"),
        ("https://a:b@pond.test/?key=1", f"https://{REDACTED}@pond.test/?key={REDACTED}"),
        ("/ducks?token", "/ducks?token"),
    ],
)
def test_targets(text, kept):
    assert redact.target(text) == kept


class Opaque:
    pass


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (10**100, "int of more than 77 digits"),
        (b"abc", "<3 bytes>"),
        pytest.param(Opaque(), "<Opaque>", id="opaque"),
        (Opaque, "Opaque"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2026, 1, 2), "2026-01-02"),
        ({"a": 1, "token": 2}, {"a": 1, "token": REDACTED}),
        ([("token", "x"), ("a", "b")], [["token", REDACTED], ["a", "b"]]),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, {"a": {"b": {"c": {"d": "<1 entries>"}}}}),
        ([[[[[1, 2]]]]], [[[["<2 entries>"]]]]),
    ],
    ids=str,
)
def test_data(value, kept):
    assert redact.data(value) == kept


def test_long_lists_and_mappings_are_cut():
    assert redact.data(list(range(40)))[-1] == "… 8 more"
    assert redact.data(dict.fromkeys(range(40)))["…"] == "8 more"


@pytest.mark.parametrize(
    ("value", "kept"),
    [(None, "None"), ("Duck", "Duck"), ({"a": 1}, "dict of 1"), (Opaque(), "Opaque"), (Opaque, "Opaque")],
)
def test_what_a_function_returned_is_told_by_its_kind(value, kept):
    assert redact.described(value) == kept


def test_what_is_printed_holds_no_control_characters():
    assert redact.printable("a\x1b[31m\r\n b\u202e\x00") == "a\\x1b[31m b\\u202e\\x00"


@pytest.mark.parametrize("word", ["a", "token", "token ", 'token="', "a&", "Bearer ", "://a"])
def test_a_long_text_is_looked_at_once(word):
    """It may come from a client. Where each character is a new beginning, this takes minutes."""
    text = f"{word * 12_000} :x"
    for look in (redact.free_text, redact.query, redact.target):
        look(text)


@pytest.mark.parametrize(
    "text", ["x-token: quack", "my-api-key-2 = 'quack'", '"password":"quack"', "a&access_token=quack"]
)
def test_a_word_with_a_secret_in_it_is_one_from_its_beginning(text):
    told = redact.free_text(text)
    assert "quack" not in told
    assert told.partition(REDACTED)[0].strip("\"' :=") in text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("id=hunter2", f"id={REDACTED}"),
        ("id=hunter2; Path=/; HttpOnly", f"id={REDACTED}; Path=/; HttpOnly"),
        ('id="hunter2"; SameSite=None ;secure', f"id={REDACTED}; SameSite=None; secure"),
        ("hunter2", REDACTED),
        ("id=a=hunter2; hunter2; token=hunter2; Max-Age=60", f"id={REDACTED}; {REDACTED}; {REDACTED}; Max-Age=60"),
        (f"id=1{'; Path=/' * 20}; hunter2", f"id={REDACTED}{'; Path=/' * 8}; {REDACTED}"),
        ("id=1; Path=/?token=hunter2", f"id={REDACTED}; Path=/?token={REDACTED}"),
        ("", REDACTED),
    ],
)
def test_of_a_cookie_that_is_set_the_name_and_the_attributes_stay(sent, kept):
    assert redact.headers([(b"Set-Cookie", sent.encode())]) == [(b"Set-Cookie", kept.encode())]
