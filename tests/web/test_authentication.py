from __future__ import annotations

import asyncio
import functools
import inspect
from typing import Any

import pytest
from tests.web.badge import Badge, ask
from tests.web.driving import answer_of

from webfoot.testing import TestClient
from webfoot.testing.websocket import WebSocketDenialResponse
from webfoot.web import (
    AuthCredentials,
    AuthenticationMiddleware,
    BaseUser,
    Host,
    HTTPConnection,
    Middleware,
    Mount,
    PlainTextResponse,
    Request,
    Route,
    Router,
    SimpleUser,
    UnauthenticatedUser,
    WebApp,
    requires,
)
from webfoot.web.authentication import has_required_scope, next_path
from webfoot.web.endpoints import HTTPEndpoint
from webfoot.web.routing import WebSocketRoute
from webfoot.web.websockets import WebSocket


class TestUsers:
    def test_simple(self) -> None:
        user = SimpleUser("Emma")
        assert (user.is_authenticated, user.display_name, user.identity, user.username) == (True, *["Emma"] * 3)

    def test_nobody(self) -> None:
        user = UnauthenticatedUser()
        assert (user.is_authenticated, user.display_name, user.identity) == (False, "", "")

    @pytest.mark.parametrize("name", ["is_authenticated", "display_name", "identity"])
    def test_ones_own_have_to_be_written(self, name: str) -> None:
        with pytest.raises(NotImplementedError):
            getattr(BaseUser(), name)

    def test_scopes_are_a_list(self) -> None:
        assert (AuthCredentials().scopes, AuthCredentials(("a", "b")).scopes) == ([], ["a", "b"])
        with pytest.raises(TypeError, match=r"scopes are a list such as \['admin'\]"):
            AuthCredentials("admin")

    def test_all_of_the_scopes_are_required(self) -> None:
        conn: HTTPConnection[Any] = HTTPConnection({"type": "http", "auth": AuthCredentials(["a", "b"])})
        asked: list[Any] = [[], ["a"], ["a", "b"], "a", ["a", "c"], "ab", ["ab"]]
        assert [has_required_scope(conn, scopes) for scopes in asked] == [True] * 4 + [False] * 3


@requires("swim")
async def swim(request: Request) -> PlainTextResponse:
    return PlainTextResponse("splash")


def test_who_wants_no_scope_needs_no_middleware() -> None:
    async def endpoint(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(has_required_scope(request, [])))

    assert answer_of(WebApp(routes=[Route("/", endpoint)]), "GET", "/").text == "True"


@requires("swim")
def swim_in_thread(request: Request) -> PlainTextResponse:
    return PlainTextResponse("splash")


@requires(["swim", "fly"], status_code=404)
async def hidden(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hidden")


@requires("swim", redirect="login")
async def redirects(request: Request) -> PlainTextResponse:
    return PlainTextResponse("splash")


@requires("swim", redirect="login")
def redirects_in_thread(request: Request) -> PlainTextResponse:
    return PlainTextResponse("splash")


class Pond:
    @requires("swim")
    async def show(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("splash")

    @requires("swim")
    def show_in_thread(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse("splash")


async def login(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.query_params.get("next", "-"))


ROUTES = [
    Route("/swim", swim),
    Route("/thread", swim_in_thread),
    Route("/method", Pond().show),
    Route("/method-thread", Pond().show_in_thread),
    Route("/hidden", hidden),
    Route("/redirects", redirects, methods=["GET", "POST"]),
    Route("/redirects-thread", redirects_in_thread),
    Route("/login", login, name="login"),
    Route("/{rest:path}", redirects),
]
POND = WebApp(routes=[Mount("/m", routes=ROUTES, name="m"), *ROUTES])


class TestRequires:
    @pytest.mark.parametrize("path", ["/swim", "/thread", "/method", "/method-thread", "/m/swim"])
    def test_the_endpoint_is_only_called_with_the_scope(self, path: str) -> None:
        assert ask("Emma swim", app=POND, path=path).text == "splash"
        for badge in (None, "Emma", "Emma fly"):
            answered = ask(badge, app=POND, path=path)
            assert (answered.status, answered.text) == (403, "Forbidden")

    def test_all_scopes_are_needed_and_the_status_can_be_chosen(self) -> None:
        assert ask("Emma swim fly", app=POND, path="/hidden").text == "hidden"
        for badge in (None, "Emma swim", "Emma fly"):
            assert ask(badge, app=POND, path="/hidden").status == 404

    @pytest.mark.parametrize("path", ["/redirects", "/redirects-thread"])
    def test_a_redirect_takes_the_way_back_along(self, path: str) -> None:
        answered = ask(None, app=POND, path=path, query_string=b"a=1&b=%20+")
        back = path.replace("/", "%2F")
        assert answered.status == 303
        assert answered.headers["location"] == f"/login?next={back}%3Fa%3D1%26b%3D%2520%2B"

    def test_below_a_mount_and_a_root_path(self) -> None:
        assert ask(None, app=POND, path="/m/redirects").headers["location"] == "/login?next=%2Fm%2Fredirects"
        answered = ask(None, app=POND, path="/r/redirects", root_path="/r")
        assert answered.headers["location"] == "/r/login?next=%2Fr%2Fredirects"

    def test_to_a_route_of_another_host(self) -> None:
        @requires("swim", redirect="id:login")
        async def endpoint(request: Request) -> PlainTextResponse:
            return PlainTextResponse("splash")

        inner = Router([Route("/login", login, name="login")])
        app = WebApp(routes=[Host("id.example", inner, name="id"), Route("/a", endpoint)])
        assert ask(None, app=app, path="/a").headers["location"] == "http://id.example/login?next=%2Fa"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_the_methods_of_an_endpoint_class(self, method: str) -> None:
        class Ducks(HTTPEndpoint):
            @requires("swim")
            async def get(self, request: Request) -> PlainTextResponse:
                return PlainTextResponse("get")

            @requires("swim")
            def post(self, request: Request) -> PlainTextResponse:
                return PlainTextResponse("post")

        app = WebApp(routes=[Route("/", Ducks)])
        assert ask("Emma swim", app=app, method=method.upper()).text == method
        assert ask("Emma", app=app, method=method.upper()).status == 403

    def test_what_it_decorates_keeps_its_name_and_kind(self) -> None:
        assert swim.__name__ == "swim"
        assert inspect.iscoroutinefunction(swim)
        assert not inspect.iscoroutinefunction(swim_in_thread)

    def test_the_request_may_be_a_keyword_or_stand_elsewhere(self) -> None:
        @requires("swim")
        def endpoint(duck: str, *, request: Request) -> str:
            return duck

        request: Request = Request({"type": "http", "auth": AuthCredentials(["swim"])})
        assert endpoint("Emma", request=request) == "Emma"

    def test_a_typed_endpoint_can_be_guarded(self) -> None:
        from webfoot import Webfoot

        app = Webfoot(middleware=[Middleware(AuthenticationMiddleware, backend=Badge())])

        @app.get("/ducks/{number}")
        @requires("swim")
        async def duck(request: Request, number: int) -> int:
            return number + 1

        client = TestClient(app)
        assert client.get("/ducks/7", headers={"badge": "Emma swim"}).json() == 8
        assert client.get("/ducks/7").json() == {"detail": "Forbidden"}

    def test_without_the_middleware_the_endpoint_says_what_is_missing(self) -> None:
        error = answer_of(POND, "GET", "/swim").error
        assert isinstance(error, AssertionError)
        assert str(error) == "AuthenticationMiddleware must be installed to access request.auth"


class TestWebSockets:
    def test_its_client_sees_403_and_the_endpoint_is_not_called(self) -> None:
        @requires("swim")
        async def endpoint(websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text(websocket.user.identity)
            await websocket.close()

        guard = Middleware(AuthenticationMiddleware, backend=Badge())
        client = TestClient(WebApp(routes=[WebSocketRoute("/", endpoint)], middleware=[guard]))
        with client.websocket_connect("/", headers={"badge": "Emma swim"}) as websocket:
            assert websocket.receive_text() == "Emma"
        for badge in ("Emma", "goose"):
            with pytest.raises(WebSocketDenialResponse) as caught:
                with client.websocket_connect("/", headers={"badge": badge}):
                    pass
            assert caught.value.status_code == 403

    class Socket(HTTPConnection[Any]):
        closed = False

        async def close(self, code: int = 1000, reason: str | None = None) -> None:
            self.closed = True

    def socket(self, *scopes: str) -> Any:
        return self.Socket({"type": "websocket", "auth": AuthCredentials(scopes)})

    def test_it_is_closed_and_the_endpoint_not_called(self) -> None:
        called = []

        @requires(["swim", "fly"], redirect="login")
        async def endpoint(websocket: Any) -> None:
            called.append(websocket)

        refused, accepted = self.socket("swim"), self.socket("fly", "swim")
        asyncio.run(endpoint(refused))
        asyncio.run(endpoint(websocket=accepted))
        assert (refused.closed, accepted.closed) == (True, False)
        assert called == [accepted]

    def test_a_plain_function_cannot_take_one(self) -> None:
        with pytest.raises(TypeError, match="endpoint takes a WebSocket, so it has to be an async function"):

            @requires("swim")
            def endpoint(websocket: Any) -> None: ...


def no_parameter() -> None: ...


def other_name(req: Any) -> None: ...


class TestWrongUse:
    @pytest.mark.parametrize("func", [no_parameter, other_name, functools.partial(other_name)])
    def test_no_connection_to_look_at(self, func: Any) -> None:
        with pytest.raises(TypeError, match="needs a parameter called 'request' or 'websocket'"):
            requires("swim")(func)

    def test_no_scopes(self) -> None:
        with pytest.raises(TypeError, match=r"write @requires\('authenticated'\), not @requires"):
            requires(login)  # type: ignore[arg-type]

    def test_a_class(self) -> None:
        with pytest.raises(TypeError, match=r"requires belongs on the methods \(get, post, ...\) of Pond"):
            requires("swim")(Pond)

    @pytest.mark.parametrize("given", [("no request",), ()], ids=repr)
    def test_called_without_a_request(self, given: tuple[Any, ...]) -> None:
        with pytest.raises(TypeError, match="the parameter 'request' of swim_in_thread has to be a request, not"):
            swim_in_thread(*given)


class TestNextPath:
    @pytest.mark.parametrize("path", ["/", "/ducks", "/ducks?a=1&b=%20", "/.//ducks", "/a//b", "/%5Cx", "/\u00fc"])
    def test_a_path_of_this_host(self, path: str) -> None:
        query = "next=" + path.replace("%", "%25").replace("&", "%26")
        request: Request = Request({"type": "http", "query_string": query.encode()})
        assert next_path(request) == path

    def test_without_one_there_is_a_default(self) -> None:
        request: Request = Request({"type": "http", "query_string": b""})
        assert (next_path(request), next_path(request, "/home")) == ("/", "/home")

    @pytest.mark.parametrize(
        "path", ["//evil.example/x", "/redirects//x", "/\\evil.example", "/\t/evil.example", "/\u00fc "]
    )
    def test_it_takes_what_requires_gives(self, path: str) -> None:
        location = ask(None, app=POND, path=path).headers["location"]
        query = location.removeprefix("/login?")
        request: Request = Request({"type": "http", "query_string": query.encode()})
        assert next_path(request, "refused").startswith(("/", "/./"))
        assert not next_path(request).startswith("//")
