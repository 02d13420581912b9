"""docs/compat.md says of nothing that it is missing when it is there."""

from __future__ import annotations

import re

import pytest
from tests.compat.running import ROOT

from webfoot.compat.names import TABLE, homes_of

PAGE = (ROOT / "docs/compat.md").read_text()
ABSENT = re.findall(r"^\| (`[\w.` ]+`) \| (.*) \|$", PAGE, re.M)
MODULES = [
    module for modules, what in ABSENT if what.startswith("all") for module in re.findall(r"`([\w.]+)`", modules)
]
NAMES = [
    (modules.strip("`"), name)
    for modules, what in ABSENT
    if modules.strip("`") in TABLE or not what.startswith("all")
    for name in re.findall(r"`(\w+)`", what)
    if modules != "`fastapi.FastAPI`"
]


@pytest.mark.parametrize("module", MODULES)
def test_modules(module: str) -> None:
    assert module not in TABLE


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_names(module: str, name: str) -> None:
    assert name not in homes_of(TABLE[module])


def test_the_page_was_read() -> None:
    assert "uvicorn.workers" in MODULES
    assert ("uvicorn.config", "create_ssl_context") in NAMES
