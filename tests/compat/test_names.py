"""The tables against our own modules, the peers, and the page of names."""

from __future__ import annotations

import importlib
import warnings

import pytest
from tests.docs.test_names_page import ROWS

from webfoot.compat.names import TABLE, VERSIONS, Home, homes_of

ALL = [(module, name, home) for module, rows in TABLE.items() for name, home in homes_of(rows).items()]


@pytest.mark.parametrize(("module", "name", "home"), ALL)
def test_each_name_is_there_and_here(module: str, name: str, home: Home) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette.middleware.wsgi is deprecated, say
        assert hasattr(importlib.import_module(module), name)
    assert home.load() is not None


@pytest.mark.parametrize("peer", VERSIONS)
def test_versions_are_those_that_the_tests_compare_with(peer: str) -> None:
    assert importlib.import_module(peer).__version__ == VERSIONS[peer]


def test_what_the_page_of_names_tells_is_in_the_tables() -> None:
    known = {(module, name) for module, name, _ in ALL}
    told = {(there, theirs) for there, theirs, _, _ in ROWS}
    assert told - known == set()


def test_both_lead_to_the_same() -> None:
    homes = {(module, name): home for module, name, home in ALL}
    for there, theirs, ours, here in ROWS:
        if theirs != ours and ours == "CompressionMiddleware":
            continue  # the page shows a second way
        assert homes[there, theirs].load() is getattr(importlib.import_module(here), ours), (there, theirs)


def test_classes_are_one() -> None:
    def there(module: str, name: str) -> object:
        return homes_of(TABLE[module])[name].load()

    assert there("starlette.requests", "Request") is there("fastapi", "Request")
    fastapi_error, starlette_error = there("fastapi", "HTTPException"), there("starlette.exceptions", "HTTPException")
    assert fastapi_error is not starlette_error
    assert issubclass(fastapi_error, starlette_error)  # type: ignore[arg-type]
    assert issubclass(there("fastapi", "FastAPI"), there("starlette.applications", "Starlette"))  # type: ignore[arg-type]
    assert there("uvicorn", "Server") is there("uvicorn.main", "Server")
