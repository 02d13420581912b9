"""The page with the traceback: it shows nothing without `debug` (CWE-209), and what is shown is text (CWE-79)."""

from __future__ import annotations

import pytest
from tests.web.driving import answer_of

from webfoot.web import Request
from webfoot.web.application import WebApp
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Mount, Route

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


async def fail(request: Request) -> PlainTextResponse:
    local = "a local value that is nobody's business"
    raise LookupError(f"no duck called {request.path_params['x']} {request.headers.get('x-evil')} {len(local)}")


def routes() -> list[Route | Mount]:
    return [Route("/{x}", fail, methods=["GET", "<B>"]), Mount("/in", app=WebApp(routes=[Route("/{x}", fail)]))]


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
@pytest.mark.parametrize("path", ["/duck", "/in/duck"])
def test_without_debug_nothing_is_told(accept: str, path: str) -> None:
    answered = answer_of(WebApp(routes=routes()), "GET", path, headers={"accept": accept})
    assert (answered.status, answered.text) == (500, "Internal Server Error")
    assert answered.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("method", ["GET", "<B>"])
def test_what_a_client_sends_is_text_on_the_page(method: str) -> None:
    app = WebApp(routes=routes(), debug=True)
    answered = answer_of(app, method, f"/{SCRIPT.replace('/', '')}", headers={"accept": "text/html", "x-evil": SCRIPT})
    assert answered.status == 500
    assert "LookupError" in answered.text and "&lt;script&gt;" in answered.text
    for evil in ("<script>", "<img", "<B>"):
        assert evil not in answered.text


def test_as_plain_text_it_is_called_that() -> None:
    answered = answer_of(WebApp(routes=routes(), debug=True), "GET", f"/{SCRIPT.replace('/', '')}")
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"


def test_values_of_variables_are_not_shown() -> None:
    app = WebApp(routes=routes(), debug=True)
    for accept in ("text/html", "text/plain"):
        text = answer_of(app, "GET", "/duck", headers={"accept": accept, "authorization": "Bearer hush"}).text
        assert "hush" not in text
        # The line of the source is there, the other frames' values are not.
        assert "FrameType" not in text and "bound method" not in text
