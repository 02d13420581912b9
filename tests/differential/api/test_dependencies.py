"""Dependencies: order, cache, generators, classes, errors in each place, overrides.

The applications write what happens into `app.state.log`, which is compared as well.
"""

from typing import Annotated, Any

import pytest
from tests.differential.api.shapes import Item, User
from tests.differential.api.twins import FASTAPI, WEBFOOT, Ask, Twins, fresh, get, listed, post


class Oops(Exception):
    pass


def told(error: BaseException) -> str:
    """The first line: further ones name the place in the source, each in its own way."""
    return str(error).partition("\n")[0]


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    log = app.state.log = []
    Depends = lib.Depends

    async def plain():
        log.append("plain")
        return "plain"

    def in_thread():
        log.append("in thread")
        return "in thread"

    async def with_values(q: int, p: str = "p"):
        log.append(f"with values {q}")
        return [q, p]

    async def nested(a: Annotated[list, Depends(with_values)], b: Annotated[str, Depends(plain)], r: int = 0):
        log.append("nested")
        return [a, b, r]

    class Pager:
        def __init__(self, skip: int = 0, limit: Annotated[int, lib.Query(le=10)] = 5):
            self.skip, self.limit = skip, limit

    class Checker:
        def __init__(self, wanted: str):
            self.wanted = wanted

        def __call__(self, q: str = ""):
            return self.wanted in q

        async def method(self, q: str = ""):
            return f"{self.wanted}:{q}"

    checker = Checker("duck")

    @app.get("/plain")
    async def use_plain(value: Annotated[str, Depends(plain)]):
        return value

    @app.get("/old-style")
    async def old_style(value: str = Depends(plain), other=Depends(in_thread)):
        return [value, other]

    @app.get("/values")
    async def values(value: Annotated[list, Depends(with_values)], z: int):
        return [value, z]

    @app.get("/nested/{z}")
    async def use_nested(z: int, value: Annotated[list, Depends(nested)], again: Annotated[str, Depends(plain)]):
        log.append("endpoint")
        return [value, again, z]

    @app.get("/uncached")
    async def uncached(
        a: Annotated[str, Depends(plain)],
        b: Annotated[str, Depends(plain)],
        c: Annotated[str, Depends(plain, use_cache=False)],
        d: Annotated[str, Depends(plain)],
        e: Annotated[str, Depends(plain, use_cache=False)],
    ):
        return [a, b, c, d, e]

    @app.get("/class")
    async def use_class(pager: Annotated[Pager, Depends()], other: Pager = Depends(Pager)):
        return [pager.skip, pager.limit, pager is other]

    @app.get("/instance")
    async def instance(ok: Annotated[bool, Depends(checker)], named: Annotated[str, Depends(checker.method)]):
        return [ok, named]

    @app.get("/lambda")
    async def use_lambda(value=Depends(lambda: 5), other=Depends(lambda q=3: q)):
        return [value, other]

    @app.get("/model-class")
    async def model_class(user: Annotated[User, Depends()]):
        return user

    @app.post("/body")
    async def body_in_dependency(item: Item, user: Annotated[User, Depends(lambda user: user)]):
        return [item, user]

    def takes_body(item: Item):
        return item

    @app.post("/same-body")
    async def same_body(item: Item, again: Annotated[Item, Depends(takes_body)]):
        return [item, again]

    @app.post("/only-dependency-body")
    async def only_dependency_body(again: Annotated[Item, Depends(takes_body)]):
        return again

    @app.post("/two-bodies")
    async def two_bodies(user: User, again: Annotated[Item, Depends(takes_body)]):
        return [user, again]

    @app.get("/request")
    async def request_in_dependency(path: Annotated[str, Depends(lambda request: "no")] = "") -> Any:
        return path

    async def from_request(request: lib.Request, response: lib.Response, tasks: lib.BackgroundTasks):
        response.headers["x-dependency"] = request.url.path
        response.set_cookie("seen", "yes")
        response.status_code = 202
        tasks.add_task(log.append, "task of dependency")
        return request.method

    @app.get("/specials")
    async def specials(
        method: Annotated[str, Depends(from_request)], response: lib.Response, tasks: lib.BackgroundTasks
    ):
        response.headers["x-endpoint"] = "1"
        tasks.add_task(log.append, "task of endpoint")
        return method

    @app.get("/shared")
    async def shared(q: str, value: Annotated[list, Depends(with_values)]):
        return [q, value]

    return app


twins = Twins(build)
TARGETS = listed(
    """
    /plain /old-style /values /values?q=1 /values?q=x&z=y /values?q=1&z=2&p=3 /nested/1?q=2 /nested/x?q=y&r=z
    /nested/x /uncached /class /class?skip=2&limit=3 /class?skip=a&limit=99 /instance?q=duck /instance /lambda
    /lambda?q=4 /model-class?username=ab /model-class?username=a /specials /shared?q=1 /shared?q=x /shared
    /request /request?request=1
    """
)


@pytest.mark.parametrize("target", TARGETS)
def test_same_answer(target: str) -> None:
    twins.compare(get(target))


ITEM = {"name": "duck", "price": 1}
BODIES = [
    post("/body?user=u", ITEM),
    post("/body", {}),
    post("/same-body", ITEM),
    post("/same-body", {"item": ITEM}),
    post("/same-body", {}),
    post("/only-dependency-body", ITEM),
    post("/only-dependency-body"),
    post("/two-bodies", {"user": {"username": "ab"}, "item": ITEM}),
    post("/two-bodies", {}),
]


@pytest.mark.parametrize("ask", BODIES, ids=str)
def test_same_answer_with_bodies(ask: Ask) -> None:
    twins.compare(ask)


def levels(lib: Any) -> Any:
    """Dependencies of the application, of routers, of the route, and those with names."""

    def noting(name: str) -> Any:
        async def dependency(request: lib.Request):
            request.app.state.log.append(name)
            if request.query_params.get("fail") == name:
                raise lib.HTTPException(status_code=418, detail=name)

        return lib.Depends(dependency)

    app = lib.FastAPI(dependencies=[noting("app")])
    app.state.log = []
    inner = lib.APIRouter(dependencies=[noting("inner")])
    outer = lib.APIRouter(prefix="/outer", dependencies=[noting("outer")])

    @inner.get("/x", dependencies=[noting("route"), noting("route 2")])
    async def x(first=noting("first"), second=noting("second"), n: int = 0):
        return "x"

    outer.include_router(inner, prefix="/inner", dependencies=[noting("including inner")])
    app.include_router(outer, dependencies=[noting("including outer")])

    @app.get("/y")
    async def y():
        return "y"

    return app


@pytest.mark.parametrize(
    "failing", ["", "app", "including outer", "outer", "including inner", "inner", "route", "first", "second"]
)
def test_order_of_levels(failing: str) -> None:
    fresh(levels, get(f"/outer/inner/x?fail={failing}".replace(" ", "%20")), get("/y"), get("/outer/inner/x?n=x"))


def generators(lib: Any) -> Any:
    """Generator dependencies, and exceptions raised in every place."""
    app = lib.FastAPI()
    log = app.state.log = []

    def raising(request: Any, place: str) -> None:
        if request.query_params.get("at") == place:
            kind = request.query_params.get("kind", "oops")
            if kind == "http":
                raise lib.HTTPException(status_code=418, detail=place, headers={"x-place": place})
            raise Oops(place)

    def noting(name: str, *, sync: bool = False, scope: Any = None, swallow: bool = False, parent: Any = None) -> Any:
        parent = parent or (lambda: None)

        async def generator(request: lib.Request, above: Annotated[Any, lib.Depends(parent)]):
            log.append(f"enter {name}")
            raising(request, f"{name} before")
            try:
                yield name
            except BaseException as error:
                log.append(f"{name} sees {type(error).__name__} {told(error)}")
                raising(request, f"{name} except")
                if not swallow:
                    raise
            else:
                log.append(f"{name} sees nothing")
                raising(request, f"{name} else")
            finally:
                log.append(f"leave {name}")
                raising(request, f"{name} finally")

        def sync_generator(request: lib.Request, above: Annotated[Any, lib.Depends(parent)]):
            log.append(f"enter {name}")
            raising(request, f"{name} before")
            try:
                yield name
            except BaseException as error:
                log.append(f"{name} sees {type(error).__name__} {told(error)}")
                if not swallow:
                    raise
            finally:
                log.append(f"leave {name}")
                raising(request, f"{name} finally")

        return lib.Depends(sync_generator if sync else generator, **({"scope": scope} if scope else {}))

    a = noting("a")
    b = noting("b", parent=a.dependency)

    @app.exception_handler(Oops)
    async def on_oops(request, error):
        log.append(f"handler {error}")
        return lib.JSONResponse({"oops": str(error)}, status_code=409)

    @app.get("/two")
    async def two(request: lib.Request, tasks: lib.BackgroundTasks, x=b, y=noting("s", sync=True)):
        log.append("endpoint")
        tasks.add_task(log.append, "task")
        raising(request, "endpoint")
        return "two"

    @app.get("/model", response_model=Item)
    async def model(x=a):
        log.append("endpoint")
        return {"nothing": "valid"}

    @app.get("/swallow")
    async def swallow(request: lib.Request, x=noting("c", swallow=True)):
        raising(request, "endpoint")
        return "swallowed"

    @app.get("/swallow-sync")
    def swallow_sync(request: lib.Request, x=noting("c", swallow=True, sync=True)):
        raising(request, "endpoint")
        return "swallowed"

    @app.get("/function")
    async def function_scope(request: lib.Request, tasks: lib.BackgroundTasks, x=noting("f", scope="function"), y=a):
        log.append("endpoint")
        tasks.add_task(log.append, "task")
        raising(request, "endpoint")
        return "function"

    @app.get("/stream")
    async def stream(x=a, y=noting("f", scope="function")):
        async def chunks():
            log.append("first chunk")
            yield "1"
            log.append("second chunk")
            yield "2"

        return lib.StreamingResponse(chunks())

    @app.get("/validated/{n}")
    async def validated(n: int, x=a, y=noting("f", scope="function")):
        return n

    @app.get("/nameless", dependencies=[a, noting("n")])
    def nameless(request: lib.Request):
        log.append("endpoint")
        raising(request, "endpoint")
        return "nameless"

    return app


PLACES = [
    "nowhere",
    "a before",
    "b before",
    "s before",
    "endpoint",
    "a except",
    "b except",
    "a else",
    "b else",
    "a finally",
    "b finally",
    "s finally",
]


@pytest.mark.parametrize("kind", ["oops", "http"])
@pytest.mark.parametrize("place", PLACES)
def test_exceptions_around_generators(place: str, kind: str) -> None:
    fresh(generators, get(f"/two?at={place}&kind={kind}".replace(" ", "%20")))


@pytest.mark.parametrize(
    "target",
    [
        "/model",
        "/swallow",
        "/swallow?at=endpoint",
        "/swallow?at=endpoint&kind=http",
        "/swallow-sync?at=endpoint",
        "/function",
        "/function?at=endpoint",
        "/function?at=f%20before",
        "/function?at=f%20else",
        "/function?at=f%20finally&kind=http",
        "/function?at=a%20finally",
        "/stream",
        "/validated/1",
        "/validated/x",
        "/nameless",
        "/nameless?at=endpoint",
        "/nameless?at=n%20before",
    ],
)
def test_scopes_of_generators(target: str) -> None:
    fresh(generators, get(target))


def overridden(lib: Any) -> Any:
    app = lib.FastAPI()
    app.state.log = []

    async def original(q: int):
        return ["original", q]

    async def unrelated():
        return "unrelated"

    async def middle(value: Annotated[Any, lib.Depends(original)], u: Annotated[Any, lib.Depends(unrelated)]):
        return ["middle", value, u]

    def replacement(r: str, s: Annotated[int, lib.Header()] = 0):
        app.state.log.append("replacement")
        return ["replacement", r, s]

    async def generator():
        app.state.log.append("enter")
        yield "generated"
        app.state.log.append("leave")

    @app.get("/direct")
    async def direct(value: Annotated[Any, lib.Depends(original)]):
        return value

    @app.get("/nested")
    async def nested(value: Annotated[Any, lib.Depends(middle)], again: Annotated[Any, lib.Depends(original)]):
        return [value, again]

    @app.get("/untouched")
    async def untouched(value: Annotated[Any, lib.Depends(unrelated)]):
        return value

    @app.post("/switch/{name}")
    async def switch(name: str):
        app.dependency_overrides.clear()
        if name == "plain":
            app.dependency_overrides[original] = replacement
        elif name == "generator":
            app.dependency_overrides[original] = generator
        elif name == "lambda":
            app.dependency_overrides[original] = lambda: 1
        elif name == "middle":
            app.dependency_overrides[middle] = replacement
        elif name == "replaced":
            app.dependency_overrides = {unrelated: lambda: "other"}
        return name

    return app


@pytest.mark.parametrize("name", ["none", "plain", "generator", "lambda", "middle", "replaced"])
def test_overrides(name: str) -> None:
    asks = [
        get(f"/{path}{query}", s="4")
        for path in ("direct", "nested", "untouched")
        for query in ("", "?q=1", "?r=2", "?q=1&r=2")
    ]
    fresh(overridden, post(f"/switch/{name}"), *asks, post("/switch/none"), *asks)


def test_the_namespaces_are_two() -> None:
    assert FASTAPI.FastAPI is not WEBFOOT.FastAPI
    assert FASTAPI.Depends is not WEBFOOT.Depends
