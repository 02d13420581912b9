from __future__ import annotations

import mimetypes
from pathlib import Path

import pytest

from webfoot.web.responses import FileResponse, media_types
from webfoot.web.responses.media_types import media_type_of


@pytest.fixture
def bare_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without a table of its own, as in a small container."""
    monkeypatch.setattr(media_types, "guess_type", mimetypes.MimeTypes().guess_type)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.woff2", "font/woff2"),
        ("a.WEBP", "image/webp"),
        ("a.b.ttf", "font/ttf"),
        (Path("x.html/a.otf"), "font/otf"),
        ("a.txt", "text/plain"),
        ("a.wasm", "application/wasm"),
        ("a.unknown-kind", "application/octet-stream"),
        ("woff2", "application/octet-stream"),
        (".woff2", "application/octet-stream"),
    ],
)
def test_what_pages_are_made_of_is_known_everywhere(bare_system: None, name: str | Path, kind: str) -> None:
    assert media_type_of(name) == kind


def test_what_the_application_says_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    types = mimetypes.MimeTypes()
    types.add_type("font/x-duck", ".woff2")
    monkeypatch.setattr(media_types, "guess_type", types.guess_type)
    assert media_type_of("a.woff2") == "font/x-duck"
    assert FileResponse("a.woff2").media_type == "font/x-duck"
    assert FileResponse("a.woff2", media_type="x/y").media_type == "x/y"
    assert FileResponse("data", filename="a.woff2").media_type == "font/x-duck"
