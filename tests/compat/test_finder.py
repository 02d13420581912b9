"""What an import of a made-up peer gives."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from webfoot.compat.finder import PeerFinder, PeerModule
from webfoot.compat.metadata import PeerMetadata
from webfoot.web.requests import Request

TABLE = {
    "peer": {"webfoot.web.requests": "Ask=Request", "webfoot.web.status": "codes=."},
    "peer.parts": {"webfoot.web.requests": "Request", "no.such.module": "Lost"},
    "peer.parts.codes": {"webfoot.web.status": "*"},
}


@pytest.fixture(autouse=True)
def peer() -> Iterator[None]:
    finders: list[Any] = [PeerFinder(TABLE, {"peer": "1.2"}), PeerMetadata({"peer": "1.2", "pytest": "0.0"})]
    sys.meta_path[:] = [finders[0], *sys.meta_path, finders[1]]
    yield
    for finder in finders:
        sys.meta_path.remove(finder)
    for name in [name for name, module in sys.modules.items() if isinstance(module, PeerModule)]:
        del sys.modules[name]


def run(text: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(text, names)
    return names


def test_names() -> None:
    assert run("from peer import Ask")["Ask"] is Request
    assert run("import peer.parts.codes; x = peer.parts.codes.HTTP_200_OK")["x"] == 200
    assert run("from peer import codes")["codes"].__name__ == "webfoot.web.status"
    assert run("import peer")["peer"].__version__ == "1.2"


def test_submodules_are_attributes_without_an_import_of_their_own() -> None:
    assert run("import peer; x = peer.parts.Request")["x"] is Request


def test_star_takes_the_names_of_the_table() -> None:
    assert set(run("from peer import *")) == {"__builtins__", "Ask", "codes"}
    assert {"HTTP_200_OK", "WS_1000_NORMAL_CLOSURE"} <= set(run("from peer.parts.codes import *"))
    assert dir(importlib.import_module("peer"))[0] == "Ask"


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("from peer import Nope", "peer", "Nope"),
        ("import peer.nope", "peer", "nope"),
        ("from peer.parts import Nope", "peer.parts", "Nope"),
        ("from peer.parts.codes import Nope", "peer.parts.codes", "Nope"),
        ("from peer._private import thing", "peer", "_private"),
    ],
)
def test_what_is_not_there_is_told(text: str, module: str, name: str) -> None:
    with pytest.raises(ImportError) as raised:
        run(text)
    assert str(raised.value) == (
        f"cannot import {name!r} from {module!r}: webfoot has no {module}.{name} yet; see docs/compat.md"
    )


def test_attributes_that_are_not_there() -> None:
    module = importlib.import_module("peer")
    assert not hasattr(module, "Nope")
    assert not hasattr(module, "__file__")
    with pytest.raises(AttributeError, match=r"webfoot has no peer\.Nope yet"):
        module.Nope


def test_a_package_that_a_name_needs_is_missed_by_its_own_name() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'no'$"):
        run("from peer.parts import Lost")


def test_other_modules_are_not_ours() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'peers'$"):
        run("import peers")


def test_versions_of_what_is_not_installed_and_of_what_is() -> None:
    assert importlib.metadata.version("peer") == "1.2"
    assert importlib.metadata.metadata("peer")["Name"] == "peer"
    assert importlib.metadata.version("pytest") == pytest.__version__
    assert importlib.metadata.distribution("peer").files is None
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("peers")


def test_names_that_live_in_another_module_of_the_peer() -> None:
    assert run("from peer.parts.codes import Request")["Request"] is Request
    with pytest.raises(ImportError):
        run("from peer import HTTP_200_OK")  # packages are more careful
