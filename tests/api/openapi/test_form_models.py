"""Optional form models whose schema has not the usual shape; the usual ones are compared in tests/differential/api."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, WithJsonSchema

from webfoot import Form, Webfoot


class Empty(BaseModel):
    pass


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


def described(kind: Any, **options: Any) -> Any:
    app = Webfoot()

    async def endpoint(v: Any = None) -> None: ...

    endpoint.__annotations__["v"] = Annotated[kind, Form(**options)]
    app.post("/", operation_id="form")(endpoint)
    document = app.openapi()
    validate(document)
    return document["components"]["schemas"]["Body_form"]["allOf"]


def test_a_model_without_members() -> None:
    assert described(Empty | None) == [{"anyOf": [{"$ref": "#/components/schemas/Empty"}], "title": "V"}]


def test_a_schema_of_ones_own() -> None:
    own = Annotated[Cat | None, WithJsonSchema({"type": "object", "x": 1})]
    assert described(own) == [{"type": "object", "x": 1, "title": "V"}]


@pytest.mark.parametrize("kind", [Cat | Dog | None])
def test_told_apart_by_a_member(kind: Any) -> None:
    ((nothing, models),) = [part["anyOf"] for part in described(kind, discriminator="kind")]
    assert nothing == {"not": {"anyOf": [{"required": ["kind"]}]}}
    assert [one["discriminator"]["propertyName"] for one in models["anyOf"]] == ["kind"]
