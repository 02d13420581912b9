"""The page of names sends nobody to a place where the name is not."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import webfoot
import webfoot.web

PAGE = (Path(__file__).parents[2] / "docs/names.md").read_text()
ROWS = [
    (there, names[1] or names[2], names[2], here)
    for there, cell, here in re.findall(r"^\| `([\w.]+)` \| (.*) \| `([\w.]+)` \|$", PAGE, re.M)
    for names in re.finditer(r"(?:`(\w+)` → )?`(\w+)`", cell)
]
ABSENT = re.findall(r"`(\w+)`", PAGE.rpartition("There is no ")[2].partition("\n\n")[0])
REFUSED = re.findall(r"`(\w+)`", PAGE.rpartition("The options ")[2].partition(" are not taken")[0])


def test_the_page_was_read() -> None:
    assert len(ROWS) > 80
    assert ("fastapi", "FastAPI", "Webfoot", "webfoot") in ROWS
    assert {"WebSocket", "StaticFiles"} <= set(ABSENT)


@pytest.mark.parametrize(("there", "theirs", "ours", "here"), ROWS)
def test_each_name_is_where_the_page_says(there: str, theirs: str, ours: str, here: str) -> None:
    assert hasattr(importlib.import_module(there), theirs)
    assert hasattr(importlib.import_module(here), ours)


def test_each_top_level_name_is_on_the_page() -> None:
    told = {ours for _, _, ours, _ in ROWS}
    assert set(webfoot.__all__) - {"__version__"} <= told
    assert set(webfoot.web.__all__) <= told


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_said_to_be_absent_is(name: str) -> None:
    assert not hasattr(webfoot, name), "docs/names.md has to tell where it is"
    assert not hasattr(webfoot.web, name), "docs/names.md has to tell where it is"


@pytest.mark.parametrize("option", REFUSED)
def test_options_that_are_said_to_be_refused_are(option: str) -> None:
    assert len(REFUSED) == 4
    maker: Any = webfoot.Depends if option == "max_concurrency" else webfoot.Webfoot
    with pytest.raises(TypeError, match=option):
        maker(**{option: None})
