"""Path parameters and numeric validations."""

from decimal import Decimal
from typing import Annotated, Any

from annotated_types import Gt
from pydantic import PositiveInt
from tests.differential.api.pages.harness import get, served


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    Path, Query = lib.Path, lib.Query

    @app.get("/titled/{pond_id}")
    async def titled(
        pond_id: Annotated[int, Path(title="The number of the pond", description="As on the map.", examples=[7])],
        q: Annotated[str | None, Query(alias="pond-query")] = None,
    ):
        return [pond_id, q]

    @app.get("/ordered/{pond_id}")
    async def ordered(q: str, pond_id: int = Path(title="Anything")):
        return [pond_id, q]

    @app.get("/starred/{pond_id}")
    async def starred(*, pond_id: int = Path(...), q: str):
        return [pond_id, q]

    @app.get("/at-least/{number}")
    async def at_least(number: Annotated[int, Path(ge=1)]):
        return number

    @app.get("/between/{number}")
    async def between(number: Annotated[int, Path(gt=0, le=1000, multiple_of=5)]):
        return number

    @app.get("/size/{number}")
    async def size(
        number: Annotated[int, Path(ge=0, lt=9)],
        size: Annotated[float, Query(gt=0, lt=10.5)],
        price: Annotated[Decimal, Query(max_digits=4, decimal_places=2)] = Decimal("1.5"),
        exact: Annotated[float, Query(allow_inf_nan=False)] = 0.0,
        strict: Annotated[int, Query(strict=True)] = 1,
    ):
        return {"number": number, "size": size, "price": price, "exact": exact, "strict": strict}

    @app.get("/pydantic/{number}")
    async def of_pydantic(number: PositiveInt, more: Annotated[int, Gt(3), Query()] = 4):
        return [number, more]

    @app.get("/text/{name}")
    async def text(name: Annotated[str, Path(min_length=2, max_length=4, pattern=r"^\w+$")]):
        return name

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_titled(page):
    page.right(get("/titled/1?pond-query=x"), get("/ordered/1?q=x"), get("/starred/1?q=x"))
    page.wrong(get("/titled/x"), get("/ordered/1"), get("/starred/x"))


def test_bounds(page):
    for value in ["-1", "0", "1", "5", "7", "1000", "1001", "1005", "x", "1.0", "0.5", "9" * 30]:
        page.same(
            *(get(f"/{path}/{value}") for path in ("at-least", "between", "pydantic")), get(f"/size/{value}?size=1")
        )


def test_floats_and_decimals(page):
    for value in ["0", "0.0001", "10.5", "10.49", "nan", "inf", "-inf", "1e1", "x", "", "1_0"]:
        page.same(
            get(f"/size/1?size={value}"), get(f"/size/1?size=1&exact={value}"), get(f"/size/1?size=1&price={value}")
        )
    page.same(get("/size/1?size=1&price=123.45"), get("/size/1?size=1&price=1.234"), get("/size/1?size=1&strict=1"))
    page.same(get("/size/1"), get("/size/10?size=11&price=x&strict=y&exact=z"))
    page.same(get("/pydantic/1?more=3"))


def test_text(page):
    page.same(*(get(f"/text/{value}") for value in ["a", "ab", "abcd", "abcde", "a%20b", "%C3%A9t%C3%A9", "a-b"]))
