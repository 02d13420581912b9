"""`webfoot journey replay` and `export`, as processes, on an application that changes between two runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.journey.saved.journeys import frame

APP = """
import asyncio
from collections.abc import AsyncIterator

from pydantic import BaseModel
from webfoot import Header, Webfoot, WebSocket
from webfoot.web.responses import StreamingResponse

app = Webfoot()


class Duck(BaseModel):
    name: str
    weight_g: int = 1000


@app.post("/ponds/{pond}/ducks", status_code=201)
async def add(pond: int, duck: Duck, authorization: str = Header("")) -> dict[str, str]:
    return {"said": f"{duck.name} is in pond {pond}", "by": str(len(authorization))}


@app.websocket("/talk")
async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"quack, {await socket.receive_text()}")
    await socket.close()


@app.get("/events")
async def events() -> StreamingResponse:
    async def sent() -> AsyncIterator[bytes]:
        while True:
            yield b"data: quack\\n\\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(sent(), media_type="text/event-stream")
"""
BODY = '{"name": "Emma", "weight_g": 900}'


class Pond:
    """A directory with an application, in which commands are typed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write(APP)

    def write(self, text: str) -> None:
        (self.path / "main.py").write_text(text)

    def journey(self, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "webfoot", "journey", *words],
            cwd=self.path,
            input=stdin,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def save(self, *words: str) -> str:
        ran = self.journey("main:app", *words, "--json")
        assert ran.returncode == 0, ran.stderr
        (self.path / "saved.json").write_text(ran.stdout)
        return ran.stdout


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)


def test_the_same_code_goes_the_same_way(pond: Pond):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    ran = pond.journey("replay", "saved.json", "main:app")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[0] == "POST /ponds/3/ducks"
    assert ran.stdout.splitlines()[-1] == "the same way, and the same answer"


def test_what_has_changed_is_shown_station_by_station(pond: Pond):
    saved = pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    pond.write(APP.replace("weight_g: int = 1000", "weight_g: bool = False").replace("class Duck", "\n\nclass Duck"))
    ran = pond.journey("replay", "-", "main:app", stdin=saved)
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert "  ~ values_validated add" in lines
    assert "      outcome: fit -> refused" in lines
    assert any(line.startswith("  - endpoint_called add") for line in lines)
    assert lines[lines.index("  status:") + 1 :][:2] == ["    - 201", "    + 422"]
    assert any("body field weight_g" in line for line in lines[lines.index("  why:") :])
    assert not any(line.strip().startswith("line:") for line in lines)
    assert lines[-1].endswith("on another way, another answer")
    found = json.loads(pond.journey("replay", "saved.json", "main:app", "--json").stdout)
    assert (found["version"], found["same"], found["outcome"]["status"]) == (1, False, [201, 422])


def test_an_answer_that_differs_though_the_way_is_the_same(pond: Pond):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    pond.write(APP.replace("is in pond", "is on pond"))
    ran = pond.journey("replay", "saved.json", "main:app")
    assert ran.returncode == 1
    assert '    + {"said":"Emma is on pond 3","by":"0"}' in ran.stdout.splitlines()
    assert ran.stdout.splitlines()[-1] == "no station on another way, another answer"


def test_secrets_are_asked_for(pond: Pond):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY, "-H", "authorization: Bearer quack1")
    ran = pond.journey("replay", "saved.json", "main:app")
    assert ran.stderr.startswith("note: AUTHORIZATION was redacted, and [redacted] is sent; give it with -H or -d")
    for given in (["-H", "authorization: Bearer quack1"], []):
        ran = pond.journey("replay", "saved.json", "main:app", *given, AUTHORIZATION="Bearer quack1")
        assert (ran.returncode, ran.stderr) == (0, "")


def test_another_body_in_place_of_the_saved_one(pond: Pond):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    ran = pond.journey("replay", "saved.json", "main:app", "-d", '{"name": "Otto"}')
    assert ran.returncode == 1
    assert "Otto is in pond 3" in ran.stdout


def test_one_of_several(pond: Pond):
    one = pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    other = pond.save("POST", "/ponds/x/ducks", "-d", BODY)
    both = f"[{one}, {other}]"
    ran = pond.journey("replay", "-", "main:app", stdin=both)
    assert ran.returncode == 2
    assert "- holds 2 journeys: say which one with --id" in ran.stderr
    wanted = json.loads(other)["id"]
    assert pond.journey("replay", "-", "main:app", "--id", wanted, stdin=both).returncode == 0
    ran = pond.journey("export", "-", "--as", "curl", "--id", wanted, stdin=both)
    assert "curl http://localhost/ponds/x/ducks" in ran.stdout


@pytest.mark.parametrize("form", ["curl", "pytest", "har", "otlp"])
def test_exports(pond: Pond, form: str):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    ran = pond.journey("export", "saved.json", "--as", form, "--app", "main:app")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "/ponds/3/ducks" in ran.stdout
    if form == "pytest":
        (pond.path / "test_saved.py").write_text(ran.stdout)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_saved.py"]
        tested = subprocess.run(command, cwd=pond.path, capture_output=True, text=True, timeout=60)
        assert tested.returncode == 0, tested.stdout


def changed(saved: str, **more: Any) -> str:
    return json.dumps(json.loads(saved) | more)


@pytest.mark.parametrize(
    ("words", "stdin", "sentence"),
    [
        (("replay", "nowhere.json", "main:app"), "", "cannot read nowhere.json: no such file or directory"),
        (("replay", "-", "main:app"), "quack", "standard input holds no journey: "),
        (("export", "-", "--as", "curl"), "", "standard input holds no journey: it is empty"),
        (("export", "-", "--as", "pytest"), '{"version": 1, "marks": []}', "--app module:app"),
        (("export", "-"), "", "Missing option '--as'"),
        (("export", "-", "--as", "word"), "", "is not one of"),
        (
            ("export", "-", "--as", "har", "--id", "7"),
            '{"version": 1, "marks": []}',
            "standard input holds no journey 7",
        ),
        (("replay", "-", "main:nothing"), "SAVED", "has no attribute nothing"),
    ],
)
def test_mistakes_get_one_sentence(pond: Pond, words: tuple[str, ...], stdin: str, sentence: str):
    if stdin == "SAVED":
        stdin = pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    ran = pond.journey(*words, stdin=stdin)
    assert ran.returncode != 0
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.fixture
def socket(pond: Pond) -> str:
    """A session over a WebSocket that was saved."""
    head = "GET /talk HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    key = "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    (pond.path / "raw").write_bytes((head + key).encode() + frame(1, b"Emma") + frame(8, b"\x03\xe8"))
    saved = pond.journey("main:app", "--raw", "raw", "--json").stdout
    (pond.path / "saved.json").write_text(saved)
    return saved


def test_a_websocket_goes_the_same_way(pond: Pond, socket: str):
    ran = pond.journey("replay", "saved.json", "main:app", "--all")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "    = text: quack, Emma" in ran.stdout.splitlines()
    assert ran.stdout.splitlines()[-1] == "the same way, and the same answer"
    assert (
        "websocket_connect" in pond.journey("export", "-", "--as", "pytest", "--app", "main:app", stdin=socket).stdout
    )


def test_a_websocket_that_has_changed(pond: Pond, socket: str):
    pond.write(APP.replace("quack, ", "waddle, ").replace("socket.close()", "socket.close(4000, 'enough')"))
    ran = pond.journey("replay", "saved.json", "main:app")
    assert ran.returncode == 1
    lines = ran.stdout.splitlines()
    assert lines[lines.index("  sent by the application:") + 1 :][:4] == [
        "    - text: quack, Emma",
        "    + text: waddle, Emma",
        "    - close 1000",
        "    + close 4000: enough",
    ]
    assert lines[-1] == "no station on another way, another answer"
    ran = pond.journey("replay", "saved.json", "main:app", "--json", "-m", "1=Otto")
    found = json.loads(ran.stdout)
    assert (ran.returncode, found["same"], found["not_compared"]) == (1, False, [])
    assert {"kind": "changed", "before": "text: quack, Emma", "now": "text: waddle, Otto"} in found["frames"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-d", "x"), "a WebSocket has no body: -m NUMBER=TEXT replaces a message of its client's"),
        (("-m", "2=x"), "there is no message 2: of the client's 1 were kept"),
        (("-m", "x"), "'x' is no message: write NUMBER=TEXT, such as 1=quack"),
    ],
)
def test_what_cannot_be_given_to_a_websocket(pond: Pond, socket: str, words: tuple[str, ...], sentence: str):
    ran = pond.journey("replay", "saved.json", "main:app", *words)
    assert ran.returncode == 2
    assert sentence in ran.stderr


def test_a_request_has_no_messages(pond: Pond):
    pond.save("POST", "/ponds/3/ducks", "-d", BODY)
    ran = pond.journey("replay", "saved.json", "main:app", "-m", "1=x")
    assert ran.returncode == 2
    assert "the journey is of no WebSocket, so it has no messages: -d replaces a body" in ran.stderr


def test_a_stream_that_was_left_is_left_again(pond: Pond):
    pond.save("GET", "/events", "--patience", "0.2")
    ran = pond.journey("replay", "saved.json", "main:app", "--patience", "50")
    assert (ran.returncode, ran.stderr) == (0, "")
    pond.write(APP.replace("data: quack", "data: waddle"))
    ran = pond.journey("replay", "saved.json", "main:app", "--patience", "50")
    assert ran.returncode == 1
    assert "    + event message: waddle" in ran.stdout.splitlines()
