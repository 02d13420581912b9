from __future__ import annotations

import functools
import threading
from typing import Any

import pytest
from tests.web.driving import answer_of, http_scope

from webfoot.web.middleware import Middleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import BaseRoute, Match, Mount, NoMatchFound, Route, Router


async def hello(request: Request, greeting: str = "hello") -> PlainTextResponse:
    return PlainTextResponse(greeting)


class Application:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(scope["method"])(scope, receive, send)


def test_an_async_function_answers() -> None:
    assert answer_of(Route("/", hello)).text == "hello"


def test_a_partial_answers() -> None:
    route = Route("/", functools.partial(hello, greeting="hi"))
    assert answer_of(route).text == "hi"
    assert route.methods == {"GET", "HEAD"}


def test_a_method_answers() -> None:
    class Pond:
        async def show(self, request: Request) -> PlainTextResponse:
            return PlainTextResponse("pond")

    assert answer_of(Route("/", Pond().show)).text == "pond"


def test_a_plain_function_runs_in_a_thread() -> None:
    def where(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(threading.get_ident()))

    assert answer_of(Route("/", where)).text != str(threading.get_ident())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (None, "forgetful has to return a Response, and it returned nothing: is a `return` missing?"),
        ({"a": 1}, "forgetful has to return a Response, and it returned dict, which is none"),
    ],
)
def test_what_is_no_response_is_said_in_one_sentence(given: Any, sentence: str) -> None:
    async def forgetful(request: Request) -> Any:
        return given

    error = answer_of(Route("/", forgetful)).error
    assert isinstance(error, TypeError) and str(error) == sentence


def test_what_cannot_be_an_endpoint_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError, match="the endpoint of '/a' has to be a function or an ASGI application, not None"):
        Route("/a", None)  # type: ignore[arg-type]


def test_an_application_takes_every_method_unless_told() -> None:
    assert answer_of(Route("/", Application()), "BREW").text == "BREW"
    assert answer_of(Route("/", Application(), methods=["POST"]), "GET").status == 405


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        (hello, "hello"),
        (Application(), "Application"),
        (Application, "Application"),
        (functools.partial(hello), "partial"),
    ],
)
def test_its_name_is_its_endpoints(endpoint: Any, name: str) -> None:
    assert Route("/", endpoint).name == name


def test_its_picture() -> None:
    assert repr(Route("/a/{b}", hello)) == "Route(path='/a/{b}', name='hello', methods=['GET', 'HEAD'])"
    assert repr(Route("/", Application())) == "Route(path='/', name='Application', methods=[])"


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(AssertionError, match="must start with '/'"):
        Route("ducks", hello)


def test_it_does_not_match_a_websocket() -> None:
    assert Route("/", hello).matches(http_scope(type="websocket"))[0] is Match.NONE


def test_handle_refuses_another_method_by_itself() -> None:
    class Straight(BaseRoute):
        def matches(self, scope: Any) -> tuple[Match, Any]:
            return Match.FULL, {}

        async def handle(self, scope: Any, receive: Any, send: Any) -> None:
            await Route("/", hello).handle(scope, receive, send)

    assert answer_of(Router([Straight()]), "POST").headers["allow"] == "GET, HEAD"


def test_middleware_of_one_route_is_listed_from_the_outside_in() -> None:
    class Tag:
        def __init__(self, app: Any, tag: str) -> None:
            self.app, self.tag = app, tag

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("tags", []).append(self.tag)
            await self.app(scope, receive, send)

    tagged = Route("/a", hello, middleware=[Middleware(Tag, "outer"), Middleware(Tag, tag="inner")])
    router = Router([tagged, Route("/b", hello)])
    assert answer_of(router, "GET", "/a").scope["tags"] == ["outer", "inner"]
    assert "tags" not in answer_of(router, "GET", "/b").scope


def test_a_route_of_its_own_kind_needs_no_more_than_two_methods() -> None:
    with pytest.raises(NotImplementedError):
        BaseRoute().matches({})
    with pytest.raises(NoMatchFound):
        BaseRoute().url_path_for("any")


def test_a_mount_shifts_the_root_path_and_collects_parameters() -> None:
    async def tell(request: Request) -> PlainTextResponse:
        scope = request.scope
        return PlainTextResponse(f"{scope['root_path']} {scope['app_root_path']} {scope['path_params']}")

    inner = Mount("/deep/{c}", routes=[Route("/{d}", tell)])
    router = Router([Mount("/{a:int}/b", routes=[inner])])
    assert answer_of(router, "GET", "/1/b/deep/x/y").text == "/1/b/deep/x  {'a': 1, 'c': 'x', 'd': 'y'}"
    assert answer_of(router, "GET", "/r/1/b/deep/x/y", root_path="/r").text.startswith("/r/1/b/deep/x /r ")


def test_a_mount_keeps_what_is_below_it() -> None:
    router = Router([Mount("/m", routes=[Route("/a", hello)]), Route("/m/b", hello)])
    assert answer_of(router, "GET", "/m/b").status == 404


def test_a_mount_without_a_path_takes_everything() -> None:
    router = Router([Mount("", app=Application()), Route("/a", hello)])
    assert answer_of(router, "GET", "/a").text == "GET"


def test_a_mount_knows_its_routes_even_through_middleware() -> None:
    class Layer:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self.app(scope, receive, send)

    route = Route("/a", hello)
    mount = Mount("/m", routes=[route], middleware=[Middleware(Layer)])
    assert list(mount.routes) == [route]
    assert list(Mount("/m", app=Application()).routes) == []
    assert answer_of(Router([mount]), "GET", "/m/a").text == "hello"


def test_what_a_mount_needs() -> None:
    with pytest.raises(AssertionError, match="must start with '/'"):
        Mount("m", routes=[])
    with pytest.raises(AssertionError, match="must be specified"):
        Mount("/m")


def test_a_mounts_parameters_that_are_no_values_do_not_match() -> None:
    mount = Mount("/{n:int}", app=Application())
    assert answer_of(Router([mount]), "GET", "/" + "9" * 5000 + "/x").status == 404
    assert mount.matches({"type": "lifespan"})[0] is Match.NONE
    assert repr(mount).startswith("Mount(path='/{n:int}', name='', app=<")
