"""The tests that are written pass where the code is the same, and fail where it is not."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest
from tests.journey.saved import journeys
from tests.journey.saved.journeys import journey_of, posted, talked, uploaded

from webfoot import Webfoot, WebSocket
from webfoot.journey.export.pytest_case import as_pytest
from webfoot.journey.saved.reading import SavedError


def run(text: str, app: Any = journeys.app) -> list[str]:
    """The names of the tests in `text`, after each was called with `app` as the application."""
    module = ModuleType("saved_app")
    module.app = app  # type: ignore[attr-defined]
    sys.modules["saved_app"] = module
    try:
        namespace: dict[str, Any] = {}
        exec(compile(text, "test_saved.py", "exec"), namespace)
        tests = [name for name in namespace if name.startswith("test_")]
        for name in tests:
            namespace[name]()
    finally:
        del sys.modules["saved_app"]
    return tests


CASES = {
    "json": (posted(), "test_post_ducks_is_answered_with_201"),
    "refused": (posted(name=7), "test_post_ducks_is_answered_with_422"),
    "text": (journey_of("GET", "/text"), "test_get_text_is_answered_with_200"),
    "redirect": (journey_of("GET", "/old"), "test_get_old_is_answered_with_307"),
    "broken": (journey_of("GET", "/broken"), "test_get_broken_is_answered_with_500"),
    "teapot": (journey_of("GET", "/teapot"), "test_get_teapot_is_answered_with_418"),
    "missing": (journey_of("GET", "/nowhere/7?x=1"), "test_get_nowhere_7_is_answered_with_404"),
    "twice": (journey_of("GET", "/echo", [("x-a", "1"), ("x-a", "2")]), "test_get_echo_is_answered_with_200"),
    "upload": (uploaded(), "test_post_upload_is_answered_with_200"),
    "talk": (talked("quack", "waddle"), "test_get_talk_is_answered_with_101"),
    "refused talk": (
        journey_of("GET", "/nobody", journeys.HANDSHAKE),
        "test_get_nobody_is_answered_with_403",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_passes_where_the_code_is_the_same(name: str, monkeypatch: pytest.MonkeyPatch):
    journey, called = CASES[name]
    monkeypatch.setenv("TOKEN", "abc1")
    assert run(as_pytest([journey], "saved_app:app")) == [called]


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"missing", "refused talk"}))
def test_it_fails_where_the_code_has_changed(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "abc1")
    with pytest.raises(Exception):
        run(as_pytest([CASES[name][0]], "saved_app:app"), Webfoot())


def test_several_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "abc1")
    monkeypatch.setenv("TOKEN_2", "abc1")
    text = as_pytest([posted(), posted()], "saved_app:app")
    assert run(text) == ["test_post_ducks_is_answered_with_201", "test_post_ducks_is_answered_with_201_2"]


def test_an_answer_with_secrets_is_not_expected():
    app = Webfoot()

    @app.post("/login")
    async def login() -> dict[str, str]:
        return {"access_token": "k1", "kind": "bearer"}

    text = as_pytest([journey_of("POST", "/login", of=app)], "saved_app:app")
    assert "k1" not in text
    run(text, app)


@pytest.mark.parametrize("app", ["", "main", "main:", "a b:app", "os; import x:app"])
def test_it_has_to_know_the_application(app: str):
    with pytest.raises(SavedError, match="--app module:app"):
        as_pytest([posted()], app)


def test_what_a_client_sends_does_not_become_code(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN", "abc1")
    wild = '""" + __import__("os").abort() + """\\'
    journey = posted(name=wild)
    journey["why"] = {"sentence": wild, "layer": "x", "station": "decided"}
    assert run(as_pytest([journey], "saved_app:app"))
    journey["request"]["body"]["text"] = '{"name": "{__import__}", "password": "[redacted]"}'
    monkeypatch.setenv("PASSWORD", "quack")
    journey["response"]["body"] = None
    assert run(as_pytest([journey], "saved_app:app"))


def test_messages_with_secrets_and_those_that_were_cut_off(monkeypatch: pytest.MonkeyPatch):
    heard: list[str] = []
    app = Webfoot()

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        heard.extend([said async for said in socket.iter_text()])

    wild = 'a "b" \\ {c} \N{DUCK} \u202e '
    journey = talked(f"{wild}password=quack1", "quack")
    for frame in journey["frames"]:
        frame["size"] = 5000 if frame["text"] == "quack" else frame["size"]
        frame["text"] = "quack…" if frame["text"] == "quack" else frame["text"]
    journey["frames"] = [frame for frame in journey["frames"] if frame["way"] == "in"]
    text = as_pytest([journey], "saved_app:app")
    assert "quack1" not in text
    assert 'session.send_text("quack")  # cut off' in text
    monkeypatch.setenv("PASSWORD", "quack2")
    run(text, app)
    assert heard == [f"{wild}password=quack2", "quack"]


@pytest.mark.parametrize(
    ("told", "said", "heard"),
    [
        ({"data": "AP8=", "size": 2}, rb"""session.send_bytes(b'\x00\xff')""", rb"assert .* == b'\x00\xff'"),
        ({"text": "quack", "size": 5}, b'session.send_bytes("quack".encode())', b"assert .* == b'quack'"),
        (
            {"data": "AP8=", "size": 5000},
            rb"""session.send_bytes(b'\x00\xff')  # cut off""",
            b"session.receive_bytes()",
        ),
        ({"size": 5}, b'session.send_bytes(b"x" * 5)', b"session.receive_bytes()"),
    ],
)
def test_binary_messages(told: dict[str, Any], said: bytes, heard: bytes):
    app = Webfoot()

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        async for data in socket.iter_bytes():
            await socket.send_bytes(data)

    journey = talked("quack")
    for frame in journey["frames"]:
        if frame["kind"] == "text":
            frame.update({"kind": "binary", "text": None, **told})
    text = as_pytest([journey], "saved_app:app")
    assert said.decode() in text
    assert heard.decode().replace(".*", "session.receive_bytes()") in text
    assert run(text, app)


def test_of_a_request_whose_worker_died_it_says_what_is_missing():
    journey = {**journey_of("GET", "/text"), "marks": [], "worker_ended": {"at": None, "how": None, "stack": []}}
    assert "# its worker died: the query, the header fields and the body were not kept" in as_pytest([journey], "a:app")
