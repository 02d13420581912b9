"""`jsonable_encoder`, value by value."""

import collections
import dataclasses
import datetime
import decimal
import types
import uuid
from typing import Any

import pytest
from tests.differential.api.shapes import Aliased, Colour, Item, Kind, Loose, Names, Person, Point, Rich, Size, Square
from tests.differential.api.twins import FASTAPI, WEBFOOT, same

PERSON = Person(name="a", address={"street": "b", "number": 1}, by_role={"x": {"username": "ab"}})
VALUES: list[Any] = [
    Item(name="a", price=1),
    Rich(when=datetime.datetime(2020, 1, 1)),
    Square(side=2),
    Aliased(itemId=1),
    Names(["a"]),
    PERSON,
    [PERSON, Item(name="a", price=1, note=None)],
    {"p": PERSON, "n": None, "_sa": 1, Colour.red: Size.small, 3: Kind.duck, "d": {"n": None}},
    Point(1, labels=["x"]),
    [Point(1)],
    Loose(a=1, b=None, c=Loose(d=datetime.date(2020, 1, 1)), _sa_x=2),
    types.SimpleNamespace(a={1, 2}),
    types.MappingProxyType({"a": Colour.red}),
    collections.OrderedDict(a=decimal.Decimal("2.0")),
    collections.deque([uuid.UUID(int=3), datetime.timedelta(days=2)]),
    collections.Counter("aab"),
    ValueError("x"),
    dataclasses.replace(Point(2), y=5),
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"by_alias": False},
    {"exclude_unset": True},
    {"exclude_defaults": True},
    {"exclude_none": True},
    {"include": {"name", "a", "x"}},
    {"exclude": {"name", "a", "x"}},
    {"exclude": {"address": {"street"}}},
    {"sqlalchemy_safe": False},
    {"custom_encoder": {int: lambda number: f"int {number}", Point: lambda point: "point"}},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "nothing")
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_same_encoding(value: Any, options: dict[str, Any]) -> None:
    same("encoded", WEBFOOT.jsonable_encoder(value, **options), FASTAPI.jsonable_encoder(value, **options))
