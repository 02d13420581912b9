"""The OpenAPI document: what applications, routers and operations say of themselves, as FastAPI describes it."""

from __future__ import annotations

import datetime
import decimal
import functools
import pathlib
import uuid
from http import HTTPStatus
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from pydantic import AliasChoices, BaseModel, Field, create_model
from tests.differential.api.documents import same_document
from tests.differential.api.openapi_shapes import Aliases, Camel, Checked, Computed, Page, takes
from tests.differential.api.shapes import Cat, Colour, Dog, Item, Kind, Size, Tree, User
from tests.differential.api.twins import WEBFOOT

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning"),
    pytest.mark.filterwarnings("ignore::pydantic.warnings.UnsupportedFieldAttributeWarning"),
    pytest.mark.filterwarnings("ignore:Duplicate Operation ID"),
    pytest.mark.filterwarnings("ignore:`example` has been deprecated"),
]


ABOUT: dict[str, dict[str, Any]] = {
    "version": {"version": "2"},
    "description": {"description": "a\n  b\fc"},
    "empty texts": {"description": "", "summary": "", "terms_of_service": ""},
    "terms": {"terms_of_service": "http://x"},
    "contact": {"contact": {"url": "http://x.y/z?q=1", "x-a": {"b": None}}},
    "license": {"license_info": {"name": "MIT", "url": "http://x"}},
    "spdx": {"license_info": {"name": "MIT", "identifier": "MIT", "x-y": 1}},
    "tags": {"openapi_tags": [{"name": "a"}, {"name": "b", "description": None, "x-g": 1}]},
    "no tags": {"openapi_tags": []},
    "server variables": {
        "servers": [{"url": "https://{h}.x", "variables": {"h": {"default": "a", "enum": ["a", "b"]}}}, {"url": "/"}]
    },
    "server as written": {"servers": [{"url": "http://EXAMPLE.com:80"}, {"url": "//x"}]},
    "external docs": {"openapi_external_docs": {"url": "http://EX.com", "description": "d"}},
    "deprecated": {"deprecated": True},
    "responses": {"responses": {404: {"description": "nf"}, "5XX": {"model": Item}}},
    "hidden": {"include_in_schema": False},
    "unique ids": {"generate_unique_id_function": lambda route: f"{(route.tags or ['z'])[0]}-{route.name}"},
}


@pytest.mark.parametrize("name", ABOUT)
def test_about_the_application(name: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI(**ABOUT[name])
        app.get("/x")(takes(Item, a=(int, 1)))
        return app

    validate(same_document(build))


CLASSES = ["JSON", "HTML", "PlainText", "Redirect", "Streaming", "File", "EventSource"]


@pytest.mark.parametrize("name", [*CLASSES, ""])
def test_response_classes(name: str) -> None:
    def build(lib: Any) -> Any:
        kind = getattr(lib, f"{name}Response")
        app = lib.FastAPI() if name == "EventSource" else lib.FastAPI(default_response_class=kind)
        further = {404: {"model": Item}, 200: {"content": {"image/png": {}}}}
        app.get("/a")(takes())
        app.get("/b")(takes(Item))
        app.get("/c", response_class=kind)(takes(Item))
        app.get("/d", response_class=kind, status_code=201, responses=further)(takes(Item))
        app.get("/e", response_class=lib.JSONResponse)(takes(Item))
        app.get("/f")(takes(kind))
        app.get("/g", response_class=kind, response_model=None)(takes(Item))
        app.get("/i", response_class=kind, responses={"2XX": {"model": Item}})(takes(q=int))
        return app

    validate(same_document(build))


def test_response_classes_of_ones_own() -> None:
    def build(lib: Any) -> Any:
        class Api(lib.JSONResponse):  # type: ignore[misc]
            media_type = "application/vnd.api+json"

        class Xml(lib.Response):  # type: ignore[misc]
            media_type = "application/xml"

        class Csv(lib.Response):  # type: ignore[misc]
            media_type = "text/csv"

            def __init__(self, content: Any, status_code: int = 202, **more: Any) -> None:
                super().__init__(content, status_code, **more)

        class Bare(lib.Response):  # type: ignore[misc]
            pass

        app = lib.FastAPI()
        for kind in (Api, Xml, Csv, Bare):
            app.get(f"/{kind.__name__}", response_class=kind)(takes(Item))
            further = {404: {"model": Item}, 422: {"model": User}}
            app.get(f"/{kind.__name__}/more", response_class=kind, responses=further)(takes(a=int))
        return app

    validate(same_document(build))


def test_statuses() -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        for status in (100, 200, 201, 202, 203, 206, 300, 301, 307, 400, 404, 418, 500, 599, HTTPStatus.CREATED):
            app.get(f"/{int(status)}", status_code=status)(takes())
            app.get(f"/more/{int(status)}", responses={status: {"description": "x"}})(takes())
            if status >= 200:
                app.get(f"/model/{int(status)}", status_code=status)(takes(Item))
                app.get(f"/other/{int(status)}", responses={status: {"model": User}})(takes(Item))
        for status in (204, 205, 304):
            app.get(f"/{status}", status_code=status)(takes(None))
        return app

    validate(same_document(build))


RESPONSES: list[dict[Any, Any]] = [
    {200: {"description": "D"}},
    {"200": {"model": User}},
    {422: {"model": User}},
    {"4xx": {}},
    {"1XX": {"description": "c"}},
    {"2XX": {"description": "x"}},
    {"default": {"description": ""}},
    {404: {"description": "x", "headers": {"X": {"schema": {"type": "integer"}, "description": "h"}}}},
    {404: {"description": "x", "links": {"l": {"operationId": "/0"}}}},
    {404: {"content": {"application/json": {"example": {"a": None}, "schema": {"type": "object"}}}}},
    {404: {"model": Item, "content": {"application/json": {"examples": {"a": {"value": 1}}}}}},
    {404: {"model": list[Item] | None}},
    {404: {"model": None}},
    {404: {"model": int, "description": "i"}},
    {404: {"model": dict[str, Item]}},
    {404: {"model": Annotated[int | str, Field(title="U")]}},
    {404: {"model": Any}},
    {201: {"model": User}, 202: {"model": User}},
    {500: {"model": Computed}},
    {404: {"description": "x", "x-ext": {"k": None}}},
    {451: {}, 599: {}},
]


def test_responses() -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI(responses={400: {"description": "app"}, "default": {"model": Item}})
        for number, responses in enumerate(RESPONSES):
            app.get(f"/{number}", responses=responses, operation_id=f"/{number}")(takes(Item, a=int))
            if responses.keys() != {"200"}:
                app.get(f"/plain/{number}", responses=responses, response_class=lib.PlainTextResponse)(takes())
        return app

    validate(same_document(build))


EXTRA: list[dict[str, Any]] = [
    {"x-a": 1},
    {"parameters": [{"in": "query", "name": "z", "schema": {}}]},
    {"requestBody": {"content": {"application/x-yaml": {"schema": {"type": "object"}}}, "required": True}},
    {"responses": {"200": {"description": "over"}, "404": {"description": "n"}}},
    {"requestBody": {"content": {"application/json": {"schema": {"required": ["q"], "properties": {"q": {}}}}}}},
    {"tags": ["ex"], "security": [], "deprecated": True, "summary": None, "description": "dx"},
    {"operationId": "changed", "servers": [{"url": "/s"}], "externalDocs": {"url": "http://e.x"}},
    {"x": {"y": [1, None, {"z": None}]}},
]


@pytest.mark.parametrize("number", range(len(EXTRA)))
def test_extra(number: int) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.post("/a", openapi_extra=EXTRA[number], tags=["t"])(takes(Item, i=Item, a=(int, 1)))
        app.get("/b", openapi_extra=EXTRA[number])(takes())
        return app

    same_document(build)


def test_texts_of_operations() -> None:
    class Called:
        "doc of the class"

        async def __call__(self, q: int = 1) -> None:
            "doc of the call"

    texts = ["One.\n\n    indented\n  two\n", "\f all hidden", "a\fb\fc", "   ", "  D x \n y  \f z", None]

    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.get("/called")(Called())
        app.get("/partial", name="part")(functools.partial(Called(), q=2))
        for number, text in enumerate(texts):
            documented = takes()
            documented.__doc__ = text
            app.get(f"/{number}", operation_id=f"a{number}")(documented)
            empty = {"summary": "", "description": "", "response_description": "", "name": "na_me x"}
            app.get(f"/empty/{number}", **empty)(documented)
            said = {"summary": "S", "description": text, "response_description": "RD", "deprecated": False, "tags": []}
            app.get(f"/said/{number}", operation_id=f"b{number}", **said)(documented)
        return app

    validate(same_document(build))


def test_routers() -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI(dependencies=[lib.Depends(takes(h=str))])
        router = lib.APIRouter(
            prefix="/r",
            tags=[Kind.duck, "t"],
            responses={418: {"model": Item}},
            deprecated=True,
            default_response_class=lib.PlainTextResponse,
            generate_unique_id_function=lambda route: f"r_{route.name}_{route.path_format}",
        )
        router.get("/a", name="a")(takes())
        router.post("/b", name="b", deprecated=False, tags=["own"], response_class=lib.JSONResponse)(takes(i=Item))
        own_id = {"generate_unique_id_function": lambda route: f"own_{route.path_format}"}
        router.put("/c", name="c", **own_id)(takes(i=Item, u=User))
        hidden = lib.APIRouter(include_in_schema=False)
        hidden.get("/hidden")(takes(i=Tree))
        router.include_router(hidden)
        app.include_router(router)
        app.include_router(
            router,
            prefix="/v2",
            tags=["v2"],
            generate_unique_id_function=lambda route: f"v2_{route.path_format}",
            deprecated=False,
            responses={418: {"description": "tea"}},
            default_response_class=lib.HTMLResponse,
        )
        app.include_router(router, prefix="/{p}", dependencies=[lib.Depends(takes(p=str, z=(int, 3)))])
        return app

    validate(same_document(build))


def test_callbacks_and_webhooks() -> None:
    def build(lib: Any) -> Any:
        called = lib.APIRouter()
        called.post("{$callback_url}/a", name="named", responses={404: {"model": User}})(takes(Computed, b=Aliases))
        called.get("{$callback_url}/a", name="got")(takes())
        called.put("{$callback_url}/b", name="unseen", include_in_schema=False)(takes())
        further = lib.APIRouter()
        further.post("{$request.query.u}", name="further")(takes(i=Tree))
        app = lib.FastAPI(callbacks=called.routes, webhooks=lib.APIRouter(), openapi_tags=[{"name": "w"}])
        app.post("/x", callbacks=further.routes)(takes(i=Item))
        app.post("/y")(takes(u=User))
        router = lib.APIRouter(callbacks=further.routes)
        router.get("/z")(takes())
        app.include_router(router, callbacks=further.routes, prefix="/q")
        app.webhooks.post("a/b c", tags=["w"], summary="S")(
            takes(Computed, b=Aliases, h=(Annotated[str, lib.Header()], "x"))
        )
        app.webhooks.get("a/b c")(takes(q=int))
        app.webhooks.put("hidden", include_in_schema=False)(takes(q=int))
        return app

    same_document(build)


def test_models_with_the_same_name() -> None:
    here = create_model("Same", __module__="m.a", x=int)
    there = create_model("Same", __module__="m.b", x=str)
    outer = create_model("Outer", a=(here, ...), b=(list[there], ...))  # type: ignore[valid-type]

    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.post("/a", name="a")(takes(there, x=here))
        app.post("/b", name="b")(takes(outer, x=outer))
        app.post("/g", name="g")(takes(Page[Page[here]], x=Page[here], y=Page[there]))  # type: ignore[valid-type]
        app.post("/o", name="o")(takes(create_model("Body_a_a_post", q=int)))
        app.post("/h", name="h")(takes(x=create_model("HTTPValidationError", mine=int)))
        app.post("/u", name="u")(takes(x=create_model("Über Model", q=int), y=create_model("A[B]", q=int)))
        app.post("/l", name="l")(takes(x=create_model("same", q=int)))
        return app

    validate(same_document(build))


class Many(BaseModel):
    m: int = 1
    alias_: str = Field("x", alias="al-ias")


def _mixed(lib: Any) -> dict[str, dict[str, Any]]:
    Query, Header, Cookie, Form, File, Body = lib.Query, lib.Header, lib.Cookie, lib.Form, lib.File, lib.Body
    with_file = create_model("WithFile", u=(lib.UploadFile, ...), n=int)
    return {
        "/everywhere": {
            "q": Annotated[Item, Query()],
            "h": Annotated[Many, Header()],
            "c": Annotated[Many, Cookie()],
            "s": int,
            "z": Annotated[str, Header()],
        },
        "/two-queries": {"q": Annotated[Item, Query()], "p": Annotated[Many, Query()]},
        "/query-and-body": {"q": Annotated[Item, Query()], "b": Many},
        "/query-and-form": {"q": Annotated[Item, Query()], "f": Annotated[Many, Form()], "u": lib.UploadFile},
        "/two-forms": {"f": Annotated[Many, Form()], "g": Annotated[Item, Form()], "u": list[lib.UploadFile]},
        "/kept-names": {"h": Annotated[Many, Header(convert_underscores=False)], "i": Annotated[Camel, Header()]},
        "/file-in-form": {"f": Annotated[with_file, Form()]},
        "/optional-form": {"f": (Annotated[Aliases | None, Form()], None)},
        "/needed-optional-form": {"f": Annotated[Item | None, Form()]},
        "/two-optional-forms": {
            "f": (Annotated[Item | None, Form()], None),
            "g": (Annotated[Aliases | Many | None, Form()], None),
            "s": (Annotated[int, Form()], 1),
        },
        "/union-form": {"f": Annotated[Item | Many, Form()]},
        "/union-form-and-file": {"f": Annotated[Item | Many, Form()], "u": (lib.UploadFile | None, None)},
        "/pet-form": {"f": Annotated[Cat | Dog, Form(discriminator="kind")]},
        "/pet-form-and-field": {
            "f": Annotated[Cat | Dog, Field(discriminator="kind"), Form()],
            "s": Annotated[int, Form()],
        },
        "/model-or-number": {"f": Annotated[Item | int, Form()]},
        "/optional-query": {"q": (Annotated[Item | None, Query()], None)},
        "/needed-optional-query": {"q": Annotated[Item | None, Query()]},
        "/file": {"u": Annotated[lib.UploadFile, File(description="d", title="t")]},
        "/optional-files": {"u": lib.UploadFile | None, "v": list[lib.UploadFile] | None},
        "/contents": {"u": Annotated[list[bytes] | None, File(max_length=2)]},
        "/content-and-field": {"u": Annotated[bytes | None, File()], "s": Annotated[str, Form()]},
        "/whole": {"a": Annotated[int, Body()]},
        "/path/{a}": {"a": int, "b": Annotated[int, Body(embed=True)]},
        "/one-media-type": dict.fromkeys("ab", Annotated[int, Body(media_type="text/x")]),
        "/two-media-types": {"a": Annotated[int, Body(media_type="text/x")], "b": Annotated[int, Body()]},
        "/embedded-media-type": {"a": Annotated[int, Body(media_type="text/x", embed=True)]},
        "/form-media-type": {"a": Annotated[str, Form(media_type="x/y")]},
        "/two-form-media-types": {"a": Annotated[str, Form(media_type="x/y")], "b": Annotated[str, Form()]},
        "/lists": {"a": Annotated[list[str], Form()], "b": Annotated[set[int], Form()]},
        "/examples": {"a": Annotated[Item, Body(examples=[{"name": "x"}], title="T")]},
        "/named-examples": {
            "a": Annotated[Item, Body(openapi_examples={"a": {"summary": "s", "value": {"x": None}}})],
            "b": (Annotated[int, Body(openapi_examples={"q": {"value": 1}})], 1),
        },
        "/unseen": {"a": (Annotated[int, Query(include_in_schema=False)], 1), "b": Annotated[int, Query(example=5)]},
        "/one-example": {"a": Annotated[Item, Body(example={"name": "q"})]},
        "/parts/{a}/{b:path}": {"a": Colour, "b": str},
        "/converted/{f:float}/{i:int}": {"f": float, "i": int},
        "/headers": {"h": Annotated[list[str], Header()], "x_y": Annotated[int, Header(alias="X-Y_Z")]},
        "/options": {
            "d": Annotated[datetime.datetime, Query(deprecated="old")],
            "e": Annotated[int, Query(json_schema_extra=lambda schema: schema.update({"x-l": 1}))],
            "f": Annotated[str, Query(pattern="^x$", strict=True)],
            "g": Annotated[float, Query(allow_inf_nan=False, multiple_of=0.5)],
            "h": Annotated[decimal.Decimal, Query(max_digits=4, decimal_places=1)],
        },
        "/choices": {
            "a": Annotated[int, Body(validation_alias=AliasChoices("x-al", "z"))],
            "b": Annotated[int, Query(validation_alias=AliasChoices("x-al", "z"))],
        },
        "/aliases": {"q": Annotated[Aliases, Query()], "h": Annotated[Aliases, Header()]},
    }


@pytest.mark.parametrize("path", _mixed(WEBFOOT))
def test_mixed(path: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.post(path)(takes(**_mixed(lib)[path]))
        return app

    validate(same_document(build))


DEFAULTS: list[Any] = [
    *(None, 0, False, "", [], {}, {1}, b"x", decimal.Decimal(1), datetime.date(2020, 1, 1), datetime.timedelta(1)),
    *(uuid.UUID(int=1), pathlib.Path("x"), Colour.red, Size.small, Kind.duck, Item(name="q", price=1), Checked(1)),
    *(float("nan"), float("-inf"), Camel(snakeCase=1), Aliases(**{"A-a": 1}), [Item(name="z", price=1)]),
]


@pytest.mark.parametrize("number", range(len(DEFAULTS)))
def test_defaults(number: int) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        for marker in (lib.Query, lib.Body, lib.Form, lib.Header):
            app.post(f"/{marker.__name__}")(takes(a=(Annotated[Any, marker()], DEFAULTS[number])))
        return app

    same_document(build)


OPTIONS: list[tuple[Any, dict[str, Any]]] = [
    (int, {"default": 3, "validate_default": True}),
    (int, {"default_factory": lambda: 3}),
    (int, {"default": ...}),
    (int | None, {"default": None}),
    (str, {"default": "x", "serialization_alias": "ser", "alias": "al"}),
    (str, {"default": "x", "validation_alias": "v", "alias": "al"}),
    (int | str, {"union_mode": "left_to_right"}),
    (list[int], {"fail_fast": True}),
]


@pytest.mark.parametrize("number", range(len(OPTIONS)))
def test_options(number: int) -> None:
    kind, options = OPTIONS[number]

    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        for marker in (lib.Query, lib.Body, lib.Form):
            app.post(f"/{marker.__name__}")(takes(a=(kind, marker(**options))))
        return app

    validate(same_document(build))


@pytest.mark.parametrize("version", ["3.0.2", "3.1.1", "3.2.0"])
def test_the_version_is_the_applications(version: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.openapi_version = version
        app.post("/")(takes(Item, i=Item, u=(lib.UploadFile | None, None)))
        return app

    assert same_document(build)["openapi"] == version
