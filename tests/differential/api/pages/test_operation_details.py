"""What an operation says of itself beyond the first guide: ids, what the document leaves out or has in addition, bodies
that are read by hand, additional responses, and ids for the generators of clients."""

import json
from enum import Enum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError
from tests.differential.api.pages.harness import get, patch, post, served
from tests.differential.api.twins import FASTAPI, WEBFOOT


class Egg(BaseModel):
    mark: str
    tags: list[str] = []


class Missing(BaseModel):
    reason: str
    near: Egg | None = None


class Kind(Enum):
    ducks = "ducks"
    ponds = "ponds"


GONE: dict[int | str, dict[str, Any]] = {404: {"description": "No such egg"}, 302: {"description": "It rolled away"}}


def app(lib: Any) -> Any:
    app = lib.FastAPI(responses={500: {"description": "It broke"}, "4XX": {"model": Missing}})

    @app.get("/named", operation_id="look_at_it", name="a name", summary="A summary", description="*Its* description")
    async def named():
        """What nobody sees."""
        return "named"

    @app.get("/hidden", include_in_schema=False)
    async def hidden():
        return "hidden"

    @app.post("/cut", response_model=Egg, response_description="The egg\n\nas it was.")
    async def cut(egg: Egg):
        """
        Lay an egg.

        - **mark**: what it is called
        \f
        :param egg: nobody sees this either.
        """
        return egg

    @app.get(
        "/extra",
        openapi_extra={"x-duck": {"loud": True}, "security": [{"none": []}], "tags": ["more"]},
        tags=[Kind.ducks],
    )
    async def extra(q: int = 1):
        return q

    @app.get(
        "/extra-parameters",
        openapi_extra={
            "parameters": [{"name": "x-nest", "in": "header", "required": True, "schema": {"type": "string"}}],
            "responses": {
                "200": {"description": "Changed", "content": {"text/csv": {}}},
                "409": {"description": "Two"},
            },
            "deprecated": False,
        },
        deprecated=True,
    )
    async def extra_parameters(q: int = 1):
        return q

    def read_csv(text: bytes) -> dict[str, Any]:
        return {"size": len(text), "lines": text.decode().splitlines()}

    @app.post(
        "/by-hand",
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "text/csv": {
                        "schema": {"required": ["a"], "type": "object", "properties": {"a": {"type": "string"}}}
                    }
                },
            }
        },
    )
    async def by_hand(request: lib.Request):
        return read_csv(await request.body())

    @app.post(
        "/by-hand-of-a-model",
        openapi_extra={
            "requestBody": {"content": {"application/x-egg": {"schema": Egg.model_json_schema()}}, "required": True}
        },
    )
    async def by_hand_of_a_model(request: lib.Request):
        try:
            return Egg.model_validate(json.loads(await request.body()))
        except json.JSONDecodeError:
            raise lib.HTTPException(status_code=422, detail="No JSON") from None
        except ValidationError as error:
            raise lib.HTTPException(status_code=422, detail=error.errors(include_url=False)) from None

    # Additional responses

    @app.get(
        "/eggs/{mark}",
        response_model=Egg,
        responses={404: {"model": Missing}, 410: {"description": "Hatched", "model": Egg}},
    )
    async def egg(mark: str):
        if mark == "a":
            return {"mark": "a", "tags": ["x"]}
        return lib.JSONResponse(status_code=404, content={"reason": "none"})

    @app.get(
        "/pictures/{mark}",
        response_model=Egg,
        responses={200: {"content": {"image/png": {}}, "description": "JSON or a picture"}},
    )
    async def picture(mark: str, img: bool | None = None):
        return lib.Response(b"\x89PNG", media_type="image/png") if img else {"mark": mark}

    @app.get(
        "/combined/{mark}",
        response_model=Egg,
        responses={
            **GONE,
            403: {"description": "Too few feathers", "headers": {"x-missing": {"schema": {"type": "integer"}}}},
            200: {"description": "By mark", "content": {"application/json": {"example": {"mark": "bar", "tags": []}}}},
            "default": {"description": "Whatever", "model": list[Missing]},
            "5XX": {"description": "Later", "links": {"again": {"operationId": "look_at_it"}}},
        },
    )
    async def combined(mark: str):
        return {"mark": mark}

    @app.patch(
        "/union", responses={400: {"model": Egg | Missing}, 401: {"model": str}, 402: {"model": None}}, status_code=202
    )
    async def union() -> Egg | Missing:
        return Missing(reason="r")

    @app.get("/overwritten", responses={500: {"description": "Ours"}, 422: {"description": "Not so"}})
    async def overwritten(q: int):
        return q

    @app.get(
        "/class",
        response_class=lib.PlainTextResponse,
        responses={400: {"model": Missing}, 406: {"content": {"text/html": {}}, "description": "x"}},
    )
    async def of_a_class():
        return "text"

    router = lib.APIRouter(prefix="/under", responses={418: {"description": "A pot"}}, tags=[Kind.ponds])

    @router.get("/a", responses={404: {"description": "Own"}})
    async def under():
        return 1

    app.include_router(router, responses={**GONE, 418: {"description": "Not a pot"}}, tags=["included"])
    return app


def by_id(route: Any) -> str:
    return f"{route.tags[0] if route.tags else 'none'}-{route.name}"


def clients(lib: Any) -> Any:
    app = lib.FastAPI(generate_unique_id_function=by_id)

    def shout(route: Any) -> str:
        return f"{route.name}{route.path_format}{sorted(route.methods)}".upper()

    router = lib.APIRouter(generate_unique_id_function=shout, prefix="/loud")
    quiet = lib.APIRouter(prefix="/quiet", tags=["quiet"])

    @app.post("/eggs", tags=["eggs"], response_model=Missing)
    async def create(egg: Egg):
        return {"reason": egg.mark}

    @app.get("/eggs", tags=["eggs", "more"])
    async def listed() -> list[Egg]:
        return []

    @app.post("/both", tags=["bodies"])
    async def both(egg: Egg, missing: Missing, n: Annotated[int, lib.Body(gt=1)] = 2):
        return n

    @app.post("/form", tags=["bodies"])
    async def form(a: Annotated[str, lib.Form()], b: Annotated[str, lib.Form()] = "x"):
        return a + b

    @app.get("/own", operation_id="own-id")
    async def own():
        return 1

    @app.get("/single", generate_unique_id_function=lambda route: "single")
    async def single():
        return 1

    @router.get("/{n}")
    async def loud(n: int):
        return n

    @router.post("/form")
    async def loud_form(a: Annotated[str, lib.Form()], b: Annotated[str, lib.Form()]):
        return a + b

    @quiet.get("/q")
    async def q():
        return 1

    app.include_router(router)
    app.include_router(quiet)
    app.include_router(quiet, prefix="/again", generate_unique_id_function=lambda route: f"again_{route.name}")
    return app


def names_as_ids(lib: Any) -> Any:
    """Ids that are set when all routes are there."""
    app = lib.FastAPI()

    @app.get("/a")
    async def first():
        return 1

    @app.post("/a")
    async def second(egg: Egg, n: Annotated[int, lib.Body()]):
        return 1

    for route in app.routes:
        if isinstance(route, lib.APIRoute):
            route.operation_id = route.name
    return app


page = served(app)
of_clients = served(clients)
of_names = served(names_as_ids)


def test_document(page):
    page.same_document()


def test_document_for_clients(of_clients):
    of_clients.same_document()
    of_clients.right(
        post("/both", {"egg": {"mark": "a"}, "missing": {"reason": "b"}}), get("/loud/3"), get("/again/quiet/q")
    )
    of_clients.right(post("/form", data={"a": "x"}), post("/eggs", {"mark": "m"}))
    of_clients.wrong(post("/loud/form", data={"a": "x"}), post("/both", {}))


def test_ids_set_later(of_names):
    document = of_names.same_document()
    assert document["paths"]["/a"]["post"]["operationId"] == "second"


def test_operations(page):
    page.right(*map(get, ("/named", "/hidden", "/extra", "/extra-parameters")))
    page.right(post("/cut", {"mark": "a"}))
    page.wrong(post("/cut", {"mark": 1}), get("/extra?q=x"))


def test_bodies_read_by_hand(page):
    page.right(post("/by-hand", content=b"a,b\n1,2"), post("/by-hand"), post("/by-hand", {"json": 1}))
    page.right(post("/by-hand-of-a-model", content=b'{"mark": "m"}', headers={"content-type": "application/x-egg"}))
    page.wrong(post("/by-hand-of-a-model", content=b"{"), post("/by-hand-of-a-model", content=b"{}"))


def test_additional_responses(page):
    page.right(get("/eggs/a"), get("/pictures/a"), get("/pictures/a?img=1"), get("/combined/x"), patch("/union"))
    page.wrong(get("/eggs/b"), get("/overwritten"), get("/pictures/a?img=maybe"))
    page.right(get("/class"), get("/under/a"), get("/overwritten?q=1"))


@pytest.mark.parametrize("status", ["x", "6XX", 99, 600, "40", 204, "2XX", "default", 299])
def test_statuses_that_cannot_be_are_refused_by_both(status):
    refused = []
    for lib in (FASTAPI, WEBFOOT):
        app = lib.FastAPI()
        try:
            app.get("/", responses={status: {"description": "d", "model": Egg}})(lambda: None)
            app.openapi()
            refused.append(False)
        except Exception:
            refused.append(True)
    assert refused[0] == refused[1]
