import copy
from typing import Annotated

import pytest

from webfoot import APIRouter, Body, Depends, Path, Request, Webfoot
from webfoot.api.errors import PlanError, RequestValidationError
from webfoot.api.route import ApiRoute
from webfoot.testing import TestClient
from webfoot.web.responses import HTMLResponse, JSONResponse


def read_duck(id: int):
    """A duck.

    More of it.
    \fNot for clients.
    """
    return id


def test_options_are_readable():
    route = ApiRoute("/ducks/{id}", read_duck, methods=["get"], status_code=201, tags=["a"], response_model=int)
    assert route.path == route.path_format == "/ducks/{id}"
    assert route.methods == {"GET"}
    assert (route.name, route.status_code, route.tags, route.response_model) == ("read_duck", 201, ["a"], int)
    assert route.description == "A duck.\n\nMore of it."
    assert route.response_description == "Successful Response"
    assert route.unique_id == "read_duck_ducks__id__get"
    assert (route.summary, route.operation_id, route.deprecated, route.include_in_schema) == (None, None, None, True)


@pytest.mark.parametrize(
    ("declare", "sentence"),
    [
        (lambda: Webfoot().get("/", respones_model=int)(read_duck), "ApiRoute.*'respones_model'; did you mean 'respon"),
        (lambda: APIRouter().post("/", method=["GET"])(read_duck), "'method'; did you mean 'methods'"),
        (lambda: Webfoot().add_api_route("/", read_duck, zzz=1), "unexpected keyword argument 'zzz'$"),
        (lambda: Webfoot(titel="ducks"), "Webfoot.*'titel'; did you mean 'title'"),
        (lambda: APIRouter(prefixx="/"), "APIRouter.*'prefixx'; did you mean 'prefix'"),
        (lambda: Webfoot().include_router(APIRouter(), tag=["a"]), "include_router.*'tag'; did you mean 'tags'"),
    ],
)
def test_an_option_that_there_is_not_is_refused_at_once(declare, sentence):
    with pytest.raises(TypeError, match=sentence):
        declare()


def test_methods_are_no_text():
    with pytest.raises(TypeError, match=r"a list such as \['GET'\]"):
        ApiRoute("/", read_duck, methods="GET")


def test_the_return_annotation_is_the_response_model():
    def endpoint() -> int: ...

    assert ApiRoute("/", endpoint).response_model is int


def test_an_id_may_be_given_or_made():
    assert ApiRoute("/", read_duck, operation_id="x").unique_id == "x"
    assert ApiRoute("/", read_duck, generate_unique_id_function=lambda route: route.name).unique_id == "read_duck"


def test_a_mistake_is_told_when_the_route_is_declared():
    router = APIRouter()
    with pytest.raises(PlanError, match=r"wrong \(.*test_route.py:\d+\): parameter 'a'"):

        @router.get("/")
        def wrong(a: Annotated[int, Depends(3)]): ...


def test_a_part_of_the_path_that_is_not_there_is_told_by_the_application():
    def endpoint(id: Annotated[int, Path()]): ...

    router = APIRouter()
    router.get("/ducks")(endpoint)  # the prefix may bring it
    Webfoot().include_router(router, prefix="/{id}")
    with pytest.raises(PlanError, match=r"'id' comes from the path, but '/ducks' has no part \{id\}"):
        Webfoot().include_router(router)


def test_a_path_in_an_application_begins_with_a_slash():
    with pytest.raises(PlanError, match="its path 'ducks' has to begin with '/'"):
        Webfoot().get("ducks")(read_duck)


def test_outside_of_an_application_a_path_may_be_anything():
    route = ApiRoute("{$callback_url}/{id}", read_duck)
    assert (route.path, route.path_format) == ("{$callback_url}/{id}", "{$callback_url}/{id}")


def stand_in():
    return "stand-in"


def original(q: int):
    return "original"


def app_with_overrides():
    app = Webfoot()

    @app.get("/")
    async def home(a: Annotated[str, Depends(original)]):
        return a

    return app, TestClient(app), app.routes[-1]


def test_overrides_count_as_long_as_they_are_there():
    app, client, _ = app_with_overrides()
    assert client.get("/?q=1").json() == "original"
    app.dependency_overrides[original] = stand_in
    assert client.get("/").json() == "stand-in"
    app.dependency_overrides = {original: lambda: "another"}
    assert client.get("/").json() == "another"
    app.dependency_overrides.clear()
    assert client.get("/").status_code == 422


def test_overrides_of_others_change_nothing_and_are_looked_at_once():
    app, client, route = app_with_overrides()
    app.dependency_overrides[stand_in] = len
    client.get("/?q=1")
    assert route._obeyed is route.plan
    replanned = []
    route._serve_anew = replanned.append
    client.get("/?q=1")
    assert replanned == []


def test_overrides_concern_included_routers_too():
    app, router = Webfoot(), APIRouter()

    @router.get("/")
    async def home(a: Annotated[str, Depends(original)]):
        return a

    app.include_router(router, prefix="/in")
    app.dependency_overrides[original] = stand_in
    assert TestClient(app).get("/in/").json() == "stand-in"


class Shouting(Request):
    async def body(self):
        return (await super().body()).upper()


class ShoutingRoute(ApiRoute):
    def get_route_handler(self):
        answer = super().get_route_handler()

        async def handler(request):
            try:
                response = await answer(Shouting(request.scope, request.receive))
            except RequestValidationError as error:
                return JSONResponse({"refused": len(error.errors())}, status_code=400)
            response.headers["x-shouting"] = "yes"
            return response

        return handler


def test_a_route_class_may_put_a_handler_around():
    log = []

    async def opened():
        yield
        log.append("left")

    app, router = Webfoot(), APIRouter(route_class=ShoutingRoute)

    @router.post("/")
    async def home(name: Annotated[str, Body()], a=Depends(opened)):
        log.append("called")
        return name

    app.include_router(router, prefix="/in")
    client = TestClient(app)
    response = client.post("/in/", json="quack")
    assert (response.json(), response.headers["x-shouting"], log) == ("QUACK", "yes", ["called", "left"])
    assert client.post("/in/").json() == {"refused": 1}


def test_below_another_router_a_route_shares_its_plan_where_nothing_differs():
    route = ApiRoute("/ducks/{id}", read_duck, tags=["b"])
    below = route.below("/in", {"tags": ["a"]}, None)
    assert (below.path, below.tags, below.unique_id) == ("/in/ducks/{id}", ["a", "b"], "read_duck_in_ducks__id__get")
    assert below.plan is route.plan
    assert (route.path, route.tags) == ("/ducks/{id}", ["b"])


@pytest.mark.parametrize(
    ("prefix", "shared"),
    [
        ("/{more}", {}),
        ("", {"dependencies": [Depends(stand_in)]}),
        ("", {"default_response_class": HTMLResponse}),
        ("", {"strict_content_type": False}),
    ],
)
def test_and_gets_a_new_one_where_something_does(prefix, shared):
    route = ApiRoute("/ducks/{id}", read_duck)
    assert route.below(prefix, shared, None).plan is not route.plan


def test_a_value_may_come_from_a_part_of_the_prefix():
    route = ApiRoute("/ducks", read_duck)
    assert route.plan.endpoint.plan.fields[0].place == "query"
    assert route.below("/{id}", {}, None).plan.endpoint.plan.fields[0].place == "path"


def test_a_subclass_keeps_what_it_is_below_another_router():
    class Named(ApiRoute):
        def __init__(self, *args, nick="none", **options):
            super().__init__(*args, **options)
            self.nick = nick

    below = Named("/", stand_in, nick="x").below("/in", {}, None)
    assert (type(below), below.nick) == (Named, "x")
    assert copy.copy(below).path == "/in/"
