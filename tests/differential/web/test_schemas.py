"""OpenAPI documents from docstrings, by Starlette and by webfoot."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import over_sockets, request

BASE = {"openapi": "3.0.0", "info": {"title": "Ducks", "version": "1"}}


def list_ducks(request: Any) -> Any:
    """
    responses:
      200:
        description: All ducks.
        examples:
          [{"name": "Emma"}, {"name": "Jémima"}]
    """


async def add_duck(request: Any) -> Any:
    """
    What people read.
    ---
    responses:
      201: {description: The duck.}
    """


def prose(request: Any) -> Any:
    """Just text."""


def silent(request: Any) -> Any:
    pass


def a_list(request: Any) -> Any:
    """
    - one
    - two
    """


class Nest:
    """summary: the class is not described"""

    def get(self, request: Any) -> Any:
        """summary: look"""

    async def put(self, request: Any) -> Any:
        """summary: build"""

    def head(self, request: Any) -> Any:
        """summary: never asked for"""

    def query(self, request: Any) -> Any:
        """summary: ask"""

    def helper(self) -> None:
        """summary: no verb"""


class AsgiObject:
    """summary: an object"""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """summary: a call"""


def tables(kit: SimpleNamespace) -> dict[str, list[Any]]:
    endpoints = importlib.import_module("starlette.endpoints" if kit is THEIRS else "webfoot.web.endpoints")
    routing = importlib.import_module("starlette.routing" if kit is THEIRS else "webfoot.web.routing")
    nest = type("NestEndpoint", (Nest, endpoints.HTTPEndpoint), {})
    ducks = [kit.Route("/ducks", list_ducks), kit.Route("/ducks", add_duck, methods=["POST"])]
    return {
        "ducks": ducks,
        "prose, nothing, a list": [kit.Route("/a", prose), kit.Route("/b", silent), kit.Route("/c", a_list)],
        "parameters": [kit.Route("/{a}/{b:int}/{c:path}", list_ducks), kit.Route("/x:y/{z}.{w}", add_duck)],
        "several methods": [kit.Route("/a", list_ducks, methods=["GET", "PUT", "DELETE"])],
        "twice the same": [kit.Route("/a", list_ducks), kit.Route("/a", add_duck)],
        "not for the schema": [kit.Route("/a", list_ducks, include_in_schema=False)],
        "a class": [kit.Route("/nest/{id:uuid}", nest)],
        "an object": [kit.Route("/a", AsgiObject()), kit.Route("/b", AsgiObject(), methods=["GET"])],
        "mounts": [
            kit.Mount("/m/{a:int}", routes=[*ducks, kit.Mount("/deep", routes=[kit.Route("/{z:float}", add_duck)])]),
            kit.Mount("/app", app=kit.App(routes=ducks)),
            kit.Mount("/raw", app=kit.PlainTextResponse("")),
            routing.Host("api.example", app=kit.Router(ducks)),
        ],
        "none": [],
    }


@pytest.mark.parametrize("name", tables(OURS))
@pytest.mark.parametrize("version", ["3.0.0", "3.1.1", "3.2.0", "4.0", "", "new"])
def test_documents(name: str, version: str) -> None:
    base = {**BASE, "openapi": version} if version else {}
    theirs, ours = (kit.SchemaGenerator(base).get_schema(tables(kit)[name]) for kit in (THEIRS, OURS))
    assert ours == theirs
    found = [
        [tuple(each[:2]) for each in kit.SchemaGenerator(BASE).get_endpoints(tables(kit)[name])]
        for kit in (THEIRS, OURS)
    ]
    assert sorted(found[1]) == sorted(found[0])


def test_paths_of_the_base_stay() -> None:
    base = {"paths": {"/old": {"get": {"summary": "old"}}}}
    theirs, ours = (kit.SchemaGenerator(base).get_schema(tables(kit)["ducks"]) for kit in (THEIRS, OURS))
    assert ours == theirs


@pytest.mark.parametrize("func", [list_ducks, add_duck, prose, silent, a_list], ids=lambda func: func.__name__)
def test_docstrings(func: Any) -> None:
    theirs, ours = (kit.SchemaGenerator(BASE).parse_docstring(func) for kit in (THEIRS, OURS))
    assert ours == theirs


def with_schema(kit: SimpleNamespace) -> Any:
    schemas = kit.SchemaGenerator(BASE)

    def schema(request: Any) -> Any:
        return schemas.OpenAPIResponse(request=request)

    return kit.App(routes=[*tables(kit)["ducks"], kit.Route("/schema", schema, include_in_schema=False)])


def test_the_response() -> None:
    theirs, ours = both(with_schema, "GET", "/schema")
    assert ours == theirs
    theirs, ours = over_sockets(with_schema, request("GET", "/schema"))
    assert ours == theirs


@pytest.mark.parametrize("content", [{"a": 1}, {"b": ["\u00fc", {"c": None}], "a": True}, {}], ids=str)
def test_yaml(content: dict[str, Any]) -> None:
    theirs, ours = (kit.OpenAPIResponse(content) for kit in (THEIRS, OURS))
    assert (ours.body, sorted(ours.raw_headers)) == (theirs.body, sorted(theirs.raw_headers))
