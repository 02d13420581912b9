"""Which content types are read as JSON, with `strict_content_type` on every level, and what the others are."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from tests.differential.api.twins import Ask, Twins, post


class Duck(BaseModel):
    age: int = 1


def build(lib: Any, app_strict: bool, router_strict: bool | None) -> Any:
    app = lib.FastAPI(strict_content_type=app_strict)
    ducks = lib.APIRouter(**({} if router_strict is None else {"strict_content_type": router_strict}))
    Body, Form = lib.Body, lib.Form

    @ducks.post("/model")
    async def model(duck: Duck):
        return duck

    @ducks.post("/dict")
    async def dictionary(duck: dict):
        return duck

    @ducks.post("/optional")
    async def optional(duck: Duck | None = None):
        return duck

    @ducks.post("/two")
    async def two(duck: Duck, drake: Duck):
        return [duck, drake]

    @ducks.post("/bytes")
    async def as_bytes(body: Annotated[bytes, Body()]):
        return body

    @ducks.post("/text")
    async def as_text(body: Annotated[str, Body()]):
        return body

    @ducks.post("/any")
    async def anything(body: Annotated[Any, Body()]):
        return str(body)

    @ducks.post("/form")
    async def form(age: Annotated[str, Form()] = "none"):
        return age

    @ducks.post("/file")
    async def file(photo: lib.UploadFile | None = None):
        return photo and photo.size

    @ducks.post("/media-type")
    async def media_type(duck: Annotated[Duck, Body(media_type="application/vnd.ducks+json")]):
        return duck

    app.include_router(ducks)
    return app


CONTENT_TYPES = [
    None,
    "",
    "application/json",
    "application/json; charset=utf-8",
    'application/json;charset="utf-16"',
    "application/json\t;a=b",
    "application/json;",
    " application/json",
    "APPLICATION/JSON",
    "application/vnd+json",
    "application/vnd.api+json",
    "application/problem+JSON; a=b",
    "application/+json",
    "application/json-patch+json",
    "application/x+jsonx",
    "application/jsonx",
    "application/json+xml",
    "application/json, text/plain",
    "application/json charset=utf-8",
    "application/ json",
    "application/x-ndjson",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application",
    "application/",
    "/",
    "json",
    "*/*",
    "text/plain",
    "text/json",
    "text/x+json",
    "image/svg+xml",
    "message/http",
    "a" * 300,
    "\xe9/json",
]
PATHS = ["/model", "/dict", "/optional", "/two", "/bytes", "/text", "/any", "/form", "/file", "/media-type"]
BODIES = [b'{"age": 2}', b"", b"age=3", b'"x"', b"{", b"1"]
# What the application says, what the router says
STRICTNESS = [(True, None), (False, None), (True, False), (False, True)]


@pytest.mark.parametrize("strictness", STRICTNESS, ids=str)
def test_content_types(strictness: tuple[bool, bool | None]) -> None:
    twins = Twins(lambda lib: build(lib, *strictness))
    for content_type in CONTENT_TYPES:
        headers = {} if content_type is None else {"content-type": content_type}
        twins.compare(*(post(path, body=body, headers=headers) for path in PATHS for body in BODIES))


def test_a_multipart_body_where_json_is_wanted() -> None:
    twins = Twins(lambda lib: build(lib, True, None))
    twins.compare(*(Ask("POST", path, parts=[("age", None, None, b"2")]) for path in PATHS))
