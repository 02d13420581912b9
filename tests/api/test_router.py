import sys
from typing import Annotated

import pytest

from webfoot import ApiRoute, APIRouter, Depends, Path, Request, Response, Webfoot
from webfoot.api.errors import InclusionError, PlanError
from webfoot.api.verbs import Verbs
from webfoot.testing import TestClient
from webfoot.web.endpoints import HTTPEndpoint
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import BaseRoute, Match, Mount, Route, Router
from webfoot.web.routing.path import get_route_path

users = sys.modules[__name__]  # as in `from app.routers import users`


def app_of(router, **options):
    app = Webfoot(openapi_url=None)
    app.include_router(router, **options)
    return app


async def here(): ...


VERBS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("owner", [Webfoot, APIRouter])
def test_each_verb_is_a_decorator(owner, verb):
    router = owner()
    assert getattr(router, verb)("/", name="x")(here) is here
    assert (router.routes[-1].methods, router.routes[-1].name) == ({verb.upper()}, "x")


def test_decorators_need_somewhere_to_put_the_route():
    with pytest.raises(NotImplementedError):
        Verbs().get("/")(here)


def test_several_methods_at_once():
    app = Webfoot()
    app.api_route("/", methods=["GET", "post"])(here)
    assert app.routes[-1].methods == {"GET", "POST"}
    app.add_api_route("/", here)
    assert app.routes[-1].methods == {"GET"}


def test_options_of_all_levels_are_joined():
    ran = []

    def noting(name):
        return Depends(lambda: ran.append(name))

    app = Webfoot(dependencies=[noting("app")])
    outer = APIRouter(prefix="/outer", tags=["outer"], dependencies=[noting("outer")])
    inner = APIRouter(prefix="/inner", tags=["inner"], dependencies=[noting("inner")], deprecated=True)

    @inner.get("/x", tags=["own"], dependencies=[noting("own")])
    async def endpoint(): ...

    outer.include_router(inner, prefix="/in", tags=["in"], dependencies=[noting("in")])
    app.include_router(outer, prefix="/out", tags=["out"], dependencies=[noting("out")])
    assert TestClient(app).get("/out/outer/in/inner/x").status_code == 200
    assert ran == ["app", "out", "outer", "in", "inner", "own"]
    route = app.router.index.routes[-1]
    assert (route.tags, route.deprecated) == (["out", "outer", "in", "inner", "own"], True)


def test_the_nearest_response_class_counts():
    plain, none = APIRouter(default_response_class=PlainTextResponse), APIRouter()

    @plain.get("/plain")
    @none.get("/none")
    async def endpoint():
        return "x"

    app = Webfoot()
    app.include_router(plain)
    app.include_router(none, default_response_class=PlainTextResponse)
    client = TestClient(app)
    assert client.get("/plain").text == client.get("/none").text == "x"


def test_routes_that_are_added_late_are_found_in_the_place_of_the_inclusion():
    app, router, deep = Webfoot(), APIRouter(), APIRouter()
    app.include_router(router)

    @app.get("/x")
    async def after():
        return "after"

    client = TestClient(app)
    assert client.get("/x").json() == "after"

    @router.get("/x")
    async def late():
        return "late"

    assert client.get("/x").json() == "late"
    router.include_router(deep, prefix="/deep")

    @deep.get("/x")
    async def deeper():
        return "deeper"

    assert client.get("/deep/x").json() == "deeper"
    assert app.url_path_for("deeper") == "/deep/x"


def test_a_router_may_be_included_twice():
    router = APIRouter()
    router.get("/x")(here)
    app = Webfoot()
    app.include_router(router, prefix="/a")
    app.include_router(router, prefix="/b")
    client = TestClient(app)
    assert client.get("/a/x").status_code == client.get("/b/x").status_code == 200


def test_included_routes_are_made_once():
    app, router = Webfoot(), APIRouter()
    router.get("/x")(here)
    app.include_router(router)
    first = app.router.index.routes[-1]
    router.get("/y")(here)
    assert app.router.index.routes[-2] is first
    router.routes.clear()
    assert first not in app.router.index.routes


def test_the_empty_path_is_the_prefix_itself():
    router = APIRouter()
    router.get("")(here)
    assert TestClient(app_of(router, prefix="/ducks")).get("/ducks").status_code == 200
    with pytest.raises(
        PlanError, match=r"^Prefix and path cannot be both empty \(path operation: here\): here \(.*py:"
    ):
        app_of(router)


def test_routes_of_other_kinds_are_included_under_the_prefix():
    async def plain(request):
        return PlainTextResponse(request.url.path)

    inner = Webfoot(openapi_url=None)
    inner.get("/here")(here)
    router = APIRouter(routes=[Route("/plain", plain), Mount("/mounted", inner)])
    client = TestClient(app_of(router, prefix="/in"))
    assert client.get("/in/plain").text == "/in/plain"
    assert client.get("/in/mounted/here").status_code == 200
    assert TestClient(app_of(router)).get("/plain").text == "/plain"


class Other(BaseRoute):
    """Goes by what is left of the path."""

    def matches(self, scope):
        return (Match.FULL if get_route_path(scope) == "/other" else Match.NONE), {}

    async def handle(self, scope, receive, send):
        await PlainTextResponse(f"{scope['root_path']} {scope.get('path_params')}")(scope, receive, send)


def test_a_route_of_an_unknown_kind_sees_what_is_left_of_the_path():
    router = APIRouter(routes=[Other()])
    router.get("/{any}")(here)
    assert TestClient(app_of(router)).get("/other").text == " None"
    client = TestClient(app_of(router, prefix="/in/{org}"))
    assert client.get("/in/o/other").text == "/in/o {'org': 'o'}"
    assert client.get("/in/o/more").status_code == 200  # goes on to the next route
    assert client.get("/other").status_code == 404


@pytest.mark.parametrize(
    ("prefix", "says"), [("ducks", "must start with '/': 'ducks' does not"), ("/ducks/", "must not end with '/'")]
)
def test_a_prefix_has_a_form(prefix, says):
    with pytest.raises(PlanError, match=says):
        APIRouter(prefix=prefix)
    with pytest.raises(PlanError, match=says):
        app_of(APIRouter(), prefix=prefix)


def test_a_router_cannot_include_itself():
    outer, inner = APIRouter(), APIRouter()
    with pytest.raises(InclusionError, match="Cannot include the same APIRouter instance into itself"):
        outer.include_router(outer)
    outer.include_router(inner)
    with pytest.raises(InclusionError, match="Cannot include an APIRouter instance that already includes this router"):
        inner.include_router(outer)
    assert inner.routes == []


@pytest.mark.parametrize(
    ("given", "instead"),
    [
        (Webfoot(), r"an application is mounted: mount\(path, app\)"),
        (Router(), "an application is mounted"),
        (users, "did you mean test_router.router"),
    ],
)
def test_only_routers_are_included(given, instead):
    with pytest.raises(InclusionError, match=f"takes an APIRouter, not .*; {instead}"):
        Webfoot().include_router(given)


def test_a_late_route_is_refused_where_it_is_written():
    app, outer, inner = Webfoot(), APIRouter(), APIRouter()
    app.include_router(outer)
    outer.include_router(inner)
    with pytest.raises(InclusionError, match="both empty"):
        inner.get("")(here)
    with pytest.raises(PlanError, match=r"has no part \{x\}"):

        @inner.get("/")
        def of_nowhere(x: Annotated[int, Path()]): ...

    late = APIRouter(routes=[ApiRoute("", here)])
    with pytest.raises(InclusionError, match="both empty"):
        inner.include_router(late)
    assert inner.routes == outer.routes[0].expand() == []
    assert TestClient(app).get("/").status_code == 404


def test_a_router_says_what_it_was_made_with():
    marker = Depends(len)
    router = APIRouter(prefix="/x", tags=["a"], dependencies=[marker], responses={404: {}})
    assert (router.prefix, router.tags, router.dependencies, router.responses) == ("/x", ["a"], [marker], {404: {}})


def test_a_route_of_the_toolkit():
    app, router = Webfoot(), APIRouter(prefix="/not-for-these")

    @router.route("/plain", methods=["POST"], name="plain")
    async def plain(request: Request) -> Response:
        return Response(await request.body())

    @app.route("/class")
    class Page(HTTPEndpoint):
        async def get(self, request: Request) -> Response:
            return Response("a page")

    app.include_router(router, prefix="/under")
    client = TestClient(app)
    assert client.post("/under/plain", content=b"x").content == b"x"
    assert client.get("/under/plain").status_code == 405
    assert app.url_path_for("plain") == "/under/plain"
    assert client.get("/class").text == "a page"
    assert app.openapi()["paths"] == {}


def test_to_read_what_a_router_says_is_to_say_nothing():
    inner, outer = APIRouter(), APIRouter(strict_content_type=False)
    assert (inner.strict_content_type, inner.include_in_schema, inner.deprecated, inner.tags) == (True, True, None, [])
    inner.get("/x")(here)
    outer.include_router(inner)
    (inclusion,) = outer.routes
    assert inclusion.expand()[0].strict_content_type is False
    assert isinstance(vars(APIRouter)["tags"], type(APIRouter.tags))


def test_a_list_of_dependencies_may_be_given_to_several_routers():
    common = [Depends(here)]
    first, second = APIRouter(dependencies=common), APIRouter(dependencies=tuple(common))
    first.dependencies.append(Depends(len))
    second.dependencies.append(Depends(len))
    assert (len(common), len(first.dependencies), len(second.dependencies)) == (1, 2, 2)
