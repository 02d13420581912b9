"""FastAPI's functions that read a signature, beside FastAPI's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ForwardRef

import pytest
from fastapi import Query
from fastapi.dependencies import utils as theirs
from pydantic import BaseModel

from webfoot.compat import typed_signatures as ours


class Item(BaseModel):
    name: str


def whole(item: Item, q: Annotated[int, Query()] = 1, *more: str, last: Nope = None) -> Item | None: ...  # type: ignore[name-defined]  # noqa: F821


def says_nothing(): ...


def gives_nothing() -> None: ...


class Called:
    def __call__(self, item: Item) -> Item:
        return item


READ: list[Callable[..., Any]] = [whole, says_nothing, gives_nothing, Called(), lambda x=1: x]


@pytest.mark.parametrize("call", READ, ids=["whole", "says_nothing", "gives_nothing", "instance", "lambda"])
def test_signatures(call: Callable[..., Any]) -> None:
    assert str(ours.get_typed_signature(call)) == str(theirs.get_typed_signature(call))


@pytest.mark.parametrize("call", READ[:3] + READ[4:], ids=["whole", "says_nothing", "gives_nothing", "lambda"])
def test_results(call: Callable[..., Any]) -> None:
    assert ours.get_typed_return_annotation(call) == theirs.get_typed_return_annotation(call)


def test_results_of_nowhere() -> None:
    def nowhere() -> Nope: ...  # type: ignore[name-defined]  # noqa: F821

    assert ours.get_typed_return_annotation(nowhere) == ForwardRef("Nope")


@pytest.mark.parametrize("annotation", ["int | None", "None", int, "Item", "Nope"])
def test_annotations(annotation: Any) -> None:
    there = {"Item": Item}
    assert ours.get_typed_annotation(annotation, there) == theirs.get_typed_annotation(annotation, there)
