"""Query parameters: types, defaults, lists, aliases, constraints, one model for all."""

import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field
from tests.differential.api.shapes import Aliased, Colour, Filter, Kind, Size, StrictFilter
from tests.differential.api.twins import Twins, get, listed


def starts_with_d(value: str | None) -> str | None:
    if value is not None and not value.startswith("d"):
        raise ValueError("no duck")
    return value


class Wanted(BaseModel):
    name: str
    age: int


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    Query = lib.Query

    @app.get("/required")
    async def required(q: int):
        return q

    @app.get("/default")
    async def default(q: int = 5, s: str = "x", f: float = 1.5, b: bool = False):
        return [q, s, f, b]

    @app.get("/optional")
    async def optional(q: int | None = None, r: str | None = None):
        return [q, r]

    @app.get("/none-without-default")
    async def none_without_default(q: int | None):
        return q

    @app.get("/untyped")
    async def untyped(q, r="a", s=1):
        return [q, r, s]

    @app.get("/list")
    async def many(q: Annotated[list[int], Query()]):
        return q

    @app.get("/list-default")
    async def many_default(q: Annotated[list[str], Query()] = ["a", "b"]):
        return q

    @app.get("/list-none")
    async def many_none(q: Annotated[list[str] | None, Query()] = None):
        return q

    @app.get("/set")
    async def distinct(q: Annotated[set[int], Query()] = set()):
        return sorted(q)

    @app.get("/tuple")
    async def pair(q: Annotated[tuple[int, str], Query()]):
        return q

    @app.get("/list-length")
    async def bounded(q: Annotated[list[int], Query(min_length=2, max_length=3)]):
        return q

    @app.get("/bare-list")
    async def bare(q: list = Query(default=[])):
        return q

    @app.get("/enum")
    async def enums(a: Colour, b: Size = Size.small, c: Kind | None = None):
        return [a, b, c]

    @app.get("/enum-list")
    async def enum_list(a: Annotated[list[Colour], Query()] = []):
        return a

    @app.get("/literal")
    async def literal(a: Literal["x", "y"] = "x", b: Literal[1, 2] = 1):
        return [a, b]

    @app.get("/bool")
    async def boolean(b: bool):
        return b

    @app.get("/constraints")
    async def constraints(
        s: Annotated[str | None, Query(min_length=3, max_length=5, pattern="^d")] = None,
        n: Annotated[int, Query(gt=0, le=10)] = 1,
        f: Annotated[float, Query(ge=0.5, lt=2, multiple_of=0.5)] = 0.5,
    ):
        return [s, n, f]

    @app.get("/alias")
    async def alias(q: Annotated[str, Query(alias="item-query")], r: Annotated[int, Query(alias="R")] = 1):
        return [q, r]

    @app.get("/validation-alias")
    async def validation_alias(
        q: Annotated[str, Query(validation_alias="other")], r: Annotated[int, Query(validation_alias="r2")] = 0
    ):
        return [q, r]

    @app.get("/alias-choices")
    async def alias_choices(q: Annotated[str, Query(validation_alias=AliasChoices("one", "two"))] = "neither"):
        return q

    @app.get("/validator")
    async def validator(q: Annotated[str | None, AfterValidator(starts_with_d)] = None):
        return q

    @app.get("/before")
    async def before(q: Annotated[int, BeforeValidator(lambda value: len(value))], r: Annotated[int, Field(gt=3)] = 4):
        return [q, r]

    @app.get("/old-style")
    async def old_style(q: str = Query("fixed", min_length=2), r: int = Query(...), s: str | None = Query(None)):
        return [q, r, s]

    @app.get("/factory")
    async def factory(q: Annotated[list[int], Query(default_factory=lambda: [7])]):
        return q

    @app.get("/dates")
    async def dates(at: datetime.datetime, on: datetime.date | None = None, wait: datetime.timedelta | None = None):
        return [at, on, wait]

    @app.get("/several")
    async def several(a: int, b: int, c: Annotated[int, Query(gt=5)], d: str = "d"):
        return [a, b, c, d]

    @app.get("/model")
    async def model(filters: Annotated[Filter, Query()]):
        return filters

    @app.get("/strict-model")
    async def strict_model(filters: Annotated[StrictFilter, Query()]):
        return filters

    @app.get("/aliased-model")
    async def aliased_model(filters: Annotated[Aliased, Query()]):
        return filters.model_dump()

    @app.get("/required-model")
    async def required_model(wanted: Annotated[Wanted, Query()]):
        return wanted

    @app.get("/union")
    async def union(q: int | bool | str = 3):
        return {type(q).__name__: q}

    @app.get("/hidden")
    async def hidden(q: Annotated[str | None, Query(include_in_schema=False, deprecated=True)] = None):
        return q

    @app.get("/bytes")
    async def octets(q: bytes = b"x"):
        return q.decode()

    @app.get("/decimal/{place}")
    async def mixed(place: int, q: int, r: Annotated[list[int] | None, Query()] = None):
        return [place, q, r]

    return app


TARGETS = listed(
    """
    /required /required?q=1 /required?q= /required?q /required?q=x /required?q=1&q=2 /required?q=1.0
    /required?q=%201 /required?Q=1 /required?q=1&zz=2 /default /default?q=&s=&f=&b= /default?q=2&s=y&f=2&b=1
    /default?q=x&s=y&f=z&b=w /optional /optional?q=&r= /optional?q=1&r=a /optional?q=x /none-without-default
    /none-without-default?q=2 /none-without-default?q= /untyped /untyped?q=1 /untyped?q=1&r=2&s=3
    /untyped?q=1&s=x /list /list?q=1 /list?q=1&q=2 /list?q=1&q=x&q=y /list?q= /list?q=1,2 /list-default
    /list-default?q=z /list-default?q= /list-none /list-none?q=a&q=b /set?q=1&q=1&q=2 /set /tuple?q=1&q=a
    /tuple?q=1 /tuple?q=1&q=a&q=b /tuple /list-length?q=1 /list-length?q=1&q=2 /list-length?q=1&q=2&q=3&q=4
    /list-length /bare-list /bare-list?q=1&q=a /enum?a=red /enum?a=pink /enum?a=red&b=2&c=goose
    /enum?a=red&b=9&c=swan /enum-list?a=red&a=green /enum-list?a=red&a=x /enum-list /literal /literal?a=y&b=2
    /literal?a=z /literal?b=1 /bool?b=1 /bool?b=yes /bool?b=off /bool?b=2 /bool?b= /bool /bool?b=TRUE
    /constraints /constraints?s=duck&n=10&f=1.5 /constraints?s=d&n=0&f=2 /constraints?s=goose&n=11&f=0.7
    /constraints?s=ducklings /constraints?n=x&f=y /constraints?s= /alias /alias?item-query=a /alias?q=a
    /alias?item-query=a&R=x /validation-alias?other=1 /validation-alias?q=1 /validation-alias?other=1&r2=x
    /alias-choices?one=1 /alias-choices?two=2 /alias-choices /alias-choices?q=3 /validator /validator?q=duck
    /validator?q=goose /before?q=abc /before /before?q=abc&r=2 /old-style?r=1 /old-style
    /old-style?q=a&r=x&s=t /factory /factory?q=1 /dates?at=2020-01-01T00:00:00Z
    /dates?at=nope&on=2020-13-01&wait=P1D /dates?at=0&on=2020-01-01&wait=90 /dates /several
    /several?a=1&b=2&c=6 /several?c=1&b=x /several?d=&a=1 /model
    /model?limit=5&offset=1&order_by=updated_at&tags=a&tags=b /model?limit=0&offset=-1&order_by=x
    /model?extra=1 /model?limit= /model?tags= /strict-model?limit=3 /strict-model?limit=3&other=1
    /strict-model?other=1&another=2&limit=x /strict-model?q= /strict-model?limit=1&limit=2
    /aliased-model?itemId=1 /aliased-model?item_id=1 /aliased-model?itemId=1&full-name=a&picked=3
    /aliased-model /required-model /required-model?name=a /required-model?name=a&age=x
    /required-model?name=a&age=3 /union /union?q=1 /union?q=true /union?q=x /hidden?q=a /bytes /bytes?q=abc
    /decimal/x /decimal/1?q=1 /decimal/x?q=y&r=z /required?q=%ff /untyped?q=%C3%A9 /untyped?q=a+b%2Bc
    /untyped?q=a;r=b /untyped?=1&q=2 /untyped?q=a%00b /untyped?&&q=1&&
    """
)

twins = Twins(build)


@pytest.mark.parametrize("target", TARGETS)
def test_same_answer(target: str) -> None:
    twins.compare(get(target))
