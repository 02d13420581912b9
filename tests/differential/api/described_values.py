"""Applications whose documents tell of values: parameters, bodies, forms, replies, and the models in them."""

import datetime
import decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model
from tests.differential.api.shapes import (
    Aliased,
    Colour,
    Corner,
    Even,
    Filter,
    Item,
    Kind,
    Login,
    Movie,
    Names,
    Octets,
    Page,
    Person,
    Pet,
    Point,
    Rich,
    Secretive,
    Seen,
    Session,
    Size,
    Square,
    StrictFilter,
    Tree,
    User,
)


class HeaderModel(BaseModel):
    x_tok: str = Field("a", description="desc", examples=["e"], deprecated=True)
    al: int = Field(alias="Al-ias")
    va: int = Field(1, validation_alias="v_a")
    colour: Colour | None = None
    other: Colour


class Nested(BaseModel):
    squares: list[Square]
    rich: Rich


class OnlyRich(BaseModel):
    rich: Rich


class Documented(BaseModel):
    """Shown.

    Also shown.
    """

    a: Annotated[int, Field(gt=1, title="The A", description="An a")] = 2


def parameters(lib: Any) -> Any:
    app = lib.FastAPI()
    Query, Path, Header, Cookie = lib.Query, lib.Path, lib.Header, lib.Cookie

    @app.get("/path/{p}/{q:path}", tags=["t", Kind.duck])
    async def path(
        p: Annotated[int, Path(title="PP", ge=1, description="pd", examples=[1], deprecated=True)], q: str
    ) -> int:
        """First paragraph.

        Second one.
        \f
        Hidden.
        """

    @app.get("/query")
    async def query(
        required: int,
        optional: int | None = None,
        colour: Colour = Colour.red,
        size: Size = Size.small,
        many: Annotated[list[int] | None, Query(description="dd", openapi_examples={"x": {"value": [1]}})] = None,
        maybe_colour: Annotated[Colour | None, Query(description="E")] = None,
        aliased: Annotated[str, Query(alias="the-f", min_length=2, deprecated=True)] = "xx",
        titled: Annotated[Colour, Query(title="GT", description="gd")] = Colour.green,
        hidden: Annotated[int, Query(include_in_schema=False)] = 1,
        old: list[int] = Query(default=[1]),
        day: datetime.date = datetime.date(2020, 1, 1),
        validated: Annotated[str, Query(validation_alias="vaa")] = "x",
        octets: bytes = b"",
        extra: Annotated[int, Query(json_schema_extra={"x-a": 1})] = 1,
        example: Annotated[int, Query(examples=[1, 2])] = 1,
        anything: Any = None,
        endless: float = float("inf"),
        made: list[int] = Query(default_factory=list),
    ): ...

    @app.get("/more")
    async def more(
        colours: Annotated[list[Colour], Query()],
        literal: Literal["a", "b"] = "a",
        pair: Annotated[tuple[int, str] | None, Query()] = None,
        amount: decimal.Decimal = decimal.Decimal("1.5"),
        spaced: Annotated[str, Query(alias="x_y-z q")] = "",
        nothing: None = None,
        wait: datetime.timedelta = datetime.timedelta(1),
        distinct: set[int] = Query(set()),
        bounded: Annotated[int, Field(gt=2, description="qd")] = 3,
        remarked: Annotated[int, Field(title="Remarked", description="qd", examples=[1])] = 3,
        union: int | str = 3,
        reverse: str | int = 3,
        untyped="text",
    ): ...

    @app.get("/headers")
    async def headers(
        x_token: Annotated[str | None, Header()] = None,
        kept: Annotated[str, Header(convert_underscores=False, alias="kept_name")] = "",
        tags: Annotated[list[str] | None, Header()] = None,
        ck: Annotated[int | None, Cookie()] = None,
        named: Annotated[int, Cookie(alias="the-cookie", gt=2)] = 3,
    ): ...

    @app.get("/models")
    async def models(f: Annotated[Filter, Query()], h: Annotated[Seen, Header()], c: Annotated[Session, Cookie()]): ...

    @app.get("/header-model")
    async def header_model(a: Annotated[HeaderModel, Header()]): ...

    @app.get("/header-model-kept")
    async def header_model_kept(a: Annotated[HeaderModel, Header(convert_underscores=False)]): ...

    @app.get("/two-models")
    async def two_models(a: Annotated[HeaderModel, Cookie()], b: Annotated[HeaderModel, Query()]): ...

    @app.get("/strict-model")
    async def strict_model(a: Annotated[StrictFilter, Query(description="md")]): ...

    @app.get("/only-hidden")
    async def only_hidden(a: Annotated[int, Query(include_in_schema=False)] = 1): ...

    return app


def bodies(lib: Any) -> Any:
    app = lib.FastAPI()
    Body = lib.Body

    @app.post("/one")
    async def one(item: Item): ...

    @app.post("/several", response_model=list[Item])
    async def several(item: Item, user: User, n: Annotated[int, Body(description="nd")] = 3): ...

    @app.post("/embedded")
    async def embedded(item: Annotated[Item, Body(embed=True, description="emb")]): ...

    @app.post("/optional")
    async def optional(item: Annotated[Item | None, Body(description="opt")] = None) -> Item | None: ...

    @app.post("/scalar")
    async def scalar(n: Annotated[int, Body(title="Five", examples=[5])]) -> dict[str, int]: ...

    @app.post("/media")
    async def media(
        item: Annotated[
            Item,
            Body(description="DDD", openapi_examples={"n": {"summary": "s", "value": {}}}, media_type="application/x"),
        ],
    ) -> Person: ...

    @app.post("/any")
    async def anything(t: Any = Body()) -> Any: ...

    @app.post("/dict")
    async def mapping(t: dict, o: Annotated[dict | None, Body()] = None): ...

    @app.post("/octets")
    async def octets(raw: Annotated[bytes, Body()]): ...

    @app.post("/described")
    async def described(b: Annotated[Item, Field(description="fd", title="FT")]): ...

    @app.post("/kinds")
    async def kinds(
        a: Annotated[Item | User, Body(title="TT")],
        b: Annotated[list[Item] | None, Body()] = None,
        c: Annotated[Pet, Body()] = None,
        d: Annotated[Item | None, Body()] = None,
        e: Colour = Body(Colour.red),
        f: Annotated[Item, Body(deprecated=True, examples=[{"a": None}])] = Item(name="x", price=2),
        g: Annotated[Item, Body(alias="g_alias")] = None,
        h: Annotated[int | str, Body()] = 1,
    ): ...

    @app.post("/named", operation_id="my op/id")
    async def named(i: Item, u: User) -> list[int]: ...

    @app.get("/get-with-body")
    async def get_with_body(a: Item): ...

    return app


def forms(lib: Any) -> Any:
    app = lib.FastAPI()
    Form, File, UploadFile = lib.Form, lib.File, lib.UploadFile

    @app.post("/form")
    async def form(
        a: Annotated[str, Form()],
        b: Annotated[int | None, Form(description="bd")] = None,
        c: Annotated[int, Form()] = 3,
    ): ...

    @app.post("/files")
    async def files(
        a: Annotated[bytes, File()],
        b: UploadFile,
        c: list[UploadFile],
        d: Annotated[UploadFile | None, File(description="dd")] = None,
        e: Annotated[bytes | None, File()] = None,
        f: Annotated[str, Form()] = "x",
        g: Annotated[list[bytes], File(description="several")] = [],
    ): ...

    @app.post("/model")
    async def model(login: Annotated[Login, Form()]): ...

    @app.post("/model-media")
    async def model_media(login: Annotated[Login, Form(media_type="a/b")]): ...

    @app.post("/model-and-field")
    async def model_and_field(login: Annotated[Login, Form()], n: Annotated[int, Form()]): ...

    @app.post("/optional")
    async def optional(a: Annotated[str | None, Form()] = None, f: Annotated[UploadFile | None, File()] = None): ...

    return app


def replies(lib: Any) -> Any:
    app = lib.FastAPI(responses={500: {"description": "broken"}} if False else None)

    @app.get(
        "/many",
        response_model=User,
        status_code=201,
        responses={
            404: {"model": Item, "description": "nf"},
            "4XX": {"description": "x"},
            500: {"content": {"text/plain": {}}},
            "default": {"model": list[User]},
        },
    )
    async def many(): ...

    @app.get(
        "/codes",
        responses={
            "200": {"description": "my ok", "headers": {"x": {"schema": {"type": "string"}}}},
            422: {"description": "mine"},
            204: {"model": None},
            "5xx": {"description": "s"},
            404: {"model": Item | None},
        },
    )
    async def codes(a: int) -> Item: ...

    @app.get(
        "/merged",
        responses={
            "4XX": {"model": Item},
            "DEFAULT": {"description": "d"},
            200: {"model": User, "content": {"application/xml": {"example": "<a/>"}}},
        },
        status_code=206,
    )
    async def merged(a: int): ...

    @app.get(
        "/examples",
        responses={
            200: {
                "model": User,
                "content": {"application/xml": {"example": "<a/>"}, "application/json": {"example": {"id": None}}},
            },
            404: {"content": {"application/json": {"example": {"when": datetime.date(2020, 1, 1)}}}},
        },
    )
    async def examples(): ...

    @app.get("/no-content", status_code=204)
    async def no_content() -> None: ...

    @app.get("/not-modified", status_code=304)
    async def not_modified(): ...

    @app.get("/switching", status_code=101, response_model=None)
    async def switching(): ...

    @app.get("/missing", status_code=404, responses={404: {"description": "four"}})
    async def missing(): ...

    @app.get("/html", response_class=lib.HTMLResponse)
    async def html(): ...

    @app.get("/html-model", response_class=lib.HTMLResponse)
    async def html_model() -> Item: ...

    @app.get(
        "/plain", response_class=lib.PlainTextResponse, response_description="RD", responses={404: {"model": Item}}
    )
    async def plain() -> str: ...

    @app.get("/redirect", response_class=lib.RedirectResponse)
    async def redirect(a: int): ...

    @app.get(
        "/file", response_class=lib.FileResponse, responses={200: {"content": {"image/png": {}}, "description": "i"}}
    )
    async def file(): ...

    @app.get("/stream", response_class=lib.StreamingResponse)
    async def stream(): ...

    @app.get("/response")
    async def response() -> lib.Response: ...

    @app.get("/json-response")
    async def json_response() -> lib.JSONResponse: ...

    @app.get("/none")
    async def none() -> None: ...

    @app.get("/switched-off", response_model=None, summary="SUM", description="DESC", name="NAME thing")
    async def switched_off() -> Item:
        "ignored"

    for number, annotation in enumerate(
        [
            int,
            str | None,
            list[int],
            dict[str, Item],
            Item | User,
            Pet,
            list[Pet],
            Any,
            Point,
            Corner,
            Movie,
            Names,
            Page[User],
        ]
    ):

        async def typed(): ...

        typed.__annotations__["return"] = annotation
        app.get(f"/typed/{number}")(typed)

    return app


def models(lib: Any, **options: Any) -> Any:
    app = lib.FastAPI(**options)

    def both(path: str, model: Any) -> None:
        async def endpoint(value): ...

        endpoint.__annotations__ = {"value": model, "return": model}
        app.post(path)(endpoint)

    for number, model in enumerate(
        [
            Item,
            Aliased,
            Rich,
            Square,
            Tree,
            Pet,
            list[Pet],
            Names,
            Point,
            Movie,
            Octets,
            Nested,
            Documented,
            Page[Item],
            Page[Square],
            Even,
        ]
    ):
        both(f"/both/{number}", model)

    @app.get("/only-out")
    async def only_out() -> Secretive: ...

    @app.get("/filtered", response_model=User)
    async def filtered() -> Secretive: ...

    @app.post("/only-in")
    async def only_in(rich: OnlyRich) -> list[OnlyRich]: ...

    return app


def models_not_separate(lib: Any) -> Any:
    return models(lib, separate_input_output_schemas=False)


FIRST = create_model("Dup", a=int)
SECOND = create_model("Dup", b=int)
THIRD = create_model("Dup", c=int, __module__="elsewhere.models")


def equal_names(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.post("/dup")
    async def dup(a: FIRST, b: SECOND): ...

    @app.post("/third")
    async def third(a: THIRD) -> FIRST: ...

    return app


BUILDS = [parameters, bodies, forms, replies, models, models_not_separate, equal_names]
