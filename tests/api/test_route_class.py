"""Route classes whose constructors list what they take: what they do not list counts for their routes all the same."""

from typing import Any

import pytest

from webfoot import APIRouter, Form, Webfoot
from webfoot.api.options import RouteOptions
from webfoot.api.route import ApiRoute
from webfoot.testing import TestClient
from webfoot.web.middleware import Middleware

LATER = ("form_limits", "max_body_size", "middleware")


def listing(*unlisted: str) -> type[ApiRoute]:
    """As many people write it: option by option, and no `**kwargs`."""
    names = ["methods", "dependency_overrides_provider", *RouteOptions.__annotations__]
    names = [name for name in names if name not in unlisted]
    given = ", ".join(f"{name}={name}" for name in names)
    source = (
        "class Listed(ApiRoute):\n"
        f"    def __init__(self, path, endpoint, *, {', '.join(f'{name}=None' for name in names)}):\n"
        f"        super().__init__(path, endpoint, {given})\n"
    )
    namespace: dict[str, Any] = {"ApiRoute": ApiRoute}
    exec(source, namespace)
    return namespace["Listed"]


@pytest.mark.parametrize("unlisted", [(), *((name,) for name in LATER), LATER], ids="-".join)
def test_limits_and_middleware_of_the_router_count(unlisted: tuple[str, ...]) -> None:
    passed = []

    class Noting:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            passed.append(scope["path"])
            await self.app(scope, receive, send)

    router = APIRouter(
        route_class=listing(*unlisted),
        middleware=[Middleware(Noting)],
        max_body_size=20,
        form_limits={"max_fields": 1},
    )

    @router.post("/ducks", tags=["ducks"])
    async def add(name: str = Form()):
        return name

    app = Webfoot()
    app.include_router(router)
    client = TestClient(app)
    sent = [{"name": "a"}, {"name": "a", "more": "b"}, {"name": "a" * 30}]
    assert [client.post("/ducks", data=data).status_code for data in sent] == [200, 400, 413]
    assert passed == ["/ducks"] * 2
    assert app.openapi()["paths"]["/ducks"]["post"]["tags"] == ["ducks"]


def test_one_that_says_nothing_of_them_is_made_once() -> None:
    made = []

    class Counted(listing(*LATER)):  # type: ignore[misc]
        def get_route_handler(self) -> Any:
            made.append(self.path)
            return super().get_route_handler()

    APIRouter(route_class=Counted).get("/ducks")(lambda: 1)
    assert made == ["/ducks"]
