"""JSON bodies: one model, several, embedded, nested, unions, and everything that is not what was asked for."""

# ruff: noqa: E501  (a table of requests reads better with one case a line)

import asyncio
import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from tests.differential.api.shapes import (
    Aliased,
    Cat,
    Dog,
    Even,
    Item,
    Movie,
    Names,
    Page,
    Person,
    Pet,
    Point,
    Rich,
    Strict,
    Tree,
    User,
)
from tests.differential.api.twins import Ask, Twins, post, put


class Deep(BaseModel):
    items: dict[str, list[Item]]
    pair: tuple[int, str] = (1, "a")


class Wide(BaseModel):
    model_config = ConfigDict(extra="allow")

    a: int


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    Body = lib.Body

    @app.post("/item")
    async def item(item: Item):
        return item

    @app.post("/item-sync")
    def item_sync(item: Item):
        return {"name": item.name}

    @app.put("/item/{item_id}")
    async def put_item(item_id: int, item: Item, q: str | None = None):
        return {"item_id": item_id, **item.model_dump(), "q": q}

    @app.post("/optional")
    async def optional(item: Item | None = None):
        return item

    @app.post("/two")
    async def two(item: Item, user: User):
        return [item, user]

    @app.post("/two-optional")
    async def two_optional(item: Item | None = None, user: User | None = None):
        return [item, user]

    @app.post("/optional-first")
    async def optional_first(item: Item | None = None, *, user: User, n: Annotated[int, Body()], why: str = Body("no")):
        return [item, user, n, why]

    @app.post("/singular")
    async def singular(item: Item, importance: Annotated[int, Body(gt=0)], why: Annotated[str, Body()] = "no reason"):
        return [item, importance, why]

    @app.post("/embed")
    async def embed(item: Annotated[Item, Body(embed=True)]):
        return item

    @app.post("/embed-optional")
    async def embed_optional(item: Annotated[Item | None, Body(embed=True)] = None):
        return item

    @app.post("/scalar")
    async def scalar(n: Annotated[int, Body()]):
        return n

    @app.post("/scalar-embed")
    async def scalar_embed(n: Annotated[int, Body(embed=True, ge=3)]):
        return n

    @app.post("/list")
    async def many(items: list[Item]):
        return items

    @app.post("/ints")
    async def ints(ns: list[int]):
        return ns

    @app.post("/dict")
    async def mapping(weights: dict[int, float]):
        return {str(key): value for key, value in weights.items()}

    @app.post("/any")
    async def anything(value: Any = Body()):
        return {"got": value}

    @app.post("/any-dict")
    async def any_dict(value: dict):
        return value

    @app.post("/any-default")
    async def any_default(value: Annotated[Any, Body()] = None):
        return {"got": value}

    @app.post("/nested")
    async def nested(person: Person):
        return person

    @app.post("/deep")
    async def deep(deep: Deep):
        return deep

    @app.post("/tree")
    async def tree(tree: Tree):
        return tree

    @app.post("/strict")
    async def strict(strict: Strict):
        return strict

    @app.post("/even")
    async def even(even: Even):
        return even

    @app.post("/pet")
    async def pet(pet: Pet):
        return pet

    @app.post("/pets")
    async def pets(pets: list[Pet], owner: Annotated[str, Body()]):
        return [pets, owner]

    @app.post("/union")
    async def union(value: Item | User):
        return {type(value).__name__: value}

    @app.post("/union-dogcat")
    async def dogcat(value: Dog | Cat | int):
        return value

    @app.post("/aliased")
    async def aliased(value: Aliased):
        return value

    @app.post("/rich")
    async def rich(value: Rich):
        return value

    @app.post("/page")
    async def page(value: Page[User]):
        return value

    @app.post("/root")
    async def root(value: Names):
        return value

    @app.post("/point")
    async def point(value: Point):
        return value

    @app.post("/movie")
    async def movie(value: Movie):
        return value

    @app.post("/wide")
    async def wide(value: Wide):
        return value

    @app.post("/field")
    async def with_field(
        value: Annotated[Item, Field(description="constrained")], n: Annotated[int, Body(alias="N")] = 1
    ):
        return [value, n]

    @app.post("/old-style")
    async def old_style(value: Item = Body(...), n: int = Body(3, le=5)):
        return [value, n]

    @app.post("/everything/{p}")
    async def everything(
        p: int, q: int, item: Item, x_h: Annotated[int, lib.Header()], c: Annotated[int, lib.Cookie()] = 1
    ):
        return [p, q, item, x_h, c]

    @app.post("/request")
    async def request(item: Item, request: lib.Request):
        return [item, await request.json(), (await request.body()).decode()]

    @app.post("/raw")
    async def raw(request: lib.Request):
        return (await request.body()).decode()

    @app.delete("/item")
    async def remove(item: Item):
        return item

    @app.post("/no-body")
    async def no_body():
        return "fine"

    return app


ITEM = {"name": "duck", "price": 2.5}
USER = {"username": "mallard"}
JSON_ASKS: list[tuple[str, list[Any]]] = [
    ("/item", [ITEM, {}, {"name": 1, "price": "x"}, {"price": -1}, [], [ITEM], "text", 3, True, {"item": ITEM}, {**ITEM, "x": 1, "tags": ["a", 2]}]),
    ("/item-sync", [ITEM, {}]),
    ("/optional", [ITEM, {}, {"name": "x"}]),
    ("/two", [{"item": ITEM, "user": USER}, {"item": ITEM}, {}, {"item": {}, "user": {}}, ITEM, [], {"item": None, "user": 3}]),
    ("/two-optional", [{"item": ITEM}, {}, {"item": None}, {"user": {}}]),
    ("/optional-first", [{"user": USER, "n": 1}, {"item": 1, "why": 2}, {}, [], 5, None]),
    ("/singular", [{"item": ITEM, "importance": 1}, {"item": ITEM, "importance": 0, "why": 3}, {"item": ITEM}, {}]),
    ("/embed", [{"item": ITEM}, ITEM, {"item": {}}, {}, []]),
    ("/embed-optional", [{"item": ITEM}, {"item": None}, {}]),
    ("/scalar", [3, "3", "x", {"n": 3}, [3], 2.5]),
    ("/scalar-embed", [{"n": 3}, {"n": 1}, 3, {}]),
    ("/list", [[ITEM, ITEM], [], [{}, ITEM, 3], ITEM]),
    ("/ints", [[1, 2], ["1", "x"], {}, "12"]),
    ("/dict", [{"1": 2.5}, {"x": "y"}, []]),
    ("/any", [1, None, {"a": [1]}, "x", []]),
    ("/any-dict", [{"a": 1}, [], 1]),
    ("/any-default", [1, {}]),
    ("/nested", [{"name": "a", "address": {"street": "b", "number": 1}, "friends": [USER], "by_role": {"x": USER}},
                 {"name": "a", "address": {"street": "b"}, "friends": [USER, {"username": "m"}], "by_role": {"x": {}}}, {"address": []}]),
    ("/deep", [{"items": {"a": [ITEM]}}, {"items": {"a": [ITEM, {}]}, "pair": [1]}, {"items": []}]),
    ("/tree", [{"value": 1, "children": [{"value": 2, "children": [{"value": 3}]}]}, {"value": 1, "children": [{"children": [{}]}]}]),
    ("/strict", [{"count": 1}, {"count": "1"}, {"count": 1, "x": 2, "y": 3}, {"count": 1, "when": "2020-01-01"}, {"count": 1, "when": 0}]),
    ("/even", [{"number": 2}, {"number": 3}, {"number": "x"}]),
    ("/pet", [{"kind": "cat"}, {"kind": "dog", "good": "no"}, {"kind": "cow"}, {}, {"kind": "cat", "lives": "x"}, []]),
    ("/pets", [{"pets": [{"kind": "cat"}], "owner": "o"}, {"pets": [{"kind": "x"}, {}]}, {}]),
    ("/union", [ITEM, USER, {}, {**ITEM, **USER}, []]),
    ("/union-dogcat", [{"kind": "cat"}, {"kind": "x"}, 3, "x"]),
    ("/aliased", [{"itemId": 1}, {"item_id": 1}, {"itemId": 1, "full-name": "f", "picked": 2}, {"itemId": "x", "chosen": "y"}]),
    ("/rich", [{"when": "2020-01-01T00:00:00Z"}, {"when": 0, "amount": 3, "wait": "PT5S", "colour": "green"}, {"when": "x", "key": "y", "colour": "z", "amount": "w", "day": "v", "wait": "u"}]),
    ("/page", [{"items": [USER], "total": 1}, {"items": [{}], "total": "x"}]),
    ("/root", [["a"], [1], {}]),
    ("/point", [{"x": 1}, {"x": 1, "y": 2, "labels": ["a"]}, {"y": "b"}, []]),
    ("/movie", [{"title": "a", "year": 1}, {}, {"year": "x"}, {"other": 1}]),
    ("/wide", [{"a": 1, "b": {"c": 2}}, {"b": 1}]),
    ("/field", [{"value": ITEM, "N": 2}, {"value": ITEM, "n": 2}, {"value": {}, "N": "x"}]),
    ("/old-style", [{"value": ITEM, "n": 5}, {"value": ITEM, "n": 6}, {"n": 1}]),
    ("/request", [ITEM, {}]),
    ("/raw", [ITEM]),
    ("/no-body", [ITEM]),
]  # fmt: skip

twins = Twins(build)


@pytest.mark.parametrize(
    "ask",
    [
        post(path, body=json.dumps(value).encode(), headers={"content-type": "application/json"})
        for path, values in JSON_ASKS
        for value in values
    ],
    ids=str,
)
def test_same_answer_to_json(ask: Ask) -> None:
    twins.compare(ask)


PATHS = [
    "/item",
    "/optional",
    "/two",
    "/two-optional",
    "/embed",
    "/embed-optional",
    "/scalar",
    "/any",
    "/any-default",
    "/list",
    "/union",
    "/no-body",
]
TYPES = {
    "json": "application/json",
    "charset": "application/json; charset=utf-8",
    "upper": "Application/JSON",
    "suffix": "application/vnd.duck+json",
    "geo": "application/geo+json-seq",
    "text": "text/plain",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=x",
    "octets": "application/octet-stream",
    "broken": "nonsense",
    "empty": "",
}  # fmt: skip
RAW = {
    "nothing": b"",
    "null": b"null",
    "item": b'{"name": "duck", "price": 1}',
    "half": b'{"name": "duck", ',
    "single": b"{'name': 1}",
    "trailing": b'{"name": "duck", "price": 1} x',
    "trailing comma": b'{"name": "duck", "price": 1,}',
    "nan": b'{"name": "duck", "price": NaN}',
    "infinity": b'{"name": "duck", "price": Infinity}',
    "latin": b'{"name": "\xe9", "price": 1}',
    "bom": b'\xef\xbb\xbf{"name": "duck", "price": 1}',
    "utf16": '{"name": "duck", "price": 1}'.encode("utf-16"),
    "words": b"hello",
    "space": b"   ",
    "newlines": b'{\n"name":\n oops',
    "twice": b'{"name": "a", "name": "b", "price": 1}',
    "big": b'{"name": "duck", "price": 1e400}',
    "refused surrogate": b'{"name": "duck", "price": "\\ud83e"}',
    "surrogate": b'{"name": "\\ud83e", "price": 1}',
    "text": b"text",
    "number": b"5",
    "deep": b"[" * 60 + b"]" * 60,
}


@pytest.mark.parametrize("raw", RAW)
@pytest.mark.parametrize("path", PATHS)
def test_same_answer_to_raw_bytes_sent_as_json(path: str, raw: str) -> None:
    twins.compare(post(path, body=RAW[raw], headers={"content-type": "application/json"}))


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("raw", ["item", "nothing", "words"])
def test_same_answer_to_each_content_type(path: str, content_type: str, raw: str) -> None:
    twins.compare(post(path, body=RAW[raw], headers={"content-type": TYPES[content_type]}))


@pytest.mark.parametrize("raw", ["item", "nothing", "words", "number"])
@pytest.mark.parametrize("path", PATHS)
def test_same_answer_without_content_type(path: str, raw: str) -> None:
    twins.compare(post(path, body=RAW[raw]))


@pytest.mark.parametrize(
    "ask",
    [
        Ask("PUT", "/item/3?q=x", json=ITEM),
        Ask("PUT", "/item/x", json={}),
        Ask("PUT", "/item/x"),
        Ask("DELETE", "/item", json=ITEM),
        Ask("DELETE", "/item"),
        post("/everything/1?q=2", ITEM, headers={"x-h": "3", "cookie": "c=4"}),
        post("/everything/x?q=y", {}, headers={"x-h": "z", "cookie": "c=w"}),
        post("/everything/x?q=y", body=b"{", headers={"x-h": "z", "content-type": "application/json"}),
        post("/everything/1"),
        post("/item", ITEM, headers={"content-type": "text/plain"}),
    ],
    ids=str,
)
def test_same_answer_to_mixed_sources(ask: Ask) -> None:
    twins.compare(ask)


def bare(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.post("/list")
    async def a_list(value: list):
        return value

    @app.post("/tuple")
    async def a_tuple(value: tuple | None = None):
        return value

    @app.post("/members")
    async def members(value: set, of: dict):
        return [sorted(value), of]

    return app


BARE = [("/list", [1, "a"]), ("/tuple", [1, 2]), ("/members", {"value": [1], "of": {"a": 1}})]


@pytest.mark.parametrize(("path", "sent"), BARE)
def test_a_list_of_no_type_is_json_only_here(path: str, sent: Any) -> None:
    theirs, ours = (asyncio.run(put(app, post(path, sent))) for app in Twins(bare).apps)
    assert (ours.status, ours.content) == (200, list(sent.values()) if isinstance(sent, dict) else sent)
    assert (theirs.status, theirs.content) != (ours.status, ours.content), "docs/differences.md has a section too many"


def lenient(lib: Any) -> Any:
    app = lib.FastAPI(strict_content_type=False)

    @app.post("/item")
    async def item(item: Item):
        return item

    return app


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}, {"content-type": "application/json"}], ids=str)
def test_strict_content_type_switched_off(headers: dict[str, str]) -> None:
    Twins(lenient).compare(post("/item", body=RAW["item"], headers=headers))
