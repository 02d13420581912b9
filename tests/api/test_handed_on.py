"""What methods are called with that somebody has overridden: every option, as in FastAPI."""

from __future__ import annotations

from typing import Any

import webfoot
from webfoot.api.options import HANDED, NotGiven
from webfoot.api.route import ApiRoute
from webfoot.testing import TestClient
from webfoot.web.responses import PlainTextResponse


class Router(webfoot.APIRouter):
    """Overrides, as applications do, what all decorators come down to."""

    def __init__(self, **options: Any) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        super().__init__(**options)

    def get(self, path: str, **options: Any) -> Any:
        self.calls.append(("get", dict(options)))
        return super().get(path, **options)

    def api_route(self, path: str, **options: Any) -> Any:
        self.calls.append(("api_route", dict(options)))
        return super().api_route(path, **options)

    def add_api_route(self, path: str, endpoint: Any, **options: Any) -> None:
        self.calls.append(("add_api_route", dict(options)))
        super().add_api_route(path, endpoint, **options)

    def add_api_websocket_route(
        self, path: str, endpoint: Any, name: str | None = None, *, dependencies: Any = None
    ) -> None:
        self.calls.append(("add_api_websocket_route", {"name": name, "dependencies": dependencies}))
        super().add_api_websocket_route(path, endpoint, name, dependencies=dependencies)


def gone() -> None:
    """No body."""


def test_a_router_is_handed_every_option() -> None:
    router = Router()
    router.get("/ducks", status_code=204, tags=["ducks"])(gone)
    assert [name for name, _ in router.calls] == ["get", "api_route", "add_api_route"]
    handed = router.calls[-1][1]
    assert handed.keys() == HANDED.keys() - {"middleware", "strict_content_type"} | {"methods"}
    assert handed["methods"] == ["GET"]
    assert (handed["status_code"], handed["tags"], handed["summary"]) == (204, ["ducks"], None)
    assert isinstance(handed["response_model"], NotGiven)
    assert isinstance(handed["response_class"], NotGiven)
    assert not handed["response_model"]


def test_what_nobody_gave_is_told_from_none() -> None:
    """A router that reads the response model from the annotation where none is given does not overrule a 204."""

    class Reads(webfoot.APIRouter):
        def add_api_route(self, path: str, endpoint: Any, **options: Any) -> None:
            if options.get("response_model") is None:
                options["response_model"] = dict[str, int]
            super().add_api_route(path, endpoint, **options)

    router = Reads()
    router.delete("/ducks", status_code=204)(gone)
    router.get("/ducks", response_model=None)(gone)
    app = webfoot.Webfoot()
    app.include_router(router)
    assert TestClient(app).delete("/ducks").status_code == 204
    paths = app.openapi()["paths"]["/ducks"]
    assert "content" not in paths["delete"]["responses"]["204"]
    assert paths["get"]["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "object"


def test_an_application_leaves_it_to_its_router() -> None:
    app = webfoot.Webfoot()
    app.router = router = Router(dependency_overrides_provider=app)
    app.get("/a")(gone)
    app.api_route("/b", methods=["POST"])(gone)
    app.add_api_route("/c", gone)
    assert [name for name, _ in router.calls] == ["get", "api_route", "add_api_route"] + ["add_api_route"] * 2
    assert all(options.keys() >= {"response_model", "responses"} for _, options in router.calls)
    client = TestClient(app)
    assert [client.request(*each).status_code for each in (("GET", "/a"), ("POST", "/b"), ("GET", "/c"))] == [200] * 3


def test_the_routes_keep_what_was_given() -> None:
    """What says nothing is not kept, so that outer levels decide."""
    router = webfoot.APIRouter(default_response_class=PlainTextResponse, generate_unique_id_function=repr)
    router.get("/ducks", response_class=NotGiven(None), max_body_size=None)(gone)  # type: ignore[arg-type]
    [route] = router.routes
    assert isinstance(route, ApiRoute)
    assert route.response_class is PlainTextResponse
    assert route.generate_unique_id_function is repr


def test_a_websocket_route_is_handed_what_is_said() -> None:
    async def quack(socket: webfoot.WebSocket) -> None:
        await socket.accept()

    router = Router()
    router.websocket("/quack", name="q")(quack)
    assert router.calls == [("add_api_websocket_route", {"name": "q", "dependencies": None})]


def test_a_route_class_is_handed_every_option_too() -> None:
    seen: dict[str, Any] = {}

    class Own(ApiRoute):
        def __init__(self, path: str, endpoint: Any, **options: Any) -> None:
            seen.update(options)
            super().__init__(path, endpoint, **options)

    router = webfoot.APIRouter(route_class=Own)
    router.post("/ducks", response_model=None)(gone)
    assert seen["response_model"] is None
    assert isinstance(seen["response_class"], NotGiven)
    assert isinstance(seen["strict_content_type"], NotGiven)
    assert seen["methods"] == ["POST"]
    assert not {"middleware", "form_limits"} & seen.keys()
