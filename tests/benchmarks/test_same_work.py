"""The contenders that run in process give the answer that their case demands."""

from __future__ import annotations

import asyncio
import importlib

import pytest

from benchmarks.cases import CASES, Case, Contender, Echo, Request
from webfoot.testing import TestClient

PAIRS = [
    pytest.param(case, contender, id=f"{case.key}-{contender.key}")
    for case in CASES
    for contender in (case.ours, *case.peers)
    if isinstance(case.work, Request) and contender.app and contender.key != "blacksheep"
]


@pytest.mark.parametrize(("case", "contender"), PAIRS)
def test_answer(case: Case, contender: Contender):
    module, _, name = contender.app.partition(":")
    request = case.work
    client = TestClient(getattr(importlib.import_module(module), name))
    response = client.request(request.method, request.target, headers=request.headers, content=request.body)
    assert response.status_code == request.status
    assert (response.content if isinstance(request.answer, bytes) else response.json()) == request.answer


@pytest.mark.parametrize("message", [{"text": "quack"}, {"bytes": b"quack", "text": None}])
def test_a_websocket_echo(message):
    """Every server runs the same application for it."""
    (app,) = {contender.app for case in CASES if isinstance(case.work, Echo) for contender in (case.ours, *case.peers)}
    module, _, name = app.partition(":")
    coming = [{"type": "websocket.connect"}, {"type": "websocket.receive", **message}, {"type": "websocket.disconnect"}]
    sent = []

    async def receive():
        return coming.pop(0)

    async def send(event):
        sent.append(event)

    asyncio.run(getattr(importlib.import_module(module), name)({"type": "websocket"}, receive, send))
    given_back = {key: value for key, value in message.items() if value is not None}
    assert sent == [{"type": "websocket.accept"}, {"type": "websocket.send", **given_back}]


@pytest.mark.parametrize("app", ["by_hand", "on_fastapi", "on_webfoot"])
@pytest.mark.parametrize(
    ("target", "token", "body"),
    [
        ("/shops/pond/items/0?quantity=3", "swordfish", None),
        ("/shops/pond/items/42?quantity=101", "swordfish", None),
        ("/shops/pond/items/42", "swordfish", None),
        ("/shops/pond/items/42?quantity=3", "ab", None),
        ("/shops/pond/items/42?quantity=3", "swordfish", '{"name": "x"}'),
    ],
)
def test_the_typed_post_checks_everything(app, target, token, body):
    """Also by hand: a check that is left out would make it look fast."""
    typed = next(case for case in CASES if case.key == "typed").work
    client = TestClient(importlib.import_module(f"benchmarks.apps.{app}").app)
    headers = {**typed.headers, "X-Token": token}
    assert client.post(target, headers=headers, content=body or typed.body).status_code == 422
