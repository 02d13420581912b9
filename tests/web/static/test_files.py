"""StaticFiles as an application. Where paths lead is in test_lookup.py, what differs from Starlette in
tests/differential/web/test_static.py."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web import HTTPException, Mount, PlainTextResponse, Route, StaticFiles, WebApp


@pytest.fixture
def pond(tmp_path: Path) -> Path:
    """Two ducks, a directory with an index and one without, and a secret beside it all."""
    pond = tmp_path / "pond"
    (pond / "sub").mkdir(parents=True)
    (pond / "bare").mkdir()
    for name, text in (("duck.txt", "quack"), ("index.html", "<h1>pond</h1>"), ("sub/index.html", "<h1>sub</h1>")):
        (pond / name).write_text(text)
        os.utime(pond / name, (0, 1_700_000_000))
    (tmp_path / "secret").write_text("secret")
    return pond


def asked(
    directory: Path, path: str, method: str = "GET", headers: dict[str, str] | None = None, **options: Any
) -> Answered:
    app = WebApp(routes=[Mount("/static", StaticFiles(directory=directory, **options), name="static")])
    return answer_of(app, method, path, headers=headers or {})


def test_a_file(pond: Path) -> None:
    answered = asked(pond, "/static/duck.txt")
    assert (answered.status, answered.text) == (200, "quack")
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"
    assert answered.headers["last-modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert answered.headers["content-length"] == "5"


@pytest.mark.parametrize("path", ["nope", "", "sub", "sub/", "bare", "../secret", "duck.txt/below"])
def test_what_is_no_file_is_a_404_that_tells_nothing_of_the_disk(pond: Path, path: str) -> None:
    answered = asked(pond, f"/static/{path}")
    assert (answered.status, answered.text) == (404, "Not Found")
    assert str(pond) not in str(answered.messages)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(pond: Path, method: str) -> None:
    for path in ("/static/duck.txt", "/static/nope"):
        answered = asked(pond, path, method)
        assert (answered.status, answered.headers["allow"]) == (405, "GET, HEAD")


def test_head(pond: Path) -> None:
    answered = asked(pond, "/static/duck.txt", "HEAD")
    assert (answered.status, answered.body, answered.headers["content-length"]) == (200, b"", "5")


class TestConditions:
    MODIFIED = "Tue, 14 Nov 2023 22:13:20 GMT"

    def etag(self, pond: Path) -> str:
        return asked(pond, "/static/duck.txt").headers["etag"]

    def test_304(self, pond: Path) -> None:
        for headers in ({"if-none-match": self.etag(pond)}, {"if-modified-since": self.MODIFIED}):
            for method in ("GET", "HEAD"):
                answered = asked(pond, "/static/duck.txt", method, headers)
                assert (answered.status, answered.body) == (304, b"")
                assert answered.headers["etag"] == self.etag(pond)
                assert not {"content-length", "content-type"} & answered.headers.keys()

    def test_changed(self, pond: Path) -> None:
        etag = self.etag(pond)
        (pond / "duck.txt").write_text("QUACK")
        answered = asked(pond, "/static/duck.txt", headers={"if-none-match": etag})
        assert (answered.status, answered.text) == (200, "QUACK")

    def test_a_copy_that_is_good_needs_no_range(self, pond: Path) -> None:
        headers = {"if-none-match": self.etag(pond), "range": "bytes=0-1"}
        assert asked(pond, "/static/duck.txt", headers=headers).status == 304

    def test_ranges(self, pond: Path) -> None:
        answered = asked(pond, "/static/duck.txt", headers={"range": "bytes=1-2"})
        assert (answered.status, answered.text, answered.headers["content-range"]) == (206, "ua", "bytes 1-2/5")

    def test_412(self, pond: Path) -> None:
        for headers in ({"if-match": '"old"'}, {"if-unmodified-since": "Tue, 14 Nov 2013 22:13:20 GMT"}):
            answered = asked(pond, "/static/duck.txt", headers=headers)
            assert (answered.status, answered.body) == (412, b"")
        assert asked(pond, "/static/duck.txt", headers={"if-match": self.etag(pond)}).status == 200

    def test_what_is_no_date_is_ignored(self, pond: Path) -> None:
        for text in ("", "yesterday", "Tue, 99 Nov 2023 22:13:20 GMT"):
            assert asked(pond, "/static/duck.txt", headers={"if-modified-since": text}).status == 200


class TestHtml:
    def test_index(self, pond: Path) -> None:
        assert asked(pond, "/static/", html=True).text == "<h1>pond</h1>"
        assert asked(pond, "/static/sub/", html=True).text == "<h1>sub</h1>"
        assert asked(pond, "/static/duck.txt", html=True).text == "quack"

    def test_a_directory_without_a_slash_is_a_relative_redirect(self, pond: Path) -> None:
        answered = asked(pond, "/static/sub", html=True)
        assert (answered.status, answered.headers["location"]) == (307, "/static/sub/")

    def test_the_redirect_keeps_query_and_root_path_and_never_leaves_the_host(self, pond: Path) -> None:
        files = StaticFiles(directory=pond, html=True)
        app = WebApp(routes=[Mount("/static", files)])
        answered = answer_of(app, "GET", "/proxy/static/sub", root_path="/proxy", query_string=b"a=1&b=%20")
        assert answered.headers["location"] == "/proxy/static/sub/?a=1&b=%20"
        answered = answer_of(files, "GET", "//sub")
        assert answered.headers["location"] == "/.//sub/"

    def test_a_page_for_what_is_not_there(self, pond: Path) -> None:
        assert asked(pond, "/static/nope", html=True).text == "Not Found"
        (pond / "404.html").write_text("<h1>no such duck</h1>")
        for path in ("nope", "bare/", "../secret", "duck.txt\0", "x" * 300):
            answered = asked(pond, f"/static/{path}", html=True)
            assert (answered.status, answered.text) == (404, "<h1>no such duck</h1>"), path
        assert asked(pond, "/static/nope").text == "Not Found"

    def test_that_page_is_never_a_304_or_a_range(self, pond: Path) -> None:
        (pond / "404.html").write_text("<h1>no such duck</h1>")
        etag = asked(pond, "/static/404.html", html=True).headers["etag"]
        for headers in ({"if-none-match": etag}, {"range": "bytes=0-1"}, {"if-match": '"x"'}):
            assert asked(pond, "/static/nope", headers=headers, html=True).status == 404

    def test_methods_come_first(self, pond: Path) -> None:
        assert asked(pond, "/static/nope", "POST", html=True).status == 405


class TestSettingUp:
    def test_a_directory_that_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for path in (tmp_path / "none", tmp_path / "file"):
            with pytest.raises(RuntimeError, match=f"Directory '{path}' does not exist"):
                StaticFiles(directory=path)

    def test_it_may_come_later_but_not_after_the_first_request(self, tmp_path: Path) -> None:
        files = StaticFiles(directory=tmp_path / "later", check_dir=False)
        error = answer_of(files, "GET", "/duck.txt").error
        assert isinstance(error, RuntimeError)
        assert "later' does not exist" in str(error)
        (tmp_path / "later").mkdir()
        (tmp_path / "later/duck.txt").write_text("quack")
        assert answer_of(files, "GET", "/duck.txt").text == "quack"

    def test_it_is_checked_once(self, pond: Path) -> None:
        checks: list[int] = []

        class Counted(StaticFiles):
            async def check_config(self) -> None:
                checks.append(1)

        files = Counted(directory=pond)
        for _ in range(3):
            assert answer_of(files, "GET", "/duck.txt").status == 200
        assert (checks, files.config_checked) == ([1], True)

    def test_a_file_is_no_directory(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        error = answer_of(StaticFiles(directory=tmp_path / "file", check_dir=False), "GET", "/").error
        assert isinstance(error, RuntimeError)
        assert "is not a directory" in str(error)

    def test_nothing_to_serve(self) -> None:
        assert answer_of(StaticFiles(), "GET", "/duck.txt").status == 404


class TestPackages:
    @pytest.fixture(autouse=True)
    def packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        for name in ("ponds_a/statics", "ponds_a/other", "ponds_b/statics", "ponds_ns/statics"):
            (tmp_path / name).mkdir(parents=True)
        for package in ("ponds_a", "ponds_b"):
            (tmp_path / package / "__init__.py").touch()
        (tmp_path / "ponds_a/statics/a.txt").write_text("a")
        (tmp_path / "ponds_a/other/o.txt").write_text("o")
        (tmp_path / "ponds_b/statics/a.txt").write_text("never seen")
        (tmp_path / "ponds_b/statics/b.txt").write_text("b")
        (tmp_path / "ponds_ns/statics/n.txt").write_text("n")
        monkeypatch.syspath_prepend(tmp_path)
        yield
        for name in [name for name in sys.modules if name.startswith("ponds_")]:
            del sys.modules[name]

    def test_all_are_searched_in_order(self, pond: Path) -> None:
        files = StaticFiles(directory=pond, packages=["ponds_a", "ponds_b", ("ponds_a", "other"), "ponds_ns"])
        for name, text in (("duck", "quack"), ("a", "a"), ("b", "b"), ("o", "o"), ("n", "n")):
            assert answer_of(files, "GET", f"/{name}.txt").text == text

    def test_a_module_stands_for_the_directory_that_it_is_in(self, tmp_path: Path) -> None:
        (tmp_path / "ponds_a/inner.py").touch()
        files = StaticFiles(packages=[("ponds_a.inner", "other")])
        assert answer_of(files, "GET", "/o.txt").text == "o"

    @pytest.mark.parametrize(
        "entry", ["ponds_none", "ponds_none.sub", "json", "json.decoder", ("ponds_a", "none"), "sys"]
    )
    def test_what_is_not_there(self, entry: Any) -> None:
        with pytest.raises(AssertionError, match="could not be found"):
            StaticFiles(packages=[entry])


class TestHooks:
    def test_each_step_may_be_overridden(self, pond: Path) -> None:
        class Shop(StaticFiles):
            def get_path(self, scope: Any) -> str:
                return super().get_path(scope).replace("swan", "duck")

            def lookup_path(self, path: str) -> Any:
                return super().lookup_path(path.lower())

            def file_response(self, *args: Any, **options: Any) -> Any:
                response = super().file_response(*args, **options)
                response.headers["cache-control"] = "max-age=60"
                return response

            def is_not_modified(self, response_headers: Any, request_headers: Any) -> bool:
                return "x-has-it" in request_headers

        shop = Shop(directory=pond)
        answered = answer_of(shop, "GET", "/swan.TXT")
        assert (answered.text, answered.headers["cache-control"]) == ("quack", "max-age=60")
        assert answer_of(shop, "GET", "/duck.txt", headers={"x-has-it": "1"}).status == 304

    def test_an_application_of_one_page(self, pond: Path) -> None:
        """The way in which everybody builds one: what is not there is the index page."""

        class OnePage(StaticFiles):
            async def get_response(self, path: str, scope: Any) -> Any:
                try:
                    return await super().get_response(path, scope)
                except HTTPException as exc:
                    if exc.status_code != 404:
                        raise
                    return await super().get_response("index.html", scope)

        app = WebApp(routes=[Mount("/", OnePage(directory=pond))])
        assert answer_of(app, "GET", "/ducks/7").text == "<h1>pond</h1>"
        assert answer_of(app, "POST", "/ducks/7").status == 405

    def test_what_the_methods_give(self, pond: Path) -> None:
        files = StaticFiles(directory=pond)
        full_path, stat_result = files.lookup_path("duck.txt")
        assert (full_path, stat_result and stat_result.st_size) == (str(pond / "duck.txt"), 5)
        assert files.lookup_path("nope") == ("", None)
        assert files.get_path({"type": "http", "path": "/a//./b/", "root_path": ""}) == os.path.join("a", "b")
        assert files.get_path({"type": "http", "path": "/", "root_path": ""}) == "."

    def test_the_application_handles_its_exceptions(self, pond: Path) -> None:
        async def on_404(request: Any, exc: Any) -> Any:
            return PlainTextResponse("no such duck", 404)

        app = WebApp(routes=[Mount("/", StaticFiles(directory=pond))], exception_handlers={404: on_404})
        assert answer_of(app, "GET", "/nope").text == "no such duck"


class TestTrouble:
    def test_what_may_not_be_read(self, pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda *_, **__: False)  # root may read everything
        assert asked(pond, "/static/duck.txt").status == 401

    def test_a_directory_that_may_not_be_entered(self, pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(path: Any) -> Any:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "lstat", refuse)
        assert asked(pond, "/static/duck.txt").status == 401

    @pytest.mark.parametrize("extensions", [{}, {"http.response.pathsend": {}}])
    def test_a_file_that_goes_between_the_look_and_the_sending(self, pond: Path, extensions: Any) -> None:
        class Fleeting(StaticFiles):
            def file_response(self, full_path: Any, *args: Any, **options: Any) -> Any:
                response = super().file_response(full_path, *args, **options)
                os.unlink(full_path)
                return response

        app = WebApp(routes=[Mount("/", Fleeting(directory=pond))])
        assert answer_of(app, "GET", "/duck.txt", extensions=extensions).status == 404

    def test_a_bad_disk_is_a_failure_and_no_404(self, pond: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(path: Any) -> Any:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(os, "lstat", fail)
        answered = asked(pond, "/static/duck.txt")
        assert (answered.status, type(answered.error)) == (500, OSError)


def test_alone_without_an_application_around_it(pond: Path) -> None:
    files = StaticFiles(directory=pond)
    assert answer_of(files, "GET", "/duck.txt").text == "quack"
    for method, path, status in (("GET", "/nope", 404), ("POST", "/duck.txt", 405)):
        answered = answer_of(files, method, path)
        assert (answered.status, answered.error) == (status, None)


def test_other_kinds_of_scopes(pond: Path) -> None:
    files, messages = StaticFiles(directory=pond), []

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(files({"type": "websocket", "path": "/duck.txt", "headers": []}, None, send))
    assert [message["type"] for message in messages] == ["websocket.close"]
    with pytest.raises(RuntimeError, match="'lifespan'"):
        asyncio.run(files({"type": "lifespan"}, None, send))


def test_urls(pond: Path) -> None:
    async def link(request: Any) -> Any:
        return PlainTextResponse(str(request.url_for("static", path="/sub/duck.txt")))

    files = StaticFiles(directory=pond)
    app = WebApp(routes=[Route("/", link), Mount("/static", files, name="static")])
    assert answer_of(app, "GET", "/").text == "http://duck.example/static/sub/duck.txt"


def test_mounted_in_a_mount(pond: Path) -> None:
    app = WebApp(routes=[Mount("/a", routes=[Mount("/b", StaticFiles(directory=pond, html=True))])])
    assert answer_of(app, "GET", "/a/b/duck.txt").text == "quack"
    assert answer_of(app, "GET", "/a/b/sub").headers["location"] == "/a/b/sub/"
