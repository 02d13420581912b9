"""Ways to write a signature: string annotations, aliases, nested Annotated, partials, callables of every kind."""

# ruff: noqa: E501, UP007, UP045  (a table of requests reads better with one case a line; old spellings are the point)

import functools
import http
import sys
import types
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NewType, Optional, TypeAlias, TypeVar, Union

import pytest
from pydantic import AfterValidator, BaseModel, Field, PositiveInt, StringConstraints
from tests.differential.api.shapes import Colour, Filter, Item, Login, Point, User
from tests.differential.api.twins import Ask, Twins, get, post

UserId = NewType("UserId", int)
Number: TypeAlias = int | float
Short = Annotated[str, StringConstraints(max_length=3, to_lower=True)]
T = TypeVar("T")

# Written as a module of its own: with postponed annotations every type is a string that is resolved where it stands.
POSTPONED = """
from __future__ import annotations

from typing import Annotated, Optional

from pydantic import BaseModel

app = lib.FastAPI()
Q = Annotated[int, lib.Query(gt=2)]


class Later(BaseModel):
    name: str
    child: Optional[Later] = None


def dependency(q: Q, name: str = "x") -> str:
    return f"{name}{q}"


Dependency = Annotated[str, lib.Depends(dependency)]


@app.get("/query/{p}")
async def query(p: int, q: Q, d: Dependency, o: Optional[int] = None, u: int | None = None, x_h: str = lib.Header("h")) -> list:
    return [p, q, d, o, u, x_h]


@app.post("/body")
async def body(later: Later, request: lib.Request, tasks: lib.BackgroundTasks) -> Later:
    return later


@app.post("/upload")
async def upload(file: lib.UploadFile, token: Annotated[str, lib.Form()]) -> dict[str, str]:
    return {"name": file.filename, "token": token}


@app.get("/model")
async def model() -> Later:
    return {"name": "a", "child": {"name": "b", "more": 1}}
"""


def postponed(lib: Any) -> Any:
    module = types.ModuleType("postponed")
    module.__dict__["lib"] = lib
    sys.modules["postponed"] = module  # where pydantic looks the names up
    exec(compile(POSTPONED, "postponed.py", "exec"), module.__dict__)
    return module.app


POSTPONED_ASKS = [
    get("/query/1?q=3"),
    get("/query/x?q=1&o=y&u=z"),
    get("/query/1?q=3&name=n&o=1&u=2", x_h="v"),
    post("/body", {"name": "a", "child": {"name": "b"}}),
    post("/body", {"child": {}}),
    post("/upload", parts=[("file", "f", None, b"x"), ("token", None, None, b"t")]),
    post("/upload"),
    get("/model"),
]
postponed_twins = Twins(postponed)


@pytest.mark.parametrize("ask", POSTPONED_ASKS, ids=str)
def test_postponed_annotations(ask: Ask) -> None:
    postponed_twins.compare(ask)


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    Query, Body, Depends, Header = lib.Query, lib.Body, lib.Depends, lib.Header

    @app.get("/new-type/{user_id}")
    async def new_type(user_id: UserId, other: UserId = UserId(3)):
        return [user_id, other]

    @app.get("/alias")
    async def alias(n: Number, m: Optional[Number] = None, o: Union[int, None] = None):
        return [n, m, o]

    @app.get("/positive")
    async def positive(n: PositiveInt = 1, s: Short = "abc"):
        return [n, s]

    @app.get("/nested-annotated")
    async def nested(
        n: Annotated[Annotated[int, Query(gt=1)], Field(lt=5)], s: Annotated[Short, Query(alias="S")] = "x"
    ):
        return [n, s]

    @app.get("/two-markers")
    async def two_markers(n: Annotated[int, Query(gt=1), Query(gt=3)] = 5):
        return n

    @app.get("/keyword-only/{p}")
    async def keyword_only(*, q: int, p: str, d: Annotated[Any, Depends(lambda: 1)]):
        return [p, q, d]

    @app.get("/positional-only/{p}")
    async def path_without_marker(p: Annotated[int, "just a remark"], q: Annotated[str, "another"] = "x"):
        return [p, q]

    @app.get("/many-annotated")
    async def many(q: Annotated[list[Short], Query()] = []):
        return q

    @app.get("/optional-list")
    async def optional_list(q: Annotated[Optional[list[int]], Query(max_length=2)] = None):
        return q

    @app.get("/list-of-optional")
    async def list_of_optional(q: Annotated[list[int | None], Query()] = []):
        return q

    @app.get("/validated")
    async def validated(q: Annotated[int, AfterValidator(lambda n: n * 2), Query(le=5)]):
        return q

    @app.get("/strict")
    async def strict(q: Annotated[int, Query(strict=True)] = 1, s: Annotated[str, Query(strict=True)] = "x"):
        return [q, s]

    @app.get("/default-factory")
    async def factory(q: Annotated[str, Query(default_factory=lambda: "made")]):
        return q

    @app.get("/validated-default")
    async def validated_default(q: Annotated[int, Query(validate_default=True)] = "5"):
        return q

    @app.get("/invalid-default")
    async def invalid_default(q: Annotated[int, Query(gt=3)] = 1):
        return q

    async def three(a: int, b: int = 2, *, c: int = 3):
        return [a, b, c]

    app.get("/partial")(functools.partial(three, b=5))

    class Endpoint:
        async def __call__(self, q: int = 1):
            return {"q": q}

        def method(self, r: int = 2):
            return {"r": r}

        @classmethod
        def of_class(cls, s: int = 3):
            return {"s": s, "name": cls.__name__}

        @staticmethod
        async def static(t: int = 4):
            return {"t": t}

    instance = Endpoint()
    app.get("/instance")(instance)
    app.get("/method")(instance.method)
    app.get("/class-method")(Endpoint.of_class)
    app.get("/static")(Endpoint.static)

    def decorated(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(*args: Any, **kwargs: Any) -> Any:
            return {"wrapped": await function(*args, **kwargs)}

        return wrapper

    @app.get("/decorated/{p}")
    @decorated
    async def wrapped(p: int, q: str = "q"):
        return [p, q]

    class Callable:
        def __call__(self, q: int = 7):
            return q

    class AsyncCallable:
        async def __call__(self, q: int = 8):
            return q

    class GeneratorCallable:
        async def __call__(self, q: int = 9):
            yield q

    class Generic_(Generic[T]):
        def __init__(self, q: int = 10):
            self.q = q

    @dataclass
    class Spot:
        x: int
        y: int = 0

    class Params(BaseModel):
        a: int = 1
        b: str = Field("x", max_length=2)

    @app.get("/dependables")
    async def dependables(
        a: Annotated[Any, Depends(Callable())],
        b: Annotated[Any, Depends(AsyncCallable())],
        c: Annotated[Any, Depends(GeneratorCallable())],
        d: Annotated[Generic_, Depends()],
        e: Annotated[Any, Depends(functools.partial(three, 1, c=4))],
        f: Annotated[Any, Depends(decorated(three))],
        g: Annotated[Params, Depends()],
        h: Annotated[Spot, Depends()],
    ):
        return [a, b, c, d.q, e, f, g, h]

    def filtered(f: Annotated[Filter, Query()]):
        return f

    @app.get("/model-in-dependency")
    async def model_in_dependency(f: Annotated[Filter, Depends(filtered)], limit: int = 3):
        return [f, limit]

    def logged_in(login: Annotated[Login, lib.Form()]):
        return login

    @app.post("/form-in-dependency")
    async def form_in_dependency(login: Annotated[Login, Depends(logged_in)], extra: Annotated[int, lib.Form()] = 1):
        return [login, extra]

    @app.post("/bytes-body")
    async def bytes_body(raw: Annotated[bytes, Body()]):
        return raw.decode()

    @app.post("/text-body")
    async def text_body(text: Annotated[str, Body(media_type="text/plain")]):
        return text

    @app.post("/dataclass")
    async def of_dataclass(point: Point, labels: Annotated[list[str], Body()] = []):
        return [point, labels]

    @app.post("/optional-union")
    async def optional_union(value: Item | User | None = None):
        return value

    @app.post("/tuple")
    async def pair(value: tuple[int, Item]):
        return value

    @app.post("/set")
    async def distinct(value: set[Colour]):
        return sorted(value)

    @app.post("/created", status_code=http.HTTPStatus.CREATED)
    async def created():
        return "created"

    @app.get("/no-annotations/{a}")
    def bare(a, b, c=1, d=None):
        return [a, b, c, d]

    @app.get("/request-by-name")
    async def by_name(request: lib.Request, response: lib.Response):
        request.state.seen = 1
        return [request.method, request.state.seen, request.query_params.get("q")]

    @app.get("/same-name-twice")
    async def same_name(q: Annotated[int, Query()], h: Annotated[int, Header(alias="q")]):
        return [q, h]

    @app.get("/path-default/{p}")
    async def path_default(p: int = 5):
        return p

    return app


ITEM = {"name": "duck", "price": 1}
ASKS = [
    *(
        get(target)
        for target in (
            "/new-type/3", "/new-type/x?other=y", "/alias?n=1", "/alias?n=1.5&m=2&o=3", "/alias?n=x&m=y&o=z", "/positive", "/positive?n=0&s=ABCD", "/positive?s=AB",
            "/nested-annotated?n=3", "/nested-annotated?n=1", "/nested-annotated?n=9&S=toolong", "/two-markers", "/two-markers?n=2", "/two-markers?n=3", "/two-markers?n=4",
            "/keyword-only/a?q=1", "/keyword-only/a", "/positional-only/1", "/positional-only/x?q=1", "/many-annotated?q=AB&q=toolong", "/many-annotated",
            "/optional-list", "/optional-list?q=1&q=2&q=3", "/list-of-optional?q=1&q=", "/list-of-optional?q=x", "/validated?q=2", "/validated?q=3", "/validated?q=6", "/validated",
            "/strict?q=1", "/strict?s=1", "/default-factory", "/default-factory?q=x", "/validated-default", "/validated-default?q=1", "/invalid-default", "/invalid-default?q=1",
            "/partial?a=1", "/partial", "/partial?a=1&b=2&c=4", "/instance", "/instance?q=x", "/method?r=5", "/class-method?s=5", "/static?t=x", "/decorated/1", "/decorated/x?q=1",
            "/dependables?x=1", "/dependables?q=5&a=1&x=2", "/dependables?q=y&a=z&b=toolong&x=w", "/dependables", "/model-in-dependency", "/model-in-dependency?limit=5&tags=a",
            "/model-in-dependency?limit=0&order_by=x", "/no-annotations/1?b=2", "/no-annotations/1", "/request-by-name?q=1", "/same-name-twice?q=1", "/path-default/3", "/path-default/x",
        )
    ),
    get("/same-name-twice?q=1", q="2"),
    get("/same-name-twice?q=x", q="y"),
    post("/form-in-dependency", form={"username": "u", "password": "secret", "extra": "3"}),
    post("/form-in-dependency", form={}),
    post("/bytes-body", body=b"raw \xc3\xa9", headers={"content-type": "application/octet-stream"}),
    post("/bytes-body", body=b"raw"),
    post("/bytes-body", {"a": 1}),
    post("/bytes-body", "text"),
    post("/text-body", body=b"plain", headers={"content-type": "text/plain"}),
    post("/text-body", "json"),
    post("/text-body"),
    post("/dataclass", {"point": {"x": 1}, "labels": ["a"]}),
    post("/dataclass", {"point": {"y": "z"}, "labels": 3}),
    post("/optional-union", ITEM),
    post("/optional-union", {"username": "ab"}),
    post("/optional-union", {}),
    post("/optional-union"),
    post("/tuple", [1, ITEM]),
    post("/tuple", [1]),
    post("/set", ["red", "red"]),
    post("/set", ["red", "pink"]),
    post("/created"),
]  # fmt: skip
twins = Twins(build)


@pytest.mark.parametrize("ask", ASKS, ids=str)
def test_same_answer(ask: Ask) -> None:
    twins.compare(ask)


def security(lib: Any) -> Any:
    app = lib.FastAPI()

    async def scopes(needed: lib.SecurityScopes, q: int = 0):
        return needed.scopes, needed.scope_str

    async def user(found: Annotated[Any, lib.Security(scopes, scopes=["user"])], needed: lib.SecurityScopes):
        return [found, needed.scopes]

    @app.get("/scopes")
    async def direct(
        found: Annotated[Any, lib.Security(scopes, scopes=["a", "b"])], plain: Annotated[Any, lib.Depends(scopes)]
    ):
        return [found, plain]

    @app.get("/nested")
    async def nested(
        first: Annotated[Any, lib.Security(user, scopes=["items", "user"])],
        second: Annotated[Any, lib.Security(user, scopes=["other"])],
        third: Annotated[Any, lib.Depends(user)],
    ):
        return [first, second, third]

    router = lib.APIRouter(dependencies=[lib.Security(user, scopes=["router"])])

    @router.get("/router")
    async def routed(found: Annotated[Any, lib.Security(scopes, scopes=["own"])]):
        return found

    app.include_router(router)
    return app


@pytest.mark.parametrize("target", ["/scopes", "/nested", "/nested?q=x", "/router", "/router?q=x"])
def test_security_scopes(target: str) -> None:
    Twins(security).compare(get(target))


def route_classes(lib: Any) -> Any:
    class Timed(lib.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                try:
                    response = await original(request)
                except lib.RequestValidationError as error:
                    detail = {"errors": [e["type"] for e in error.errors()], "body": (await request.body()).decode()}
                    raise lib.HTTPException(status_code=422, detail=detail) from error
                response.headers["x-timed"] = "1"
                return response

            return handler

    class Shouting(lib.Request):
        async def body(self):
            if not hasattr(self, "_shouted"):
                self._shouted = (await super().body()).upper()
            return self._shouted

    class Shouted(lib.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                return await original(Shouting(request.scope, request.receive))

            return handler

    app = lib.FastAPI()
    timed = lib.APIRouter(route_class=Timed)
    shouted = lib.APIRouter(route_class=Shouted, prefix="/shouted")

    @timed.post("/timed")
    async def time(item: Item, q: int = 0):
        return item

    @shouted.post("/list")
    async def shout(words: Annotated[list[str], lib.Body()]):
        return words

    app.include_router(timed)
    app.include_router(shouted)
    app.router.route_class = Timed

    @app.get("/app/{n}")
    async def of_app(n: int):
        return n

    return app


@pytest.mark.parametrize(
    "ask",
    [
        post("/timed", ITEM),
        post("/timed?q=x", {}),
        post("/shouted/list", ["a", "b"]),
        get("/app/3"),
        get("/app/x"),
        get("/nowhere"),
    ],
    ids=str,
)
def test_route_classes(ask: Ask) -> None:
    Twins(route_classes).compare(ask)
