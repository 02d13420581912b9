"""The OpenAPI document: ours equals FastAPI's key for key, for many applications."""

import datetime
import decimal
from typing import Annotated, Any, Literal

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field, create_model
from tests.differential.api import (
    test_bodies,
    test_dependencies,
    test_errors,
    test_forms_and_uploads,
    test_headers_and_cookies,
    test_path_params,
    test_query,
    test_replies,
    test_routers,
    test_signatures,
)
from tests.differential.api.differences import DOCUMENT_DIFFERENCES
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
from tests.differential.api.twins import FASTAPI, WEBFOOT, Twins, get, same


class Octets(BaseModel):
    model_config = {"json_schema_extra": {"x": None, "examples": [{"a": None}]}}

    raw: bytes
    short: Annotated[bytes, Field(min_length=3)] = b"abc"
    endless: float = float("inf")
    maybe: dict | None = Field(None, examples=[None, {"a": None}])


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


def empty(lib: Any) -> Any:
    return lib.FastAPI()


def about(lib: Any) -> Any:
    return lib.FastAPI(
        title="Ducks",
        summary="All about ducks",
        description="# Ducks",
        version="2.0",
        terms_of_service="http://example.com/terms",
        contact={"name": "D", "url": "http://example.com", "email": "d@example.com"},
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=[
            {"name": "a", "description": "b", "externalDocs": {"url": "http://example.com", "description": None}}
        ],
        servers=[{"url": "http://example.com", "description": "here"}, {"url": "/x"}],
        openapi_external_docs={"url": "http://example.com", "description": "more"},
    )


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


def dependencies(lib: Any) -> Any:
    Depends, Query, Body, Path = lib.Depends, lib.Query, lib.Body, lib.Path

    def nameless(n: int, shared: str = "x"): ...

    def of_app(app_wide: Annotated[str, lib.Header()] = ""): ...

    app = lib.FastAPI(dependencies=[Depends(of_app)])

    def leaf(a: int, shared: str): ...

    def middle(b: int, below=Depends(leaf), shared: Annotated[int, Query(description="middle")] = 3): ...

    class Common:
        def __init__(self, q: str | None = None, body: Annotated[int, Body()] = 1): ...

    @app.get("/deps/{p}", dependencies=[Depends(nameless)])
    async def deps(z: int, p: int, m=Depends(middle), leaf2=Depends(leaf), shared: float = 1.5): ...

    @app.post("/body")
    async def body(i: Item, c: Annotated[Common, Depends()]): ...

    @app.post("/only-body")
    async def only_body(c: Annotated[Common, Depends()]): ...

    @app.get("/path/{p}")
    async def path(d=Depends(lambda p=Path(gt=1): p), q: int = 0): ...

    @app.get("/uncached")
    async def uncached(a=Depends(leaf, use_cache=False), b=Depends(leaf, use_cache=False), c=Depends(middle)): ...

    @app.get("/specials")
    async def specials(request: lib.Request, response: lib.Response, tasks: lib.BackgroundTasks, q: int): ...

    return app


def routers(lib: Any) -> Any:
    app = lib.FastAPI(responses={503: {"description": "later"}})
    guard = lib.Depends(lambda n: n)
    router = lib.APIRouter(
        prefix="/r", tags=["rt"], responses={418: {"description": "teapot"}}, deprecated=True, dependencies=[guard]
    )

    @router.get("/x/", tags=["own"], responses={418: {"description": "mine"}})
    async def own(q: int):
        "d1"

    @router.get("")
    async def empty_path(): ...

    inner = lib.APIRouter(tags=["inner"])

    @inner.post("/{a}/inner", operation_id="given")
    async def inside(a: int, b: str, item: Item) -> User: ...

    router.include_router(inner, prefix="/in/{b}", tags=["including"], responses={404: {"model": User}})
    app.include_router(router, prefix="/pre", tags=["inc"])
    unseen = lib.APIRouter()

    @unseen.get("/unseen")
    async def unseen_route(octets: Octets): ...

    app.include_router(unseen, include_in_schema=False)

    @app.get("/unseen-too", include_in_schema=False)
    async def unseen_too(octets: Octets): ...

    sub = lib.FastAPI()

    @sub.get("/inside")
    async def inside_sub(octets: Octets): ...

    app.mount("/sub", sub)

    async def raw(request): ...

    app.add_route("/raw", raw)
    return app


def operations(lib: Any) -> Any:
    app = lib.FastAPI(generate_unique_id_function=lambda route: f"{route.name}!{min(route.methods)}")

    class Callable:
        "class doc"

        def __call__(self, a: int):
            "call doc"

    app.get("/instance")(Callable())
    app.get("/lambda")(lambda q=1: q)

    @app.api_route(
        "/extra",
        methods=["PUT"],
        deprecated=True,
        openapi_extra={
            "x-y": 1,
            "x-none": None,
            "responses": {"200": {"x-z": 2}},
            "parameters": [{"name": "extra", "in": "query", "schema": {"type": "string"}}],
        },
    )
    async def extra(a: int = 1): ...

    @app.get("/own-id", operation_id="own")
    async def own_id(): ...

    @app.get("/function", generate_unique_id_function=lambda route: f"f-{route.path_format}")
    async def function() -> list[int]: ...

    @app.head("/verbs")
    @app.options("/verbs")
    @app.trace("/verbs")
    @app.delete("/verbs")
    @app.patch("/verbs")
    async def verbs(): ...

    @app.post("/body")
    async def body(a: Item, b: User): ...

    return app


def several_methods(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.api_route("/several/{x}", methods=["GET", "PUT", "POST"])
    async def several(x: int, a: Annotated[int, lib.Body()] = 1, b: Annotated[int, lib.Body()] = 2): ...

    return app


def hooks(lib: Any) -> Any:
    app = lib.FastAPI()
    callbacks = lib.APIRouter()

    @callbacks.post("{$callback_url}/invoices/{$request.body.id}")
    def called_back(body: Item) -> User:
        "cbdoc"

    @app.post("/with-callback", callbacks=callbacks.routes)
    async def with_callback(a: int = 1): ...

    @app.webhooks.post("new-thing")
    async def new_thing(body: User):
        "wh"

    return app


def own_validation_error(lib: Any) -> Any:
    app = lib.FastAPI()
    model = create_model("ValidationError", mine=int)

    @app.get("/own")
    async def own(a: int) -> model: ...

    return app


BUILDS = [
    empty,
    about,
    parameters,
    bodies,
    forms,
    replies,
    models,
    models_not_separate,
    equal_names,
    dependencies,
    routers,
    operations,
    several_methods,
    hooks,
    own_validation_error,
]

OTHER_BUILDS = [
    test_path_params.build,
    test_query.build,
    test_headers_and_cookies.build,
    test_bodies.build,
    test_forms_and_uploads.build,
    test_dependencies.build,
    test_dependencies.levels,
    test_dependencies.generators,
    test_dependencies.overridden,
    test_replies.build,
    test_replies.default_class,
    test_errors.plain,
    test_routers.build,
    test_signatures.build,
    test_signatures.postponed,
    test_signatures.security,
    test_signatures.route_classes,
]


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
@pytest.mark.filterwarnings("ignore:Duplicate Operation ID several")
def test_same_document(build: Any) -> None:
    theirs, ours = build(FASTAPI).openapi(), build(WEBFOOT).openapi()
    for difference in DOCUMENT_DIFFERENCES:
        difference.adapt(theirs, ours)
    assert not (parts := same_parts(ours, theirs)), "\n".join(parts)


def same_parts(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """The smallest parts that differ; nothing when all is equal."""
    if ours == theirs:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return [line for key in ours for line in same_parts(ours[key], theirs[key], f"{where}/{key}")]
    if isinstance(ours, dict) and isinstance(theirs, dict):
        only_ours, only_theirs = sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys())
        both = {key: ours[key] for key in ours if key in theirs}
        further = same_parts(both, {key: theirs[key] for key in both}, where)
        return [f"{where}: only ours {only_ours}, only theirs {only_theirs}", *further]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for n, pair in enumerate(zip(ours, theirs)) for line in same_parts(*pair, f"{where}/{n}")]
    return [f"{where}:\n  ours:   {ours}\n  theirs: {theirs}"]


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_our_document_is_valid(build: Any) -> None:
    validate(build(WEBFOOT).openapi())


AS_DECLARED = {test_routers.build, test_signatures.build}
"""A method that OpenAPI 3.1 has no word for, and a default that is not of its type."""


@pytest.mark.parametrize(
    "build",
    [build for build in OTHER_BUILDS if build not in AS_DECLARED],
    ids=lambda build: build.__module__.rpartition(".")[2] + build.__name__,
)
@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
def test_our_documents_of_the_other_applications_are_valid(build: Any) -> None:
    validate(build(WEBFOOT).openapi())


@pytest.mark.parametrize("root_path", ["", "/proxy", "/proxy/"])
@pytest.mark.parametrize("target", ["/openapi.json", "/nowhere"])
def test_the_document_over_http(target: str, root_path: str) -> None:
    def named(lib: Any, **options: Any) -> Any:
        app = lib.FastAPI(title="Ducks", servers=[{"url": "/known"}], **options)
        app.get("/x/{y}")(lambda y: y)
        return app

    ask = get(target)
    object.__setattr__(ask, "root_path", root_path)
    Twins(named).compare(ask)
    Twins(lambda lib: named(lib, root_path_in_servers=False)).compare(ask)
    Twins(lambda lib: named(lib, openapi_url="/api/v1.json")).compare(ask, get("/api/v1.json"))


@pytest.mark.parametrize("target", ["/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"])
def test_no_document_and_no_page_when_switched_off(target: str) -> None:
    Twins(lambda lib: lib.FastAPI(openapi_url=None)).compare(get(target))


def test_no_page_when_switched_off() -> None:
    Twins(lambda lib: lib.FastAPI(docs_url=None, redoc_url=None)).compare(get("/docs"), get("/redoc"))


def test_the_document_is_made_once_and_can_be_replaced() -> None:
    for lib in (FASTAPI, WEBFOOT):
        app = lib.FastAPI()
        assert app.openapi() is app.openapi()
        app.openapi_schema = {"mine": True}
        assert app.openapi() == {"mine": True}


def test_get_openapi_describes_routes() -> None:
    documents = []
    for lib in (FASTAPI, WEBFOOT):
        app = bodies(lib)
        document = lib.get_openapi(
            title="T", version="1", routes=app.routes, openapi_version="3.0.2", description="d", tags=[{"name": "t"}]
        )
        documents.append(document)
    same("get_openapi", documents[1], documents[0])


@pytest.mark.parametrize("build", OTHER_BUILDS, ids=lambda build: build.__module__.rpartition(".")[2] + build.__name__)
@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
def test_same_document_of_the_other_applications(build: Any) -> None:
    test_same_document(build)
