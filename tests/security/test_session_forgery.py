"""Forged sessions (CWE-345, CWE-565): a client reads its cookie, and must not be able to change it or to keep it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import itsdangerous
import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web import PlainTextResponse, Request, SessionMiddleware

KEY = "the only key"
NOW = itsdangerous.TimestampSigner(KEY).get_timestamp()
GOOD = itsdangerous.TimestampSigner(KEY).sign(b64encode(b'{"user": "emma"}')).decode()
PAYLOAD, STAMP, SIGNATURE = GOOD.split(".")
ADMIN = b64encode(b'{"user": "admin"}').decode()


def session_of(cookie: str) -> tuple[int, Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(json.dumps(Request(scope).session))(scope, receive, send)

    answered: Answered = answer_of(SessionMiddleware(app, KEY, max_age=3600), headers={"cookie": f"session={cookie}"})
    return answered.status, json.loads(answered.text)


def test_the_good_one_is_good() -> None:
    assert session_of(GOOD) == (200, {"user": "emma"})


FORGERIES = {
    "another payload": f"{ADMIN}.{STAMP}.{SIGNATURE}",
    "no signature": f"{ADMIN}.{STAMP}",
    "an empty signature": f"{ADMIN}.{STAMP}.",
    "no stamp": f"{ADMIN}.{SIGNATURE}",
    "payload alone": ADMIN,
    "a stamp of tomorrow": f"{PAYLOAD}.zzzzzz.{SIGNATURE}",
    "a stamp moved into the payload": f"{PAYLOAD}{STAMP}..{SIGNATURE}",
    "signature of nothing": "..",
    "a guessed key": itsdangerous.TimestampSigner("").sign(ADMIN).decode(),
    "the name of the key": itsdangerous.TimestampSigner("secret_key").sign(ADMIN).decode(),
    "signed without a stamp": itsdangerous.Signer(KEY).sign(ADMIN).decode(),
    "signed for another purpose": itsdangerous.TimestampSigner(KEY, salt="mail").sign(ADMIN).decode(),
    "another digest": itsdangerous.TimestampSigner(KEY, digest_method=__import__("hashlib").md5).sign(ADMIN).decode(),
    "two cookies in one": f"{GOOD}, session={ADMIN}",
    "very long": "A" * 50_000,
    "many dots": "." * 50_000,
}


@pytest.mark.parametrize("cookie", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_is_an_empty_session(cookie: str) -> None:
    assert session_of(cookie) == (200, {})


def test_a_stolen_cookie_ends_with_max_age(monkeypatch: pytest.MonkeyPatch) -> None:
    for later, expected in ((3500, {"user": "emma"}), (3700, {}), (-3600, {})):
        monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: NOW + later)
        assert session_of(GOOD) == (200, expected)


@pytest.mark.parametrize("path", ["/; Domain=evil.example", "/\r\nSet-Cookie: a=b", "/;HttpOnly"])
def test_no_option_can_break_out_of_the_cookie(path: str) -> None:
    """CWE-113."""
    with pytest.raises(ValueError, match="path"):
        SessionMiddleware(lambda *_: None, KEY, path=path)  # type: ignore[arg-type,return-value]


def test_what_depends_on_a_session_is_not_for_other_peoples_caches() -> None:
    """CWE-524: a shared cache hands one visitor's page to the next one, unless it is told to look at the cookie."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        name = scope["session"].get("user", "nobody")  # not by way of request.session
        await PlainTextResponse(f"hello {name}", headers={"cache-control": "public"})(scope, receive, send)

    for cookie in (GOOD, "forged"):
        headers = answer_of(SessionMiddleware(app, KEY), headers={"cookie": f"session={cookie}"}).headers
        assert headers["vary"] == "Cookie"
