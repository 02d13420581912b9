"""Frontends on our own server: sockets, the journey, and what FastAPI cannot be asked."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.harness import exchange_bytes
from tests.journey.asking import decisions, record_of, said_why

from webfoot import APIRouter, Depends, Webfoot
from webfoot.api.errors import FrontendError
from webfoot.testing import TestClient

PAGE = {"accept": "text/html"}


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<h1>ducks</h1>")
    (built / "assets" / "app.js").write_text("quack()")
    (tmp_path / "secret").write_text("secret")
    return built


def ask(app: Any, head: str, http: Any) -> Any:
    return exchange_bytes(app, [f"{head}\r\nHost: duck\r\n\r\n".encode()], http=http)


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_over_sockets(dist: Path, http: Any) -> None:
    app = Webfoot()
    app.frontend("/", directory=dist)
    for head, status, body in [
        ("GET /assets/app.js HTTP/1.1", 200, b"quack()"),
        ("GET /ponds/7 HTTP/1.1\r\nAccept: text/html", 200, b"<h1>ducks</h1>"),
        ("GET /ponds/7 HTTP/1.1", 404, b'{"detail":"Not Found"}'),
        ("GET /../secret HTTP/1.1", 404, b'{"detail":"Not Found"}'),
        ("GET /%2e%2e/secret HTTP/1.1", 404, b'{"detail":"Not Found"}'),
        ("POST /assets/app.js HTTP/1.1\r\nContent-Length: 0", 405, b'{"detail":"Method Not Allowed"}'),
        ("GET /openapi.json HTTP/1.1\r\nIf-None-Match: *", 200, None),
    ]:
        answers = ask(app, head, http)
        assert answers.statuses == [status], head
        assert body is None or answers.bodies == [body], head
        assert not answers.closed, head
    # The harness reads the two that have no content by their length, so there is nothing else to be asked of them.
    assert ask(app, "HEAD /assets/app.js HTTP/1.1", http).statuses == [200]
    assert ask(app, "GET /assets/app.js HTTP/1.1\r\nIf-None-Match: *", http).statuses == [304]


@pytest.mark.parametrize("declared", ["/{pond}", "/ui/{path:path}"])
def test_parameters_in_its_path_are_refused(dist: Path, declared: str) -> None:
    with pytest.raises(FrontendError, match="no parameters"):
        Webfoot().frontend(declared, directory=dist)


def test_a_check_that_is_none_is_refused(dist: Path) -> None:
    with pytest.raises(FrontendError, match="check_dir must be True, False or 'auto'"):
        Webfoot().frontend("/", directory=dist, check_dir="later")  # type: ignore[arg-type]


def test_a_prefix_may_have_parameters(dist: Path) -> None:
    app, router = Webfoot(), APIRouter()
    router.frontend("/ui", directory=dist)
    app.include_router(router, prefix="/{pond}")
    client = TestClient(app)
    assert client.get("/7/ui/assets/app.js").text == "quack()"
    assert client.get("/7/ui", follow_redirects=False).headers["location"] == "/7/ui/"


@pytest.mark.parametrize("name", ["WEBFOOT_ENV", "FASTAPI_ENV"])
def test_while_developing_the_files_may_come_later(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "development")
    app = Webfoot()
    with pytest.warns(UserWarning, match="does not exist") as warned:
        app.frontend("/", directory=tmp_path / "dist")
        APIRouter().frontend("/", directory=tmp_path / "dist")
    assert [each.filename for each in warned] == [__file__, __file__]
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/").status_code == 500
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("here")
    assert client.get("/").text == "here"


def test_a_fallback_that_is_gone_is_a_failure_and_not_a_404(dist: Path) -> None:
    app = Webfoot()
    app.frontend("/", directory=dist, fallback="index.html")
    os.remove(dist / "index.html")
    with pytest.raises(RuntimeError, match=r"'index\.html' does not exist"):
        TestClient(app).get("/ponds", headers=PAGE)


def test_a_file_that_goes_between_the_look_and_the_sending_is_a_404(dist: Path) -> None:
    app = Webfoot()

    def clean_up() -> Iterator[None]:  # what ends before the response, and behind the look for the file
        yield
        os.remove(dist / "assets" / "app.js")

    router = APIRouter(dependencies=[Depends(clean_up, scope="function")])
    router.frontend("/", directory=dist)
    app.include_router(router)
    assert TestClient(app).get("/assets/app.js").status_code == 404


def test_a_link_that_leads_out_is_nothing(dist: Path) -> None:
    (dist / "out").symlink_to(dist.parent / "secret")
    app = Webfoot()
    app.frontend("/", directory=dist, fallback=None)
    assert TestClient(app).get("/out").status_code == 404


def test_websockets_are_none_of_its_business(dist: Path) -> None:
    app = Webfoot()
    app.frontend("/", directory=dist)
    with pytest.raises(Exception, match="403"), TestClient(app).websocket_connect("/ponds"):
        pass


def test_frontends_of_a_late_router_are_found(dist: Path) -> None:
    app, router = Webfoot(), APIRouter()
    app.include_router(router)
    client = TestClient(app)
    assert client.get("/ui/").status_code == 404
    router.frontend("/ui", directory=dist)
    assert client.get("/ui/").status_code == 200


def test_an_application_that_has_none_asks_nobody(dist: Path) -> None:
    app = Webfoot()
    assert app.router.last_resort({"type": "http", "path": "/", "method": "GET", "headers": []}) is None


def test_the_journey_says_why_a_page_was_shown(dist: Path) -> None:
    app = Webfoot()
    app.frontend("/", directory=dist)
    said, *_ = decisions(record_of(app, "GET", "/ponds/7", "accept: text/html"))
    assert said == "FrontendFiles: there is no file 'ponds/7', and a page is asked for: index.html"
    record = record_of(app, "GET", "/ponds/7")
    assert decisions(record)[0].startswith("FrontendFiles: there is no file 'ponds/7' below ")
    assert "there is no file 'ponds/7' below" in said_why(record)
