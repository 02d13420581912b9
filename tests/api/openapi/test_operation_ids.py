"""Which operation ids are not the only ones of their name, and how that is told."""

from __future__ import annotations

import warnings
from typing import Annotated

import pytest

from webfoot import APIRouter, Body, Webfoot
from webfoot.api.openapi import duplicate_operation_ids


async def swim() -> None: ...


async def fly() -> None: ...


def first_line(function: object) -> int:
    return function.__code__.co_firstlineno  # type: ignore[attr-defined, no-any-return]


def test_none() -> None:
    app = Webfoot()
    app.get("/swim")(swim)
    app.api_route("/both", methods=["GET", "POST"])(fly)
    assert duplicate_operation_ids(app.routes) == []


def test_every_taker_is_named() -> None:
    app, router = Webfoot(), APIRouter()
    app.get("/swim", operation_id="move")(swim)
    router.post("/fly", operation_id="move")(fly)
    app.include_router(router, prefix="/in")
    app.webhooks.post("moved", operation_id="move")(fly)
    (duplicate,) = duplicate_operation_ids([*app.routes, *app.webhooks.routes])
    assert duplicate.operation_id == "move"
    assert [(told, origin.name) for told, origin in duplicate.takers] == [
        ("GET /swim", "swim"),
        ("POST /in/fly", "fly"),
        ("POST moved", "fly"),
    ]
    assert f"{__file__}:{first_line(swim)}" in str(duplicate)
    assert f"{__file__}:{first_line(fly)}" in str(duplicate)


def test_hidden_operations_do_not_count_and_callbacks_do() -> None:
    app, callbacks = Webfoot(), APIRouter()
    callbacks.post("{$callback_url}", operation_id="move")(swim)
    app.get("/hidden", operation_id="move", include_in_schema=False)(swim)
    app.get("/fly", operation_id="other", callbacks=callbacks.routes)(fly)
    assert duplicate_operation_ids(app.routes) == []
    app.get("/swim", operation_id="move")(swim)
    assert [one.operation_id for one in duplicate_operation_ids(app.routes)] == ["move"]


def test_the_document_warns_once_for_each() -> None:
    app = Webfoot()
    app.get("/swim", operation_id="move")(swim)
    app.get("/fly", operation_id="move")(fly)
    with pytest.warns(UserWarning, match="Duplicate Operation ID move for function fly") as told:
        app.openapi()
    assert [one.category for one in told] == [UserWarning]
    assert f"{__file__}:{first_line(fly)}; swim ({__file__}:{first_line(swim)}) has it already" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        app.openapi()


@pytest.mark.filterwarnings("ignore:Duplicate Operation ID")
def test_two_bodies_below_one_id_are_two_components() -> None:
    app, router = Webfoot(), APIRouter()

    @app.post("/ducks", operation_id="add")
    async def add_duck(name: Annotated[str, Body()], age: Annotated[int, Body()]) -> None: ...

    @app.post("/nests", operation_id="add")
    async def add_nest(eggs: Annotated[int, Body()], reeds: Annotated[bool, Body()]) -> None: ...

    @router.post("/ponds", operation_id="dig")
    async def dig(depth: Annotated[int, Body()], width: Annotated[int, Body()]) -> None: ...

    app.include_router(router, prefix="/here")
    app.include_router(router, prefix="/there")
    schemas = app.openapi()["components"]["schemas"]
    bodies = {name: list(schema["properties"]) for name, schema in schemas.items() if name.startswith("Body_")}
    assert bodies == {"Body_add": ["name", "age"], "Body_add__2": ["eggs", "reeds"], "Body_dig": ["depth", "width"]}
