"""What programs read of routes beside their options; the differential suite compares it with FastAPI."""

from __future__ import annotations

from typing import Annotated, Any

import pytest

from webfoot import ApiRoute, ApiWebSocketRoute, Depends, Query, Request, Webfoot, WebSocket
from webfoot.api.errors import WebfootError
from webfoot.testing import TestClient


def endpoint(q: int = 0) -> int:
    return q


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("body_field", "planned otherwise here: the fields of the body are those of route.plan.body"),
        ("response_field", "the response model is route.response_model"),
        ("response_fields", "those in route.responses"),
        ("stream_item_field", "route.stream_item_type"),
        ("nonsense", "'ApiRoute' object has no attribute 'nonsense'"),
    ],
)
def test_what_is_not_here_is_told(name: str, says: str) -> None:
    route = ApiRoute("/x", endpoint)
    assert not hasattr(route, name)
    with pytest.raises(AttributeError, match=says):
        getattr(route, name)


def test_a_socket_route_has_a_tree_as_well() -> None:
    async def socket(websocket: WebSocket, found: Annotated[int, Depends(endpoint)]): ...

    route = ApiWebSocketRoute("/x", socket)
    assert route.dependant is route.dependant
    assert (route.dependant.websocket_param_name, route.dependant.dependencies[0].name) == ("websocket", "found")
    with pytest.raises(AttributeError, match="'ApiWebSocketRoute' object has no attribute 'tags'"):
        route.tags


def test_a_subclass_may_read_before_its_constructor_has_ended() -> None:
    class Early(ApiRoute):
        def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
            assert not hasattr(self, "status_code")
            assert not hasattr(self, "dependant")
            assert not hasattr(self, "strict_content_type")
            super().__init__(path, endpoint, **options)

    assert Early("/x", endpoint).strict_content_type is True


async def counted(request: Request, size: Annotated[int, Query(le=5)] = 2) -> None:
    request.state.size = size


def test_a_handler_that_is_asked_for_anew_obeys_what_the_attributes_say() -> None:
    app = Webfoot()
    app.get("/x")(lambda request_size=0: 1)
    route = app.routes[-1]
    tree = route.dependant
    assert tree.dependencies == []
    route.dependencies.append(Depends(counted))
    route.status_code = 203
    assert app.openapi()["paths"]["/x"]["get"]["parameters"][0]["name"] == "request_size"
    client = TestClient(app)
    assert client.get("/x?size=9").status_code == 200  # planned when it was declared

    handler = route.get_route_handler()
    assert client.get("/x?size=9").status_code == 422
    assert client.get("/x").status_code == 203
    assert [one.call for one in route.dependant.dependencies] == [counted]
    assert route.get_route_handler() is handler
    app.openapi_schema = None
    assert {one["name"] for one in app.openapi()["paths"]["/x"]["get"]["parameters"]} == {"size", "request_size"}


def test_a_handler_answers_for_its_route_and_no_other() -> None:
    app = Webfoot()
    app.get("/x")(endpoint)
    handler = app.routes[-1].get_route_handler()

    @app.get("/by-hand")
    async def by_hand(request: Request):
        return await handler(request)

    with pytest.raises(WebfootError, match=r"ApiRoute\.serve_by"):
        TestClient(app).get("/by-hand")


def test_an_application_of_a_handler() -> None:
    app = Webfoot()
    left = []

    async def found():
        yield 1
        left.append("left")

    @app.get("/x", dependencies=[Depends(found)])
    async def own(q: int = 0):
        return q

    route = app.routes[-1]
    handler = route.get_route_handler()
    route.app = lambda scope, receive, send: route.serve_by(handler, scope, receive, send)
    assert TestClient(app).get("/x?q=3").json() == 3
    assert left == ["left"]
    app.dependency_overrides[found] = lambda: left.append("overridden")
    assert TestClient(app).get("/x?q=3").json() == 3
    assert left == ["left", "overridden"]
