"""What programs read of routes and routers: FastAPI's attributes, and the contexts of `iter_route_contexts`."""

from collections.abc import AsyncIterable, Iterable
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from tests.differential.api.shapes import Item
from tests.differential.api.twins import FASTAPI, WEBFOOT, same


class Tag(Enum):
    pond = "pond"


def build(lib: Any) -> Any:
    app = lib.FastAPI(dependencies=[lib.Depends(common)], responses={500: {"description": "broken"}})
    outer = lib.APIRouter(prefix="/outer", tags=["outer"], deprecated=True)
    inner = lib.APIRouter(prefix="/inner", dependencies=[lib.Depends(common)], include_in_schema=False)

    @app.get("/simple/{x}")
    def simple(x: int) -> Item:
        """What it does.

        More of it.\fNot this.
        """
        raise AssertionError

    @outer.post(
        "/full/{x:path}",
        status_code=201,
        tags=["own", Tag.pond],
        summary="Short",
        description="Long",
        response_description="The item",
        responses={404: {"description": "none"}},
        operation_id="chosen",
        response_model=Item,
        response_model_include={"name"},
        response_model_exclude={"price"},
        response_model_by_alias=False,
        response_model_exclude_unset=True,
        response_model_exclude_defaults=True,
        response_model_exclude_none=True,
        response_class=lib.JSONResponse,
        name="named",
        callbacks=[],
        openapi_extra={"x-own": 1},
        max_body_size=1000,
    )
    async def full(x: str, item: Item, other: Annotated[int, lib.Body()], q: int = 1, h: str = lib.Header("")): ...

    @inner.api_route("/many", methods=["GET", "put"])
    async def many(request: lib.Request, found: Annotated[Any, lib.Depends(nested)]): ...

    @inner.get("/lines")
    async def lines() -> AsyncIterable[Item]:
        yield Item(name="x", price=1)

    @inner.get("/events", response_class=lib.EventSourceResponse)
    def events() -> Iterable[int]:
        yield 1

    @inner.websocket("/socket/{x}", name="socket", dependencies=[lib.Depends(common)])
    async def socket(websocket: lib.WebSocket, x: int): ...

    async def plain(request: Any) -> None: ...

    inner.add_route("/plain", plain, name="plain one")
    inner.mount("/mounted", plain, name="mounted")
    outer.include_router(inner, prefix="/in/{org}", tags=["in"])
    app.include_router(outer, prefix="/v1")
    app.include_router(inner)
    app.mount("/sub", lib.FastAPI(), name="sub")
    return app


def common(session: str = ""): ...


def nested(other: Any = None, limit: int = 3): ...


class Model(BaseModel):
    x: int


APPS = {lib.name: build(lib) for lib in (FASTAPI, WEBFOOT)}
CONTEXTS = {
    lib.name: [
        context
        for context in lib.iter_route_contexts(APPS[lib.name].routes)
        if not (context.path or "").startswith(("/docs", "/redoc", "/openapi"))
    ]
    for lib in (FASTAPI, WEBFOOT)
}
ATTRIBUTES = [
    "path",
    "path_format",
    "name",
    "methods",
    "endpoint",
    "tags",
    "summary",
    "description",
    "response_description",
    "status_code",
    "responses",
    "deprecated",
    "operation_id",
    "unique_id",
    "response_model",
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "include_in_schema",
    "callbacks",
    "openapi_extra",
    "max_body_size",
    "is_sse_stream",
    "is_json_stream",
    "stream_item_type",
    "_embed_body_fields",
    "strict_content_type",
]


def seen(owner: Any, name: str) -> Any:
    """A value that can be compared; what there is no attribute for is told so."""
    if name == "unique_id" and len(getattr(owner, "methods", None) or ()) > 1:
        return "made of whichever method a set names first there"
    if name == "_embed_body_fields" and getattr(owner, "methods", None) is None:
        return None
    value = getattr(owner, name, "nothing of that name")
    if callable(value) and not isinstance(value, type):
        return value.__qualname__.rpartition(".")[2]
    if type(value).__name__ == "DefaultPlaceholder":
        return value.value
    return value


def test_the_contexts_are_those_of_the_same_routes() -> None:
    theirs, ours = (
        [(context.path, context.name, context.methods, type(context.route).__name__.lower()) for context in contexts]
        for contexts in CONTEXTS.values()
    )
    assert len(ours) == 15
    same("contexts", ours, theirs)


@pytest.mark.parametrize("number", range(15))
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_what_a_context_tells(number: int, name: str) -> None:
    theirs, ours = (seen(contexts[number], name) for contexts in CONTEXTS.values())
    if theirs != "nothing of that name" and not (theirs is None and ours == "nothing of that name"):
        same(name, ours, theirs)


@pytest.mark.parametrize("number", range(15))
@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if name not in ("strict_content_type",)])
def test_what_the_route_itself_tells(number: int, name: str) -> None:
    for original in ("route", "original_route"):
        theirs, ours = (seen(getattr(contexts[number], original), name) for contexts in CONTEXTS.values())
        if theirs != "nothing of that name":
            same(name, ours, theirs)


def drawn(dependant: Any) -> Any:
    return {
        "call": dependant.call.__name__,
        "dependencies": [drawn(one) for one in dependant.dependencies],
        "path": dependant.path,
        **{
            place: [(field.name, field.alias) for field in getattr(dependant, f"{place}_params")]
            for place in ("path", "query", "header", "cookie", "body")
        },
        **{
            name: getattr(dependant, f"{name}_param_name")
            for name in ("request", "websocket", "http_connection", "response", "background_tasks", "security_scopes")
        },
        "use_cache": dependant.use_cache,
    }


@pytest.mark.parametrize("number", range(15))
def test_the_tree_of_dependencies(number: int) -> None:
    theirs, ours = (contexts[number] for contexts in CONTEXTS.values())
    for holder in ("", "route"):
        one, other = ((getattr(context, holder) if holder else context) for context in (ours, theirs))
        if getattr(other, "dependant", None) is not None:
            same("dependant", drawn(one.dependant), drawn(other.dependant))


def test_contexts_of_contexts() -> None:
    for lib in (FASTAPI, WEBFOOT):
        contexts = CONTEXTS[lib.name]
        assert list(lib.iter_route_contexts(contexts)) == contexts
        assert list(lib.iter_route_contexts([])) == []


def test_get_openapi_takes_contexts() -> None:
    chosen = {}
    for lib in (FASTAPI, WEBFOOT):
        routes = [one for one in CONTEXTS[lib.name] if one.name in ("named", "simple")]
        chosen[lib.name] = lib.get_openapi(title="t", version="1", routes=routes)["paths"]
    same("paths", chosen["webfoot"], chosen["fastapi"])


@pytest.mark.parametrize(
    "name",
    [
        "prefix",
        "tags",
        "dependencies",
        "responses",
        "callbacks",
        "deprecated",
        "include_in_schema",
        "redirect_slashes",
        "on_startup",
        "on_shutdown",
        "max_body_size",
    ],
)
@pytest.mark.parametrize(
    "options",
    [{}, {"tags": ["a"], "deprecated": True, "prefix": "/p", "include_in_schema": False, "responses": {404: {}}}],
    ids=["bare", "full"],
)
def test_what_a_router_tells(name: str, options: dict[str, Any]) -> None:
    theirs, ours = (getattr(lib.APIRouter(**options), name) for lib in (FASTAPI, WEBFOOT))
    same(name, ours, theirs)


def test_what_the_scope_tells() -> None:
    """`endpoint` and `path_params`; `route` is of an included router the route as it is there: a difference."""
    app = APPS["webfoot"]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/outer/in/o/inner/lines", "headers": []}
    inclusion = next(route for route in app.routes if hasattr(route, "effective_route_contexts"))
    _, child = inclusion.matches(scope)
    assert child["route"].path == "/v1/outer/in/{org}/inner/lines"
    assert (child["path_params"], child["endpoint"].__name__) == ({"org": "o"}, "lines")
