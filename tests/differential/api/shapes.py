"""The models and enums that the applications of this suite share; plain pydantic, so both sides get the very same."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel, computed_field, field_validator
from typing_extensions import TypedDict  # pydantic asks for it before Python 3.12


class Colour(str, enum.Enum):  # noqa: UP042  (what most applications have)
    """What a duck wears."""

    red = "red"
    green = "green"


class Size(enum.IntEnum):
    small = 1
    large = 2


class Kind(enum.Enum):
    duck = "duck"
    goose = "goose"


class Item(BaseModel):
    name: str
    price: float = Field(gt=0)
    tags: list[str] = []
    note: str | None = None


class Aliased(BaseModel):
    item_id: int = Field(alias="itemId")
    full_name: str = Field(default="nobody", serialization_alias="fullName", validation_alias="full-name")
    chosen: int = Field(default=0, validation_alias=AliasChoices("chosen", "picked"))


class User(BaseModel):
    username: str = Field(min_length=2, max_length=8, description="How others call them", examples=["mallard"])
    full_name: str | None = None


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    """Somebody with a home."""

    name: str
    address: Address
    friends: list[User] = []
    by_role: dict[str, User] = {}


class Tree(BaseModel):
    value: int
    children: list[Tree] = []


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    count: int
    when: datetime.date | None = None


class Even(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def must_be_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("must be even")
        return number


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Rich(BaseModel):
    when: datetime.datetime
    day: datetime.date = datetime.date(2020, 1, 2)
    amount: decimal.Decimal = decimal.Decimal("1.50")
    key: uuid.UUID = uuid.UUID(int=7)
    colour: Colour = Colour.red
    wait: datetime.timedelta = datetime.timedelta(seconds=90)


class Square(BaseModel):
    side: int

    @computed_field
    @property
    def area(self) -> int:
        """Side times side."""
        return self.side**2


class Secretive(User):
    password: str


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int


class Names(RootModel[list[str]]):
    pass


class Filter(BaseModel):
    limit: int = Field(100, gt=0, le=100)
    offset: int = Field(0, ge=0)
    order_by: Literal["created_at", "updated_at"] = "created_at"
    tags: list[str] = []


class StrictFilter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = 10
    q: str | None = None


class Octets(BaseModel):
    model_config = {"json_schema_extra": {"x": None, "examples": [{"a": None}]}}

    raw: bytes
    short: Annotated[bytes, Field(min_length=3)] = b"abc"
    endless: float = float("inf")
    maybe: dict | None = Field(None, examples=[None, {"a": None}])


class Seen(BaseModel):
    """Headers or cookies as one model."""

    save_data: bool
    if_modified_since: str | None = None
    x_tag: list[str] = []


class Session(BaseModel):
    session_id: str
    tracker: str | None = None


class Login(BaseModel):
    username: str
    password: str = Field(min_length=3)
    remember: bool = False
    roles: list[str] = []


class ForbidForm(BaseModel):
    model_config = ConfigDict(extra="forbid")

    a: int


@dataclass
class Point:
    x: int
    y: int = 0
    labels: list[str] = field(default_factory=list)


class Corner(NamedTuple):
    x: int
    y: int


class Movie(TypedDict, total=False):
    title: str
    year: int


class Loose:
    """A class that pydantic knows nothing of."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
