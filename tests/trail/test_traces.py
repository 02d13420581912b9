"""The quick look for secrets misses none of the names that the slow one knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.trail.secret_names import mentions_secret, sounds_secret

NAMES = (
    *("password", "passwd", "passphrase", "passcode", "pwd", "client_secret", "token", "credentials", "authorization"),
    *(
        "authorisation",
        "cookie",
        "session",
        "csrf",
        "xsrf",
        "signature",
        "api_key",
        "apikey",
        "access-key",
        "privatekey",
    ),
    *("client-key", "bearer", "card_number", "accountnumber", "pass", "pin", "otp", "cvv", "cvc", "ssn", "iban", "sid"),
    *("auth", "key", "PASSWORD", "pa\u017fsword", "\u212aey"),
)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_seen_in_a_text(name):
    assert sounds_secret(name)
    assert mentions_secret(f"quack {name} quack")


@given(st.text("passwordtokeniclugrxf_-\u017f\u212a", max_size=20))
def test_so_are_all_others(text):
    assert mentions_secret(text) or not sounds_secret(text)


@pytest.mark.parametrize("text", ["", "Emma swims", '{"name": "Emma", "weight": 1.5}'])
def test_most_texts_mention_none(text):
    assert not mentions_secret(text)
