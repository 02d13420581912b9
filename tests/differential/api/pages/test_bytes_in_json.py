"""JSON that carries bytes as base64; strict content types; types of Python that stand for several or for none."""

from datetime import date
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from pydantic import BaseModel, ConfigDict, Field
from tests.differential.api.pages.harness import get, patch, post, served


class Sent(BaseModel):
    note: str
    data: bytes
    model_config = ConfigDict(val_json_bytes="base64")


class Given(BaseModel):
    note: str
    data: bytes
    more: bytes | None = None
    model_config = ConfigDict(ser_json_bytes="base64")


class Both(BaseModel):
    note: str
    data: bytes
    parts: list[bytes] = []
    model_config = ConfigDict(val_json_bytes="base64", ser_json_bytes="base64")


class Hexed(BaseModel):
    data: bytes
    model_config = ConfigDict(val_json_bytes="hex", ser_json_bytes="hex")


class Plain(BaseModel):
    data: bytes


class Egg(BaseModel):
    kind: Literal["egg"] = "egg"
    weight: Optional[int]  # noqa: UP045 the old spelling is the point


class Nest(BaseModel):
    kind: Literal["nest"]
    eggs: list[Egg] = []
    laid: Union[date, int, None] = None  # noqa: UP007


def app(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.post("/sent")
    async def sent(body: Sent):
        return {"note": body.note, "content": body.data.decode()}

    @app.get("/given")
    async def given() -> Given:
        return Given(note="n", data=b"hello\xff\xfe", more=b"")

    @app.get("/given-model", response_model=Given)
    async def given_model():
        return {"note": "n", "data": b"\x00\xfb\xef"}

    @app.post("/both")
    async def both(body: Both) -> Both:
        return body

    @app.post("/hexed")
    async def hexed(body: Hexed) -> Hexed:
        return body

    @app.post("/plain")
    async def plain(body: Plain) -> Plain:
        return body

    @app.get("/plain-of-bytes")
    async def plain_of_bytes() -> bytes:
        return b"text"

    @app.post("/untyped")
    async def untyped(body: Annotated[bytes, lib.Body()]):
        return {"size": len(body)}

    @app.get("/queried")
    async def queried(data: bytes, more: Annotated[bytes, lib.Header()] = b"m"):
        return [data, more]

    @app.post("/either")
    async def either(body: Annotated[Egg | Nest, Field(discriminator="kind")], n: int | None = None) -> Egg | Nest:
        return body

    @app.post("/old-spelling")
    async def old_spelling(body: Union[Egg, Nest, None] = None, n: Optional[int] = None):  # noqa: UP007, UP045
        return [body, n]

    @app.patch("/explicit")
    async def explicit(weight: Annotated[int | None, lib.Body(embed=True)]):
        return weight

    return app


def lenient(lib: Any) -> Any:
    """Where nobody has to say that JSON is JSON, and where they have to again."""
    app = lib.FastAPI(strict_content_type=False)
    strict = lib.APIRouter(prefix="/strict", strict_content_type=True)
    inherits = lib.APIRouter(prefix="/inherits")

    class Duck(BaseModel):
        name: str

    for router in (app, strict, inherits):

        @router.post("/ducks")
        async def ducks(duck: Duck):
            return duck

        @router.post("/embedded")
        async def embedded(duck: Duck, n: Annotated[int, lib.Body()] = 1):
            return [duck, n]

        @router.post("/optional")
        async def optional(duck: Duck | None = None):
            return duck

    app.include_router(strict)
    app.include_router(inherits)
    return app


def strict(lib: Any) -> Any:
    app = lib.FastAPI()
    loose = lib.APIRouter(prefix="/loose", strict_content_type=False)
    inner = lib.APIRouter(prefix="/inner")

    @app.post("/ducks")
    async def ducks(duck: Plain):
        return duck

    @loose.post("/ducks")
    async def loose_ducks(duck: Plain):
        return duck

    @inner.post("/ducks")
    async def inner_ducks(duck: Plain):
        return duck

    loose.include_router(inner)
    app.include_router(loose)
    return app


page = served(app)
of_lenient = served(lenient)
of_strict = served(strict)


def test_documents(page, of_lenient, of_strict):
    page.same_document()
    of_lenient.same_document()
    of_strict.same_document()


def test_base64(page):
    page.right(post("/sent", {"note": "n", "data": "aGVsbG8="}), post("/sent", {"note": "n", "data": "aGVsbG8"}))
    page.right(get("/given"), get("/given-model"), post("/both", {"note": "x", "data": "_-8=", "parts": ["YQ==", ""]}))
    page.same(post("/both", {"note": "x", "data": "/+8="}), post("/sent", {"note": "n", "data": ""}))
    page.wrong(post("/sent", {"note": "n", "data": "%%%"}), post("/sent", {"note": "n", "data": 3}))
    page.wrong(post("/both", {"note": "x", "data": "YQ==", "parts": ["!"]}), post("/sent", {"note": "n"}))


def test_other_bytes(page):
    page.right(post("/hexed", {"data": "00ff"}), post("/plain", {"data": "text ü"}), get("/plain-of-bytes"))
    page.wrong(post("/hexed", {"data": "0"}), post("/plain", {"data": 1}))
    page.right(post("/untyped", content=b"\xff\x00"), get("/queried?data=%C3%BC", headers={"more": "x"}))
    page.same(get("/queried?data=%FF"), post("/untyped", "text"), post("/untyped"))


def test_types(page):
    page.right(
        post("/either", {"kind": "nest", "eggs": [{"weight": None}]}), post("/either?n=1", {"kind": "egg", "weight": 2})
    )
    page.wrong(
        post("/either", {"kind": "egg"}), post("/either", {"kind": "swan"}), post("/either", {}), post("/either?n=x", 1)
    )
    page.right(
        post("/old-spelling", {"kind": "nest", "laid": "2020-01-02"}), post("/old-spelling"), post("/old-spelling?n=1")
    )
    page.right(patch("/explicit", {"weight": None}), patch("/explicit", {"weight": 1}))
    page.wrong(patch("/explicit", {}), patch("/explicit"), patch("/explicit", 3))


@pytest.mark.parametrize("content_type", [
    None, "", "application/json", "application/JSON; charset=utf-8", "application/problem+json", "application/geo+JSON",
    "text/plain", "text/json", "application/x-www-form-urlencoded", "application/json-patch", "multipart/form-data",
    "json", "application/vnd.a+json;v=1", "application/jsonx", "application/+json", "*/*",
])  # fmt: skip
def test_content_types(of_lenient, of_strict, content_type):
    headers = {} if content_type is None else {"content-type": content_type}
    name, data = b'{"name": "a"}', b'{"data": "a"}'
    of_lenient.same(
        *(
            post(prefix + path, content=body, headers=headers)
            for prefix in ("", "/strict", "/inherits")
            for path, body in (
                ("/ducks", name),
                ("/embedded", b'{"duck": {"name": "a"}}'),
                ("/optional", name),
                ("/ducks", b"{"),
            )
        ),
        post("/optional", headers=headers),
    )
    of_strict.same(
        *(post(path, content=data, headers=headers) for path in ("/ducks", "/loose/ducks", "/loose/inner/ducks"))
    )
