from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import re
import uuid
from collections import deque
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, Field, SecretBytes, SecretStr
from pydantic_core import PydanticUndefined

from webfoot.api.encoders import jsonable_encoder


class Duck(BaseModel):
    name: str = "mallard"
    colour: str | None = Field(None, alias="c")


class Flock(BaseModel):
    leader: Duck = Duck()
    since: datetime.datetime = datetime.datetime(2020, 1, 1)
    counts: dict[str, Any] = {"a": None, "_sa_state": 1, "b": 2}


class Text(str, enum.Enum):  # noqa: UP042  (what most applications have)
    a = "A"


class Number(enum.IntEnum):
    one = 1


class Exact(decimal.Decimal, enum.Enum):
    half = decimal.Decimal("0.5")


@dataclasses.dataclass
class Pond:
    depth: int = 1
    duck: Duck = dataclasses.field(default_factory=Duck)
    below: Pond | None = None


class Place(NamedTuple):
    x: int
    day: datetime.date


class Row:
    def __init__(self, **columns: Any) -> None:
        self.__dict__.update(columns)


class Slotted:
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None),
        ("a", "a"),
        (1, 1),
        (1.5, 1.5),
        (True, True),
        (b"abc", "abc"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC), "2020-01-02T00:00:00+00:00"),
        (datetime.time(1, 2), "01:02:00"),
        (datetime.timedelta(minutes=1.5), 90.0),
        (decimal.Decimal("1.50"), 1.5),
        (decimal.Decimal("3"), 3),
        (decimal.Decimal("1E+2"), 100),
        (Text.a, "A"),
        (Number.one, 1),
        (Exact.half, decimal.Decimal("0.5")),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.Path("/a/b"), "/a/b"),
        (pathlib.PureWindowsPath("a"), "a"),
        (ipaddress.ip_address("::1"), "::1"),
        (ipaddress.ip_network("10.0.0.0/8"), "10.0.0.0/8"),
        (re.compile("a+"), "a+"),
        (SecretStr("quack"), "**********"),
        (SecretBytes(b"quack"), "b'**********'"),
        (AnyUrl("http://a/b"), "http://a/b"),
        (PydanticUndefined, None),
        ({1}, [1]),
        (frozenset([1]), [1]),
        (deque([1, Text.a]), [1, "A"]),
        ((n for n in range(2)), [0, 1]),
        (Place(1, datetime.date(2020, 1, 1)), [1, "2020-01-01"]),
        ({Text.a: 1, 2: Text.a, None: 3}, {"A": 1, 2: "A", None: 3}),
        (Duck(), {"name": "mallard", "c": None}),
        (Pond(below=Pond()), None),
        (Row(a=1, day=datetime.date(2020, 1, 1), _sa_instance_state=5), {"a": 1, "day": "2020-01-01"}),
        ([("a", 1)], [["a", 1]]),
    ],
)
def test_what_a_value_becomes(value: Any, encoded: Any) -> None:
    if isinstance(value, Pond):
        inner = {"depth": 1, "duck": {"name": "mallard", "c": None}}
        encoded = {**inner, "below": {**inner, "below": None}}
    assert jsonable_encoder(value) == encoded


def test_models_take_the_switches_of_model_dump() -> None:
    duck = Duck(name="teal")
    assert jsonable_encoder(duck, by_alias=False) == {"name": "teal", "colour": None}
    assert jsonable_encoder(duck, exclude_unset=True) == {"name": "teal"}
    assert jsonable_encoder(Duck(c="red"), exclude_defaults=True) == {"c": "red"}
    assert jsonable_encoder([duck], exclude_none=True) == [{"name": "teal"}]
    assert jsonable_encoder(duck, include={"name"}) == {"name": "teal"}
    assert jsonable_encoder(duck, include=["name"]) == {"name": "teal"}  # type: ignore[arg-type]
    assert jsonable_encoder(Flock(), include={"leader"}, exclude={"leader": {"colour"}}) == {
        "leader": {"name": "mallard"}
    }


def test_dicts_below_models_lose_none_and_sqlalchemy_state_too() -> None:
    assert jsonable_encoder(Flock(), include={"counts"}) == {"counts": {"a": None, "b": 2}}
    assert jsonable_encoder(Flock(), include={"counts"}, exclude_none=True) == {"counts": {"b": 2}}
    assert jsonable_encoder(Flock(), include={"counts"}, sqlalchemy_safe=False) == {
        "counts": {"a": None, "_sa_state": 1, "b": 2}
    }


def test_include_and_exclude_choose_keys_of_the_outermost_object() -> None:
    nested = {"a": {"a": 1, "b": 2}, "b": 3}
    assert jsonable_encoder(nested, include={"a"}) == {"a": {"a": 1, "b": 2}}
    assert jsonable_encoder(nested, exclude={"a"}) == {"b": 3}
    assert jsonable_encoder([nested, nested], exclude={"a"}) == [{"b": 3}, {"b": 3}]
    assert jsonable_encoder(nested, include=set()) == {}
    assert jsonable_encoder(Pond(), include={"depth"}) == {"depth": 1}


def test_custom_encoders_come_first_and_hold_for_subclasses() -> None:
    by_year = {datetime.date: lambda day: day.year}
    assert jsonable_encoder([datetime.date(2020, 1, 1)], custom_encoder=by_year) == [2020]
    assert jsonable_encoder(datetime.datetime(2021, 1, 1), custom_encoder=by_year) == 2021
    assert jsonable_encoder({"d": Duck()}, custom_encoder={Duck: lambda duck: duck.name}) == {"d": "mallard"}
    assert jsonable_encoder({1: 1}, custom_encoder={int: str}) == {"1": "1"}


@pytest.mark.parametrize("value", [object(), Slotted(), Duck, len, 1j])
def test_what_cannot_be_encoded_is_named(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be turned into JSON") as raised:
        jsonable_encoder(value)
    assert repr(value) in str(raised.value)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: not key.startswith("_sa")), inner),
)


@given(plain)
def test_json_values_stay_as_they_are(value: Any) -> None:
    assert jsonable_encoder(value) == value
    assert json.loads(json.dumps(jsonable_encoder(value))) == value
