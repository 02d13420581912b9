"""The request of a saved journey, from files that anybody may have written."""

from __future__ import annotations

from typing import Any

import pytest

from webfoot.journey.export import FORMS
from webfoot.journey.saved.reading import SavedError
from webfoot.journey.saved.request import request_of


def saved(**changes: Any) -> dict[str, Any]:
    request = {"headers": [["host", "pond"], *changes.pop("headers", [])], "body": None}
    return {"version": 1, "marks": [], "id": "1-1", "method": "GET", "target": "/ducks", "request": request, **changes}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"method": "GET /\r\nx: y"}, "the method of the journey is none: GET / x: y"),
        ({"method": ""}, "the method of the journey is none: "),
        ({"target": "/a HTTP/1.1\r\n\r\n"}, "the target of the journey was not kept whole, or is none: /a HTTP/1.1"),
        ({"target": "/aaa… (300 characters)"}, "the target of the journey was not kept whole, or is none: /aaa…"),
        ({"headers": [["x-a", "1\r\nx-b: 2"]]}, "a header of the journey is none: x-a: 1 x-b: 2"),
        ({"headers": [["x a", "1"]]}, "a header of the journey is none: x a: 1"),
        ({"headers": [["x-a", "\x1b[2J"]]}, r"a header of the journey is none: x-a: \x1b[2J"),
        ({"headers": [["x-a", "\N{RIGHT-TO-LEFT OVERRIDE}"]]}, r"a header of the journey is none: x-a: \u202e"),
    ],
)
@pytest.mark.parametrize("form", ["curl", "pytest"])
def test_what_no_client_can_send_is_refused_in_a_sentence(changes: dict[str, Any], sentence: str, form: str) -> None:
    with pytest.raises(SavedError) as refused:
        FORMS[form].write([saved(**changes)], "main:app")
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("value", ["", "a\tb", "caf\xe9", "'\"$(id)`"])
def test_what_a_client_may_send_is_kept(value: str) -> None:
    assert "".join(map(str, request_of(saved(headers=[["x-a", value]])).header("x-a") or ())) == value


@pytest.mark.parametrize("host", ["[2J", "[::1", "a]b"])
def test_an_odd_host_is_exported_all_the_same(host: str) -> None:
    journey = saved(target="/ducks?a=1")
    journey["request"]["headers"] = [["host", host]]
    assert '"value": "1"' in FORMS["har"].write([journey], "")
