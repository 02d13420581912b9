"""`iter_route_contexts`: every route, and where it is."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import webfoot
from webfoot import APIRouter, RouteContext, Webfoot, iter_route_contexts
from webfoot.web.routing import BaseRoute, Mount, Route, RouteGroup, RouteTable


async def endpoint(): ...


def application() -> tuple[Webfoot, APIRouter]:
    app, outer, inner = Webfoot(openapi_url=None), APIRouter(prefix="/outer", tags=["outer"]), APIRouter()
    inner.get("/x/{y}", tags=["own"], name="x")(endpoint)
    outer.include_router(inner, prefix="/in")
    app.include_router(outer, prefix="/v1")
    app.get("/own")(endpoint)
    return app, inner


def test_routes_stand_in_order_with_the_paths_that_they_have() -> None:
    app, inner = application()
    first, second = iter_route_contexts(app.routes)
    assert (first.path, first.path_format, first.name, first.methods) == ("/v1/outer/in/x/{y}",) * 2 + ("x", {"GET"})
    assert first.endpoint is endpoint
    assert first.route is first.original_route is inner.routes[0]
    assert (first.tags, first.unique_id) == (["outer", "own"], "x_v1_outer_in_x__y__get")
    assert (second.path, second.route) == ("/own", app.routes[1])


def test_late_routes_are_there_when_they_are_looked_for() -> None:
    app, inner = application()
    inner.get("/late")(endpoint)
    assert [context.path for context in iter_route_contexts(app.routes)][1] == "/v1/outer/in/late"


def test_what_is_said_of_the_route_counts_in_its_context() -> None:
    app, _ = application()
    for context in iter_route_contexts(app.routes):
        context.original_route.operation_id = context.name  # type: ignore[attr-defined]
    assert app.openapi()["paths"]["/v1/outer/in/x/{y}"]["get"]["operationId"] == "x"
    assert app.openapi()["paths"]["/own"]["get"]["operationId"] == "endpoint"


def test_what_there_is_not_is_none_or_an_attribute_error() -> None:
    (context,) = iter_route_contexts([BaseRoute()])
    assert (context.path, context.path_format, context.name, context.methods, context.endpoint) == (None,) * 5
    with pytest.raises(AttributeError, match="'BaseRoute' object has no attribute 'tags'"):
        context.tags
    with pytest.raises(AttributeError, match="'RouteContext' object has no attribute '__nothing__'"):
        context.__nothing__


def test_contexts_are_values() -> None:
    app, _ = application()
    one, other = (next(iter(iter_route_contexts(app.routes))) for _ in range(2))
    assert one == other
    assert one == copy.copy(one)
    assert hash(one) == hash(other)
    assert one != RouteContext(one.route)
    assert repr(one).startswith("RouteContext(path='/v1/outer/in/x/{y}', route=ApiRoute(path='/x/{y}'")


def test_mounts_and_groups_of_others() -> None:
    class Group(RouteGroup):
        def expand(self) -> Any:
            return [Route("/a", endpoint), Route("/b", endpoint)]

        def tables(self) -> Any:
            return [RouteTable()]

    router = APIRouter(routes=[Group()])
    app = Webfoot(openapi_url=None)
    app.include_router(router, prefix="/p")
    app.routes.append(Mount("/m", routes=[Route("/inside", endpoint)]))
    assert [context.path for context in iter_route_contexts(app.routes)] == ["/p/a", "/p/b", "/m"]


def test_both_names_are_public() -> None:
    assert {"RouteContext", "iter_route_contexts"} <= set(webfoot.__all__)
