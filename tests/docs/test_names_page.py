"""The page of names sends nobody to a place where the name is not."""

from __future__ import annotations

import importlib
import pkgutil
import re
import warnings
from pathlib import Path

import pytest
import starlette

import webfoot
import webfoot.web

PAGE = (Path(__file__).parents[2] / "docs/names.md").read_text()
ROWS = [
    (there, names[1] or names[2], names[2], here)
    for there, cell, here in re.findall(r"^\| `([\w.]+)` \| (.*) \| `([\w.]+)` \|$", PAGE, re.M)
    for names in re.finditer(r"(?:`(\w+)` → )?`(\w+)`", cell)
]
OWN = [
    (name, here)
    for cell, here in re.findall(r"^\| ((?:`\w+` ?)+) \| `([\w.]+)` \|$", PAGE.partition("## Of our own")[2], re.M)
    for name in re.findall(r"`(\w+)`", cell)
]
ABSENT = re.findall(r"`(\w+)`", PAGE.rpartition("There is no ")[2].partition("\n\n")[0])


def test_the_page_was_read() -> None:
    assert len(ROWS) > 80
    assert ("fastapi", "FastAPI", "Webfoot", "webfoot") in ROWS
    assert {"run_until_first_complete"} <= set(ABSENT)


@pytest.mark.parametrize(("there", "theirs", "ours", "here"), ROWS)
def test_each_name_is_where_the_page_says(there: str, theirs: str, ours: str, here: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette.middleware.wsgi is deprecated, say
        assert hasattr(importlib.import_module(there), theirs)
    assert hasattr(importlib.import_module(here), ours)


@pytest.mark.parametrize(("name", "here"), OWN)
def test_each_name_of_our_own_is_where_the_page_says(name: str, here: str) -> None:
    assert hasattr(importlib.import_module(here), name)


def test_each_top_level_name_is_on_the_page() -> None:
    told = {ours for _, _, ours, _ in ROWS} | {name for name, _ in OWN}
    assert set(webfoot.__all__) - {"__version__"} <= told
    assert set(webfoot.web.__all__) <= told


# What is visible in Starlette's modules and no page of its documentation tells of: its own machinery and typing.
UNDOCUMENTED = {
    "starlette.concurrency": "run_until_first_complete",
    "starlette.config": "undefined",
    "starlette.exceptions": "StarletteDeprecationWarning",
    "starlette.formparsers": "FormMessage MultipartPart",
    "starlette.middleware.body_limit": "RequestBodyLimitResponder",
    "starlette.middleware.gzip": "GZipResponder IdentityResponder unattached_send",
    "starlette.middleware.wsgi": "WSGIResponder build_environ",
    "starlette.requests": "cookie_parser empty_receive empty_send",
    "starlette.responses": "MalformedRangeHeader RangeNotSatisfiable",
    "starlette.routing": "replace_params",
    "starlette.schemas": "EndpointInfo",
}


def made_by_starlette() -> list[tuple[str, str]]:
    """Each class and function, with the module that defines it."""
    found = []
    for module in pkgutil.walk_packages(starlette.__path__, "starlette."):
        if module.name.rpartition(".")[2].startswith("_"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = vars(importlib.import_module(module.name))
        for name, value in names.items():
            is_made_here = getattr(value, "__module__", None) == module.name and hasattr(value, "__qualname__")
            if is_made_here and not name.startswith("_") and name not in UNDOCUMENTED.get(module.name, "").split():
                found.append((module.name, name))
    return found


def test_each_name_of_starlette_is_on_the_page() -> None:
    told = {(there, theirs) for there, theirs, _, _ in ROWS}
    made = made_by_starlette()
    assert len(made) > 90
    assert set(made) <= told, set(made) - told


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_said_to_be_absent_is(name: str) -> None:
    assert not hasattr(webfoot, name), "docs/names.md has to tell where it is"
    assert not hasattr(webfoot.web, name), "docs/names.md has to tell where it is"
