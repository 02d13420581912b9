"""The OpenAPI document: ours equals FastAPI's key for key, for many applications."""

from typing import Any

import pytest
from openapi_spec_validator import validate
from tests.differential.api import (
    described_operations,
    described_values,
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
from tests.differential.api.documents import same_document
from tests.differential.api.twins import FASTAPI, WEBFOOT, Twins, get, same

BUILDS = [*described_operations.BUILDS, *described_values.BUILDS]

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
    same_document(build)


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
        app = described_values.bodies(lib)
        document = lib.get_openapi(
            title="T", version="1", routes=app.routes, openapi_version="3.0.2", description="d", tags=[{"name": "t"}]
        )
        documents.append(document)
    same("get_openapi", documents[1], documents[0])


@pytest.mark.parametrize("build", OTHER_BUILDS, ids=lambda build: build.__module__.rpartition(".")[2] + build.__name__)
@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
def test_same_document_of_the_other_applications(build: Any) -> None:
    same_document(build)
