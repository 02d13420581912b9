"""What the document says beyond what FastAPI's says (that is compared in tests/differential/api)."""

from __future__ import annotations

import gc
import json
import warnings
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from webfoot.api.application import Webfoot
from webfoot.api.errors import PlanError
from webfoot.api.openapi.document import get_openapi


class Uncallable(BaseModel):
    call: Callable[[], int] = lambda: 1


def test_a_type_without_schema_is_told_with_its_operation() -> None:
    app = Webfoot()

    @app.get("/fine")
    async def fine(q: int) -> int:
        return q

    @app.post("/broken")
    async def broken(body: Uncallable) -> None: ...

    with pytest.raises(PydanticInvalidForJsonSchema, match="POST /broken: Cannot generate a JsonSchema"):
        app.openapi()


def test_equal_ids_of_two_operations_are_a_warning() -> None:
    app = Webfoot()

    @app.get("/a", operation_id="same")
    async def a() -> None: ...

    @app.get("/b", operation_id="same")
    async def b() -> None: ...

    with pytest.warns(UserWarning, match="Duplicate Operation ID same for function b at .*test_document.py"):
        app.openapi()


def test_an_id_of_your_own_for_several_methods_is_not_changed() -> None:
    app = Webfoot(generate_unique_id_function=lambda route: f"my {route.name}")
    app.add_api_route("/", named, methods=["GET", "PUT"])
    with pytest.warns(UserWarning, match="Duplicate Operation ID my named"):
        item = app.openapi()["paths"]["/"]
    assert {operation["operationId"] for operation in item.values()} == {"my named"}


async def named() -> None: ...


def test_a_union_is_described_in_the_order_in_which_it_is_written() -> None:
    app = Webfoot()

    @app.get("/")
    async def endpoint(a: int | str, b: str | int) -> None: ...

    first, second = app.openapi()["paths"]["/"]["get"]["parameters"]
    assert first["schema"]["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert second["schema"]["anyOf"] == [{"type": "string"}, {"type": "integer"}]


def test_routes_added_later_are_described_when_the_document_is_not_made_yet() -> None:
    app = Webfoot()
    app.get("/early")(lambda: 1)
    app.get("/late")(lambda: 1)
    assert list(app.openapi()["paths"]) == ["/early", "/late"]


def test_the_document_is_plain_json() -> None:
    app = Webfoot(openapi_tags=[{"name": "a", "x-model": Uncallable.__name__, "x-set": {1}, "x-none": None}])

    @app.get("/", openapi_extra={"x-inf": float("inf"), "x-list": [None], 3: "three"})  # type: ignore[dict-item]
    async def endpoint() -> None: ...

    document = app.openapi()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["tags"] == [{"name": "a", "x-model": "Uncallable", "x-set": [1]}]
    assert document["paths"]["/"]["get"]["x-list"] == [None]
    assert "x-inf" not in document["paths"]["/"]["get"]


def test_what_is_written_by_hand_reaches_into_schemas() -> None:
    app = Webfoot()
    by_hand = {"application/json": {"schema": {"items": {"x-unit": "ducks"}, "title": "Counts"}}}

    @app.post("/", openapi_extra={"responses": {"200": {"content": by_hand}}})
    async def endpoint(counts: list[int]) -> list[int]:
        return counts

    operation = app.openapi()["paths"]["/"]["post"]
    reply = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert reply == {"type": "array", "items": {"type": "integer", "x-unit": "ducks"}, "title": "Counts"}
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"type": "array", "items": {"type": "integer"}, "title": "Counts"}


def test_options_of_a_route_are_not_changed_by_describing_it() -> None:
    extra: dict[str, Any] = {"responses": {"200": {"x-a": 1}}, "tags": ["b"]}
    responses: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": 1}}, "model": int}}
    before = repr((extra, responses))
    app = Webfoot()
    app.get("/", openapi_extra=extra, responses=responses, tags=["a"])(lambda: 1)
    app.post("/", openapi_extra=extra, responses=responses, tags=["a"])(lambda: 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = app.openapi()
    assert repr((extra, responses)) == before
    assert document["paths"]["/"]["get"]["tags"] == ["a", "b"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        get_openapi(title="Ducks", version="1", routes=[])
        with pytest.raises(PlanError):
            get_openapi(title="Ducks", version="1", routes=[], contact={"url": "no url"})
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"license_info": {"url": "http://x"}}, "license_info: .* needs a 'name'"),
        ({"servers": [{"url": "/"}, {"description": "x"}]}, "servers: {'description': 'x'} needs a 'url'"),
        ({"openapi_tags": [{"nam": "x"}]}, "openapi_tags: .* needs a 'name'"),
        ({"openapi_external_docs": {"description": "x"}}, "openapi_external_docs: .* needs a 'url'"),
        ({"openapi_tags": ["x"]}, "openapi_tags: each is a dict, such as {'name': ...}, not 'x'"),
        ({"servers": "https://x"}, "servers is a list of dicts, not 'https://x'"),
        ({"contact": "me"}, "contact is a dict"),
        ({"contact": {"email": "none"}}, "contact: 'none' is no address of an email"),
        ({"contact": {"email": 3}}, "contact: 3 is no address"),
        ({"contact": {"url": "none"}}, "its 'url' is none: Input should be a valid URL"),
        ({"license_info": {"name": "x", "url": "none"}}, "its 'url' is none"),
    ],
)
def test_what_openapi_would_not_take_is_told(about: dict[str, Any], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        Webfoot(**about).openapi()


def test_names_that_are_members_of_an_enumeration() -> None:
    class Reason(str, Enum):  # noqa: UP042 - whose str() is not its value
        BAD = "bad-one"

    app = Webfoot()
    told: dict[Any, Any] = {"content": {"application/json": {"examples": {Reason.BAD: {"value": {Reason.BAD: 1}}}}}}

    @app.get("/ducks", responses={400: told})
    def ducks() -> None: ...

    examples = app.openapi()["paths"]["/ducks"]["get"]["responses"]["400"]["content"]["application/json"]["examples"]
    assert json.loads(json.dumps(examples)) == {"bad-one": {"value": {"bad-one": 1}}}
    assert type(next(iter(examples))) is str
