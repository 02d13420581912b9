"""An exception that repeats what the client sent under the name of a secret: what the log has of it."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path

import pytest
from tests.server.process.serving import connect, webfoot, write_app

from webfoot.journey.cleaning import Secrets, learn_values
from webfoot.server.settings.frames import all_frames, frames_less_ours

API = """
from typing import Annotated
from pydantic import BaseModel
from webfoot import Body, Depends, Form, Header, HTTPException, Webfoot

class Login(BaseModel):
    user: str
    password: str

app = Webfoot()

@app.post("/form")
async def form(password: Annotated[str, Form()]):
    raise ValueError(f"bad password {password}")

@app.post("/json")
async def body(login: Login):
    raise ValueError(f"bad password {login.password} of {login.user}")

@app.post("/nested")
async def nested(logins: Annotated[list[Login], Body(embed=True)]):
    raise ValueError(f"bad password {logins[0].password}")

async def session():
    try:
        yield
    except ValueError as error:
        raise LookupError(f"{error} as ever") from None

@app.post("/old", dependencies=[Depends(session)])
def old(password: Annotated[str, Form()]):
    raise ValueError(f"bad password {password}")

@app.post("/refuse")
async def refuse(login: Login):
    raise HTTPException(401, f"bad password {login.password}")

@app.post("/query")
async def query(token: str):
    try:
        raise KeyError(f"no {token}")
    except KeyError as error:
        error.add_note(f"for {token}")
        raise LookupError(f"bad token {token}") from error
"""
SECRET = "hunter2-raise"
FORM = ("/form", "application/x-www-form-urlencoded", urllib.parse.urlencode({"password": SECRET}))
JSON = ("/json", "application/json", json.dumps({"user": "jemima", "password": SECRET}))
NESTED = ("/nested", "application/json", json.dumps({"logins": [{"user": "a", "password": SECRET}]}))
OLD = ("/old", *FORM[1:])
REFUSED = ("/refuse", *JSON[1:])
BODIES = [(FORM, ""), (JSON, " of jemima"), (NESTED, ""), (OLD, " as ever")]
QUERY = (f"/query?token={SECRET}", "text/plain", "")


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_while_developing_no_message_has_it(tmp_path: Path, parser: str) -> None:
    write_app(tmp_path, API)
    with webfoot("dev", "main:app", "--port", "0", "--http", parser, cwd=tmp_path) as serving:
        url = serving.url()
        _post(url, *FORM)
        serving.wait_for(r"^ValueError: bad password \[redacted\]$")
        serving.wait_for(r"^POST    |it raised ValueError: bad password \[redacted\] at main.py")
        _post(url, *JSON)
        serving.wait_for(r"^ValueError: bad password \[redacted\] of jemima$")
        _post(url, *QUERY)
        serving.wait_for(r"^KeyError: 'no \[redacted\]'$")
        serving.wait_for(r"^for \[redacted\]$")
        serving.wait_for('raise LookupError\\(f"bad token {token}"\\) from error$')
        serving.wait_for(r"^LookupError: bad token \[redacted\]$")
        assert serving.end() == 0
    assert SECRET not in serving.output


@pytest.mark.parametrize("parser", ["httptools", "h11"])
@pytest.mark.parametrize("flags", [("--recorder",), ("--recorder", "--log-format", "json")], ids=["text", "json"])
def test_with_a_record_what_came_in_query_and_body_is_known(
    tmp_path: Path, flags: tuple[str, ...], parser: str
) -> None:
    write_app(tmp_path, API)
    words = ("--port", "0", "--http", parser, "--recorder-dir", str(tmp_path), *flags)
    with webfoot("run", "main:app", *words, cwd=tmp_path) as serving:
        url = serving.url()
        _post(url, *QUERY)
        serving.wait_for(r"LookupError: bad token \[redacted\]")
        for request, said in BODIES:
            _post(url, *request)
            serving.wait_for(rf"bad password \[redacted\]{said}")
        dump = webfoot("journey", "dump", str(tmp_path), "--json", cwd=tmp_path)
        with dump:
            assert dump.code() == 0
        assert serving.end() == 0
    assert SECRET not in serving.output
    assert "bad password [redacted]" in dump.output
    assert SECRET not in dump.output


def test_the_reason_in_the_access_log_has_none_either(tmp_path: Path) -> None:
    write_app(tmp_path, API)
    with webfoot("run", "main:app", "--port", "0", "--access-log-reasons", cwd=tmp_path) as serving:
        _post(serving.url(), *REFUSED)
        serving.wait_for(r"401 .*bad password \[redacted\]")
        assert serving.end() == 0
    assert SECRET not in serving.output


def test_where_nobody_watches_a_message_stays_as_it_is(tmp_path: Path) -> None:
    write_app(tmp_path, API)
    with webfoot("run", "main:app", "--port", "0", "--no-access-log-reasons", cwd=tmp_path) as serving:
        _post(serving.url(), *QUERY)
        serving.wait_for(f"^LookupError: bad token {SECRET}$")


def test_the_code_is_left_as_it_is() -> None:
    """Or a client could choose which of its lines can be read."""
    try:
        raise ValueError("raise it")
    except ValueError as error:
        for show in (all_frames, frames_less_ours):
            shown = show(error, lambda text: text.replace("raise", "[redacted]"))
            assert 'raise ValueError("raise it")' in shown
            assert shown.endswith("ValueError: [redacted] it\n")


def test_each_exception_of_a_group_is_gone_through() -> None:
    try:
        raise ExceptionGroup("two", [ValueError(SECRET), ExceptionGroup("one", [KeyError(SECRET)])])
    except ExceptionGroup as error:
        shown = all_frames(error, lambda text: text.replace(SECRET, "[redacted]"))
    assert "ValueError: [redacted]" in shown
    assert "KeyError: '[redacted]'" in shown


@pytest.mark.parametrize(
    "raw", [{"password": SECRET}, {"card": {"pin": [SECRET]}}, [{"api_key": SECRET}], {"secret": {"x": SECRET}}]
)
def test_secrets_of_a_body_are_known_however_deep(raw: object) -> None:
    secrets = Secrets()
    learn_values(secrets, [{"place": "body", "name": "login", "raw": raw}, {"place": "body", "name": "none"}])
    assert secrets.without(f"bad {SECRET}") == "bad [redacted]"


def test_what_is_no_secret_by_its_name_is_none() -> None:
    secrets = Secrets()
    learn_values(secrets, [{"place": "query", "name": "user", "raw": "jemima"}])
    assert not secrets


def _post(url: str, path: str, content_type: str, body: str) -> None:
    with connect(url) as connection:
        head = f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\n"
        connection.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        while connection.recv(65536):
            pass
