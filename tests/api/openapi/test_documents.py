"""Further documents of an application: which routes they show, and that nothing else gets into them."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel
from tests.differential.api.twins import Answer, Ask, put

from webfoot import APIRouter, Depends, Webfoot
from webfoot.api.errors import PlanError
from webfoot.security import APIKeyHeader, HTTPBearer


class Audience(Enum):
    public = "public"


class Duck(BaseModel):
    name: str


class Salary(BaseModel):
    amount: int


@pytest.fixture
def app() -> Webfoot:
    app = Webfoot(
        title="Pond",
        version="3",
        servers=[{"url": "/live"}],
        openapi_tags=[{"name": "public", "description": "For all"}, {"name": "staff"}],
    )
    first = APIRouter(prefix="/v1", tags=[Audience.public])
    staff = APIRouter(prefix="/v10/staff", tags=["staff"])

    @first.get("/ducks", dependencies=[Depends(APIKeyHeader(name="key"))])
    async def ducks() -> list[Duck]:
        return []

    @staff.post("/salaries")
    async def salaries(salary: Salary, token: Annotated[Any, Depends(HTTPBearer())]) -> Salary:
        return salary

    @app.webhooks.post("hatched", tags=["public"])
    async def hatched(duck: Duck) -> None: ...

    @app.get("/hidden", tags=["public"], include_in_schema=False)
    async def hidden() -> None: ...

    app.include_router(first)
    app.include_router(staff)
    return app


def answer(app: Any, target: str, root_path: str = "") -> Answer:
    return asyncio.run(put(app, Ask("GET", target, root_path=root_path)))


def operations(document: dict[str, Any]) -> set[str]:
    return {operation["operationId"] for path in document["paths"].values() for operation in path.values()}


def test_by_tags(app: Webfoot) -> None:
    document = app.add_document("/public.json", title="Public", tags=["public"]).openapi()
    validate(document)
    assert document["info"] == {"title": "Public", "version": "3"}
    assert set(document["paths"]) == {"/v1/ducks"}
    assert set(document["webhooks"]) == {"hatched"}
    assert set(document["components"]["schemas"]) >= {"Duck"}
    assert "Salary" not in document["components"]["schemas"]
    assert set(document["components"]["securitySchemes"]) == {"APIKeyHeader"}
    assert document["tags"] == [{"name": "public", "description": "For all"}]
    assert document["servers"] == [{"url": "/live"}]


def test_tags_may_be_members_of_an_enum(app: Webfoot) -> None:
    assert set(app.add_document("/a.json", tags=[Audience.public]).openapi()["paths"]) == {"/v1/ducks"}


def test_by_prefix(app: Webfoot) -> None:
    for prefix in ("/v1", "/v1/", "/v1/ducks"):
        document = app.add_document(f"/{len(prefix)}.json", prefix=prefix).openapi()
        assert set(document["paths"]) == {"/v1/ducks"}
        assert "webhooks" not in document


def test_by_choice(app: Webfoot) -> None:
    document = app.add_document("/post.json", select=lambda route: "POST" in route.methods, tags=["staff"]).openapi()
    assert set(document["paths"]) == {"/v10/staff/salaries"}
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer"}
    assert "webhooks" not in document


def test_operation_ids_are_those_of_the_whole(app: Webfoot) -> None:
    whole = operations(app.openapi())
    parts = [operations(app.add_document(f"/{prefix}.json", prefix=f"/{prefix}").openapi()) for prefix in ("v1", "v10")]
    assert parts[0] | parts[1] == whole
    assert not parts[0] & parts[1]


def test_the_application_s_own_document_is_as_it_was(app: Webfoot) -> None:
    before = json.dumps(app.openapi())
    app.openapi_schema = None
    app.add_document("/public.json", tags=["public"], docs_url="/public", redoc_url="/public/redoc").openapi()
    assert json.dumps(app.openapi()) == before


def test_it_is_served_with_pages_of_its_own(app: Webfoot) -> None:
    app.add_document("/public.json", title="Public", tags=["public"], docs_url="/public", redoc_url="/public/redoc")
    document = json.loads(answer(app, "/public.json", "/proxy").body)
    assert document["servers"][0] == {"url": "/proxy"}
    page = answer(app, "/public", "/proxy").body.decode()
    assert "<title>Public - Swagger UI</title>" in page
    assert "url: '/proxy/public.json'," in page
    assert "'/proxy/public/oauth2-redirect'" in page
    assert answer(app, "/public/oauth2-redirect").status == 200
    assert answer(app, "/public/swagger-ui-dist/swagger-ui.css").status == 200
    assert '<redoc spec-url="/public.json">' in answer(app, "/public/redoc").body.decode()
    assert "url: '/openapi.json'," in answer(app, "/docs").body.decode()


def test_only_further_documents(app: Webfoot) -> None:
    only = Webfoot(openapi_url=None)
    only.add_document("/public.json", docs_url="/public")
    assert answer(only, "/openapi.json").status == answer(only, "/docs").status == 404
    assert answer(only, "/public.json").status == answer(only, "/public").status == 200
    assert answer(only, "/public/redoc").status == 404


def test_routes_that_are_added_later_are_in_it(app: Webfoot) -> None:
    document = app.add_document("/public.json", tags=["public"])
    app.get("/v1/geese", tags=["public"])(lambda: 1)
    assert set(document.openapi()["paths"]) == {"/v1/ducks", "/v1/geese"}
    assert document.openapi() is document.openapi()
    app.get("/v1/swans", tags=["public"])(lambda: 1)
    assert set(document.openapi()["paths"]) == {"/v1/ducks", "/v1/geese", "/v1/swans"}


def test_it_can_be_replaced(app: Webfoot) -> None:
    document = app.add_document("/public.json")
    document.openapi = lambda: {"mine": True}  # type: ignore[method-assign]
    assert json.loads(answer(app, "/public.json").body) == {"mine": True}


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"docs_url": "docs"}, PlanError, "docs_url='docs' has to begin with '/'"),
        ({"tags": "public"}, PlanError, r"tags='public' has to be a list of texts, \['public'\]"),
        ({"title": ""}, PlanError, "title='': a document needs one"),
        ({"version": ""}, PlanError, "version='': a document needs one"),
        ({"titel": "x"}, TypeError, "did you mean 'title'"),
    ],
)
def test_mistakes(app: Webfoot, wrong: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        app.add_document("/public.json", **wrong)


def test_there_is_nothing_else_in_it(app: Webfoot) -> None:
    with pytest.raises(AttributeError, match="a Document has no attribute 'routes'"):
        _ = app.add_document("/public.json").routes
