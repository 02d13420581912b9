"""What the session middleware does with them: test_sessions.py. Forgeries: tests/security/test_session_forgery.py."""

from __future__ import annotations

from base64 import b64encode

import pytest
from itsdangerous import TimestampSigner

from webfoot.web.datastructures import Secret
from webfoot.web.middleware.signed_cookie import NotTaken, SignedCookie, text_of


def test_what_is_written_can_be_read() -> None:
    signed = SignedCookie("key", max_age=60)
    cookie = signed.write({"duck": "J\u00e9mima"})
    assert signed.read(cookie) == ({"duck": "J\u00e9mima"}, '{"duck": "J\\u00e9mima"}')


def test_a_cookies_value_needs_no_quotes() -> None:
    """RFC 6265 section 4.1.1, cookie-octet."""
    cookie = SignedCookie("key", None).write({"a": '\u00ff\u00fe;, "\\' * 50})
    assert cookie.isascii()
    assert not set(cookie) & set('",;\\ \t')


def test_the_last_key_signs_and_all_are_accepted() -> None:
    both = SignedCookie(["old", Secret("new")], None)
    assert SignedCookie("new", None).read(both.write({"a": 1}))[0] == {"a": 1}
    assert both.read(SignedCookie("old", None).write({"a": 1}))[0] == {"a": 1}


def signed(content: bytes) -> str:
    return TimestampSigner("key").sign(b64encode(content)).decode()


@pytest.mark.parametrize(
    ("cookie", "reason"),
    [
        ("s3cret", "its signature is not of this secret_key"),
        (signed(b'{"s3cret": 1}') + "x", "its signature is not of this secret_key"),
        (signed(b"s3cret"), "it is signed, but what it holds is no JSON"),
        (signed(b"\xff"), "it is signed, but what it holds is no JSON"),
        (TimestampSigner("key").sign(b"s").decode(), "it is signed, but what it holds is no JSON"),
        (signed(b'["s3cret"]'), "it is signed, but what it holds is no JSON object"),
    ],
    ids=["unsigned", "broken", "text", "no UTF-8", "no base64", "a list"],
)
def test_why_one_is_not_taken(cookie: str, reason: str) -> None:
    with pytest.raises(NotTaken) as caught:
        SignedCookie("key", None).read(cookie)
    assert str(caught.value) == reason


def test_one_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = signed(b"{}")
    now = TimestampSigner("key").get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + 61)
    with pytest.raises(NotTaken, match=r"older than max_age \(60 seconds\)"):
        SignedCookie("key", 60).read(cookie)


def test_what_json_does_not_know() -> None:
    with pytest.raises(TypeError, match=r"request\.session is kept as JSON: Object of type object"):
        text_of({"a": object()})
    circle: dict[str, object] = {}
    circle["a"] = circle
    with pytest.raises(ValueError, match=r"request\.session is kept as JSON: Circular"):
        text_of(circle)
