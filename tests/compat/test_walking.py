"""FastAPI's functions over a tree of dependencies, and `request_response`."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.dependencies import utils as theirs
from fastapi.params import Depends as TheirDepends
from pydantic import BaseModel

from webfoot import ApiRoute, Cookie, Depends, Header, Request, Webfoot
from webfoot.api.params import ParamTypes
from webfoot.compat import typed_signatures, walking
from webfoot.testing import TestClient
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Route


class Item(BaseModel):
    name: str


def below(item: Item, q: int = 0): ...


async def endpoint(x: int, other: Item, found: Any = None): ...


@pytest.mark.parametrize("cls", [int, bool, list[int], Item, None, "x"])
@pytest.mark.parametrize("kinds", [int, (str, int), BaseModel])
def test_lenient_issubclass(cls: Any, kinds: Any) -> None:
    assert walking.lenient_issubclass(cls, kinds) == theirs.lenient_issubclass(cls, kinds)


def test_trees() -> None:
    drawn, other = (
        lib.get_parameterless_sub_dependant(depends=marker(below), path="/x")
        for lib, marker in ((walking, Depends), (theirs, TheirDepends))
    )
    for name in ("path_params", "query_params", "body_params"):
        assert [one.name for one in getattr(drawn, name)] == [one.name for one in getattr(other, name)]
    assert drawn.call is other.call is below
    whole = walking.get_dependant(path="/{x}", call=endpoint, name="n", own_oauth_scopes=["a"])
    assert [one.name for one in whole.path_params] == ["x"]
    assert (whole.name, whole.own_oauth_scopes) == ("n", ["a"])
    whole.dependencies.append(drawn)
    assert [one.name for one in walking._get_flat_body_params(whole)] == ["item", "other"]
    assert walking._get_body_field(body_params=[], name="x", embed_body_fields=False) is None
    with pytest.raises(AssertionError, match="needs a callable"):
        walking.get_parameterless_sub_dependant(depends=Depends(), path="/")


def test_flat_params() -> None:
    def first(a: int, h: str = Header(), c: str = Cookie("")): ...

    def second(b: int, q: str = "x", one: Any = Depends(first), again: Any = Depends(first)): ...

    def last(p: int, item: Item, q: str = "x", below: Any = Depends(second)): ...

    flat = walking.get_flat_params(walking.get_dependant(path="/{b}/{p}", call=last))
    assert [(one.alias, getattr(one.field_info, "in_", None)) for one in flat] == [
        ("p", ParamTypes.path),
        ("b", ParamTypes.path),
        ("q", ParamTypes.query),
        ("q", ParamTypes.query),
        ("a", ParamTypes.query),
        ("h", ParamTypes.header),
        ("c", ParamTypes.cookie),
    ]
    assert typed_signatures.get_validation_alias(flat[0]) == "p"


def test_request_response_of_a_route_s_handler() -> None:
    app = Webfoot()

    @app.get("/x")
    async def x(q: int = 0):
        return q

    route = app.routes[-1]
    assert isinstance(route, ApiRoute)
    route.app = walking.request_response(route.get_route_handler())
    client = TestClient(app)
    assert client.get("/x?q=3").json() == 3
    assert client.get("/x?q=x").status_code == 422


def test_request_response_of_an_endpoint() -> None:
    app = Webfoot()

    def plain(request: Request):
        return PlainTextResponse(request.url.path)

    app.routes.append(Route("/plain", plain))
    app.routes[-1].app = walking.request_response(plain)
    app.get("/api")(lambda: 1)
    app.routes[-1].app = walking.request_response(plain)
    client = TestClient(app)
    assert [client.get(path).text for path in ("/plain", "/api")] == ["/plain", "/api"]
