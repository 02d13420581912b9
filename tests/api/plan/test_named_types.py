"""Types that stand for themselves, and functions with type parameters: syntax of Python 3.12."""

import sys
from typing import Any

import pytest

from webfoot import UploadFile, Webfoot
from webfoot.api.errors import PlanError
from webfoot.api.plan.shapes import bare, holds, is_many, is_scalar, parts
from webfoot.testing import TestClient

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = ...` is of Python 3.12")

NAMES = """
type Tree = int | list[Tree] | dict[str, Tree]
type Itself = Itself
type Other = Another
type Another = Other
type Number = int | Number
"""


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(NAMES, namespace)
    return namespace


def test_a_recursive_type_is_looked_through_once(names: dict[str, Any]) -> None:
    tree = names["Tree"]
    assert len(parts(tree)) == 3
    assert is_many(tree)
    assert not is_scalar(tree)
    assert not holds(tree, UploadFile)


@pytest.mark.parametrize("name", ["Itself", "Other", "Another", "Number"])
def test_what_never_ends_ends(names: dict[str, Any], name: str) -> None:
    named = names[name]
    assert bare(named) is not None
    assert parts(named)
    assert not holds(named, UploadFile)
    assert is_scalar(named)


def test_a_recursive_type_is_a_body(names: dict[str, Any]) -> None:
    app, tree_type = Webfoot(), names["Tree"]

    @app.post("/")
    def plant(tree: tree_type) -> tree_type:
        return tree

    client = TestClient(app)
    assert client.post("/", json=[1, [2, {"a": [3]}]]).json() == [1, [2, {"a": [3]}]]
    assert client.post("/", json=[1, [2, {"a": ["x"]}]]).status_code == 422


@pytest.mark.parametrize("name", ["Itself", "Other"])
def test_a_type_that_stands_for_itself_is_refused(names: dict[str, Any], name: str) -> None:
    named = names[name]

    def plant(tree: named) -> None: ...

    with pytest.raises(PlanError, match=r"plant \(.*: parameter 'tree': .* circular reference"):
        Webfoot().post("/")(plant)


def test_a_type_parameter_in_quotes() -> None:
    app = Webfoot()
    exec('@app.get("/")\ndef twice[T: int](number: "T") -> "T": return number * 2', {"app": app})
    assert TestClient(app).get("/?number=3").json() == 6
