"""The types that `test_openapi_shapes.py` puts in every place of an operation, and the places."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import ipaddress
import pathlib
import re
from collections import deque
from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, NewType, Optional, TypeVar

import annotated_types
import pydantic
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    RootModel,
    Tag,
    WithJsonSchema,
    computed_field,
    create_model,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import Examples
from tests.differential.api.shapes import Address, Cat, Colour, Dog, Kind, Movie, Point, Size
from typing_extensions import TypeAliasType, TypedDict

Make = Callable[[Any, Any], Any]


class One(enum.Enum):
    only = "x"


class Mixed(enum.Enum):
    number = 1
    text = "x"


class Described(BaseModel):
    """Shown.

    More.\f hidden
    """

    a: int = Field(title="TA", description="da", examples=[1, 2], json_schema_extra={"x-a": 1})


class Extra(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"a": 1}], "x-y": {"z": None}}, title="A titled", extra="forbid"
    )

    a: int


def _mark(schema: dict[str, Any]) -> None:
    schema["x-called"] = True
    schema.pop("title", None)


class Marked(BaseModel):
    model_config = ConfigDict(json_schema_extra=_mark, extra="allow")

    a: int


class Aliases(BaseModel):
    a: int = Field(alias="A-a")
    b: int = Field(1, validation_alias=AliasChoices("b1", "b2"))
    c: int = Field(2, validation_alias=AliasPath("c", "d"))
    d: int = Field(3, serialization_alias="dd")
    e: int = Field(4, validation_alias="ve", serialization_alias="se")


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    snake_case: int
    other_one: str = "x"


class Computed(BaseModel):
    width: int

    @computed_field(description="area!", examples=[4])
    @property
    def area(self) -> int:
        return 1

    @computed_field(alias="AL", deprecated=True)
    def other(self) -> Colour | None:
        return None


class Outer(BaseModel):
    one: Computed
    many: list[Computed] = []


class Defaults(BaseModel):
    a: int = 1
    b: list[int] = Field(default_factory=list)
    c: Address = Address(street="s", number=1)
    d: Address | None = None
    e: datetime.date = datetime.date(2020, 1, 1)
    f: float = float("nan")
    g: decimal.Decimal = decimal.Decimal("1.0")
    h: set[int] = {1}
    i: bytes = b"x"
    j: Colour = Colour.red
    k: pathlib.Path = pathlib.Path("/x")
    wait: datetime.timedelta = datetime.timedelta(seconds=5)
    secret: pydantic.SecretStr = pydantic.SecretStr("hush")


class Remarks(BaseModel):
    old: Annotated[int, Field(deprecated=True)] = 1
    older: int = Field(2, deprecated="use x")
    left_out: int = Field(4, exclude=True)
    frozen: int = Field(5, frozen=True)
    shown: Annotated[int, Examples([1])] = 6
    own: Annotated[int, WithJsonSchema({"type": "integer", "x": 1})] = 7
    read_only: int = Field(8, json_schema_extra={"readOnly": True})
    enumerated: Colour = Field(Colour.green, description="cd")
    described: Address = Field(Address(street="s", number=1), description="over", title="OT")


class Here(BaseModel):
    there: There | None = None


class There(BaseModel):
    here: Here | None = None


class Lizard(BaseModel):
    kind: Literal["lizard"] = "lizard"
    legs: int = 4


class Keeper(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")
    more: list[Annotated[Cat | Dog | Lizard, Field(discriminator="kind")]] = []


T = TypeVar("T")
U = TypeVar("U")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int


class Pair(BaseModel, Generic[T, U]):
    a: T
    b: U


class Registry(RootModel[dict[str, Address]]):
    """By name."""


class Positive(RootModel[Annotated[int, Field(gt=1, description="ri")]]):
    pass


class Child(Address):
    more: int


class Written(BaseModel):
    number: Annotated[int, pydantic.PlainSerializer(str, return_type=str)] = 2
    text: Annotated[str, pydantic.StringConstraints(to_lower=True, min_length=1, max_length=3, pattern="^a")] = "a"
    when: datetime.datetime


class WrittenWhole(BaseModel):
    a: int

    @pydantic.model_serializer
    def whole(self) -> dict[str, int]:
        return {}


class Octets(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    a: bytes
    b: pydantic.Base64Bytes = b""
    c: pydantic.Base64Str = ""


class OctetsOut(BaseModel):
    model_config = ConfigDict(ser_json_bytes="base64")

    a: bytes


class Docstrings(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, field_title_generator=lambda name, info: name.upper())

    a: int
    """docs of a"""
    b_c: int = 1


@pydantic.dataclasses.dataclass
class Checked:
    x: int = Field(gt=0, description="px")
    address: Address | None = None
    labels: list[str] = field(default_factory=list)


@dataclass
class Bare:
    """A plain one."""

    x: int


class Required(TypedDict):
    """All there."""

    a: int
    c: Annotated[int, Field(description="cd", gt=1)]


Ids = TypeAliasType("Ids", list[int])
Word = TypeAliasType("Word", Annotated[str, Field(min_length=2, description="wd")])
UserId = NewType("UserId", int)
Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def _kind(value: Any) -> Any:
    return value["kind"] if isinstance(value, dict) else value.kind


SCALARS: dict[str, Any] = {
    "int": int,
    "str": str,
    "bool": bool,
    "bytes": bytes,
    "any": Any,
    "object": object,
    "uuid4": pydantic.UUID4,
    "decimal": decimal.Decimal,
    "datetime": datetime.datetime,
    "time": datetime.time,
    "timedelta": datetime.timedelta,
    "aware": pydantic.AwareDatetime,
    "past": pydantic.PastDate,
    "path": pathlib.Path,
    "url": pydantic.HttpUrl,
    "dsn": pydantic.PostgresDsn,
    "ip": ipaddress.IPv4Address,
    "network": ipaddress.IPv6Network,
    "any ip": pydantic.IPvAnyAddress,
    "secret": pydantic.SecretStr,
    "secret bytes": pydantic.SecretBytes,
    "json": Json,
    "json of int": Json[int],
    "pattern": re.Pattern,
    "size": pydantic.ByteSize,
    "base64": pydantic.Base64Str,
    "complex": complex,
    "enum": Colour,
    "int enum": Size,
    "plain enum": Kind,
    "enum of one": One,
    "mixed enum": Mixed,
    "literal": Literal["a", "b"],
    "literal of one": Literal["a"],
    "mixed literal": Literal["a", 1, None],
    "positive": pydantic.PositiveInt,
    "conint": pydantic.conint(gt=1, multiple_of=3),
    "constr": pydantic.constr(min_length=2, pattern="^a"),
    "condecimal": pydantic.condecimal(max_digits=5, decimal_places=2),
    "strict": pydantic.StrictInt,
    "annotated types": Annotated[int, annotated_types.Gt(1), annotated_types.Lt(9)],
    "field": Annotated[int, Field(gt=1, description="fd", title="FT", examples=[5])],
    "field twice": Annotated[int, Field(gt=1), Field(lt=10, description="second")],
    "field extra": Annotated[str, Field(json_schema_extra={"x-f": 1}, deprecated=True)],
    "optional": Optional[int],  # noqa: UP045
    "optional enum": Colour | None,
    "union": int | str,
    "union of enums": Colour | Size,
    "optional field": Annotated[int, Field(gt=1)] | None,
    "new type": UserId,
    "named": Word,
    "own schema": Annotated[int, WithJsonSchema({"type": "string", "format": "mine"})],
    "validated": Annotated[int, pydantic.BeforeValidator(lambda value: value)],
    "plainly validated": Annotated[int, pydantic.PlainValidator(lambda value: value)],
    "serialized": Annotated[int, pydantic.PlainSerializer(str, return_type=str)],
    "tagged": Annotated[Annotated[int, Tag("i")] | Annotated[str, Tag("s")], Discriminator(lambda value: "i")],
}
OTHERS: dict[str, Any] = {
    "list": list[int],
    "pair": tuple[int, str],
    "tuple": tuple[int, ...],
    "set": set[int],
    "deque": deque[int],
    "sequence": Sequence[int],
    "list of enums": list[Colour],
    "optional list": list[int] | None,
    "list or one": list[int] | int,
    "named list": Ids,
    "limited list": Annotated[list[Annotated[int, Field(gt=1)]], Field(min_length=1, max_length=5)],
    "address": Address,
    "described": Described,
    "extra": Extra,
    "marked": Marked,
    "aliases": Aliases,
    "camel": Camel,
    "computed": Computed,
    "outer": Outer,
    "defaults": Defaults,
    "remarks": Remarks,
    "mutual": Here,
    "keeper": Keeper,
    "page": Page[Address],
    "page of computed": Page[Computed],
    "page of pets": Page[Pet],
    "bare page": Page,
    "pair of pages": Pair[Page[Address], Colour],
    "registry": Registry,
    "positive root": Positive,
    "child": Child,
    "written": Written,
    "written whole": WrittenWhole,
    "octets": Octets,
    "octets out": OctetsOut,
    "docstrings": Docstrings,
    "dataclass": Bare,
    "checked dataclass": Checked,
    "typed dict": Movie,
    "required typed dict": Required,
    "point": Point,
    "dict": dict[str, int],
    "dict by enum": dict[Colour, int],
    "mapping": Mapping[str, Address],
    "list of models": list[Address],
    "optional model": Address | None,
    "union of models": Address | Described,
    "optional union": Address | Described | None,
    "optional aliases": Aliases | None,
    "pet": Pet,
    "discriminated": Annotated[Cat | Dog | Lizard, Discriminator("kind")],
    "called discriminator": Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(_kind)],
    "titled pet": Annotated[Cat | Dog, Field(discriminator="kind", title="Pet", description="A pet")],
    "model or int": int | Address,
    "nested": dict[str, list[Address | None]],
    "computed or not": Computed | Address,
    "remarked model": Annotated[Address, Field(description="ad", title="AT")],
}


def takes(returns: Any = inspect.Signature.empty, **parameters: Any) -> Callable[..., Any]:
    """A function with this signature. A parameter is a type, or a pair of type and default."""

    def endpoint(**values: Any) -> None: ...

    def parameter(name: str, said: Any) -> inspect.Parameter:
        annotation, default = said if type(said) is tuple else (said, inspect.Parameter.empty)
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)

    signature = inspect.Signature([parameter(*pair) for pair in parameters.items()], return_annotation=returns)
    endpoint.__signature__ = signature  # type: ignore[attr-defined]
    return endpoint


def yields(kind: Any) -> Callable[..., Any]:
    async def endpoint() -> Any:
        yield 1

    endpoint.__annotations__ = {"return": AsyncIterable[kind]}
    return endpoint


def places(lib: Any, kind: Any) -> Iterator[tuple[str, Callable[..., Any], dict[str, Any]]]:
    """(path, endpoint, options) for each place of an operation in which a type may stand."""
    for name, marker in {"query": lib.Query, "header": lib.Header, "cookie": lib.Cookie, "body": lib.Body}.items():
        yield f"/{name}", takes(a_value=Annotated[kind, marker()]), {}
        remarked = marker(title="TT", description="DD", examples=["e"])
        yield f"/{name}/remarked", takes(a_value=(Annotated[kind, remarked], None)), {}
        several = marker(alias="Al-as", min_length=1)
        yield f"/{name}/list", takes(a_value=Annotated[list[kind], several], b=(Annotated[int, marker()], 1)), {}
        choices = marker(validation_alias=AliasChoices("one", "two"))
        yield f"/{name}/choices", takes(a_value=Annotated[kind, choices]), {}
    yield "/form", takes(a_value=Annotated[kind, lib.Form()]), {}
    yield "/form/remarked", takes(a_value=(Annotated[kind, lib.Form(title="TT", description="DD")], None)), {}
    yield "/form/file", takes(a_value=Annotated[kind, lib.Form()], f=lib.UploadFile), {}
    yield "/plain", takes(value=kind), {}
    yield "/plain/optional", takes(value=(kind, None)), {}
    yield "/path/{a_value}", takes(a_value=kind), {}
    yield "/embedded", takes(a_value=(Annotated[kind, lib.Body(embed=True, description="emb")], None)), {}
    several_bodies = takes(a=Annotated[kind, lib.Body()], b=Address, n=(Annotated[int, lib.Body(gt=1)], 3))
    yield "/bodies", several_bodies, {}
    yield "/returned", takes(kind), {}
    yield "/returned/list", takes(list[kind]), {}
    yield "/returned/dict", takes(dict[str, kind]), {}
    yield "/model", takes(), {"response_model": kind, "status_code": 201}
    further = {404: {"model": kind}, "4XX": {"model": list[kind], "description": "x"}}
    yield "/further", takes(), {"responses": further}
    yield "/lines", yields(kind), {}
    yield "/events", yields(kind), {"response_class": lib.EventSourceResponse}


def holding(kind: Any) -> Any:
    """A model with `kind` as a member, in three ways."""
    several = (list[kind], Field([], description="xd"))
    return create_model("Holding", v=(kind, ...), w=(Optional[kind], None), x=several)  # noqa: UP045
