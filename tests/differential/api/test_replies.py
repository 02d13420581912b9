"""How results become responses: response models, filters, annotations, statuses, response classes."""

import datetime
import decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from tests.differential.api.differences import REFUSED_AT_START_UP
from tests.differential.api.shapes import (
    Aliased,
    Cat,
    Colour,
    Corner,
    Item,
    Loose,
    Movie,
    Names,
    Page,
    Pet,
    Point,
    Rich,
    Secretive,
    Square,
    User,
)
from tests.differential.api.twins import FASTAPI, WEBFOOT, Ask, Twins, get, listed, post


class Defaults(BaseModel):
    a: int = 1
    b: str | None = None
    c: list[int] = []
    d: dict[str, int | None] = {}
    nested: User | None = None


class FromAttributes(BaseModel):
    model_config = {"from_attributes": True}

    a: int


SECRET = Secretive(username="duck", password="quack", full_name="Duck")


def build(lib: Any) -> Any:
    app = lib.FastAPI()

    def route(path: str, result: Any, annotation: Any = None, **options: Any) -> None:
        async def endpoint():
            return result() if callable(result) else result

        def sync_endpoint():
            return result() if callable(result) else result

        if annotation is not None:
            endpoint.__annotations__["return"] = sync_endpoint.__annotations__["return"] = annotation
        app.get(path, **options)(endpoint)
        app.get(f"/sync{path}", **options)(sync_endpoint)

    route("/none", None)
    route("/text", "hello \u00e9 \U0001f986")
    route("/number", 3)
    route("/float", 2.5)
    route("/list", [1, "a", None])
    route("/dict", {"a": 1, 2: "b"})
    route("/bytes", b"abc")
    route("/date", {"at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)})
    route("/decimal", [decimal.Decimal("1.5"), decimal.Decimal("2")])
    route("/enum", [Colour.red])
    route("/set", {1})
    route("/tuple", (1, 2))
    route("/generator", lambda: (n for n in range(3)))
    route("/model", Item(name="duck", price=1))
    route("/models", [Item(name="duck", price=1), {"x": User(username="ab")}])
    route("/dataclass", Point(1))
    route("/nan", float("nan"))
    route("/inf-in-dict", {"x": float("inf")})
    route("/object", lambda: Loose(a=1, b=datetime.date(2020, 1, 1)))
    route("/unencodable", lambda: object())
    route("/bad-bytes", b"\xff")

    route("/filtered", SECRET, response_model=User)
    route("/filtered-annotation", SECRET, User)
    route("/filtered-list", [SECRET, SECRET], list[User])
    route("/filtered-dict", {"username": "duck", "password": "x", "full_name": None}, response_model=User)
    route("/filtered-nested", {"items": [SECRET], "total": 1, "more": 2}, Page[User])
    route("/model-over-annotation", SECRET, Secretive, response_model=User)
    route("/model-switched-off", {"any": 1}, User, response_model=None)
    route("/invalid", {"nothing": 1}, response_model=User)
    route("/invalid-list", [{"username": "a"}, {}], list[User])
    route("/invalid-none", None, User)
    route("/optional", None, User | None)
    route("/union", {"username": "duck"}, Item | User)
    route("/union-model", SECRET, Item | User)
    route("/union-subclass", SECRET, User | Secretive)
    route("/discriminated", [Cat(kind="cat"), {"kind": "dog"}], list[Pet])
    route("/int", "5", int)
    route("/int-invalid", "x", int)
    route("/str", "x", str)
    route("/any", {"a": SECRET}, Any)
    route("/dict-annotation", {"a": 1.5}, dict[str, float])
    route("/dict-of-models", {"a": SECRET}, dict[str, User])
    route("/bare-dict", {"a": SECRET}, dict)
    route("/list-of-int", (1, 2), list[int])
    route("/date-annotation", "2020-01-01", datetime.date)
    route("/constrained", 3, Annotated[int, Field(gt=5)])
    route("/dataclass-annotation", Point(1, 2), Point)
    route("/dataclass-from-dict", {"x": "3"}, Point)
    route("/namedtuple", Corner(1, 2), Corner)
    route("/typeddict", {"title": "a", "more": 1}, Movie)
    route("/root", ["a"], Names)
    route("/rich", {"when": "2020-01-01T00:00:00Z"}, Rich)
    route("/rich-model", Rich(when=datetime.datetime(2020, 1, 1)), Rich)
    route("/computed", Square(side=3), Square)
    route("/computed-from-dict", {"side": 2}, Square)
    route("/aliased", {"itemId": 1, "full-name": "f"}, Aliased)
    route("/aliased-model", Aliased(itemId=1), Aliased)
    route("/aliased-names", Aliased(itemId=1), Aliased, response_model_by_alias=False)
    route("/from-attributes", lambda: Loose(a=1, b=2), FromAttributes)
    route("/attributes-refused", lambda: Loose(username="duck"), User)
    route("/other-model", Item(name="a", price=1), User)

    route("/unset", Defaults(a=1, b=None), Defaults, response_model_exclude_unset=True)
    route("/unset-dict", {"a": 1, "nested": {"username": "ab"}}, Defaults, response_model_exclude_unset=True)
    route("/defaults", Defaults(a=1, c=[1]), Defaults, response_model_exclude_defaults=True)
    route("/nones", Defaults(d={"x": None}, nested=User(username="ab")), Defaults, response_model_exclude_none=True)
    route("/nones-undeclared", {"a": None, "b": Defaults()}, response_model_exclude_none=True)
    route("/include", SECRET, Secretive, response_model_include={"username"})
    route("/include-list", SECRET, Secretive, response_model_include=["username", "full_name"])
    route("/exclude", SECRET, Secretive, response_model_exclude={"password"})
    route("/exclude-in-list", [SECRET], list[Secretive], response_model_exclude={0: {"password"}})
    route("/exclude-all", [SECRET, SECRET], list[Secretive], response_model_exclude={"__all__": {"password"}})
    route("/exclude-nested", Defaults(nested=SECRET), Defaults, response_model_exclude={"nested": {"full_name"}})
    route("/exclude-undeclared", {"a": 1, "b": 2}, response_model_exclude={"a"})

    route("/created", {"a": 1}, status_code=201)
    route("/no-content", None, status_code=204)
    route("/no-content-with-value", {"a": 1}, status_code=204)
    route("/not-modified", None, status_code=304)
    route("/reset", None, status_code=205)
    route("/teapot", "short", status_code=418)

    @app.get("/none-annotation")
    async def none_annotation() -> None:
        return 5

    @app.get("/sync/none-annotation")
    def sync_none_annotation() -> None:
        return 5

    route("/response", lambda: lib.Response("plain", media_type="text/x", status_code=202, headers={"x-a": "1"}))
    route("/response-annotation", lambda: lib.JSONResponse({"a": 1}), lib.Response)
    route("/response-with-model", lambda: lib.JSONResponse({"not": "checked"}), User)
    route("/response-union", {"a": 1}, dict | lib.Response, response_model=None)
    route("/html", "<b>x</b>", response_class=lib.HTMLResponse)
    route("/html-model", "<b>x</b>", str, response_class=lib.HTMLResponse)
    route("/plain", "x", response_class=lib.PlainTextResponse)
    route("/plain-status", "x", response_class=lib.PlainTextResponse, status_code=203)
    route("/redirect", "/elsewhere?q=a b", response_class=lib.RedirectResponse)
    route("/redirect-status", "/elsewhere", response_class=lib.RedirectResponse, status_code=303)
    route("/redirect-returned", lambda: lib.RedirectResponse("/x", status_code=302), lib.RedirectResponse)
    route("/stream", lambda: lib.StreamingResponse(iter([b"a", "b"]), media_type="text/x"))

    class Yaml(lib.Response):
        media_type = "application/x-yaml"

        def render(self, content: Any) -> bytes:
            return f"yaml: {content}".encode()

    class Pretty(lib.JSONResponse):
        def render(self, content: Any) -> bytes:
            return f"pretty {sorted(content)}".encode()

    route("/yaml", {"a": 1}, response_class=Yaml)
    route("/yaml-model", SECRET, User, response_class=Yaml)
    route("/pretty", {"b": 1, "a": 2}, response_class=Pretty)
    route("/pretty-model", SECRET, User, response_class=Pretty)

    @app.get("/injected")
    async def injected(response: lib.Response):
        response.headers["X-Cat-Dog"] = "alone"
        response.headers.append("x-two", "1")
        response.headers.append("x-two", "2")
        response.set_cookie("session", "1", httponly=True)
        response.delete_cookie("old")
        return {"a": 1}

    @app.get("/injected-status/{code}")
    async def injected_status(code: int, response: lib.Response) -> Any:
        response.status_code = code
        return {"a": 1}

    @app.get("/injected-status-of-route", status_code=201)
    def injected_route_status(response: lib.Response, change: bool = False):
        if change:
            response.status_code = 200
        return []

    @app.get("/injected-and-returned")
    async def injected_and_returned(response: lib.Response, tasks: lib.BackgroundTasks):
        response.headers["x-lost"] = "?"
        response.status_code = 202
        tasks.add_task(lambda: None)
        return lib.PlainTextResponse("mine")

    @app.get("/injected-media-type")
    async def injected_media_type(response: lib.Response):
        response.headers["content-type"] = "application/x-mine"
        return {"a": 1}

    @app.get("/injected-model", response_model=User)
    async def injected_model(response: lib.Response):
        response.headers["x-a"] = "b"
        return SECRET

    @app.head("/head-only")
    async def head_only(response: lib.Response):
        response.headers["x-head"] = "1"

    @app.api_route("/both", methods=["GET", "HEAD", "OPTIONS"])
    async def both(request: lib.Request):
        return request.method

    @app.post("/delete-204", status_code=204)
    async def delete(response: lib.Response):
        response.headers["x-deleted"] = "yes"

    app.state.paths = [route.path for route in app.routes if getattr(route, "path", "").startswith("/")]
    return app


twins = Twins(build)
NAMES = listed(
    """
    none text number float list dict bytes date decimal enum set tuple generator model models dataclass nan
    inf-in-dict object unencodable bad-bytes filtered filtered-annotation filtered-list filtered-dict
    filtered-nested model-over-annotation model-switched-off invalid invalid-list invalid-none optional union
    union-model union-subclass discriminated int int-invalid str any dict-annotation dict-of-models bare-dict
    list-of-int date-annotation constrained dataclass-annotation dataclass-from-dict namedtuple typeddict root
    rich rich-model computed computed-from-dict aliased aliased-model aliased-names from-attributes
    attributes-refused other-model unset unset-dict defaults nones nones-undeclared include include-list
    exclude exclude-in-list exclude-all exclude-nested exclude-undeclared created no-content
    no-content-with-value not-modified reset teapot none-annotation response
    response-annotation response-with-model response-union html html-model plain plain-status redirect
    redirect-status redirect-returned stream yaml yaml-model pretty pretty-model
    """
)


@pytest.mark.parametrize("name", NAMES)
def test_same_answer(name: str) -> None:
    twins.compare(get(f"/{name}"), get(f"/sync/{name}"), Ask("HEAD", f"/{name}"))


INJECTED = [
    get("/injected"),
    get("/injected-status/202"),
    get("/injected-status/404"),
    get("/injected-status/204"),
    get("/injected-status-of-route"),
    get("/injected-status-of-route?change=1"),
    get("/injected-and-returned"),
    get("/injected-media-type"),
    get("/injected-model"),
    Ask("HEAD", "/head-only"),
    get("/head-only"),
    get("/both"),
    Ask("HEAD", "/both"),
    Ask("OPTIONS", "/both"),
    post("/delete-204"),
]


@pytest.mark.parametrize("ask", INJECTED, ids=str)
def test_injected_responses(ask: Ask) -> None:
    twins.compare(ask)


def default_class(lib: Any) -> Any:
    app = lib.FastAPI(default_response_class=lib.PlainTextResponse)
    router = lib.APIRouter(default_response_class=lib.HTMLResponse)

    @app.get("/app")
    async def of_app():
        return "app"

    @router.get("/router")
    async def of_router():
        return "router"

    @router.get("/route", response_class=lib.JSONResponse)
    async def of_route():
        return "route"

    app.include_router(router)
    app.include_router(router, prefix="/again", default_response_class=lib.PlainTextResponse)
    return app


@pytest.mark.parametrize("target", ["/app", "/router", "/route", "/again/router", "/again/route"])
def test_default_response_classes(target: str) -> None:
    Twins(default_class).compare(get(target))


def refused_signatures(lib: Any, kind: str) -> None:
    app = lib.FastAPI()

    if kind == "return annotation":

        @app.get("/")
        async def endpoint() -> Loose: ...

    elif kind == "response model":

        @app.get("/", response_model=Loose)
        async def endpoint(): ...

    elif kind == "parameter":

        @app.get("/")
        async def endpoint(value: Loose): ...

    elif kind == "default for a path parameter":

        @app.get("/{value}")
        async def endpoint(value: Annotated[int, lib.Path()] = 3): ...

    elif kind == "model in the query without marker in a list":

        @app.get("/")
        async def endpoint(value: Annotated[list[Item], lib.Query()]): ...

    elif kind == "marker for two places":

        @app.get("/")
        async def endpoint(value: Annotated[int, lib.Query(default=3)]): ...

    elif kind == "body with status 204":

        @app.get("/", status_code=204, response_model=User)
        async def endpoint(): ...

    elif kind == "prefix without slash":
        lib.APIRouter(prefix="no-slash")
    elif kind == "prefix with a slash at its end":
        lib.APIRouter(prefix="/slash/")
    elif kind == "empty path and prefix":
        router = lib.APIRouter()

        @router.get("")
        async def endpoint(): ...

        app.include_router(router)
    elif kind == "json and form":

        @app.post("/")
        async def endpoint(item: Item, name: Annotated[str, lib.Form()]): ...

    elif kind == "path without slash":

        @app.get("no-slash")
        async def endpoint(): ...

    elif kind == "path parameter that the path has not":

        @app.get("/{item-id}")  # a hyphen makes it a literal
        async def endpoint(value: Annotated[int, lib.Path(alias="item-id")]): ...

    elif kind == "path converter and query marker":

        @app.get("/{value}")
        async def endpoint(value: Annotated[int, lib.Query()]): ...

    elif kind == "depends twice":

        @app.get("/")
        async def endpoint(value: Annotated[int, lib.Depends(lambda: 1)] = lib.Depends(lambda: 2)): ...


@pytest.mark.parametrize(
    "kind",
    [
        "return annotation",
        "response model",
        "parameter",
        "default for a path parameter",
        "model in the query without marker in a list",
        "marker for two places",
        "body with status 204",
        "prefix without slash",
        "prefix with a slash at its end",
        "empty path and prefix",
        "json and form",
        "path without slash",
        "path converter and query marker",
        "path parameter that the path has not",
        "depends twice",
    ],
)
def test_the_same_signatures_are_refused_at_start_up(kind: str) -> None:
    outcomes = []
    for lib in (FASTAPI, WEBFOOT):
        try:
            refused_signatures(lib, kind)
        except Exception:
            outcomes.append("refused")
        else:
            outcomes.append("accepted")
    if kind in REFUSED_AT_START_UP:
        assert outcomes == ["accepted", "refused"]
    else:
        assert outcomes[1] == outcomes[0], "ours, then theirs"
