"""Dependencies: functions, classes, sub-dependencies, in decorators, of routers and of the application."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel
from tests.differential.api.pages.harness import get, post, served


class Named(BaseModel):
    name: str


class Weighed(BaseModel):
    weight: float


def app(lib: Any) -> Any:
    Depends, Header, HTTPException = lib.Depends, lib.Header, lib.HTTPException
    log: list[str] = []

    async def everywhere(x_everywhere: Annotated[str | None, Header()] = None):
        log.append("everywhere")
        if x_everywhere == "refuse":
            raise HTTPException(400, "everywhere")
        return "never seen"

    app = lib.FastAPI(dependencies=[Depends(everywhere)])
    app.state.log = log

    async def common(q: str | None = None, skip: int = 0, limit: int = 100):
        return {"q": q, "skip": skip, "limit": limit}

    Common = Annotated[dict, Depends(common)]

    @app.get("/ducks/")
    async def ducks(commons: Common):
        return commons

    @app.get("/keepers/")
    def keepers(commons: dict = Depends(common), more: int = 1):
        return [commons, more]

    class Sieve:
        def __init__(self, q: str | None = None, skip: int = 0, limit: Annotated[int, lib.Query(le=100)] = 100):
            self.q, self.skip, self.limit = q, skip, limit

    @app.get("/by-class")
    async def by_class(sieve: Annotated[Any, Depends(Sieve)]):
        return vars(sieve)

    @app.get("/by-annotation")
    async def by_annotation(sieve: Annotated[Sieve, Depends()], old: Sieve = Depends()):
        return [vars(sieve), vars(old), sieve is old]

    class Contains:
        def __init__(self, word: str) -> None:
            self.word = word

        def __call__(self, q: str = "") -> bool:
            return self.word in q

        async def by_method(self, q: str = "") -> str:
            return q + self.word

    checker = Contains("duck")

    @app.get("/by-instance")
    async def by_instance(has: Annotated[bool, Depends(checker)], text: Annotated[str, Depends(checker.by_method)]):
        return [has, text]

    @app.get("/by-lambda")
    async def by_lambda(x: Annotated[int, Depends(lambda: 3)], y: Annotated[Any, Depends(partial(common, limit=7))]):
        return [x, y]

    def query(q: str | None = None):
        log.append("query")
        return q

    def query_or_cookie(q: Annotated[str, Depends(query)], last: Annotated[str | None, lib.Cookie()] = None):
        log.append("query_or_cookie")
        return q or last

    @app.get("/sub")
    async def sub(value: Annotated[str, Depends(query_or_cookie)], q: Annotated[str | None, Depends(query)]):
        return [value, q]

    @app.get("/fresh")
    async def fresh(
        a: Annotated[str, Depends(query, use_cache=False)],
        b: Annotated[str, Depends(query)],
        c: Annotated[str, Depends(query_or_cookie)],
        d: Annotated[str, Depends(query, use_cache=False)],
    ):
        return [a, b, c, d]

    async def token(x_token: Annotated[str, Header()]):
        log.append("token")
        if x_token != "quack":
            raise HTTPException(status_code=400, detail="X-Token invalid")

    async def key(x_key: Annotated[str, Header()]):
        log.append("key")
        if x_key != "pond":
            raise HTTPException(status_code=400, detail="X-Key invalid")
        return x_key

    @app.get("/guarded", dependencies=[Depends(token), Depends(key)])
    async def guarded():
        return "in"

    router = lib.APIRouter(prefix="/router", dependencies=[Depends(token)])

    @router.get("/inner", dependencies=[Depends(key)])
    async def inner(value: Annotated[str | None, Depends(query)]):
        log.append("inner")
        return value

    app.include_router(router, prefix="/outer", dependencies=[Depends(query)])

    async def with_body(name: Annotated[str, lib.Body()], size: Annotated[int, lib.Body(ge=1)] = 1):
        return [name, size]

    @app.post("/body")
    async def body(pair: Annotated[list, Depends(with_body)], note: Annotated[str, lib.Body()] = "none"):
        return [pair, note]

    async def weighs(duck: Weighed):
        return duck.weight

    @app.post("/same-body")
    async def same_body(duck: Named, weight: Annotated[float, Depends(weighs)]):
        return [duck, weight]

    @app.post("/same-member")
    async def same_member(
        duck: Named, weight: Annotated[float, Depends(weighs)], note: Annotated[str, lib.Body()] = ""
    ):
        return [duck, weight, note]

    @app.get("/path/{number}")
    async def of_the_path(number: str, double: Annotated[int, Depends(lambda number: number * 2)]):
        return [number, double]

    async def asks_request(request: lib.Request, response: lib.Response, tasks: lib.BackgroundTasks):
        response.headers["x-from"] = "dependency"
        response.status_code = 202
        tasks.add_task(log.append, "task")
        return request.url.path

    @app.get("/special")
    async def special(path: Annotated[str, Depends(asks_request)], response: lib.Response):
        response.set_cookie("a", "b")
        return path

    def overridden() -> str:
        return "real"

    app.dependency_overrides[overridden] = lambda q: f"other {q}"

    @app.get("/overridden")
    async def is_overridden(value: Annotated[str, Depends(overridden)]):
        return value

    def made(depth: int) -> Callable[..., Any]:
        if not depth:
            return lambda q="end": [q]

        def deeper(inner: Annotated[list, Depends(made(depth - 1))]):
            return [*inner, depth]

        return deeper

    @app.get("/deep")
    async def deep(value: Annotated[list, Depends(made(20))]):
        return value

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_functions_and_classes(page):
    for path in ("/ducks/", "/keepers/", "/by-class", "/by-annotation", "/by-instance", "/deep"):
        page.right(get(path), get(f"{path}?q=a duck&skip=1&limit=5"))
        page.same(get(f"{path}?skip=x&limit=101&more=y"))
    page.right(get("/by-lambda"), get("/by-lambda?limit=3&skip=2"))
    page.noted(["everywhere"] * 20)


def test_sub_dependencies(page):
    page.right(get("/sub"), get("/sub?q=a", cookies={"last": "b"}), get("/sub", cookies={"last": "b"}))
    page.noted(["everywhere", "query", "query_or_cookie"] * 3)
    page.right(get("/fresh?q=x"))
    page.noted(["everywhere", "query", "query_or_cookie", "query"])


def test_guards(page):
    both = {"x-token": "quack", "x-key": "pond"}
    page.right(get("/guarded", headers=both))
    page.noted(["everywhere", "token", "key"])
    page.wrong(
        get("/guarded"),
        get("/guarded", headers={**both, "x-token": "no"}),
        get("/guarded", headers={**both, "x-key": "no"}),
    )
    page.wrong(get("/guarded", headers={**both, "x-everywhere": "refuse"}), get("/guarded", headers={"x-token": "no"}))
    page.same(get("/nowhere", headers={"x-everywhere": "refuse"}), get("/docs/nothing"))
    logs = [side.app.state.log for side in (page.ours, page.theirs)]
    assert logs[0] == logs[1]
    for log in logs:
        log.clear()


def test_routers(page):
    both = {"x-token": "quack", "x-key": "pond"}
    page.right(get("/outer/router/inner?q=1", headers=both))
    page.noted(["everywhere", "query", "token", "key", "inner"])
    page.wrong(get("/outer/router/inner"), get("/outer/router/inner", headers={"x-token": "no", "x-key": "no"}))


def test_other_places(page):
    page.right(post("/body", {"name": "a"}), post("/body", {"name": "a", "size": 2, "note": "x"}), get("/path/4"))
    page.wrong(post("/body"), post("/body", {"size": 0, "note": 1}), post("/body", "a"))
    duck = {"name": "Jemima", "weight": 1.1}
    page.right(post("/same-body", duck), post("/same-member", {"duck": duck, "note": "x"}))
    page.wrong(post("/same-body", {"name": "x"}), post("/same-body"), post("/same-member", {"duck": {"weight": 1}}))
    page.right(get("/special"), get("/overridden?q=1"))
    page.wrong(get("/overridden"))
