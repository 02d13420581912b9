"""A WSGI application in Flask's manner behind a mount, through our middleware and through a2wsgi's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from a2wsgi import WSGIMiddleware as Theirs
from tests.thirdparty.serving import get, request

from webfoot.web import Mount, WebApp
from webfoot.web.middleware.wsgi import WSGIMiddleware as Ours


class FlaskLike:
    """Routes by PATH_INFO, reads JSON and forms, redirects below its prefix, streams, and has an error page."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        match environ["PATH_INFO"]:
            case "/ducks" if environ["REQUEST_METHOD"] == "POST":
                duck = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
                start_response("201 Created", [("Content-Type", "application/json"), ("Set-Cookie", "last=1")])
                return [json.dumps({"saw": duck["name"]}).encode()]
            case "/old":
                location = environ["SCRIPT_NAME"] + "/ducks"
                start_response("302 Found", [("Location", location)])
                return []
            case "/stream":
                start_response("200 OK", [("Content-Type", "text/plain")])
                return (f"duck {number}\n".encode() for number in range(3))
            case "/broken":
                raise LookupError("no duck")
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"nothing at ", environ["PATH_INFO"].encode("latin-1")]


@pytest.fixture(params=[Ours, Theirs], ids=["ours", "theirs"])
def app(request: Any) -> WebApp:
    return WebApp(routes=[Mount("/legacy", app=request.param(FlaskLike()))])


def test_a_post(app: WebApp) -> None:
    answer = request(app, "POST", "/legacy/ducks", json={"name": "eider"})
    assert (answer.status_code, answer.json(), answer.cookies["last"]) == (201, {"saw": "eider"}, "1")


def test_a_redirect_stays_below_the_prefix(app: WebApp) -> None:
    assert get(app, "/legacy/old").headers["location"] == "/legacy/ducks"


def test_a_stream(app: WebApp) -> None:
    answer = get(app, "/legacy/stream")
    assert answer.text == "duck 0\nduck 1\nduck 2\n"
    assert answer.headers["transfer-encoding"] == "chunked"


def test_its_own_404_and_the_applications(app: WebApp) -> None:
    assert get(app, "/legacy/d%C3%BCck").text == "nothing at /dück"
    assert get(app, "/elsewhere").text == "Not Found"


def test_a_failure_is_a_500(app: WebApp, caplog: pytest.LogCaptureFixture) -> None:
    answer = get(app, "/legacy/broken")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "LookupError: no duck" in caplog.text
