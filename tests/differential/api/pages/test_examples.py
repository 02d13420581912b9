"""Declare request example data; extra data types."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import PurePosixPath
from typing import Annotated, Any
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, Field, Json, SecretStr
from tests.differential.api.pages.harness import get, post, put, served


class Duck(BaseModel):
    name: str
    weight: float

    model_config = {"json_schema_extra": {"examples": [{"name": "Jemima", "weight": 1.2}], "x-shown": "first"}}


class Field2(BaseModel):
    name: str = Field(examples=["Jemima", "Donald"])
    weight: float = Field(examples=[1.2], json_schema_extra={"unit": "kg"})


class Everything(BaseModel):
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    lasts: timedelta | None = None
    price: Decimal | None = None
    ring: UUID | None = None
    raw: bytes | None = None
    coded: Base64Bytes | None = None
    kinds: frozenset[str] | None = None
    address: IPv4Address | None = None
    path: PurePosixPath | None = None
    secret: SecretStr | None = None
    inner: Json[list[int]] | None = None
    pair: tuple[int, str] | None = None


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    Body, Cookie, Header, Path, Query = lib.Body, lib.Cookie, lib.Header, lib.Path, lib.Query

    @app.put("/schema/{n}")
    async def in_the_schema(n: int, duck: Duck):
        return [n, duck]

    @app.put("/fields")
    async def in_the_fields(duck: Field2):
        return duck

    @app.put("/body")
    async def of_the_body(duck: Annotated[Field2, Body(examples=[{"name": "a", "weight": 1}, {"name": "b"}])]):
        return duck

    @app.put("/openapi")
    async def of_openapi(
        duck: Annotated[
            Duck,
            Body(
                openapi_examples={
                    "normal": {
                        "summary": "A duck",
                        "description": "As **most** are.",
                        "value": {"name": "a", "weight": 1},
                    },
                    "wrong": {"summary": "Refused", "value": {"name": "a", "weight": "heavy"}},
                    "elsewhere": {"externalValue": "https://pond.example/duck.json"},
                }
            ),
        ],
    ):
        return duck

    @app.get("/places/{one}")
    async def everywhere(
        one: Annotated[str, Path(examples=["a"], openapi_examples={"p": {"value": "a"}})],
        two: Annotated[str, Query(examples=["b"], openapi_examples={"q": {"value": "b", "summary": "B"}})] = "2",
        three: Annotated[str | None, Header(examples=["c"], openapi_examples={"h": {"value": "c"}})] = None,
        four: Annotated[str | None, Cookie(examples=["d"], openapi_examples={"c": {"value": "d"}})] = None,
    ):
        return [one, two, three, four]

    @app.post("/form")
    async def form(
        one: Annotated[str, lib.Form(examples=["a"], openapi_examples={"f": {"value": "a"}})],
        file: Annotated[bytes, lib.File(examples=["b"], description="Any")] = b"",
    ):
        return [one, len(file)]

    @app.put("/times/{ring}")
    async def times(
        ring: UUID,
        start: Annotated[datetime, Body()],
        end: Annotated[datetime, Body()],
        after: Annotated[timedelta, Body()],
        repeat: Annotated[time | None, Body()] = None,
    ):
        begin = start + after
        return {"ring": ring, "begin": begin, "lasts": end - begin, "repeat": repeat, "after": after}

    @app.post("/everything")
    async def everything(everything: Everything):
        return everything

    @app.post("/returned")
    async def returned(everything: Everything) -> Everything:
        return everything

    @app.get("/query")
    async def query(
        at: datetime | None = None,
        day: date | None = None,
        hour: time | None = None,
        lasts: timedelta | None = None,
        price: Decimal | None = None,
        raw: bytes | None = None,
        kinds: Annotated[frozenset[int], Query()] = frozenset(),
        pair: Annotated[tuple[int, str] | None, Query()] = None,
        secret: SecretStr | None = None,
    ):
        return {
            "at": at, "day": day, "hour": hour, "lasts": lasts, "price": price, "raw": raw, "kinds": kinds,
            "pair": pair, "secret": secret,
        }  # fmt: skip

    return app


page = served(app)
RING = "12345678-1234-5678-1234-567812345678"


def test_document(page):
    page.same_document()


def test_examples_change_nothing(page):
    duck = {"name": "a", "weight": 1}
    page.right(*(put(path, duck) for path in ("/schema/1", "/fields", "/body", "/openapi")), get("/places/a"))
    page.wrong(*(put(path, {"name": 1, "weight": "heavy"}) for path in ("/schema/x", "/fields", "/body", "/openapi")))
    page.right(post("/form", data={"one": "x"}), post("/form", data={"one": "x"}, files={"file": b"1"}))


def test_times(page):
    right = {"start": "2026-01-02T03:04:05Z", "end": "2026-01-02T05:04:05+00:00", "after": 3600}
    page.right(
        put(f"/times/{RING}", right), put(f"/times/{RING}", {**right, "after": "PT1H30M", "repeat": "12:30:01.5"})
    )
    page.right(put(f"/times/{RING}", {**right, "start": 1767323045, "after": "-P1DT2H", "repeat": "23:59Z"}))
    page.wrong(put("/times/x", {"start": "yesterday", "end": "", "after": "long", "repeat": "25:00"}))
    page.wrong(put(f"/times/{RING}", {}), put(f"/times/{RING}", {**right, "after": []}))


VALUES = {
    "at": ["2026-01-02T03:04:05", "2026-01-02 03:04:05.123456+02:00", 0, "0", "1e3", "x", "2026-13-01T00:00:00", ""],
    "day": ["2026-01-02", "2026-1-2", "2026-01-02T00:00:00", "2026-01-02T03:00:00", 86400, "x", "2026-02-30"],
    "hour": ["01:02", "01:02:03.4", "01:02+01:00", 3600, "24:00", "x"],
    "lasts": [1.5, "P1D", "1 day, 01:02:03", "-P1DT1S", "01:02", "x", "PT0.000001S", "P400Y"],
    "price": ["1.10", 1.1, "1e3", "NaN", "Infinity", "x", "1" * 40, "-0"],
    "ring": [RING, RING.replace("-", ""), "urn:uuid:" + RING, "x", 3],
    "raw": ["text", "\u00e9", "", 3],
    "coded": ["aGk=", "x", ""],
    "kinds": [["b"], ["a", "a"], "a", [1]],
    "address": ["10.0.0.1", 1, "10.0.0.256"],
    "path": ["/a/../b", "", 3],
    "secret": ["hush", "", 3],
    "inner": ["[1, 2]", "[1", "{}", [1]],
    "pair": [[1, "x"], ["1", "x"], [1], [1, "x", 2]],
}


def test_every_type(page):
    for name, values in VALUES.items():
        for value in values:
            page.same(post("/everything", {name: value}), post("/returned", {name: value}))
            page.same(get("/query", params={name: value}))
    page.same(get("/query?pair=1&pair=x"), get("/query?kinds=1&kinds=2&kinds=1"), get("/query?pair=1"))
