from dataclasses import dataclass
from functools import partial
from typing import Annotated

import pytest
from pydantic import BaseModel
from pydantic_core import ValidationError
from typing_extensions import TypedDict

from webfoot import Body, Cookie, Depends, File, Form, Header, Query, Request
from webfoot.api.errors import PlanError
from webfoot.api.plan.callables import plan_call


class Duck(BaseModel):
    name: str


def everything(
    request: Request,
    duck: Duck,
    session: Annotated[str, Cookie()],
    x_token: Annotated[list[str], Header()],
    q: int,
    pond: Annotated[int, Depends(len)],
    id: str,
    limit: int = 10,
): ...


def test_values_are_ordered_as_errors_are_told():
    plan = plan_call(everything, frozenset({"id"}))
    assert [field.name for field in plan.fields] == ["id", "q", "limit", "x_token", "session", "duck"]
    assert plan.specials == (("request", "request"),)
    assert [(name, marker.dependency) for name, marker in plan.dependencies] == [("pond", len)]


def test_values_are_laid_out_by_the_way_in_which_they_are_read():
    sources = plan_call(everything, frozenset({"id"})).sources
    assert sources.path == (("id", "id"),)
    assert sources.query == {"q": ("q", False), "limit": ("limit", False)}
    assert sources.headers == {b"x-token": ("x_token", True)}
    assert sources.cookies == (("session", "session"),)
    assert sources.elaborate == ()
    assert [field.name for field in sources.body] == ["duck"]


def test_names_that_several_parameters_share_are_elaborate():
    def shares(
        a: Annotated[str, Header(alias="X-A")],
        b: Annotated[str, Header(alias="x-a")],
        c: Annotated[str, Header(alias="x-c")],
        d: Annotated[str, Query(alias="x-c")],
        form: Annotated[str, Form()],
        file: Annotated[bytes, File()],
    ): ...

    sources = plan_call(shares, frozenset()).sources
    assert [field.name for field in sources.elaborate] == ["a", "b"]
    assert sources.headers == {b"x-c": ("c", False)}
    assert [field.name for field in sources.body] == ["form", "file"]


def test_one_validator_turns_texts_into_arguments():
    plan = plan_call(everything, frozenset({"id"}))
    found = {"id": "7", "q": "3", "x_token": ["a"], "session": "s", "duck": {"name": "Donald"}}
    assert plan.validator.validate_python(found) == {**found, "q": 3, "limit": 10, "duck": Duck(name="Donald")}
    with pytest.raises(ValidationError) as caught:
        plan.validator.validate_python({"id": "7", "q": "x", "x_token": ["a"], "duck": {}})
    assert [error["loc"] for error in caught.value.errors()] == [("q",), ("session",), ("duck", "name")]


def test_a_callable_without_values_has_no_validator():
    def asks_for_nothing(request: Request): ...

    assert plan_call(asks_for_nothing, frozenset()).validator is None


def test_defaults_are_not_shared_and_not_validated():
    def defaults(a: Annotated[list[int], Query()] = ["x"], b: int = Query(default_factory=lambda: "y")): ...

    validate = plan_call(defaults, frozenset()).validator.validate_python
    first, second = validate({}), validate({})
    assert first == second == {"a": ["x"], "b": "y"}
    assert first["a"] is not second["a"]


def test_a_default_is_validated_when_that_is_asked_for():
    def defaults(a: int = Query("x", validate_default=True)): ...

    with pytest.raises(ValidationError):
        plan_call(defaults, frozenset()).validator.validate_python({})


def test_a_callable_is_read_once_for_all_paths_that_do_not_concern_it():
    def session(q: int, id: str = "x"): ...

    plan = plan_call(session, frozenset({"other"}))
    assert plan_call(session, frozenset({"another"})) is plan
    assert plan_call(session, frozenset({"id", "other"})) is not plan


def test_a_partial_keeps_what_was_bound_as_a_default():
    def limited(limit: int, q: str): ...

    plan = plan_call(partial(limited, limit=3), frozenset())
    assert {field.name: field.required for field in plan.fields} == {"limit": False, "q": True}


class NoModel: ...


def test_a_type_that_pydantic_does_not_know_is_told_with_its_parameter():
    def wants(thing: NoModel): ...

    with pytest.raises(PlanError, match=r"wants \(.*\): parameter 'thing': pydantic cannot validate .*NoModel"):
        plan_call(wants, frozenset())


class Unfinished(BaseModel):
    later: "NotWrittenYet"  # noqa: F821


def test_a_model_that_is_not_finished_is_told():
    def wants(thing: Unfinished): ...

    with pytest.raises(PlanError, match="wants"):
        plan_call(wants, frozenset())


def test_a_constraint_that_cannot_be_is_told():
    def wants(thing: Annotated[str, Query(pattern="(")]): ...

    with pytest.raises(
        PlanError, match=r"'thing': pydantic cannot validate .* with Query\(pattern='\('\): unclosed group$"
    ):
        plan_call(wants, frozenset())


@dataclass
class Unhashable:
    size: int

    def __call__(self): ...


def test_what_cannot_be_hashed_cannot_be_a_dependency():
    with pytest.raises(PlanError, match="not hashable"):
        plan_call(Unhashable(3), frozenset())


def test_models_that_refer_to_themselves_and_to_each_other_are_one_schema():
    class Tree(BaseModel):
        children: list["Tree"] = []

    class Nest(TypedDict):
        tree: Tree

    def plant(a: Tree, b: Nest, c: Annotated[list[Tree], Body()]): ...

    tree = {"children": [{"children": []}]}
    values = plan_call(plant, frozenset()).validator.validate_python({"a": tree, "b": {"tree": tree}, "c": [tree]})
    assert values["a"].children == [Tree()]
    assert values["b"]["tree"] == values["c"][0] == values["a"]
