"""`webfoot-why` and `webfoot-journey`, over real sockets."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.harness import Answers, Dialogue, with_server

from webfoot import Cookie, Webfoot
from webfoot.journey.headers.reason import LONGEST, WhyHeader, field_value
from webfoot.journey.wanted import listeners_by, watcher_by
from webfoot.journey.watching import Watching
from webfoot.server import ServerOptions
from webfoot.web import FileResponse, RedirectResponse


def ask(app: Any, target: str, *fields: str, watcher: Any = None, method: str = "GET") -> Answers:
    watching = watcher or Watching([WhyHeader("/__webfoot__/")])

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say("\r\n".join([f"{method} {target} HTTP/1.1", "host: a", *fields, "", ""]).encode())
        return await dialogue.hear_all()

    return asyncio.run(with_server(watching.loaded(app), talk, watching))


app = Webfoot()


@app.get("/ducks/{number}")
async def duck(number: int, session: str = Cookie("")) -> int:
    return number


@app.get("/broken")
async def broken() -> None:
    raise LookupError("no pond\r\nset-cookie: stolen=1, password=quack ü")


@app.get("/elsewhere")
async def elsewhere() -> RedirectResponse:
    return RedirectResponse("/ducks/7")


@app.get("/file")
async def file() -> FileResponse:
    return FileResponse(__file__)


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("/ducks/blue", 422, "Validation answered 422: path value 'number' was 'blue' and should be a valid integer."),
        ("/duck/7", 404, "nearest: GET /ducks/{number}"),
        ("/ducks/7/", 307, "(redirect_slashes)"),
        ("/elsewhere", 307, "The endpoint elsewhere answered 307 itself"),
        ("/broken", 500, "it raised LookupError: no pond set-cookie: [redacted], password=[redacted] \\xfc at "),
    ],
)
def test_an_answer_says_why(target: str, status: int, words: str) -> None:
    (head,) = ask(app, target).heads
    assert words in head["webfoot-why"]
    assert re.fullmatch(rf"/__webfoot__/#{os.getpid()}-\d+", head["webfoot-journey"])


def test_what_went_well_says_nothing() -> None:
    (head,) = ask(app, "/ducks/7").heads
    assert not [name for name in head if name.startswith("webfoot")]


def test_without_a_page_there_is_no_link() -> None:
    (head,) = ask(app, "/duck", watcher=Watching([WhyHeader()])).heads
    assert "webfoot-why" in head
    assert "webfoot-journey" not in head


def test_files_are_sent_as_without_it() -> None:
    answers = ask(app, "/file")
    assert answers.bodies[0].startswith(b'"""`webfoot-why`')


def test_off_unless_it_is_asked_for() -> None:
    assert watcher_by(ServerOptions(app="main:app")) is None
    assert listeners_by(ServerOptions(app="main:app")) == []
    asked = listeners_by(ServerOptions(app="main:app", why_header=True))
    assert [type(each) for each in asked] == [WhyHeader]


def test_a_request_that_nobody_watches_goes_by() -> None:
    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say(b"GET /duck HTTP/1.1\r\nhost: a\r\n\r\n")
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(WhyHeader().loaded(app), talk))
    assert answers.statuses == [404]
    assert "webfoot-why" not in answers.heads[0]


@given(st.text() | st.text(alphabet="\r\n\0\x1b\x7f\u2028ü", min_size=1, max_size=900))
def test_any_sentence_is_one_line_of_ascii(sentence: str) -> None:
    value = field_value(sentence)
    assert len(value) <= LONGEST
    assert all(0x20 <= byte < 0x7F for byte in value)


async def raw(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    else:
        raise LookupError("no pond")


UPGRADE = (
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.mark.parametrize("http", ["httptools", "h11"])
@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ((), 500, "LookupError: no pond"),
        (("content-length: 1, 2",), 400, "content-length"),
        (("host: b",), 400, "Host"),
        (UPGRADE, 403, "answered 403 itself"),
    ],
)
def test_answers_of_the_server_itself_say_why_too(http: str, fields: tuple[str, ...], status: int, words: str):
    watching = Watching([WhyHeader("/__webfoot__/")])

    async def talk(dialogue: Dialogue) -> Answers:
        await dialogue.say("\r\n".join(["GET / HTTP/1.1", "host: a", *fields, "", ""]).encode())
        return await dialogue.hear_all()

    answers = asyncio.run(with_server(watching.loaded(raw), talk, watching, http=http))
    assert answers.statuses == [status]
    assert words.lower() in answers.heads[0]["webfoot-why"].lower()
