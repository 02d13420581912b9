"""Functions that programs put in the place of FastAPI's, to be called."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.running import ran_well, run

PROGRAM = """
from fastapi import FastAPI, applications
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.testclient import TestClient

def swagger(*args, **kwargs):
    return get_swagger_ui_html(*args, **kwargs, swagger_js_url="/own.js")

def redoc(*args, **kwargs):
    return get_redoc_html(*args, **kwargs, redoc_js_url="/own.js")

client = TestClient(FastAPI(title="Ducks"))
before = client.get("/docs").text
theirs = applications.get_swagger_ui_html
applications.get_swagger_ui_html, applications.get_redoc_html = swagger, redoc
pages = [client.get(path).text for path in ("/docs", "/redoc")]
assert all("/own.js" in page and "Ducks" in page and "/openapi.json" in page for page in pages), pages
applications.get_swagger_ui_html = theirs
assert client.get("/docs").text == before
"""


@pytest.mark.parametrize("peer", [False, True], ids=["webfoot", "fastapi"])
def test_pages_of_the_documentation(peer: bool, tmp_path: Path) -> None:
    """The same on FastAPI itself."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    ran_well(run(*(() if peer else ("-m", "webfoot.compat")), script))
