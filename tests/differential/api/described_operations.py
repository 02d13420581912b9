"""Applications whose documents tell of operations: what they say of themselves, and how they come together."""

from typing import Annotated, Any

from pydantic import create_model
from tests.differential.api.shapes import (
    Item,
    Octets,
    User,
)


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


BUILDS = [empty, about, dependencies, routers, operations, several_methods, hooks, own_validation_error]
