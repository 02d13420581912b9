import weakref
from collections import ChainMap, OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, NewType, TypeVar
from uuid import UUID

import pytest
from pydantic import BaseModel, Json
from typing_extensions import TypeAliasType, TypedDict

from webfoot.api.plan.shapes import (
    bare,
    holds,
    is_a,
    is_json,
    is_many,
    is_of_pydantic_1,
    is_scalar,
    parts,
    without_none,
)
from webfoot.api.uploads import UploadFile


class Duck(BaseModel): ...


class Nest(TypedDict):
    size: int


@dataclass
class Pond:
    size: int


class Size(Enum):
    BIG = "big"


class Names(list[str]): ...


T = TypeVar("T")
Id = NewType("Id", int)
Alias = TypeAliasType("Alias", Annotated[list[int], "named"])


@pytest.mark.parametrize(
    "annotation",
    [
        *(str, bytes, int, float, bool, datetime, UUID, Size, Any, object, None, Id, T),
        Literal["a"],
        int | None,
        int | str | None,
        Annotated[int, "x"],
    ],
)
def test_scalars(annotation):
    assert is_scalar(annotation)
    assert not is_many(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        *(Duck, Nest, Pond, dict, Mapping, OrderedDict, ChainMap, UploadFile),
        dict[str, int],
        Duck | None,
        Annotated[Duck, "x"],
        int | Duck,
    ],
)
def test_compounds(annotation):
    assert not is_scalar(annotation)
    assert not is_many(annotation)


@pytest.mark.parametrize(
    "annotation",
    [
        *(list, set, tuple, frozenset, deque, Sequence, Names, Alias),
        list[int],
        tuple[int, ...],
        list[int] | None,
        list[int] | int,
        Annotated[set[int], "x"],
    ],
)
def test_sequences(annotation):
    assert is_many(annotation)
    assert not is_scalar(annotation)


def test_asking_leaves_nothing_behind_in_the_caches_of_abstract_classes():
    class New(BaseModel): ...

    before = weakref.getweakrefcount(New)
    assert not is_scalar(New)
    assert is_many(list[New])
    assert not holds(New, bytes)
    assert weakref.getweakrefcount(New) == before


def test_wrappings_are_taken_off():
    assert bare(Annotated[Id, "x"]) is int
    assert bare(Alias) == list[int]
    assert parts(Annotated[Alias | None, "x"]) == (list[int], type(None))
    assert without_none(Duck | None) is Duck
    assert without_none(int | str | None) == int | str | None


def test_holds_looks_into_unions_and_sequences():
    assert holds(list[UploadFile] | None, UploadFile)
    assert holds(bytes | None, bytes)
    assert holds(list[bytes | None], bytes)
    assert not holds(dict[str, bytes], bytes)
    assert not holds(Any, bytes)


def test_a_class_is_told_by_what_it_inherits_from():
    assert is_a(Names, dict, list)
    assert not is_a(list[int], list)
    assert not is_a("text", str)


def test_json_is_one_text():
    assert is_json(Json[list[int]].__metadata__)
    assert not is_json(Annotated[int, "x"].__metadata__)


def test_models_of_pydantic_1():
    from pydantic.v1 import BaseModel as OldModel

    class Old(OldModel): ...

    assert all(
        is_of_pydantic_1(annotation) for annotation in (Old, list[Old], Old | None, Annotated[dict[str, Old], "x"])
    )
    assert not any(is_of_pydantic_1(annotation) for annotation in (Duck, list[Duck], Literal["x"], Any, None, "Old"))
