"""Too many origins (CWE-942): what looks like an allowed origin and is another one."""

from __future__ import annotations

from typing import Any

import pytest
from tests.web.driving import answer_of

from webfoot.web import CORSMiddleware, PlainTextResponse

POND = "https://pond.example"


def allowed(origin: str, **options: Any) -> str | None:
    """The Access-Control-Allow-Origin of an answer; the one of the preflight has to be the same."""
    app: Any = CORSMiddleware(PlainTextResponse(""), **options)
    simple = answer_of(app, headers={"origin": origin})
    preflight = answer_of(app, "OPTIONS", headers={"origin": origin, "access-control-request-method": "GET"})
    answer = simple.headers.get("access-control-allow-origin")
    assert preflight.headers.get("access-control-allow-origin") == answer
    assert preflight.status == (400 if answer is None else 200)
    assert "Origin" in simple.headers["vary"]
    return answer


LOOKALIKES = [
    "https://pond.example.evil.example",
    "https://evilpond.example",
    "https://evil.example#https://pond.example",
    "https://evil.example/https://pond.example",
    "https://pond.example@evil.example",
    "https://pond.example:8443",
    "http://pond.example",
    "https://pond.example/",
    "https://pond.exampl",
    "https://POND.example",
    "null",
    "",
    "*",
]


@pytest.mark.parametrize("origin", LOOKALIKES)
def test_only_the_very_origin_is_allowed(origin: str) -> None:
    assert allowed(origin, allow_origins=[POND], allow_credentials=True) is None
    assert allowed(POND, allow_origins=[POND], allow_credentials=True) == POND


@pytest.mark.parametrize(
    "origin", [*LOOKALIKES[:8], "https://north.pond.example.evil.example", "https://x\n.pond.example"]
)
def test_an_expression_has_to_match_all_of_it(origin: str) -> None:
    options = {"allow_origin_regex": r"https://[a-z0-9-]+\.pond\.example"}
    assert allowed(origin, **options) is None
    assert allowed("https://north.pond.example", **options) == "https://north.pond.example"


@pytest.mark.parametrize("name", ["allow_origins", "allow_methods", "allow_headers", "expose_headers"])
def test_a_text_is_no_list_of_its_parts(name: str) -> None:
    """`"https://pond.example" in "https://pond.example.evil"` is true in Python."""
    options: dict[str, Any] = {name: POND}
    with pytest.raises(TypeError, match=f"{name} is a list such as"):
        CORSMiddleware(PlainTextResponse(""), **options)


def test_the_star_never_goes_with_credentials() -> None:
    assert allowed("https://evil.example", allow_origins=["*"]) == "*"
    with_cookies = {"allow_origins": ["*"], "allow_credentials": True}
    assert allowed("https://evil.example", **with_cookies) == "https://evil.example"


@pytest.mark.parametrize("origin", ["https://a\r\nset-cookie: b=c", "https://a\nb", "https://a\0"])
def test_an_origin_cannot_write_headers(origin: str) -> None:
    """CWE-113: where any origin is repeated."""
    app: Any = CORSMiddleware(PlainTextResponse(""), allow_origins=["*"], allow_credentials=True)
    for method in ("GET", "OPTIONS"):
        headers = {"origin": origin, "access-control-request-method": "GET"}
        answered = answer_of(app, method, headers=headers)
        assert answered.messages == []
        assert isinstance(answered.error, ValueError)
