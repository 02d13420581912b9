"""JSON that costs more than it weighs, or that a careless reader trips over.

CVE-2020-10735         numbers of so many digits that turning them into an int takes quadratic time
CWE-674                nesting without end (RFC 8259 section 9 allows a limit)
RFC 8259 section 8.1   text that is not UTF-8
RFC 8259 section 4     two members with one name
"""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from typing import Any

import pytest
from tests.differential.web.sockets import over_sockets, request
from tests.web.driving import MarkedTrail, answer_of, http_scope

from webfoot.trail.trail import TRAIL_KEY
from webfoot.web.application import WebApp
from webfoot.web.json_body import InvalidJSON
from webfoot.web.middleware import Middleware
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.middleware.sessions import SessionMiddleware
from webfoot.web.requests import Request
from webfoot.web.responses import JSONResponse
from webfoot.web.routing import Route


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


app = WebApp(routes=[Route("/", echo, methods=["POST"])])

BROKEN = {
    "nothing": (b"", "Expecting value: line 1 column 1 (char 0)"),
    "cut off": (b'{"a": [1,', "Expecting value: line 1 column 10 (char 9)"),
    "nested without end": (b"[" * 1_000_000, "it is nested too deeply"),
    "nested and closed": (b"[" * 100_000 + b"]" * 100_000, "it is nested too deeply"),
    "objects in objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "it is nested too deeply"),
    "a number without end": (b"9" * 5_000, "it has a number of too many digits"),
    "a number in a list": (b"[1, -" + b"9" * 1_000_000 + b"]", "it has a number of too many digits"),
    "latin-1": ('"é"'.encode("latin-1"), "it is not text in utf-8"),
    "half a character of UTF-16": (b'"\x00a\x00"\x00a', "it is not text in utf-16-le"),
    "an overlong slash": (b'"\xc0\xaf"', "it is not text in utf-8"),
    "a line break in a text": (b'"a\nb"', "Invalid control character at: line 1 column 3 (char 2)"),
    "single quotes": (b"{'a': 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    "two values": (b"1 2", "Extra data: line 1 column 3 (char 2)"),
    "only a mark of UTF-8": (b"\xef\xbb\xbf", "Expecting value: line 1 column 1 (char 0)"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("deep", [0, 3])
def test_it_is_a_400_that_says_why_and_repeats_nothing(name: str, deep: int) -> None:
    body, why = BROKEN[name]

    async def pass_on(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    behind: Any = WebApp(
        routes=[Route("/", echo, methods=["POST"])],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=pass_on)] * deep,
    )
    began = time.process_time()
    answered = answer_of(behind, "POST", body=body)
    assert (answered.status, answered.error) == (400, None)
    assert answered.text == f"The body is not valid JSON: {why}"
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", BROKEN)
def test_code_written_for_pythons_error_catches_it(name: str) -> None:
    body, why = BROKEN[name]

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    with pytest.raises(json.JSONDecodeError) as caught:
        asyncio.run(Request(http_scope("POST"), receive).json())
    error = caught.value
    assert str(error) == why
    assert isinstance(error, ValueError)
    try:
        json.loads(body)
    except json.JSONDecodeError as pythons:
        ours = (error.msg, error.doc, error.pos, error.lineno, error.colno)
        assert ours == (pythons.msg, pythons.doc, pythons.pos, pythons.lineno, pythons.colno)
    except (ValueError, RecursionError):
        assert (error.doc, error.pos) == ("", 0)


@pytest.mark.parametrize("level", ["[", '{"a":'])
def test_what_could_be_read_can_be_sent_back(level: str) -> None:
    """CWE-674: at a depth that reading just takes, an application that answers with it, or keeps it, must not fail."""

    async def keep(request: Request) -> JSONResponse:
        request.session["said"] = await request.json()
        return JSONResponse(request.session)

    app = WebApp(
        routes=[Route("/", keep, methods=["POST"])], middleware=[Middleware(SessionMiddleware, secret_key="duck")]
    )
    closing = "]" if level == "[" else "}"

    def status_at(depth: int) -> int:
        answered = answer_of(app, "POST", body=(level * depth + "1" + closing * depth).encode())
        assert answered.error is None
        return answered.status

    taken, refused = 100, 100_000
    while refused - taken > 1:
        middle = (taken + refused) // 2
        taken, refused = (middle, refused) if status_at(middle) == 200 else (taken, middle)
    assert taken > 500
    statuses = [status_at(taken + more) for more in range(-20, 100)]
    assert statuses == sorted(statuses) and set(statuses) == {200, 400}


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"[]," * 600 + b"1]",
        ("[" + "{}," * 600 + '"é"]').encode("utf-16"),
        b"\xef\xbb\xbf[" + b"[]," * 600 + b"1]",
        b'["' + b"[" * 2000 + b'"]',
        b"[" * 600 + b"]" * 600,
    ],
)
def test_brackets_alone_are_no_crime(body: bytes) -> None:
    assert answer_of(app, "POST", body=body).text == json.dumps(
        json.loads(body), ensure_ascii=False, separators=(",", ":")
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"1], [2" * 300, "Extra data: line 1 column 2 (char 1)"),
        (b"]" * 64 + b"[" * 600, "Expecting value: line 1 column 1 (char 0)"),
        (b"1" + b"]" * 64 + b"," + b"[" * 600, "Extra data: line 1 column 2 (char 1)"),
        (b"[" * 600 + b"]" * 599, "Expecting ',' delimiter: line 1 column 1200 (char 1199)"),
        (b"[" * 600 + b"\xff", "it is not text in utf-8"),
    ],
)
def test_what_only_looks_like_it_is_refused_as_ever(body: bytes, why: str) -> None:
    answered = answer_of(app, "POST", body=body)
    assert (answered.status, answered.text) == (400, f"The body is not valid JSON: {why}")


def test_what_is_valid_stays_so() -> None:
    for body in (b'"\\ud83e"', b"[" * 500 + b"]" * 500, b"9" * 4300, '"é"'.encode("utf-16"), b'\xef\xbb\xbf"a"'):

        async def receive(body: bytes = body) -> Any:
            return {"type": "http.request", "body": body}

        assert asyncio.run(Request(http_scope("POST"), receive).json()) == json.loads(body)


@pytest.mark.parametrize(
    "body", [b'"\\ud83e"', b'"\xed\xa0\xbe"', b'{"\\ude06": 1}', '"\ud83e"'.encode("utf-16", "surrogatepass")]
)
def test_half_a_pair_of_surrogates_can_be_sent_back(body: bytes) -> None:
    """Python reads it, and UTF-8 cannot hold it: JSON can, escaped (RFC 8259 section 8.2)."""
    answered = answer_of(app, "POST", body=body)
    assert (answered.status, answered.error) == (200, None)
    assert json.loads(answered.body) == json.loads(body)


def test_of_two_members_with_one_name_the_last_counts() -> None:
    """RFC 8259 section 4: unpredictable. Here it is told: who checks with another reader must know."""
    assert answer_of(app, "POST", body=b'{"admin": false, "admin": true}').text == '{"admin":true}'


def test_the_charset_of_the_content_type_changes_nothing() -> None:
    """RFC 8259 section 11 defines no such parameter."""
    for charset in ("latin-1", "utf-16", "idna", "nonsense"):
        headers = {"content-type": f"application/json; charset={charset}"}
        assert answer_of(app, "POST", body='"é"'.encode(), headers=headers).text == '"é"'


def test_an_application_may_have_its_own_answer() -> None:
    async def on_value_error(request: Request, exc: Exception) -> JSONResponse:
        return JSONResponse({"error": str(exc)}, status_code=422)

    for key in (ValueError, json.JSONDecodeError, InvalidJSON, 400):
        own = WebApp(routes=[Route("/", echo, methods=["POST"])], exception_handlers={key: on_value_error})
        assert answer_of(own, "POST", body=b"[").status == 422


def test_the_journey_says_why() -> None:
    trail = MarkedTrail()
    answer_of(app, "POST", body=b"[", **{TRAIL_KEY: trail})
    assert trail.only("decided") == {
        "by": "request.json()",
        "what": "The body is not valid JSON: Expecting value: line 1 column 2 (char 1)",
        "status": 400,
    }


def test_it_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(InvalidJSON("Expecting value", "[", 1)))
    assert (error.status_code, str(error), error.pos) == (400, "Expecting value: line 1 column 2 (char 1)", 1)


@pytest.mark.parametrize("name", BROKEN)
def test_over_a_socket_the_connection_lives_on(name: str) -> None:
    """Where Starlette answers 500 and the log has a traceback."""

    def make(kit: Any) -> Any:
        async def endpoint(request: Any) -> Any:
            return kit.JSONResponse(await request.json())

        return kit.App(routes=[kit.Route("/", endpoint, methods=["POST"])])

    asked = request("POST", "/", body=BROKEN[name][0]).replace(b"Connection: close\r\n", b"")
    (theirs, *_), ours = over_sockets(make, asked, request("POST", "/", body=b"7"))
    assert theirs[0] == 500
    assert [status for status, _, _ in ours] == [400, 200]
