"""The small examples, each in process and as `webfoot run` serves it."""

from __future__ import annotations

import subprocess
import sys

import httpx2
import pytest
from tests.examples.serving import ROOT, program

from examples import hello_api, hello_asgi, toolkit
from webfoot.testing import TestClient


def test_hello_asgi():
    response = TestClient(hello_asgi.app).get("/")
    assert (response.status_code, response.text) == (200, "Hello from the pond.\n")


class TestHelloAPI:
    def test_right(self):
        response = TestClient(hello_api.app).post("/ponds/7/ducks?loud=yes", json={"name": "Jemima"})
        assert (response.status_code, response.json()) == (201, {"said": "Jemima is in pond 7!"})

    def test_wrong(self):
        response = TestClient(hello_api.app).post("/ponds/0/ducks?loud=maybe", json={"weight_g": "much"})
        assert response.status_code == 422
        assert {tuple(error["loc"]) for error in response.json()["detail"]} == {
            ("path", "pond"), ("query", "loud"), ("body", "name"), ("body", "weight_g"),
        }  # fmt: skip

    def test_it_has_15_lines(self):
        """README.md says so."""
        source = (ROOT / "examples/hello_api.py").read_text().partition('"""\n\n')[2]
        assert len([line for line in source.splitlines() if line]) <= 15


class TestToolkit:
    @pytest.fixture
    def client(self):
        with TestClient(toolkit.app) as client:
            yield client

    def test_home(self, client):
        response = client.get("/")
        assert response.text == "Ducks are at /ducks/1\n"
        assert response.headers["x-served-by"] == "webfoot"

    def test_a_duck(self, client):
        assert client.get("/ducks/2").json() == {"number": 2, "name": "Jemima"}

    def test_no_such_duck(self, client):
        response = client.get("/ducks/3")
        assert (response.status_code, response.text) == (404, "No duck 3 here.")

    def test_another_name(self, client):
        assert client.put("/ducks/2", json={"name": "Daisy"}).status_code == 204
        assert client.get("/ducks/2").json()["name"] == "Daisy"

    def test_a_stream(self, client):
        with client.stream("GET", "/ducks/count") as response:
            assert list(response.iter_lines()) == ["1 duck", "2 ducks", "3 ducks"]

    def test_wrong_method_and_wrong_path(self, client):
        response = client.delete("/ducks/2")
        assert response.status_code == 405
        assert {each.strip() for each in response.headers["allow"].split(",")} == {"GET", "HEAD", "PUT"}
        assert client.get("/geese").status_code == 404


@pytest.mark.parametrize(
    ("app", "path", "text"),
    [
        ("examples.hello_asgi:app", "/", "Hello from the pond.\n"),
        ("examples.hello_api:app", "/openapi.json", '"openapi":"3.1.0"'),
        ("examples.toolkit:app", "/ducks/1", '{"number":1,"name":"Duffy"}'),
    ],
)
def test_as_a_server(app, path, text):
    with program("-m", "webfoot", "run", app, "--port", "0") as running:
        response = httpx2.get(running.url() + path)
        assert response.status_code == 200
        assert text in response.text
        assert running.end() == 0
    assert "Traceback" not in running.output


def test_the_raw_example_needs_no_framework():
    """Neither pydantic nor our own toolkit is loaded for it."""
    code = "import sys, examples.hello_asgi; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pydantic", "webfoot.web", "webfoot.api"} & {*done.stdout.split()}
