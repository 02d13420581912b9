"""Classes whose methods are path operations."""

import asyncio
import functools
from dataclasses import dataclass
from typing import Annotated, ClassVar

import pytest

from webfoot import APIRouter, Depends, Header, Query, Request, Webfoot, WebSocket, views
from webfoot.api.errors import PlanError
from webfoot.testing import TestClient
from webfoot.web.middleware import Middleware

made: list[object] = []


def db():
    made.append("open")
    yield {"name": "db"}
    made.append("close")


class Base(views.View):
    db: Annotated[dict, Depends(db)]
    page: int = Query(3, ge=1)
    table: ClassVar[str] = "birds"
    size = 10

    @views.get("/", tags=["all"])
    async def index(self, q: str = "") -> dict:
        """All there are."""
        return {"db": self.db, "page": self.page, "q": q, "size": self.size, "table": self.table}

    @views.get("/{number}")
    def one(self, number: int):
        return number

    @views.get("/static/name")
    @staticmethod
    def static(q: str = "none"):
        return q

    @views.get("/class/name")
    @classmethod
    async def of_class(cls):
        return cls.__name__

    @views.delete("/")
    async def clear(self): ...


class Ducks(Base):
    tenant: str = Header("nobody")
    table = "ducks"
    clear = None

    def one(self, number: int, times: int = 2):
        return [super().one(number) * times, self.tenant]

    @views.post("/", status_code=201)
    @views.put("/")
    async def create(self, request: Request):
        return [request.method, type(self).__name__]

    @views.websocket("/ws/{room}")
    async def talk(self, websocket: WebSocket, room: str):
        await websocket.accept()
        await websocket.send_json([room, self.tenant, self.page])
        await websocket.close()


@pytest.fixture
def client():
    made.clear()
    app, router = Webfoot(), APIRouter(prefix="/api")
    router.include_view(Ducks, prefix="/ducks", tags=["ducks"])
    app.include_router(router)
    return TestClient(app)


def test_a_method_is_a_path_operation(client):
    expected = {"db": {"name": "db"}, "page": 3, "q": "x", "size": 10, "table": "ducks"}
    assert client.get("/api/ducks/?q=x").json() == expected
    assert made == ["open", "close"]


def test_what_the_methods_share_is_validated(client):
    assert client.get("/api/ducks/7?page=0").json()["detail"][0]["loc"] == ["query", "page"]
    assert client.get("/api/ducks/x?page=0").json()["detail"][1]["loc"] == ["path", "number"]


def test_a_method_written_again_keeps_its_route_and_may_call_the_one_before(client):
    assert client.get("/api/ducks/7?times=3", headers={"tenant": "pond"}).json() == [21, "pond"]


def test_one_that_is_none_is_taken_away(client):
    assert client.delete("/api/ducks/").status_code == 405


def test_static_and_class_methods(client):
    assert client.get("/api/ducks/static/name?q=y").json() == "y"
    assert client.get("/api/ducks/class/name").json() == "Ducks"
    assert made == []


def test_two_decorators_are_two_operations(client):
    created, put = client.post("/api/ducks/"), client.put("/api/ducks/")
    assert (created.status_code, created.json()) == (201, ["POST", "Ducks"])
    assert (put.status_code, put.json()) == (200, ["PUT", "Ducks"])


def test_websockets(client):
    with client.websocket_connect("/api/ducks/ws/4?page=9", headers={"tenant": "pond"}) as socket:
        assert socket.receive_json() == ["4", "pond", 9]


def test_the_document_has_an_operation_for_each(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert list(paths) == ["/api/ducks/", "/api/ducks/{number}", "/api/ducks/static/name", "/api/ducks/class/name"]
    index = paths["/api/ducks/"]["get"]
    assert (index["summary"], index["description"]) == ("Index", "All there are.")
    assert (index["operationId"], index["tags"]) == ("index_api_ducks__get", ["ducks", "all"])
    assert [one["name"] for one in index["parameters"]] == ["q", "page", "tenant"]
    assert index["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "object"


def test_the_instance_is_one_step_that_needs_no_thread():
    app = Webfoot()
    app.include_view(Ducks)
    plan = next(route.plan for route in app.router.index.routes if getattr(route, "name", "") == "index")
    assert [(step.plan.origin.name, step.plan.kind) for step in plan.steps] == [
        ("db", "generator"),
        ("Ducks", "inline"),
    ]
    assert plan.endpoint.plan.kind == "async"
    assert plan.endpoint.plan.origin.name == "Ducks.index"


def test_a_constructor_of_ones_own():
    app = Webfoot()

    @app.view("/own")
    class Own:
        def __init__(self, q: str, db: Annotated[dict, Depends(db)]):
            self.q, self.db = q, db

        @views.get("")
        async def show(this):
            return [this.q, this.db]

    client = TestClient(app)
    assert client.get("/own?q=1").json() == ["1", {"name": "db"}]
    assert client.get("/own").status_code == 422


def test_a_dataclass():
    app = Webfoot()

    @app.view("/pond")
    @dataclass
    class Pond:
        size: int = 3

        @views.get("")
        def show(self):
            return self.size

    assert TestClient(app).get("/pond?size=4").json() == 4


def test_decorated_methods():
    def twice(method):
        @functools.wraps(method)
        async def inner(*args, **kwargs):
            return 2 * await method(*args, **kwargs)

        return inner

    app = Webfoot()

    @app.view()
    class Pond(views.View):
        @views.get("/{number}")
        @twice
        async def show(self, number: int):
            return number

    assert TestClient(app).get("/4").json() == 8


def test_a_class_serves_at_several_places_and_its_subclass_at_another():
    app = Webfoot()
    app.include_view(Base, prefix="/a")
    app.include_view(Base, prefix="/b")
    app.include_view(Ducks, prefix="/c")
    client = TestClient(app)
    assert [client.get(f"/{place}/").json()["table"] for place in "abc"] == ["birds", "birds", "ducks"]
    assert [client.delete(f"/{place}/").status_code for place in "abc"] == [200, 200, 405]


def test_options_of_the_inclusion_and_of_the_method():
    entered = []

    class Told:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            entered.append(self.name)
            await self.app(scope, receive, send)

    app = Webfoot()

    @app.view("/x", dependencies=[Depends(lambda: entered.append("dependency"))], middleware=[Middleware(Told, "view")])
    class Pond(views.View):
        @views.get("", middleware=[Middleware(Told, "method")])
        async def show(self): ...

    TestClient(app).get("/x")
    assert entered == ["view", "method", "dependency"]


def test_overrides_and_resolve():
    app = Webfoot()
    app.include_view(Ducks)
    app.dependency_overrides[db] = lambda: "fake"
    assert TestClient(app).get("/").json()["db"] == "fake"
    app.dependency_overrides[Ducks] = lambda: Ducks(db="instance")
    assert TestClient(app).get("/").json()["db"] == "instance"

    async def main():
        async with app.resolve(Base) as view:
            return await view.index()

    assert asyncio.run(main())["db"] == "fake"


def test_a_test_makes_an_instance_by_itself():
    ducks = Ducks(db="fake", tenant="me")
    assert (ducks.db, ducks.tenant, ducks.page) == ("fake", "me", 3)
    assert asyncio.run(ducks.index("q"))["db"] == "fake"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "missing the keyword argument 'db'"),
        ({"db": 1, "pge": 2, "tenant": ""}, "unexpected keyword argument 'pge'"),
    ],
    ids=["missing", "unknown"],
)
def test_as_any_constructor_it_refuses_what_does_not_fit(values, said):
    with pytest.raises(TypeError, match=rf"Ducks\(\).*{said}"):
        Ducks(**values)


class Nothing(views.View):
    x: int = 0


class WithoutSelf(views.View):
    @views.get("/")
    def show(): ...


class Unknown(views.View):
    x: "NotThere"  # noqa: F821

    @views.get("/")
    def show(self): ...


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (Nothing, r"Nothing \(.*test_views.py:\d+\): has no operations.*views.get"),
        (WithoutSelf, "takes its instance, `?self`?, as the first parameter"),
        (Unknown, r"Unknown \(.*'NotThere' is not defined.*importable"),
        (Ducks.index, "a view is a class"),
    ],
    ids=["nothing", "self", "unknown", "function"],
)
def test_what_is_no_view_is_refused(view, said):
    with pytest.raises(PlanError, match=said):
        Webfoot().include_view(view)


def test_what_cannot_be_marked_or_said():
    with pytest.raises(PlanError, match="only a function in the body of a class"):
        views.get("/")(Ducks)
    with pytest.raises(TypeError, match="unexpected keyword argument 'tgas'; did you mean 'tags'"):
        views.get("/", tgas=[])
