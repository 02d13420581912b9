"""FrontendFiles alone. In front of an API it is in tests/api/test_frontend.py and tests/differential/api."""

from pathlib import Path
from typing import Any

import pytest
from tests.web.driving import Answered, answer_of

from webfoot.web import Mount, WebApp
from webfoot.web.static.frontend import FrontendFiles, asks_for_page

PAGE = {"accept": "text/html"}


def asked(directory: Path, path: str, fallback: Any = "auto", method: str = "GET", **headers: str) -> Answered:
    app = WebApp(routes=[Mount("/ui", FrontendFiles(directory, fallback))])
    return answer_of(app, method, path, headers=headers)


@pytest.mark.parametrize(
    ("files", "fallback", "for_a_page", "for_a_script"),
    [
        (["index.html"], "auto", (200, "index.html"), (404, "Not Found")),
        (["index.html", "404.html"], "auto", (404, "404.html"), (404, "404.html")),
        (["404.html"], "auto", (404, "404.html"), (404, "404.html")),
        ([], "auto", (404, "Not Found"), (404, "Not Found")),
        (["index.html", "404.html"], "index.html", (200, "index.html"), (404, "Not Found")),
        (["index.html", "404.html"], "404.html", (404, "404.html"), (404, "404.html")),
        (["index.html", "404.html"], None, (404, "Not Found"), (404, "Not Found")),
    ],
)
def test_fallbacks(tmp_path: Path, files: list[str], fallback: Any, for_a_page: Any, for_a_script: Any) -> None:
    for name in files:
        (tmp_path / name).write_text(name)
    for headers, expected in ((PAGE, for_a_page), ({}, for_a_script)):
        answered = asked(tmp_path, "/ui/ponds/7", fallback, **headers)
        assert (answered.status, answered.text) == expected


@pytest.mark.parametrize("fallback", ["index.html", "404.html"])
def test_a_fallback_that_is_not_there(tmp_path: Path, fallback: Any) -> None:
    said = f"Frontend fallback file '{fallback}' does not exist in directory "
    error = asked(tmp_path, "/ui/ponds/7", fallback, **PAGE).error
    assert isinstance(error, RuntimeError) and str(error).startswith(said)
    directory, missing = FrontendFiles(tmp_path, fallback).why_not_there()
    assert directory is None
    assert missing is not None and missing.startswith(said)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    directory, missing = FrontendFiles(tmp_path / "dist").why_not_there()
    assert directory is not None and directory.endswith(f"Resolved absolute path: '{tmp_path / 'dist'}'")
    assert missing is None


@pytest.mark.parametrize(
    ("accept", "asks"),
    [
        ("text/html", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/xhtml+xml", True),
        ("image/png, TEXT/HTML ;level=1", True),
        ("text/html;q=0.1", True),
        ("text/html;q=many", True),
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("text/htmlx", False),
        ("application/json", False),
        ("text/html;q=0", False),
        ("text/html; q = 0.000", False),
    ],
)
def test_who_asks_for_a_page(accept: str, asks: bool) -> None:
    assert asks_for_page([accept]) is asks
    assert asks_for_page(["image/png", accept]) is asks
    assert asks_for_page([]) is False
