from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import pytest
from pydantic import BaseModel

from webfoot.api.errors import PlanError
from webfoot.api.plan.signature import EMPTY, kind_of, origin_of, read_parameters, read_returns


class Duck(BaseModel):
    name: str


async def quack(
    duck: Duck, loud: Annotated[list[Duck], "very"], mode: Literal["Nowhere"] = "Nowhere", *rest, **more
): ...


def test_types_written_as_strings_are_resolved_in_the_module_of_the_function():
    duck, loud, mode = read_parameters(quack)
    assert duck.annotation is Duck
    assert duck.default is EMPTY
    assert loud.annotation == Annotated[list[Duck], "very"]
    assert mode.annotation == Literal["Nowhere"]
    assert mode.default == "Nowhere"


def test_strings_inside_of_types_are_resolved_too():
    def swim(ducks): ...

    swim.__annotations__ = {"ducks": list["Duck"]}
    assert read_parameters(swim)[0].annotation == list[Duck]


def test_an_unknown_type_names_function_parameter_and_type():
    def fly(where: Sky): ...  # noqa: F821

    with pytest.raises(PlanError, match=r"fly \(.*test_signature.py:\d+\): the type 'Sky' of parameter 'where'"):
        read_parameters(fly)


def test_an_unknown_result_type_is_named_as_such():
    def fly() -> Sky: ...  # noqa: F821

    with pytest.raises(PlanError, match="the type 'Sky' of the result cannot be resolved"):
        read_returns(fly)


def test_text_that_is_no_type_is_told():
    def fly(where): ...

    fly.__annotations__ = {"where": "not a type"}
    with pytest.raises(PlanError, match="'not a type' of parameter 'where' is not a type"):
        read_parameters(fly)


def test_a_positional_only_parameter_is_refused_unless_it_has_a_default():
    def needs(a, /): ...
    def can_do_without(a=1, /, b=2): ...

    with pytest.raises(PlanError, match="'a' is positional only"):
        read_parameters(needs)
    assert [parameter.name for parameter in read_parameters(can_do_without)] == ["b"]


def test_what_has_no_signature_is_refused():
    with pytest.raises(PlanError, match="its signature cannot be read"):
        read_parameters(dict)


class Pond:
    def __init__(self, size: int):
        self.size = size

    def __call__(self, depth: float): ...

    async def freeze(self, days: int): ...


class Lake(Pond):
    """Is called as a pond is."""


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (Pond, ["size"]),
        (Pond(3), ["depth"]),
        (Pond(3).freeze, ["days"]),
        (Duck, ["name"]),
        (functools.partial(quack, loud=[]), ["duck", "loud", "mode"]),
    ],
)
def test_each_kind_of_callable_gives_its_parameters(call, names):
    assert [parameter.name for parameter in read_parameters(call)] == names


def decorated(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)

    return wrapper


@dataclass
class Plain:
    size: int


@dataclass
class Thoughtful:
    size: int

    def __post_init__(self): ...


@dataclass(init=False)
class Handmade:
    size: int

    def __init__(self): ...


class Validating(BaseModel):
    size: int

    def model_post_init(self, context): ...


def steps():
    yield


async def async_steps():
    yield


class AsyncCall:
    async def __call__(self): ...


class YieldingCall:
    def __call__(self):
        yield


class Pair(NamedTuple):
    left: int


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (quack, "async"),
        (functools.partial(quack, loud=[]), "async"),
        (decorated(quack), "async"),
        (Pond(3).freeze, "async"),
        (AsyncCall(), "async"),
        (Pond(3), "sync"),
        (Pond, "inline"),
        (len, "sync"),
        (decorated, "sync"),
        (steps, "generator"),
        (decorated(steps), "generator"),
        (YieldingCall(), "generator"),
        (async_steps, "async generator"),
        (functools.partial(async_steps), "async generator"),
        (Duck, "inline"),
        (Plain, "inline"),
        (Thoughtful, "sync"),
        (Handmade, "inline"),
        (Validating, "sync"),
        (Pair, "sync"),
    ],
)
def test_how_a_callable_is_run(call, kind):
    assert kind_of(call) == kind


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (quack, "quack"),
        (decorated(quack), "quack"),
        (functools.partial(quack), "quack"),
        (Pond, "Pond"),
        (Pond(3), "Pond.__call__"),
        (Lake(3), "Lake.__call__"),
        (functools.partial(Lake(3)), "Lake.__call__"),
        (Lake(3).__call__, "Pond.__call__"),
        (Duck, "Duck"),
        (Plain, "Plain"),
    ],
)
def test_where_a_callable_stands(call, name):
    origin = origin_of(call)
    assert origin.name == name
    assert origin.file == __file__
    assert origin.line > 0
    assert str(origin) == f"{origin.name} ({origin.file}:{origin.line})"


def test_what_is_written_in_c_has_a_name_at_least():
    assert origin_of(len).name == "len"
