"""Query parameters; query parameters and string validations; query parameter models."""

from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field, Json, StringConstraints
from tests.differential.api.pages.harness import get, served


class Order(str, Enum):  # noqa: UP042 as the guide has it
    name = "name"
    weight = "weight"


class Sieve(BaseModel):
    limit: int = Field(100, gt=0, le=100)
    offset: int = Field(0, ge=0)
    order_by: Literal["hatched", "moulted"] = "hatched"
    tags: list[str] = []
    named: Annotated[str | None, Field(alias="called", title="Name", description="What it hears to.")] = None


class StrictSieve(BaseModel):
    model_config = {"extra": "forbid"}

    limit: int = 10
    ponds: set[int] = Field(default_factory=set)


class EitherName(BaseModel):
    model_config = {"populate_by_name": True}

    weight: int = Field(0, alias="grams")
    tags: list[str] = Field([], alias="labels")


class Packed(BaseModel):
    """Lists in one text each, and one of such texts."""

    packed: Json[list[int]] = [1]
    many: list[Json[int]] = []


class OpenSieve(BaseModel):
    model_config = {"extra": "allow"}

    since: date | None = None


def ringed(value: str) -> str:
    if not value.startswith(("ring-", "chip-")):
        raise ValueError('A ring begins with "ring-" or "chip-"')
    return value


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    Query = lib.Query

    @app.get("/page")
    async def read_page(skip: int = 0, limit: int = 10):
        return [skip, limit]

    @app.get("/optional/{pond}")
    async def optional(pond: str, q: str | None = None, short: bool = False, by: Order | None = None):
        return {"pond": pond, "q": q, "short": short, "by": by}

    @app.get("/required")
    async def required(needy: str, weight: float, q: Optional[int] = None):  # noqa: UP045 the old way
        return [needy, weight, q]

    @app.get("/lengths")
    async def lengths(q: Annotated[str | None, Query(min_length=3, max_length=10, pattern="^duck")] = None):
        return q

    @app.get("/old-style")
    async def old_style(
        q: Union[str, None] = Query(default=None, min_length=3),  # noqa: UP007 the old way
        r: str = Query(..., max_length=4),
        s: str = Query(),
        t: str = Query("fixed", min_length=3),
    ):
        return [q, r, s, t]

    @app.get("/default")
    async def default(q: Annotated[str, Query(min_length=3)] = "eider"):
        return q

    @app.get("/none-but-required")
    async def none_but_required(q: Annotated[str | None, Query(min_length=3)]):
        return q

    @app.get("/many")
    async def many(q: Annotated[list[str] | None, Query()] = None):
        return q

    @app.get("/many-default")
    async def many_default(q: Annotated[list[str], Query()] = ["teal", "eider"]):
        return q

    @app.get("/many-untyped")
    async def many_untyped(q: Annotated[list, Query()] = []):
        return q

    @app.get("/many-numbers")
    async def many_numbers(
        q: Annotated[list[int], Query(min_length=1, max_length=3)], s: Annotated[set[int], Query()] = {1}
    ):
        return [q, s]

    @app.get("/told")
    async def told(
        q: Annotated[
            str | None,
            Query(
                alias="duck-query",
                title="Which duck",
                description="A *text* that ducks are looked up by.",
                min_length=3,
                max_length=50,
                pattern="^fixed",
                deprecated=True,
                examples=["fixed-duck"],
            ),
        ] = None,
        hidden: Annotated[str | None, Query(include_in_schema=False)] = None,
    ):
        return [q, hidden]

    @app.get("/own")
    async def own(ring: Annotated[str | None, AfterValidator(ringed)] = None):
        return ring

    @app.get("/own-before")
    async def own_before(
        ring: Annotated[str, BeforeValidator(lambda value: value.strip()), Query(max_length=5)],
        name: Annotated[str, StringConstraints(to_upper=True, strip_whitespace=True)] = "x",
    ):
        return [ring, name]

    @app.get("/choices")
    async def choices(
        q: Annotated[int, Query(validation_alias=AliasChoices("q", "query"))],
        r: Annotated[int, Query(validation_alias="the-r", alias="other")] = 1,
    ):
        return [q, r]

    @app.get("/sieve")
    async def sieve(query: Annotated[Sieve, Query()]):
        return query

    @app.get("/strict-sieve")
    async def strict_sieve(query: Annotated[StrictSieve, Query()]):
        return query

    @app.get("/open-sieve")
    async def open_sieve(query: Annotated[OpenSieve, Query()], fields: Annotated[list[str], Query()] = []):
        return [query, fields]

    @app.get("/packed")
    async def packed(
        one: Annotated[Json[list[int]], Query()] = [],
        many: Annotated[list[Json[int]], Query()] = [],
    ):
        return [one, many]

    @app.get("/packed-model")
    async def packed_model(packed: Annotated[Packed, Query()]):
        return packed

    @app.get("/maybe-strict")
    async def maybe_strict(query: Annotated[StrictSieve | None, Query()] = None):
        return query

    @app.get("/maybe-open")
    async def maybe_open(query: Annotated[OpenSieve | None, Query()] = None, more: str = ""):
        return [query, more]

    @app.get("/by-either-name")
    async def by_either_name(query: Annotated[EitherName, Query()]):
        return query

    @app.get("/hidden-model")
    async def hidden_model(sieve: Annotated[Sieve, Query(include_in_schema=False)]):
        return sieve

    @app.get("/wrong-default")
    async def wrong_default(
        q: Annotated[int, Query(validate_default=True)] = "x",  # type: ignore[assignment]
        kind: Annotated[Order, Query(include_in_schema=False)] = Order.name,
    ):
        return [q, kind]

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_page(page):
    page.right(*(get(f"/page{query}") for query in ["", "?", "?skip=20", "?limit=3&skip=1", "?skip=1&skip=2", "?x=1"]))
    page.wrong(*(get(f"/page?skip={value}") for value in ["x", "", "1.5", "%20", "null", "1&skip=x", "[1]"]))
    page.same(
        get("/page?skip=1;limit=2"), get("/page?skip"), get("/page?=1"), get("/page?&&skip=3&"), get("/page?SKIP=9")
    )


def test_optional(page):
    for short in ["1", "True", "true", "on", "yes", "YES", "0", "off", "no", "f", "2", "", "maybe", "oN"]:
        page.same(get(f"/optional/a?short={short}"))
    page.right(
        get("/optional/a?q="), get("/optional/a?q=a+b%20c%2B"), get("/optional/a?by=name"), get("/optional/a?q=%FF")
    )
    page.wrong(get("/optional/a?by=Name"), get("/optional/a?by="))


def test_required(page):
    page.right(get("/required?needy=so&weight=1e3"), get("/required?needy=&weight=-.5&q=7"))
    page.wrong(get("/required"), get("/required?needy=so"), get("/required?weight=x&q=y"), get("/required?weight=1&q="))
    page.same(get("/required?needy=so&weight=nan"), get("/required?needy=so&weight=inf"))


def test_lengths(page):
    values = ["duck", "ducks", "du", "", "duck" * 3, "a duck", "%F0%9F%A6%86%F0%9F%A6%86%F0%9F%A6%86"]
    for path in ("lengths", "default", "none-but-required"):
        page.same(get(f"/{path}"), *(get(f"/{path}?q={value}") for value in values))


def test_old_style(page):
    page.right(get("/old-style?r=a&s=b"), get("/old-style?q=abc&r=&s=&t=abcd"))
    page.wrong(get("/old-style"), get("/old-style?q=a&r=abcde&t=x"))


def test_many(page):
    queries = ["", "?q=", "?q=a", "?q=a&q=b&q=a", "?q[]=a", "?q=a,b", "?r=1"]
    for path in ("many", "many-default", "many-untyped"):
        page.right(*(get(f"/{path}{query}") for query in queries))
    page.right(get("/many-numbers?q=1&q=2&s=3&s=3"))
    page.wrong(*(get(f"/many-numbers?{q}") for q in ["", "q=", "q=x&q=1&q=y", "q=1&q=2&q=3&q=4", "s=x&s=1", "q=1&s="]))


def test_told(page):
    page.right(get("/told"), get("/told?duck-query=fixed"), get("/told?hidden=1"), get("/told?q=anything"))
    page.wrong(get("/told?duck-query=fi"), get("/told?duck-query=loose"), get("/told?duck-query=" + "fixed" * 11))


def test_own_validators(page):
    page.right(get("/own"), get("/own?ring=ring-1"), get("/own-before?ring=%20ab%20%20%20&name=+x+"))
    page.wrong(get("/own?ring=1"), get("/own?ring="), get("/own-before"), get("/own-before?ring=abcdef"))


def test_aliases(page):
    page.right(get("/choices?q=1"), get("/choices?query=1"), get("/choices?query=x&q=1"), get("/choices?q=1&the-r=2"))
    page.wrong(get("/choices"), get("/choices?query=x"), get("/choices?q=x"), get("/choices?q=1&the-r=x"))
    page.same(get("/choices?q=1&r=3"), get("/choices?q=1&other=3"))


def test_models(page):
    right = ["", "?limit=5&offset=1&order_by=moulted&tags=a&tags=b&called=x", "?named=x", "?limit=5&more=1"]
    page.right(*(get(f"/sieve{query}") for query in right))
    page.wrong(
        *(get(f"/sieve?{q}") for q in ["limit=0&offset=-1", "order_by=x", "limit=101", "limit=x&tags=1", "limit="])
    )
    page.right(get("/strict-sieve"), get("/strict-sieve?limit=3&ponds=1&ponds=2&ponds=1"))
    page.wrong(get("/strict-sieve?tool=plumbus"), get("/strict-sieve?limit=x&tool=1&tool=2&ponds=y"))
    page.right(get("/open-sieve?since=2026-01-02"), get("/open-sieve?x=1&y=2&y=3&fields=a"))
    page.wrong(get("/open-sieve?since=yesterday&x=1"), get("/open-sieve?since="))


def test_json_in_a_text(page):
    for value in ["[1,2]", "1", "x", "", "{}", '{"a":1}']:
        page.same(*(get(f"/packed?{name}={value}") for name in ("one", "many")))
        page.same(*(get(f"/packed-model?{name}={value}") for name in ("packed", "many")))
    page.same(get("/packed?one=[1]&one=[2]&many=1&many=2"), get("/packed-model?packed=[1]&packed=[2]&many=1&many=2"))


def test_models_that_may_be_left_out(page):
    """One that has a say in names that it does not know is there as soon as anything is."""
    page.right(get("/maybe-strict"), get("/maybe-strict?limit=1"), get("/maybe-open"), get("/maybe-open?x=1&more=a"))
    page.wrong(get("/maybe-strict?x=1"), get("/maybe-open?since=x"))


def test_members_by_either_name(page):
    queries = [
        "grams=1",
        "weight=2",
        "grams=1&weight=2",
        "weight=1&weight=2",
        "tags=a&tags=b",
        "labels=a&tags=b",
        "weight=x",
    ]
    page.same(*(get(f"/by-either-name?{query}") for query in queries))


def test_hidden_and_wrong_by_default(page):
    page.right(get("/hidden-model?limit=3"), get("/wrong-default?q=1&kind=weight"))
    page.wrong(get("/hidden-model?limit=x"), get("/wrong-default"), get("/wrong-default?kind=x"))
