"""The suite of main.py. It is run by test_suite.py, in a process of its own, and is not collected with ours."""

import fastapi
import pytest
from fastapi.testclient import TestClient
from main import app, get_name
from starlette.applications import Starlette
from starlette.websockets import WebSocketDisconnect


@pytest.fixture
def client():
    with TestClient(app) as client:
        yield client
    app.dependency_overrides.clear()


def test_page(client):
    answer = client.get("/")
    assert answer.text == '<p class="/static/page.html">nobody</p>'
    assert answer.template.name == "page.html"
    assert app.state.started


def test_override(client):
    app.dependency_overrides[get_name] = lambda: "ada"
    assert "ada" in client.get("/").text


def test_static(client):
    assert client.get("/static/page.html").headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/static/none").status_code == 404


def test_classes():
    assert isinstance(app, Starlette)
    assert app.title == "FastAPI"
    assert fastapi.HTTPException(404).detail == "Not Found"


def test_no_such_socket(client):
    with pytest.raises(WebSocketDisconnect):
        with client.websocket_connect("/none"):
            pass


def test_patch(monkeypatch):
    import uvicorn

    called = []
    monkeypatch.setattr("uvicorn.run", lambda *args, **kwargs: called.append((args, kwargs)))
    uvicorn.run(app, port=1)
    assert called == [((app,), {"port": 1})]
