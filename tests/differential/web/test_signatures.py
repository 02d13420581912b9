"""Every class and function of the page of names: what theirs takes ours takes, and what theirs has ours has.

By the same name, in the same order, with the same default; more of our own comes behind, or by keyword only.
"""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[3] / "docs/names.md").read_text()
ROWS = [
    (there, names[1] or names[2], names[2], here)
    for there, cell, here in re.findall(r"^\| `(starlette[\w.]*)` \| (.*) \| `([\w.]+)` \|$", PAGE, re.M)
    for names in re.finditer(r"(?:`(\w+)` → )?`(\w+)`", cell)
    if names[2] != "CompressionMiddleware"  # which is more than what it stands beside
]

# Attributes of theirs that no page of the documentation tells of: how they do their work.
MACHINERY = {
    "FormParser": "on_field_data on_field_end on_field_name on_field_start",
    "MultiPartParser": (
        "on_end on_header_end on_header_field on_header_value on_headers_finished "
        "on_part_begin on_part_data on_part_end"
    ),
    "CORSMiddleware": "allow_explicit_origin send simple_response",
    "ServerErrorMiddleware": "format_line generate_frame_html generate_html generate_plain_text",
    "ExceptionMiddleware": "http_exception websocket_exception",
    "FileResponse": "generate_multipart",
    "TestClient": "lifespan wait_shutdown wait_startup",
}
# What is called or is otherwise on purpose; the session of a test client is made by the client.
OTHERWISE = {
    "iterate_in_threadpool": "it takes any iterable, and its parameter says so",
    "run_in_threadpool": "a keyword of the function may be called func, too",
    "GZipMiddleware": "more content types that are compressed already",
    "GZipMiddleware.__init__": "the same",
    "Session.pop": "the default is a parameter with a name",
    "TestClient.websocket_connect": "its options are parameters with names",
    "WebSocketTestSession": "made by the client",
    "WebSocketTestSession.__init__": "made by the client",
}


def found(there: str, theirs: str, ours: str, here: str) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # starlette.middleware.wsgi is deprecated
        return getattr(importlib.import_module(there), theirs), getattr(importlib.import_module(here), ours)


def callables() -> Iterator[tuple[str, Any, Any]]:
    """Each function, and each class with its public methods, of theirs and of ours."""
    for row in ROWS:
        name, (theirs, ours) = row[1], found(*row)
        if inspect.isfunction(theirs):
            yield name, theirs, ours
        elif inspect.isclass(theirs):
            yield name, theirs, ours
            for method, value in inspect.getmembers_static(theirs, inspect.isfunction):
                if (not method.startswith("_") or method == "__init__") and hasattr(ours, method):
                    yield f"{name}.{method}", value, getattr(ours, method)


def parameters(function: Any) -> dict[str, inspect.Parameter]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # it has none that can be read
        return {}
    return {name: parameter for name, parameter in signature.parameters.items() if name != "self"}


def default(parameter: inspect.Parameter) -> str:
    """As a text that is the same on both; a default that only says "nothing given" is each one's own."""
    if getattr(parameter.default, "__module__", "builtins") != "builtins" or type(parameter.default) is object:
        return "its own"
    return repr(parameter.default)


CALLABLES = {name: (theirs, ours) for name, theirs, ours in callables() if name not in OTHERWISE}


def test_the_page_was_read() -> None:
    assert len(ROWS) > 100
    assert len(CALLABLES) > 200
    assert set(OTHERWISE) <= {name for name, _, _ in callables()}


@pytest.mark.parametrize("name", CALLABLES)
def test_it_takes_what_theirs_takes(name: str) -> None:
    there, here = (parameters(each) for each in CALLABLES[name])
    if not there or not here:
        return
    for key, parameter in there.items():
        assert key in here, f"{key} is not taken"
        assert here[key].kind is parameter.kind, key
        assert default(here[key]) == default(parameter), key
    assert [key for key in here if key in there] == list(there)
    positional = [key for key, parameter in here.items() if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    known = [key for key in positional if key in there]
    assert positional[: len(known)] == known, "what is our own comes behind"
    assert all(here[key].default is not inspect.Parameter.empty for key in here if key not in there)


@pytest.mark.parametrize(("there", "theirs", "ours", "here"), ROWS)
def test_it_has_what_theirs_has(there: str, theirs: str, ours: str, here: str) -> None:
    their_class, our_class = found(there, theirs, ours, here)
    if not inspect.isclass(their_class):
        return
    public = {name for name in dir(their_class) if not name.startswith("_")} - set(MACHINERY.get(theirs, "").split())
    assert {name for name in public if not hasattr(our_class, name)} == set()
    for name in public:
        what = [isinstance(inspect.getattr_static(kind, name), property) for kind in (their_class, our_class)]
        assert what[0] == what[1], f"{name} is a property on one side only"


@pytest.mark.parametrize("name", MACHINERY)
def test_what_is_said_to_be_their_machinery_is_there(name: str) -> None:
    row = next(row for row in ROWS if row[1] == name)
    theirs, ours = found(*row)
    assert all(hasattr(theirs, attribute) and not hasattr(ours, attribute) for attribute in MACHINERY[name].split())
