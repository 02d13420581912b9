"""Templates on Starlette and on webfoot."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS
from tests.differential.web.sockets import over_sockets, request
from tests.web.driving import answer_of

TEMPLATES = {
    "duck.html": "<p title='{{ name }}'>{{ name }}</p>",
    "plain.txt": "{{ name }}",
    "page.xml": "{{ name }}",
    "link.html": "<a href=\"{{ url_for('duck', id=7) }}\">{{ request.url.path }}</a>",
    "lost.html": "{{ url_for('nowhere') }}",
    "broken.html": "{{ 1 / 0 }}",
    "child.html": "{% extends 'duck.html' %}",
    "missing.html": "{% include 'none.html' %}",
    "undefined.html": "{{ none }}|{{ other }}",
}


def templates_of(kit: SimpleNamespace, *args: Any, **options: Any) -> Any:
    home = "starlette.templating" if kit.App.__module__.startswith("starlette") else "webfoot.web.templates"
    return importlib.import_module(home).Jinja2Templates(*args, **options)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def program(pages: Path, name: str, *args: Any, **options: Any) -> Any:
    def make(kit: SimpleNamespace) -> Any:
        templates = templates_of(kit, pages, **options)

        async def page(request: Any) -> Any:
            return templates.TemplateResponse(request, name, *args)

        async def duck(request: Any) -> Any: ...

        routes = [kit.Route("/", page), kit.Route("/ducks/{id:int}", duck, name="duck")]
        return kit.App(routes=[*routes, kit.Mount("/sub", routes=routes)])

    return make


@pytest.mark.parametrize("name", [*TEMPLATES, "none.html", "../duck.html"])
@pytest.mark.parametrize("path", ["/", "/sub/"])
def test_pages(pages: Path, name: str, path: str) -> None:
    theirs, ours = both(program(pages, name, {"name": "<b>'\"&"}), "GET", path)
    assert ours == theirs


@pytest.mark.parametrize(
    "args",
    [
        (),
        (None,),
        ({"name": "x"}, 404),
        ({"name": "é"}, 200, {"x-duck": "1", "content-type": "text/x"}),
        ({"name": "x"}, 200, None, "text/plain"),
        ({"name": "x"}, 200, None, "application/xml"),
    ],
)
def test_arguments(pages: Path, args: Any) -> None:
    for method in ("GET", "HEAD"):
        theirs, ours = both(program(pages, "duck.html", *args), method, "/")
        assert ours == theirs


def test_context_processors(pages: Path) -> None:
    processors = [lambda request: {"name": f"first {request.url.path}"}, lambda request: {"other": "<second>"}]
    for name in ("duck.html", "undefined.html"):
        theirs, ours = both(program(pages, name, {"name": "endpoint"}, context_processors=processors), "GET", "/")
        assert ours == theirs


def test_an_environment_of_ones_own() -> None:
    def make(kit: SimpleNamespace) -> Any:
        env = jinja2.Environment(loader=jinja2.DictLoader({"a": "{{ x }} {{ url_for('page') }}"}))
        templates = templates_of(kit, env=env)

        async def page(request: Any) -> Any:
            return templates.TemplateResponse(request, "a", {"x": "<b>"})

        return kit.App(routes=[kit.Route("/", page)])

    theirs, ours = both(make, "GET", "/")
    assert ours == theirs


def test_the_debug_extension(pages: Path) -> None:
    theirs, ours = both(program(pages, "duck.html", {"name": "x"}), "GET", "/", extensions={"http.response.debug": {}})
    assert ours["body"] == theirs["body"]
    assert ours["starts"] == theirs["starts"]


def test_over_a_socket(pages: Path) -> None:
    theirs, ours = over_sockets(program(pages, "link.html"), request("GET", "/"))
    assert ours == theirs
    assert ours[0][0] == 200


# told in docs/differences.md, "Templates"
def test_known_difference_in_what_is_escaped(pages: Path) -> None:
    (pages / "duck.html.j2").write_text("{{ name }}")
    theirs, ours = both(program(pages, "duck.html.j2", {"name": "<b>"}), "GET", "/")
    assert (ours["body"], theirs["body"]) == (b"&lt;b&gt;", b"<b>")


def test_known_difference_in_asynchronous_environments() -> None:
    """Starlette: a RuntimeError, for a running event loop cannot run another."""
    loader = jinja2.DictLoader({"a": "{{ x }}"})
    templates = templates_of(OURS, env=jinja2.Environment(loader=loader, enable_async=True))

    async def page(request: Any) -> Any:
        return templates.TemplateResponse(request, "a", {"x": 1})

    assert answer_of(OURS.App(routes=[OURS.Route("/", page)]), "GET", "/").body == b"1"
