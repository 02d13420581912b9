"""Bodies that go straight from JSON bytes into their model: only where nobody can tell."""

import datetime
import decimal
import enum
import json
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import from_json

from webfoot import Body, Depends, Webfoot
from webfoot.api.errors import RequestValidationError
from webfoot.testing import TestClient
from webfoot.web.responses import JSONResponse


class Colour(enum.Enum):
    red = "red"


class Egg(BaseModel):
    grams: float = Field(1, ge=0)
    laid: datetime.date | None = None


class Duck(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    number: int | None = None
    colour: Colour | None = None
    kind: Literal["mallard", 7, None] = None
    eggs: list[Egg] = []
    by_day: dict[str, Egg] = {}
    ids: set[int] = set()
    key: uuid.UUID | None = None
    anything: Any = None
    at: datetime.datetime | None = None

    @field_validator("name", mode="before")
    @classmethod
    def quack(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value


class Wide(BaseModel, extra="allow"):
    n: int = 0


class Strict(BaseModel, strict=True):
    day: datetime.date


class StrictWithin(BaseModel):
    inner: Strict


class StrictField(BaseModel):
    day: Annotated[datetime.date, Field(strict=True)]


class Money(BaseModel):
    amount: decimal.Decimal


class Smart(BaseModel):
    day: datetime.date | int | str


class Painted(BaseModel):
    colour: Literal[Colour.red]


class Before(BaseModel):
    n: int

    @model_validator(mode="before")
    @classmethod
    def look(cls, data: Any) -> Any:
        return data


COUNTED: list[str] = []


class Counted(BaseModel):
    n: int

    @model_validator(mode="before")
    @classmethod
    def first(cls, data: Any) -> Any:
        COUNTED.append("before")
        return data

    @field_validator("n")
    @classmethod
    def second(cls, value: int) -> int:
        COUNTED.append("field")
        return value

    def model_post_init(self, context: Any) -> None:
        COUNTED.append("init")


class After(BaseModel):
    n: int

    @model_validator(mode="after")
    def look(self) -> "After":
        self.n += 1
        return self


class Mode(BaseModel):
    n: int

    @field_validator("n", mode="after")
    @classmethod
    def look(cls, value: int, info: Any) -> int:
        return value if info.mode == "python" else -1


class Again(BaseModel):
    model_config = ConfigDict(revalidate_instances="always")
    n: int


class Built(BaseModel):
    n: int

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)


@dataclass
class Data:
    n: int


def plan_of(annotation: Any, **more: Any) -> Any:
    app = Webfoot()

    def endpoint(body: Any) -> None: ...

    endpoint.__annotations__ = {"body": annotation}
    app.post("/", **more)(endpoint)
    return app.routes[-1].plan.body  # type: ignore[attr-defined]


@pytest.mark.parametrize("model", [Duck, Egg, Wide, Before])
def test_straight(model: type[BaseModel]) -> None:
    assert plan_of(model).direct is not None


BY_PYTHON = [Strict, StrictWithin, StrictField, Money, Smart, Painted, After, Mode, Again, Built, Data, dict]


@pytest.mark.parametrize(
    "annotation",
    [*BY_PYTHON, list[Egg], Egg | None, Annotated[Egg, Body(embed=True)], Annotated[Egg, Body(strict=True)]],
    ids=str,
)
def test_by_way_of_python(annotation: Any) -> None:
    assert plan_of(annotation).direct is None


def test_two_who_want_the_body_do_not_share_an_instance() -> None:
    app = Webfoot()

    def weigh(egg: Egg) -> Egg:
        return egg

    @app.post("/")
    def save(egg: Egg, weighed: Annotated[Egg, Depends(weigh)]) -> bool:
        return egg is not weighed

    assert app.routes[-1].plan.body.direct is None  # type: ignore[attr-defined]


def served(model: type[BaseModel]) -> TestClient:
    app = Webfoot()

    @app.post("/")
    def save(body: model, page: int = 1) -> Any:  # type: ignore[valid-type]
        return {"got": repr(body), "set": sorted(body.model_fields_set)}  # type: ignore[attr-defined]

    return TestClient(app)


def test_validators_run_once() -> None:
    COUNTED.clear()
    assert plan_of(Counted).direct is not None
    served(Counted).post("/", json={"n": 1})
    assert COUNTED == ["before", "field", "init"]


def test_a_fitting_body_beside_a_parameter_that_does_not_fit() -> None:
    answer = served(Egg).post("/?page=x", json={"grams": 3})
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [["query", "page"]]


def test_the_error_still_has_the_body_as_it_was_sent() -> None:
    app = Webfoot()
    seen = []

    @app.exception_handler(RequestValidationError)
    async def keep(request: Any, error: RequestValidationError) -> Any:
        seen.append(error.body)
        return JSONResponse({}, 422)

    @app.post("/")
    def save(body: Egg, page: int = 1) -> None: ...

    TestClient(app).post("/?page=x", json={"grams": 3, "more": [1]})
    assert seen == [{"grams": 3, "more": [1]}]


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
) | st.sampled_from(["red", "mallard", 7, "2020-01-01", "1.5", "12", "2020-01-01T00:00:00Z", str(uuid.UUID(int=5))])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
eggs = st.dictionaries(st.sampled_from(["grams", "laid", "x"]), scalars, max_size=3)
ducks = st.fixed_dictionaries(
    {"name": st.text(max_size=4) | values},
    optional={
        "number": scalars,
        "colour": scalars,
        "kind": scalars,
        "eggs": st.lists(eggs, max_size=2) | values,
        "by_day": st.dictionaries(st.text(max_size=2), eggs, max_size=2) | values,
        "ids": st.lists(scalars, max_size=3),
        "key": scalars,
        "anything": values,
        "at": scalars,
    },
)


@settings(max_examples=500, deadline=None)
@given(ducks | values)
def test_both_ways_are_one(value: Any) -> None:
    raw = json.dumps(value).encode()
    validator = Duck.__pydantic_validator__
    try:
        by_python: Any = validator.validate_python(from_json(raw), from_attributes=True)
    except ValidationError:
        by_python = None
    try:
        straight: Any = validator.validate_json(raw)
    except ValidationError:
        straight = None
    assert straight is None or repr(straight) == repr(by_python)
    assert straight is not None or by_python is None


ODD_TEXTS = (
    b'{"name": "a", "name": "b"}',
    b'{"name": "a", "number": "x", "number": 2}',
    b'{"name": "a", "ids": [1, 1.0]}',
    b'{"name": "a", "anything": NaN}',
    b'{"name": "a", "anything": 1e999}',
    b'{"name": "a", "number": 1e2}',
    b'{"name": "a", "anything": 123456789012345678901234567890}',
    b' \n{"name": "\xf0\x9f\xa6\x86"} ',
    b'{"name": "\\ud83e\\udd86"}',
)


@pytest.mark.parametrize("raw", ODD_TEXTS)
def test_odd_texts(raw: bytes) -> None:
    by_python = Duck.__pydantic_validator__.validate_python(from_json(raw), from_attributes=True)
    answer = served(Duck).post("/", content=raw, headers={"content-type": "application/json"})
    assert answer.json() == {"got": repr(by_python), "set": sorted(by_python.model_fields_set)}
