"""The commands are run by a real shell and a real curl, and what they send is held against what was sent before."""

from __future__ import annotations

import asyncio
import os
import subprocess
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.journey.saved.journeys import journey_of, posted, talked, uploaded

from webfoot.journey.export.curl import as_curl
from webfoot.journey.saved.reading import SavedError
from webfoot.trail import secret_names
from webfoot.web.requests import Request
from webfoot.web.responses import Response


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications that other modules have made may have declared any name as a secret's, for the whole process."""
    monkeypatch.setattr(secret_names, "_declared", set())


def sent_by(command: str, **environment: str) -> dict[str, Any]:
    """What a server gets when a shell runs `command`, which asks for http://localhost."""
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        seen.update(
            method=scope["method"],
            target=scope["raw_path"].decode() + (f"?{scope['query_string'].decode()}" if scope["query_string"] else ""),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
            body=await request.body(),
        )
        await Response()(scope, receive, send)

    async def talk(dialogue: Dialogue) -> None:
        here = command.replace(
            "http://localhost", f"http://127.0.0.1:{dialogue.writer.get_extra_info('peername')[1]}", 1
        )
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", here, env={**os.environ, **environment}, stdout=-3, stderr=subprocess.PIPE
        )
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()

    asyncio.run(with_server(app, talk))
    return seen


@pytest.mark.parametrize(
    ("method", "target", "fields", "body"),
    [
        ("GET", "/echo", [], b""),
        ("GET", "/echo?a=1&b=two%20words", [("x-ranger", 'it\'s $HOME `id` \\ "Jo"')], b""),
        ("GET", "/a/../echo/./b", [], b""),
        ("GET", "/echo?ids[]=1&ids[]=2&x={y}", [], b""),
        ("GET", "/echo", [("x-empty", ""), ("x-two", "1"), ("x-two", "2"), ("accept", "text/plain")], b""),
        ("HEAD", "/echo", [], b""),
        ("DELETE", "/echo", [], b""),
        ("GET", "/echo", [("content-type", "text/plain")], b"a GET with a body"),
        ("POST", "/echo", [("content-type", "application/json")], b'{"name": "Em\\u00e4", "x": "it\'s"}'),
        ("POST", "/echo", [("content-type", "text/plain")], "@quack\nzwei, drei: \u00e4\u20ac\n".encode()),
        ("POST", "/echo", [("content-type", "application/x-www-form-urlencoded")], b"a=1&b=x%26y"),
        ("PUT", "/echo", [], b"no content type"),
        ("POST", "/echo", [], b""),
    ],
)
def test_curl_sends_the_same_request(method: str, target: str, fields: list[tuple[str, str]], body: bytes):
    seen = sent_by(as_curl([journey_of(method, target, fields, body)]))
    assert (seen["method"], seen["target"], seen["body"]) == (method, target, body)
    passed_over = {"host", "user-agent", "content-length"} | ({"accept"} - {name for name, _ in fields})
    assert [pair for pair in seen["headers"] if pair[0] not in passed_over] == fields


def test_a_form_with_a_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "duck.png").write_bytes(b"\x89PNG")
    command = as_curl([uploaded()])
    assert "# of the form the contents of files were not kept" not in command
    body = sent_by(command)["body"]
    assert b'name="note"\r\n\r\ntwo\nlines\r\n' in body
    assert b'name="picture"; filename="duck.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG' in body


def test_secrets_come_from_the_environment():
    journey = journey_of(
        "POST",
        "/ducks?token=abc1&x=1",
        [
            ("authorization", "Bearer abc123"),
            ("cookie", "session=k1; theme=dark"),
            ("content-type", "application/json"),
        ],
        b'{"name": "Emma", "password": "quack"}',
    )
    command = as_curl([journey])
    assert not any(secret in command for secret in ("abc1", "k1", "quack"))
    assert "# was redacted, set it first: TOKEN, AUTHORIZATION, " in command
    given = {"TOKEN": "t0", "AUTHORIZATION": 'Bearer a"b', "COOKIE": "c=1", "PASSWORD": "it's"}
    seen = sent_by(command, **given)
    assert seen["target"] == "/ducks?token=t0&x=1"
    assert dict(seen["headers"])["authorization"] == 'Bearer a"b'
    assert seen["body"] == b'{"name": "Emma", "password": "it\'s"}'


def test_the_reason_stands_above_it():
    command = as_curl([posted(name=None)])
    assert command.startswith("# answered with 422: Validation answered 422: ")


def test_what_curl_cannot_say():
    with pytest.raises(SavedError, match="curl does not speak WebSocket"):
        as_curl([talked("quack")])
    with pytest.raises(SavedError, match="no readable request"):
        as_curl([{"version": 1, "marks": [], "method": None, "target": None}])


def test_a_body_that_was_not_kept_is_told():
    journey = posted()
    journey["request"]["body"] = None
    assert "# the body was not kept: only `webfoot dev` keeps bodies" in as_curl([journey])
