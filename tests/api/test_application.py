import ast
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel

import webfoot
from webfoot import APIRouter, Depends, Header, Request, Webfoot
from webfoot.api.errors import PlanError
from webfoot.testing import TestClient
from webfoot.web.responses import PlainTextResponse


class Duck(BaseModel):
    name: str


async def limit(limit: int = 10):
    return limit


async def token(x_token: Annotated[str, Header()]):
    return x_token


def test_a_typed_request_all_the_way():
    app = Webfoot()

    @app.post("/ponds/{pond}/ducks", status_code=201)
    async def create(
        pond: int, q: str, duck: Duck, limit: Annotated[int, Depends(limit)], token: Annotated[str, Depends(token)]
    ) -> dict[str, int | str | Duck]:
        return {"pond": pond, "q": q, "duck": duck, "limit": limit, "token": token}

    client = TestClient(app)
    response = client.post("/ponds/7/ducks?q=a&limit=3", json={"name": "Donald"}, headers={"x-token": "t"})
    assert response.status_code == 201
    assert response.json() == {"pond": 7, "q": "a", "duck": {"name": "Donald"}, "limit": 3, "token": "t"}
    refused = client.post("/ponds/x/ducks?limit=y", json={})
    assert [error["loc"] for error in refused.json()["detail"]] == [
        ["query", "limit"],
        ["header", "x-token"],
        ["path", "pond"],
        ["query", "q"],
        ["body", "name"],
    ]


def test_the_document_is_made_once_and_may_be_replaced():
    app = Webfoot(title="Ducks", version="3", summary="S")
    assert app.openapi() is app.openapi()
    assert app.openapi()["info"] == {"title": "Ducks", "summary": "S", "version": "3"}
    app.openapi = lambda: {"mine": True}
    assert TestClient(app).get("/openapi.json").json() == {"mine": True}


@pytest.mark.parametrize("options", [{"openapi_url": None}, {"docs_url": None}])
def test_the_document_and_its_page_can_be_left_out(options):
    client = TestClient(Webfoot(**options))
    assert client.get("/docs").status_code == 404
    assert (client.get("/openapi.json").status_code == 404) is ("openapi_url" in options)


def test_the_root_path_is_that_of_the_application():
    app = Webfoot(root_path="/api/")

    @app.get("/x")
    async def x(request: Request):
        return request.scope["root_path"]

    assert TestClient(app).get("/x").json() == "/api"
    assert TestClient(app).get("/api/x").json() == "/api"


def test_start_and_stop():
    log = []

    @asynccontextmanager
    async def lifespan(app):
        log.append("lifespan in")
        yield {"a": 1, "b": 1}
        log.append("lifespan out")

    @asynccontextmanager
    async def inner_lifespan(app):
        log.append("inner in")
        yield {"b": 2, "c": 2}
        log.append("inner out")

    async def started():
        log.append("started")

    inner = APIRouter(lifespan=inner_lifespan, on_startup=[lambda: log.append("inner started")])
    app = Webfoot(lifespan=lifespan, on_startup=[started], on_shutdown=[lambda: log.append("stopped")])
    app.include_router(inner)

    @app.on_event("startup")
    def also():
        log.append("also")

    @app.get("/")
    async def home(request: Request):
        return [request.state.a, request.state.b, request.state.c]

    with TestClient(app) as client:
        assert client.get("/").json() == [1, 1, 2]
    assert log == [
        *("lifespan in", "started", "also", "inner in", "inner started"),
        *("inner out", "stopped", "lifespan out"),
    ]


def test_there_are_only_two_events():
    with pytest.raises(PlanError, match="no event 'shut'"):
        Webfoot().add_event_handler("shut", print)


def test_middleware_and_handlers_are_those_of_the_toolkit():
    app = Webfoot(exception_handlers={KeyError: lambda request, exc: PlainTextResponse("handled", status_code=409)})

    @app.middleware("http")
    async def adds_header(request, call_next):
        response = await call_next(request)
        response.headers["x-seen"] = "yes"
        return response

    @app.get("/")
    async def home():
        raise KeyError

    response = TestClient(app).get("/")
    assert (response.status_code, response.text, response.headers["x-seen"]) == (409, "handled", "yes")


def test_webhooks_are_described_and_not_served():
    app = Webfoot()

    @app.webhooks.post("new-duck")
    async def new_duck(duck: Duck): ...

    assert "new-duck" in app.openapi()["webhooks"]


@pytest.mark.parametrize("name", webfoot.__all__)
def test_each_public_name_loads(name):
    assert getattr(webfoot, name) is not None
    assert name in dir(webfoot)


def test_type_checkers_see_the_names_that_load():
    stub = ast.parse(Path(webfoot.__file__).with_suffix(".pyi").read_text())
    seen = {name.asname for node in stub.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert seen == set(webfoot._HOMES)
    assert {*seen, "__version__"} == set(webfoot.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'webfoot' has no attribute 'Duck'"):
        webfoot.Duck


def test_importing_webfoot_alone_loads_nothing():
    program = "import sys, webfoot; print([n for n in sys.modules if n.startswith(('pydantic', 'webfoot.'))])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
