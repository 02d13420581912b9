"""Values by name, as the plan wants them. Pairs are what a query, a form, headers or cookies give."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel
from pydantic import Field as PydanticField

from webfoot import Form, Header, Query
from webfoot.api.fields import Field
from webfoot.api.plan.classify import classify
from webfoot.api.plan.signature import EMPTY, Parameter, origin_of
from webfoot.api.serve.pick import one_of, spread, values_of


class Duck(BaseModel):
    x_name: str = ""
    tags: list[str] = []


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: list[int] = []


class Dog(BaseModel):
    kind: Literal["dog"]
    lives: int = 1


class Strict(BaseModel):
    model_config = {"extra": "forbid"}

    name: str = ""


class Named(BaseModel):
    model_config = {"populate_by_name": True}

    x: str = PydanticField("", alias="its-x")


def field(annotation) -> Field:
    return classify(Parameter("value", annotation, EMPTY), frozenset(), origin_of(classify))


def test_the_first_name_that_is_there_counts():
    pairs = [("a", 1), ("b", 2), ("a", 3)]
    assert values_of(["c", "a", "b"], pairs) == ("a", [1, 3])
    assert values_of(["c"], pairs) == (None, [])


@pytest.mark.parametrize(("place", "value"), [("header", 1), ("query", 3), ("form", 3)])
def test_which_of_several_values_counts(place, value):
    assert one_of(place, [1, 2, 3]) == value


def test_members_first_then_what_the_model_does_not_name():
    pairs = [("x_name", "a"), ("other", "1"), ("tags", "b"), ("x_name", "c"), ("other", "2")]
    assert spread(field(Annotated[Duck, Query()]), pairs) == {"x_name": "c", "tags": ["b"], "other": ["1", "2"]}


def test_a_header_is_not_known_by_the_name_that_the_model_gives_it():
    pairs = [("x-name", "a"), ("x_name", "b")]
    assert spread(field(Annotated[Duck, Header()]), pairs) == {"x_name": "a"}
    assert spread(field(Annotated[Duck, Header()]), pairs[1:]) == {}


def test_a_model_that_may_be_left_out_is_there_with_any_of_its_names():
    optional = field(Annotated[Duck | None, Form()])
    assert spread(optional, [("other", "1")]) is None
    assert spread(optional, [("x_name", "")]) == {}


def test_a_model_that_refuses_what_it_does_not_know_is_there_with_any_name():
    strict = field(Annotated[Strict | None, Query()])
    assert spread(strict, []) is None
    assert spread(strict, [("other", "1")]) == {"other": "1"}


def test_members_that_are_known_by_two_names():
    both = field(Annotated[Named, Form()])
    assert spread(both, [("x", "1")]) == {"x": "1"}
    assert spread(both, [("its-x", "1"), ("x", "2")]) == {"its-x": "1", "x": "2"}
    assert spread(both, [("its-x", ""), ("x", "")]) == {}


@pytest.mark.parametrize(
    ("pairs", "taken"),
    [
        ([("kind", "cat"), ("lives", "1"), ("lives", "2")], {"kind": "cat", "lives": ["1", "2"]}),
        ([("kind", "dog"), ("lives", "1"), ("lives", "2")], {"kind": "dog", "lives": "2"}),
        ([("kind", ""), ("lives", "")], {"kind": "", "lives": ""}),
        ([("kind", "cat"), ("kind", "dog")], {"kind": ["cat", "dog"]}),
        ([], {}),
    ],
)
def test_the_form_names_its_model(pairs, taken):
    assert spread(field(Annotated[Cat | Dog, Form(discriminator="kind")]), pairs) == taken
