"""Jinja2Templates; what Starlette answers is in tests/differential/web/test_templates.py."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest
from tests.web.driving import answer_of, http_scope

from webfoot.testing import TestClient
from webfoot.web import BackgroundTask, Jinja2Templates, Mount, Request, Route, WebApp


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    texts = {
        "duck.html": "<p>{{ name }}</p>",
        "link.html": "{{ url_for('duck', id=7) }}",
        "where.html": "{{ request.url.path }}",
        "plain.txt": "{{ name }}",
        "list.html": "{% import 'macros.html' as m %}{{ m.link() }}",
        "macros.html": "{% macro link() %}{{ url_for('duck', id=7) }}{% endmacro %}",
    }
    for ending in ("html.j2", "HTML", "xml.jinja", "svg", "xhtml", "htm.jinja2", "txt.j2", "md"):
        texts[f"kind.{ending}"] = "{{ name }}"
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def request(**more: Any) -> Request:
    return Request(http_scope(**more))


def test_a_page(pages: Path) -> None:
    ran: list[int] = []
    response = Jinja2Templates(pages).TemplateResponse(
        request(), "duck.html", {"name": "Jemima"}, 201, {"x-duck": "1"}, background=BackgroundTask(ran.append, 1)
    )
    assert (response.status_code, response.body) == (201, b"<p>Jemima</p>")
    assert dict(response.headers) == {
        "x-duck": "1", "content-length": "13", "content-type": "text/html; charset=utf-8",
    }  # fmt: skip
    answered = answer_of(response)
    assert (answered.text, ran) == ("<p>Jemima</p>", [1])


@pytest.mark.parametrize("ending", ["html.j2", "HTML", "xml.jinja", "svg", "xhtml", "htm.jinja2"])
def test_markup_is_escaped_whatever_stands_behind_its_ending(pages: Path, ending: str) -> None:
    response = Jinja2Templates(pages).TemplateResponse(request(), f"kind.{ending}", {"name": "<script>"})
    assert response.body == b"&lt;script&gt;"


@pytest.mark.parametrize("ending", ["txt.j2", "md"])
def test_text_is_not(pages: Path, ending: str) -> None:
    assert Jinja2Templates(pages).TemplateResponse(request(), f"kind.{ending}", {"name": "<b>"}).body == b"<b>"


def test_strings_are_escaped_too(pages: Path) -> None:
    assert Jinja2Templates(pages).env.from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_several_directories(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = tmp_path_factory.mktemp("first")
    (first / "duck.html").write_text("first {{ name }}")
    templates = Jinja2Templates([first, str(pages)])
    assert templates.TemplateResponse(request(), "duck.html", {"name": "x"}).body == b"first x"
    assert templates.TemplateResponse(request(), "plain.txt", {"name": "x"}).body == b"x"


def test_the_request_is_there_and_the_context_is_left_alone(pages: Path) -> None:
    context: dict[str, Any] = {}
    response = Jinja2Templates(pages).TemplateResponse(request(path="/ponds"), "where.html", context)
    assert response.body == b"/ponds"
    assert context == {}, "one dict for several requests would hand the first request on"


def test_a_request_of_ones_own(pages: Path) -> None:
    other = request(path="/other")
    assert Jinja2Templates(pages).TemplateResponse(request(), "where.html", {"request": other}).body == b"/other"


def test_context_processors(pages: Path) -> None:
    asked: list[Any] = []

    def first(request: Any) -> dict[str, Any]:
        asked.append(request)
        return {"name": "first", "other": 1}

    templates = Jinja2Templates(pages, context_processors=[first, lambda request: {"name": "second"}])
    this = request()
    response = templates.TemplateResponse(this, "duck.html", {"name": "endpoint"})
    assert (response.body, asked) == (b"<p>second</p>", [this])
    assert response.context["other"] == 1


def test_context_processors_that_would_have_to_be_awaited(pages: Path) -> None:
    async def late(request: Any) -> dict[str, Any]:
        return {}

    with pytest.raises(TypeError, match="ordinary function"):
        Jinja2Templates(pages, context_processors=[late])  # type: ignore[list-item]


def linking(pages: Path, name: str) -> WebApp:
    templates = Jinja2Templates(pages)

    async def page(request: Any) -> Any:
        return templates.TemplateResponse(request, name)

    async def duck(request: Any) -> Any: ...

    return WebApp(
        routes=[Route("/", page), Route("/ducks/{id:int}", duck, name="duck"), Mount("/sub", routes=[Route("/", page)])]
    )


def test_url_for(pages: Path) -> None:
    app = linking(pages, "link.html")
    assert answer_of(app, "GET", "/").text == "http://duck.example/ducks/7"
    assert answer_of(app, "GET", "/sub/").text == "http://duck.example/ducks/7"
    assert answer_of(app, "GET", "/proxy/", root_path="/proxy").text == "http://duck.example/proxy/ducks/7"


def test_url_for_in_a_macro_that_has_no_context(pages: Path) -> None:
    error = answer_of(linking(pages, "list.html"), "GET", "/").error
    assert isinstance(error, RuntimeError)
    assert "'with context'" in str(error)


def test_an_environment_of_ones_own() -> None:
    env = jinja2.Environment(loader=jinja2.DictLoader({"a": "{{ x | quack }}", "u": "{{ url_for('x') }}"}))
    env.filters["quack"] = lambda text: f"quack {text}"
    templates = Jinja2Templates(env=env)
    assert templates.env is env
    assert templates.TemplateResponse(request(), "a", {"x": "<b>"}).body == b"quack <b>", "it decides about escaping"
    env.globals["url_for"] = lambda name: f"my {name}"
    assert Jinja2Templates(env=env).TemplateResponse(request(), "u").body == b"my x"


def test_an_asynchronous_environment(pages: Path) -> None:
    loader = jinja2.FileSystemLoader(pages)
    templates = Jinja2Templates(env=jinja2.Environment(loader=loader, enable_async=True))

    asked: list[int] = []

    async def name() -> str:
        await asyncio.sleep(0)
        asked.append(1)
        return "Jemima"

    (pages / "duck.html").write_text("<p>{{ name() }}</p>")
    response = templates.TemplateResponse(request(), "duck.html", {"name": name})
    for _ in range(2):
        answered = answer_of(response)
        assert answered.text == "<p>Jemima</p>"
        assert answered.headers["content-length"] == "13"
    assert asked == [1], "sent twice, rendered once"


def test_test_clients_show_template_and_context(pages: Path) -> None:
    templates = Jinja2Templates(pages)

    async def page(request: Any) -> Any:
        return templates.TemplateResponse(request, "duck.html", {"name": "Jemima"})

    response: Any = TestClient(WebApp(routes=[Route("/", page)])).get("/")
    assert response.template.name == "duck.html"
    assert response.context["name"] == "Jemima"
    assert "request" in response.context


def test_nobody_else_is_told(pages: Path) -> None:
    response = Jinja2Templates(pages).TemplateResponse(request(), "duck.html")
    kinds = [message["type"] for message in answer_of(response).messages]
    assert kinds == ["http.response.start", "http.response.body"]
    kinds = [message["type"] for message in answer_of(response, extensions={"http.response.debug": {}}).messages]
    assert kinds == ["http.response.debug", "http.response.start", "http.response.body"]


def test_what_is_not_there(pages: Path) -> None:
    for name in ("none.html", "../duck.html", "/etc/passwd"):
        with pytest.raises(jinja2.TemplateNotFound):
            Jinja2Templates(pages / "sub" / "..").TemplateResponse(request(), name)


def test_what_it_is_made_of(pages: Path) -> None:
    for options in ({}, {"directory": pages, "env": jinja2.Environment()}):
        with pytest.raises(AssertionError, match="either a directory or an env"):
            Jinja2Templates(**options)
    with pytest.raises(TypeError, match="a request comes first"):
        Jinja2Templates(pages).TemplateResponse("duck.html", {"request": request()})


def test_without_jinja2(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"needs the package jinja2: pip install 'webfoot\[web\]'"):
        Jinja2Templates(pages)
