"""Separate schemas for what comes in and what goes out, or one for both; and models that make it hard to tell."""

from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    RootModel,
    SecretStr,
    computed_field,
    field_serializer,
    model_serializer,
)
from tests.differential.api.pages.harness import get, post, served

T = TypeVar("T")


class Kind(Enum):
    duck = "duck"
    goose = 2


class Defaults(BaseModel):
    """Of which the answer has all."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)
    name: str
    note: str | None = None
    tags: list[str] = []


class Plain(BaseModel):
    name: str
    note: str | None = None


class Price(BaseModel):
    net: Decimal
    lasts: timedelta = timedelta(seconds=1)


class Computed(Plain):
    width: int = 1

    @computed_field(title="Area", description="In square steps")
    @property
    def area(self) -> float:
        return self.width**2


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: int | None = None


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    one: int = Field(alias="oneAlias")
    two: int = Field(2, validation_alias="twoIn", serialization_alias="twoOut")
    secret: SecretStr = SecretStr("x")


class Written(BaseModel):
    at: Annotated[int, PlainSerializer(lambda at: f"at {at}", return_type=str)]
    kind: Kind = Kind.duck

    @field_serializer("kind")
    def by_name(self, kind: Kind) -> str:
        return kind.name


class Whole(BaseModel):
    a: int

    @model_serializer
    def write(self) -> dict[str, int]:
        return {"a": self.a, "b": self.a}


class Numbers(RootModel[list[int]]):
    pass


class Either(BaseModel):
    it: Annotated["Cat | Dog", Field(discriminator="says")]
    parsed: Annotated[int, PlainValidator(int, json_schema_input_type=str)] = 0


class Cat(BaseModel):
    says: Literal["meow"]
    computed: Computed | None = None


class Dog(BaseModel):
    says: Literal["woof", "bark"]


Either.model_rebuild()

MODELS = [
    Defaults,
    Plain,
    Price,
    Computed,
    Aliased,
    Written,
    Whole,
    Numbers,
    Either,
    Page[Computed],
    Page[Defaults],
    Page[int],
]


def build(lib: Any, **options: Any) -> Any:
    app = lib.FastAPI(**options)

    def both_ways(model: Any) -> Any:
        async def endpoint(body: Any) -> Any:
            return body

        endpoint.__annotations__ = {"body": model, "return": model}
        return endpoint

    for number, model in enumerate(MODELS):
        app.post(f"/{number}")(both_ways(model))

    @app.post("/only-in")
    async def only_in(plain: Plain, computed: Annotated[Computed, lib.Body()]):
        return 1

    @app.get("/only-out", response_model=dict[str, list[Computed]] | None)
    async def only_out():
        return {"a": [Computed(name="a")]}

    @app.get("/prices", response_model=Page[Price] | int)
    async def prices():
        return {"items": [{"net": 1}]}

    @app.get("/in-the-query")
    async def in_the_query(defaults: Annotated[Defaults, lib.Query()]) -> Defaults:
        return defaults

    @app.get(
        "/other-answers", responses={400: {"model": Computed}, 401: {"model": Defaults}, 402: {"model": list[Price]}}
    )
    async def other_answers():
        return 1

    return app


page = served(build)
joined = served(lambda lib: build(lib, separate_input_output_schemas=False))


def test_documents(page, joined):
    page.same_document()
    joined.same_document()


def test_both_ways(page):
    page.right(
        post("/0", {"name": "a"}),
        post("/1", {"name": "a"}),
        post("/2", {"net": "1.50", "lasts": "PT3S"}),
        post("/3", {"name": "a", "width": 3, "area": 1}),
        post("/4", {"oneAlias": 1, "twoIn": 3}),
        post("/4", {"one": 1}),
        post("/5", {"at": 1, "kind": 2}),
        post("/6", {"a": 1}),
        post("/7", [1, "2"]),
        post("/8", {"it": {"says": "meow", "computed": {"name": "x"}}, "parsed": "7"}),
        post("/9", {"items": [{"name": "a"}], "next": 3}),
        post("/11", {"items": ["1"]}),
        get("/only-out"),
        get("/prices"),
        get("/in-the-query?name=a&tags=b&tags=c"),
    )
    page.wrong(post("/7", {}), post("/8", {"it": {"says": "moo"}}), post("/4", {"two": 1}), post("/9", {"items": [{}]}))
