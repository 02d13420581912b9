"""Documents are held against Starlette's in tests/differential/web/test_schemas.py."""

from __future__ import annotations

import functools
import sys
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate
from tests.web.driving import answer_of

from webfoot.web import Mount, Route, WebApp
from webfoot.web.schemas import BaseSchemaGenerator, OpenAPIResponse, SchemaGenerator

SCHEMAS = SchemaGenerator({"openapi": "3.0.0", "info": {"title": "Ducks", "version": "1"}})


def read_duck(request: Any) -> Any:
    """
    summary: One duck
    parameters:
      - {name: name, in: path, required: true, schema: {type: string}}
    responses:
      "200": {description: The duck.}
    """


def broken(request: Any) -> Any:
    """
    summary: [one
    """


def prose_with_a_colon(request: Any) -> Any:
    """Reads a duck: one that is: there."""


def test_the_document_is_valid_openapi() -> None:
    app = WebApp(
        routes=[
            Mount("/ponds", routes=[Route("/ducks/{name}", read_duck, methods=["GET", "DELETE"])]),
            Route("/schema", lambda request: SCHEMAS.OpenAPIResponse(request=request), include_in_schema=False),
        ]
    )
    answered = answer_of(app, "GET", "/schema")
    assert answered.headers["content-type"] == "application/vnd.oai.openapi"
    document = yaml.safe_load(answered.text)
    validate(document)
    assert list(document["paths"]) == ["/ponds/ducks/{name}"]
    assert sorted(document["paths"]["/ponds/ducks/{name}"]) == ["delete", "get"]


def test_the_base_is_not_changed() -> None:
    base: dict[str, Any] = {"paths": {"/a": {"get": {"summary": "a"}}}}
    document = SchemaGenerator(base).get_schema([Route("/a", read_duck, methods=["POST"])])
    assert set(document["paths"]["/a"]) == {"get", "post"}
    assert base == {"paths": {"/a": {"get": {"summary": "a"}}}}


def test_a_partial_is_described_by_its_function() -> None:
    document = SCHEMAS.get_schema([Route("/a", functools.partial(read_duck))])
    assert document["paths"]["/a"]["get"]["summary"] == "One duck"


@pytest.mark.parametrize("endpoint", [broken, prose_with_a_colon])
def test_a_docstring_that_cannot_be_read_is_named(endpoint: Any) -> None:
    with pytest.raises(ValueError, match=f"the docstring of {endpoint.__name__} is neither prose nor YAML"):
        SCHEMAS.get_schema([Route("/a", endpoint)])


def test_docstrings_cannot_make_objects() -> None:
    """CWE-502: YAML tags that call Python."""

    def endpoint(request: Any) -> Any: ...

    endpoint.__doc__ = "!!python/object/apply:os.system ['true']"
    with pytest.raises(ValueError, match="neither prose nor YAML"):
        SCHEMAS.parse_docstring(endpoint)


def test_only_a_dict_is_a_document() -> None:
    with pytest.raises(AssertionError, match="should be a dictionary"):
        OpenAPIResponse("openapi: 3.0.0")


def test_another_kind_of_document_is_ones_own_to_write() -> None:
    with pytest.raises(NotImplementedError, match=r"BaseSchemaGenerator has no get_schema\(routes\)"):
        BaseSchemaGenerator().get_schema([])


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"pyyaml: pip install 'webfoot\[web\]'"):
        SCHEMAS.get_schema([Route("/a", read_duck)])
