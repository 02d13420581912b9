"""OpenAPI callbacks and webhooks; separate schemas; extending the document; where it is, and whether it is."""

import warnings
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, HttpUrl, computed_field
from tests.differential.api.pages.harness import get, post, served


class Bill(BaseModel):
    id: str
    title: str | None = None
    customer: str
    total: float = 0.0


class Paid(BaseModel):
    description: str
    paid: bool


class Noted(BaseModel):
    ok: bool = True


class Nest(BaseModel):
    where: str = "reeds"
    eggs: list[int] = [1]

    @computed_field
    @property
    def count(self) -> int:
        return len(self.eggs)


class Hatching(BaseModel):
    name: str
    fee: float = Field(gt=0)
    at: datetime
    nest: Nest | None = None


def other_than(q: int, nest: Nest) -> int:
    return q


def app(lib: Any) -> Any:
    app = lib.FastAPI(title="Bills", description="**Bold**", version="2")
    bills = lib.APIRouter()
    others = lib.APIRouter()

    @bills.post("{$callback_url}/bills/{$request.body.id}", response_model=Noted)
    def paid(body: Paid, token: Annotated[str | None, lib.Header()] = None):
        """Tells that a bill was paid."""

    @bills.put("{$callback_url}/late", status_code=204, responses={410: {"description": "Nobody"}})
    def late(days: int): ...

    @others.get("{$request.query.back}", tags=["others"], deprecated=True)
    def other(): ...

    thirds, fourths = lib.APIRouter(), lib.APIRouter()

    @thirds.get("{$response.body#/where}", operation_id="third", name="a third", response_class=lib.PlainTextResponse)
    def third(): ...

    @fourths.post("http://pond.example/{$request.header.X-Nest}", dependencies=[lib.Depends(other_than)])
    def fourth(nest: Nest): ...

    @app.post("/bills/", callbacks=bills.routes)
    def create(bill: Bill, callback_url: HttpUrl | None = None):
        """Make a bill, and be told when it is paid."""
        return {"msg": "Bill made", "back": str(callback_url)}

    router = lib.APIRouter(prefix="/more", callbacks=others.routes)

    @router.get("/a", callbacks=thirds.routes)
    def a(back: str | None = None):
        return back

    app.include_router(router, prefix="/again", callbacks=fourths.routes)

    # Webhooks

    @app.webhooks.post("hatched")
    def hatched(body: Hatching, signature: Annotated[str, lib.Header()]):
        """When an egg of yours hatches, we send a `POST` with what came out."""

    @app.webhooks.put("moved", tags=["moves"], response_model=Nest, summary="It moved")
    def moved(body: Nest): ...

    @app.webhooks.get("hidden", include_in_schema=False)
    def hidden(): ...

    # The same model in and out

    @app.post("/nests")
    async def nests(nest: Nest) -> list[Nest]:
        return [nest]

    @app.get("/hatchings", response_model=list[Hatching])
    async def hatchings():
        return []

    return app


def joined(lib: Any) -> Any:
    """One schema for what comes in and what goes out."""
    webhooks = lib.APIRouter()

    @webhooks.post("told")
    def told(body: Hatching): ...

    app = lib.FastAPI(separate_input_output_schemas=False, webhooks=webhooks)

    @app.post("/bills")
    async def bill(bill: Bill) -> list[Bill]:
        return [bill]

    @app.get("/hatchings")
    async def hatchings() -> list[Hatching]:
        return []

    return app


def extended(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.get("/eggs/")
    async def eggs():
        return [{"name": "a"}]

    @app.get("/extra", openapi_extra={"x-own": 1})
    async def extra():
        return 1

    def own() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = lib.get_openapi(
            title="Own title",
            version="2.5.0",
            summary="A summary",
            description="A **document** of its own",
            routes=app.routes,
            tags=[{"name": "x", "externalDocs": {"url": "https://pond.example"}}],
            servers=[{"url": "/s"}],
            terms_of_service="https://pond.example/terms",
            contact={"name": "J", "email": "j@pond.example"},
            license_info={"name": "MIT", "identifier": "MIT"},
            separate_input_output_schemas=False,
            external_docs={"url": "https://docs.example", "description": "more"},
        )
        document["info"]["x-logo"] = {"url": "https://pond.example/logo.png"}
        app.openapi_schema = document
        return app.openapi_schema

    app.openapi = own
    return app


def elsewhere(lib: Any) -> Any:
    return lib.FastAPI(title="t", openapi_url="/api/v1/document.json", docs_url="/papers", redoc_url=None)


def nowhere(lib: Any) -> Any:
    app = lib.FastAPI(openapi_url="")

    @app.get("/here")
    async def here():
        return 1

    return app


def by_version(lib: Any) -> Any:
    app = lib.FastAPI(title="t", summary="s", contact={"url": "https://pond.example"}, license_info={"name": "x"})
    app.openapi_version = "3.0.2"
    app.openapi_tags = [{"name": "later", "description": "said later"}]
    app.servers = [{"url": "/later"}]
    app.title = "another"

    @app.get("/eggs")
    async def eggs(q: int | None = None, bill: Annotated[str, lib.Query(examples=["a"])] = "x") -> Bill:
        return Bill(id="1", customer="c")

    return app


page = served(app)
of_joined = served(joined)
of_extended = served(extended)
of_elsewhere = served(elsewhere)
of_nowhere = served(nowhere)
of_version = served(by_version)


def test_documents(page, of_joined, of_extended, of_version):
    page.same_document()
    of_joined.same_document()
    of_version.same_document()
    with warnings.catch_warnings():
        assert of_extended.same_document()["info"]["x-logo"]


def test_bills(page):
    bill = {"id": "b", "customer": "c", "total": "3.5"}
    page.right(
        post("/bills/", bill), post("/bills/?callback_url=https://ü.example/x", bill), get("/again/more/a?back=x")
    )
    page.wrong(post("/bills/?callback_url=ftp://x", bill), post("/bills/", {}), post("/hatched", {}), get("/moved"))
    page.right(post("/nests", {}), post("/nests", {"eggs": ["3", 4], "count": 9}), get("/hatchings"))
    page.wrong(post("/nests", {"eggs": ["x"]}))


def test_joined(of_joined):
    of_joined.right(post("/bills", {"id": "b", "customer": "c"}), get("/hatchings"))


def test_where_it_is(of_elsewhere, of_nowhere):
    of_elsewhere.same_document("/api/v1/document.json")
    of_elsewhere.wrong(get("/openapi.json"), get("/docs"), get("/redoc"))
    for path in ("/papers", "/docs/oauth2-redirect"):
        theirs, ours = (side.client.get(path).status_code for side in (of_elsewhere.theirs, of_elsewhere.ours))
        assert ours == theirs == 200
    of_nowhere.right(get("/here"))
    of_nowhere.wrong(get("/openapi.json"), get("/docs"), get("/redoc"), get("/docs/oauth2-redirect"), get("/"))
