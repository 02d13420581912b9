from __future__ import annotations

import datetime
import doctest
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, computed_field, create_model
from pydantic.json_schema import GenerateJsonSchema

from webfoot.api.openapi import generator
from webfoot.api.openapi.constants import REF_TEMPLATE
from webfoot.api.openapi.generator import Mode, SchemaGenerator, computes_fields, is_describable


class Told(BaseModel):
    text: str = "a"
    number: int = 1
    flag: bool = False
    none: int | None = None
    things: list[int] = []
    some: list[datetime.date] = [datetime.date(2020, 1, 1)]
    day: datetime.date = datetime.date(2020, 1, 1)
    share: float = 0.5


class Plain(BaseModel):
    side: int


class Computed(Plain):
    @computed_field
    def area(self) -> int:
        return self.side**2


class Below(BaseModel):
    squares: dict[str, list[Computed]]


@dataclass
class Both:
    plain: Plain
    computed: Computed | None = None


def test_defaults_are_written_as_pydantic_writes_them() -> None:
    ours = SchemaGenerator().generate(TypeAdapter(Told).core_schema)
    assert ours["properties"] == Told.model_json_schema()["properties"]


def test_bytes_have_a_media_type() -> None:
    schema = SchemaGenerator().generate(TypeAdapter(Annotated[bytes, Field(min_length=2)]).core_schema)
    assert schema == {"type": "string", "minLength": 2, "contentMediaType": "application/octet-stream"}


@pytest.mark.parametrize(
    ("model", "computes"), [(Plain, False), (Computed, True), (Below, True), (Both, True), (list[Plain], False)]
)
def test_computed_fields_are_found_at_any_depth(model: Any, computes: bool) -> None:
    assert computes_fields(TypeAdapter(model).core_schema) is computes


def test_what_has_no_schema() -> None:
    assert not is_describable(TypeAdapter(Callable[[], int]).core_schema, "validation")
    assert is_describable(TypeAdapter(int).core_schema, "serialization")


def test_the_examples_in_docstrings() -> None:
    assert doctest.testmod(generator).failed == 0


class Leaf(BaseModel):
    n: int


class ReadsOtherwise(BaseModel):
    """Two schemas: what has a default need not be sent, and is always answered."""

    leaf: Leaf
    size: int = 1


class ReadsTheSame(BaseModel):
    leaf: Leaf


class Loop(BaseModel):
    loop: Loop | None = None
    other: ReadsOtherwise | None = None


def twin(field: str) -> type[BaseModel]:
    """A class called Leaf as well."""
    return create_model("Leaf", **{field: (int, ...)}, __module__="tests.api.openapi.twins")


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]
    age: int = 0


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
Box = create_model("Box", pet=(Pet, ...), leaf=(Leaf, ...))
TYPES: list[Any] = [Leaf, ReadsOtherwise, ReadsTheSame, Loop, twin("n"), twin("m"), list[Leaf], Pet, Box, Leaf | Box]


class AskedAboutAll(GenerateJsonSchema):
    def __init__(self) -> None:
        super().__init__(ref_template=REF_TEMPLATE)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(range(len(TYPES))), st.sampled_from(["validation", "serialization"]))))
def test_components_have_the_names_that_pydantic_would_give_them(wanted: list[tuple[int, Mode]]) -> None:
    asked = [(number, mode, TypeAdapter(TYPES[number]).core_schema) for number, mode in dict.fromkeys(wanted)]
    assert SchemaGenerator().generate_definitions(asked) == AskedAboutAll().generate_definitions(asked)
