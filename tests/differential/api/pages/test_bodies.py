"""Request body; body with several parameters; fields; nested models; the method QUERY."""

from enum import IntEnum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, field_validator, model_validator
from pydantic.v1 import BaseModel as OldModel
from tests.differential.api.pages.harness import ask, delete, get, patch, post, put, served
from tests.differential.api.twins import FASTAPI, WEBFOOT


class Duck(BaseModel):
    name: str
    description: str | None = None
    weight: float
    tax: float | None = None


class Keeper(BaseModel):
    username: str
    full_name: str | None = None


class Measured(BaseModel):
    name: str = Field(min_length=2, title="Its name", description="As the keeper calls it.")
    weight: float = Field(gt=0, le=20, description="In kilograms", examples=[1.1])
    rings: int = Field(default=0, ge=0, deprecated=True, alias="ringCount")
    kind: str = Field(default="mallard", pattern="^[a-z]+$", max_length=10)
    extra: Annotated[list[int], Field(max_length=2)] = []


class Picture(BaseModel):
    url: HttpUrl
    name: str


class Album(BaseModel):
    name: str
    tags: set[str] = set()
    picture: Picture | None = None
    pictures: list[Picture] | None = None
    scores: dict[str, float] = {}


class Shelf(BaseModel):
    title: str
    albums: list[Album] = Field(min_length=1)
    inner: "Shelf | None" = None


class Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    count: int
    open: bool = False


class Named(BaseModel):
    first: str
    second: str

    @field_validator("first")
    @classmethod
    def without_space(cls, value: str) -> str:
        if " " in value:
            raise ValueError("has a space in it")
        return value.title()

    @model_validator(mode="after")
    def not_the_same(self) -> "Named":
        assert self.first != self.second, "both the same"
        return self


class Names(RootModel[list[str]]):
    pass


class Level(IntEnum):
    low = 1
    high = 2


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    Body, Path = lib.Body, lib.Path

    @app.post("/ducks/")
    async def add(duck: Duck):
        return {**duck.model_dump(), "with_tax": duck.weight + (duck.tax or 0)}

    @app.put("/ducks/{duck_id}")
    async def change(duck_id: int, duck: Duck, q: str | None = None):
        return {"duck_id": duck_id, "q": q, **duck.model_dump()}

    @app.delete("/ducks/{duck_id}")
    async def remove(duck_id: int, why: Annotated[str, Body(embed=True)] = "none"):
        return [duck_id, why]

    @app.put("/mixed/{duck_id}")
    async def mixed(
        duck_id: Annotated[int, Path(title="Which", ge=0, le=1000)], q: str | None = None, duck: Duck | None = None
    ):
        return [duck_id, q, duck]

    @app.put("/two/{duck_id}")
    async def two(duck_id: int, duck: Duck, keeper: Keeper):
        return [duck_id, duck, keeper]

    @app.put("/singular/{duck_id}")
    async def singular(
        *,
        duck_id: int,
        duck: Duck,
        keeper: Keeper | None = None,
        importance: Annotated[int, Body(gt=0)],
        note: Annotated[str | None, Body(max_length=5)] = None,
        q: str | None = None,
    ):
        return [duck_id, duck, keeper, importance, note, q]

    @app.post("/embedded")
    async def embedded(duck: Annotated[Duck, Body(embed=True, description="The duck.")]):
        return duck

    @app.post("/only-number")
    async def only_number(number: Annotated[int, Body()]):
        return number

    @app.post("/only-text")
    async def only_text(
        text: Annotated[str | None, Body(title="A text", media_type="application/vnd.duck+json")] = None,
    ):
        return [text]

    @app.post("/measured")
    async def measured(duck: Annotated[Measured, Body(embed=True)], level: Annotated[Level, Body()] = Level.low):
        return [duck, level]

    @app.post("/albums")
    async def album(album: Album):
        return album

    @app.post("/shelves")
    async def shelf(shelf: Shelf):
        return shelf

    @app.post("/pictures")
    async def pictures(pictures: list[Picture]):
        return [picture.url for picture in pictures]

    @app.post("/weights")
    async def weights(weights: dict[int, float]):
        return weights

    @app.post("/exact")
    async def exact(exact: Exact):
        return exact

    @app.post("/named")
    async def named(named: Named):
        return named

    @app.post("/names")
    async def names(names: Names):
        return names

    @app.post("/either")
    async def either(what: Duck | Keeper | list[int]):
        return [type(what).__name__, what]

    @app.post("/anything")
    async def anything(value: Annotated[Any, Body()]):
        return {"got": value}

    @app.post("/dict")
    async def as_dict(value: dict):
        return value

    @app.get("/body-of-get")
    async def body_of_get(duck: Duck):
        return duck

    @app.api_route("/look", methods=["QUERY"])
    async def look(duck: Duck, limit: int = 1):
        return [duck, limit]

    @app.patch("/optional")
    async def optional(duck: Annotated[Duck | None, Body()] = None):
        return duck

    return app


page = served(app)
DUCK = {"name": "Jemima", "weight": 1.1}
KEEPER = {"username": "emma"}
PICTURE = {"url": "http://pond.example/1.png", "name": "one"}
BROKEN = [
    b"", b"{", b"{}", b"[]", b"null", b"nul", b'"text"', b"3", b"true",
    b'{"name": "x"', b'{"name": "x",}', b"{'name': 1}",
    b'{"name": 1, "weight": "2"}', b'{"name": "x", "weight": "heavy"}', b'{"name": "x", "weight": null, "tax": []}',
    b'{"name": "x", "weight": 1, "name": "y"}', b'{"name": "x", "weight": 1, "more": {"a": 1}}', b'[{"name": "x"}]',
    b"\xff\xfe", b'{"name": "\xff", "weight": 1}', b'\xef\xbb\xbf{"name": "x", "weight": 1}',
    b'{"name": "\\ud83e", "weight": 1}', b'{"name": "x", "weight": NaN}', b'{"name": "x", "weight": 1e400}',
    b'{"name": "\n", "weight": 1}', '{"name": "\u00e9\U0001f986", "weight": 1}'.encode(),
    '{"name": "\u00e9", "weight": 1}'.encode("utf-16"), b' \r\n\t{"name": "x", "weight": 1} \n',
    b'{"name": "x", "weight": 1} x', b"[" * 3000, b'{"name": "x", "weight": ' + b"9" * 400 + b"}",
]  # fmt: skip
JSON = {"content-type": "application/json"}


def test_document(page):
    page.same_document()


def test_one_model(page):
    page.right(post("/ducks/", DUCK), post("/ducks/", {**DUCK, "tax": "0.5", "more": 1}), put("/ducks/3?q=x", DUCK))
    page.wrong(post("/ducks/"), post("/ducks/", []), put("/ducks/x", {"name": []}), put("/ducks/3", "Jemima"))
    page.right(delete("/ducks/3"), ask("DELETE", "/ducks/3", json={"why": "flown"}))
    page.same(ask("DELETE", "/ducks/3", json={"why": 1}), ask("DELETE", "/ducks/3", json={}))
    page.right(post("/ducks", DUCK))


def test_bodies_that_are_none(page):
    for body in BROKEN:
        page.same(post("/ducks/", content=body, headers=JSON), post("/anything", content=body, headers=JSON))


def test_content_types(page):
    types = [
        None, "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.api+json",
        "application/geo+json",
        "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data",
        "application/octet-stream",
        "application/json,text/plain", "json", "", "application/json+ld", "application/*+json", "application/jsonx",
        ";;",
    ]  # fmt: skip
    body = b'{"name": "x", "weight": 1}'
    for kind in types:
        headers = {} if kind is None else {"content-type": kind}
        for path in ("/ducks/", "/anything", "/only-text", "/dict"):
            page.same(post(path, content=body, headers=headers), post(path, headers=headers))


def test_mixed(page):
    page.right(put("/mixed/1", DUCK), put("/mixed/1?q=x"), put("/mixed/0", content=b"null", headers=JSON))
    page.wrong(put("/mixed/1001", {"name": 1}), put("/mixed/x?q=1", {}))


def test_two_models(page):
    page.right(put("/two/1", {"duck": DUCK, "keeper": KEEPER}))
    page.wrong(put("/two/1"), put("/two/1", {}), put("/two/1", DUCK), put("/two/x", {"duck": {}, "keeper": 3}))
    page.wrong(put("/two/1", [DUCK, KEEPER]), put("/two/1", "x"), put("/two/1", content=b"null", headers=JSON))
    page.wrong(put("/two/1", {"duck": DUCK, "keeper": None}))


def test_single_values(page):
    page.right(put("/singular/1?q=x", {"duck": DUCK, "importance": 3}))
    page.right(put("/singular/1", {"duck": DUCK, "importance": "3", "keeper": None, "note": None, "x": 1}))
    page.wrong(put("/singular/1", {"duck": DUCK, "importance": 0, "note": "longer", "keeper": {}}))
    page.wrong(put("/singular/1", {"duck": DUCK, "importance": None}), put("/singular/1", 3))
    page.right(post("/only-number", 3), post("/only-number", "3"), post("/only-text", "x"), post("/only-text"))
    page.wrong(post("/only-number", {"number": 3}), post("/only-number"), post("/only-text", 3))
    page.right(post("/embedded", {"duck": DUCK}))
    page.wrong(post("/embedded", DUCK), post("/embedded", {"duck": None}), post("/embedded", []))


def test_fields(page):
    right = {"name": "Jo", "weight": 20, "ringCount": 3, "kind": "teal", "extra": [1, "2"]}
    page.right(post("/measured", {"duck": right, "level": 2}), post("/measured", {"duck": {**right, "rings": 4}}))
    wrong = {"name": "J", "weight": 0, "ringCount": -1, "kind": "Teal", "extra": [1, 2, 3]}
    page.wrong(post("/measured", {"duck": wrong, "level": 3}), post("/measured", {"duck": {}, "level": "low"}))
    page.wrong(post("/measured", {"duck": {**right, "weight": "x", "extra": ["x"]}}))


def test_nested(page):
    album = {"name": "a", "tags": ["x", "y", "x"], "picture": PICTURE, "pictures": [PICTURE], "scores": {"a": "1"}}
    page.right(post("/albums", {"name": "a"}), post("/albums", {"name": "a", "picture": None, "tags": ["z"]}))
    page.right(post("/shelves", {"title": "t", "albums": [{"name": "a"}], "inner": {"title": "u", "albums": [album]}}))
    page.wrong(
        post("/shelves", {"title": "t", "albums": []}), post("/shelves", {"title": "t", "albums": [[]], "inner": 1})
    )
    page.wrong(
        post("/albums", {**album, "picture": {"url": "no url"}, "pictures": [{}, 3, PICTURE], "scores": {"a": "x"}})
    )
    page.wrong(post("/shelves", {"title": "t", "albums": [album, {"name": 1, "tags": "x"}], "inner": {"albums": [{}]}}))
    page.right(post("/pictures", [PICTURE, PICTURE]), post("/pictures", []), post("/weights", {"1": 2, "-3": "4.5"}))
    page.wrong(
        post("/pictures", PICTURE), post("/pictures", [1]), post("/weights", {"a": 2, "1": "x"}), post("/weights", [])
    )


def test_own_rules(page):
    page.right(post("/exact", {"count": 1}), post("/named", {"first": "a", "second": "b"}), post("/names", ["a"]))
    page.wrong(post("/exact", {"count": "1", "open": 1, "more": 2}), post("/exact", {"count": 1.0}))
    page.wrong(post("/named", {"first": "a b", "second": "b"}), post("/named", {"first": "a", "second": "A"}))
    page.wrong(post("/names", [1]), post("/names", {"root": ["a"]}))


def test_unions(page):
    page.right(
        post("/either", DUCK), post("/either", KEEPER), post("/either", [1, "2"]), post("/either", {**DUCK, **KEEPER})
    )
    page.wrong(post("/either", {}), post("/either", "x"), post("/either", ["x"]))
    page.same(*(post("/dict", value) for value in [{}, {"a": None}, [], "x", 0]))


def test_other_methods(page):
    page.same(get("/body-of-get"), ask("GET", "/body-of-get", json=DUCK), ask("GET", "/body-of-get", json={}))
    page.same(
        ask("QUERY", "/look?limit=2", json=DUCK), ask("QUERY", "/look"), get("/look"), ask("QUERY", "/look", json=[])
    )
    page.same(patch("/optional"), patch("/optional", DUCK), patch("/optional", {}))


@pytest.mark.parametrize("where", ["parameter", "parameter in a list", "reply", "answer besides"])
@pytest.mark.parametrize("lib", [FASTAPI, WEBFOOT], ids=lambda lib: lib.name)
def test_models_of_pydantic_1_are_refused(lib, where):
    class Old(OldModel):
        name: str

    app = lib.FastAPI()
    with pytest.raises(lib.PydanticV1NotSupportedError):
        match where:
            case "parameter":
                _declare(app, Old)
            case "parameter in a list":
                _declare(app, list[Old])
            case "reply":
                app.get("/", response_model=Old)(lambda: None)
            case _:
                app.get("/", responses={404: {"model": Old}})(lambda: None)


def _declare(app, kind):
    @app.post("/")
    async def endpoint(duck: kind): ...
