"""Routers, prefixes, mounts, late routes, methods and slashes."""

# ruff: noqa: E501  (a table of requests reads better with one case a line)

from typing import Any

import pytest
from tests.differential.api.shapes import Item
from tests.differential.api.twins import Ask, Twins, fresh, get, post


def build(lib: Any) -> Any:
    app = lib.FastAPI()
    users = lib.APIRouter(prefix="/users", tags=["users"])
    deep = lib.APIRouter()
    deeper = lib.APIRouter(prefix="/deeper")

    @users.get("")
    async def all_users():
        return "users"

    @users.get("/{user_id}")
    async def one_user(user_id: int):
        return user_id

    @users.post("/")
    async def add_user():
        return "added"

    @deep.get("/deep")
    def get_deep(org: str):
        return org

    @deeper.get("/{leaf}")
    async def get_deeper(org: str, leaf: int):
        return [org, leaf]

    deep.include_router(deeper)
    app.include_router(users)
    app.include_router(users, prefix="/v2")
    app.include_router(deep, prefix="/orgs/{org}")
    app.include_router(deep, prefix="/orgs/{org}/again", tags=["again"])

    @app.get("/late")
    async def late():
        return "late"

    @users.get("/after/include")
    async def after_include():
        return "after"

    @app.get("/slash/")
    async def slash():
        return "slash"

    @app.get("/both")
    async def both():
        return "without"

    @app.get("/both/")
    async def both_slash():
        return "with"

    @app.post("/only-post")
    async def only_post(item: Item | None = None):
        return "post"

    @app.put("/m")
    async def put_m():
        return "put"

    @app.delete("/m")
    async def delete_m():
        return "delete"

    @app.patch("/m")
    async def patch_m():
        return "patch"

    @app.options("/m")
    async def options_m():
        return "options"

    @app.trace("/m")
    async def trace_m():
        return "trace"

    @app.api_route("/any", methods=["GET", "POST", "LINK"])
    async def anything(request: lib.Request):
        return request.method

    async def added(n: int = 1):
        return n

    app.add_api_route("/added", added, methods=["GET"], name="by hand")

    async def raw(request):
        return lib.PlainTextResponse(f"raw {request.method}")

    app.add_route("/raw", raw, methods=["GET", "POST"])

    @app.get("/url/{user_id}", name="url of")
    async def url(request: lib.Request, user_id: int):
        return [
            str(request.url_for("one_user", user_id=5)),
            str(app.url_path_for("url of", user_id="7")),
            request.url_for("get_deeper", org="o", leaf=2).path,
        ]

    sub = lib.FastAPI(root_path_in_servers=False)

    @sub.get("/inside")
    async def inside(request: lib.Request, q: int = 0):
        return [request.url.path, request.scope["root_path"], q, str(request.base_url)]

    @sub.get("/inside/{x}/")
    async def inside_slash(x: int):
        return x

    app.mount("/sub", sub)

    async def bare(scope, receive, send):
        await lib.PlainTextResponse(f"bare {scope['root_path']} {scope['path']}")(scope, receive, send)

    app.mount("/bare", bare)

    @app.get("/scope")
    async def scope(request: lib.Request):
        return [
            request.scope["route"].path,
            request.scope["endpoint"].__name__,
            request.scope["path_params"],
            request.app is app,
        ]

    return app


twins = Twins(build)
ASKS = [
    *(Ask(method, path) for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "LINK", "get")
      for path in ("/users", "/users/", "/users/3", "/users/x", "/m", "/any", "/raw", "/both", "/both/", "/slash", "/slash/", "/only-post", "/late", "/added")),
    *(get(path) for path in (
        "/v2/users", "/v2/users/4", "/v2/users/4/", "/orgs/a/deep", "/orgs/a/deeper/3", "/orgs/a/deeper/x", "/orgs/a/again/deep", "/orgs/a/again/deeper/1",
        "/users/after/include", "/v2/users/after/include", "/late/", "/late/?q=1&r=a%20b", "/late//", "//late", "/added?n=x", "/url/3", "/scope",
        "/sub/inside", "/sub/inside?q=x", "/sub/nowhere", "/sub", "/sub/", "/sub/inside/3", "/sub/inside/3/", "/bare", "/bare/", "/bare/x/y", "/sub/docs/oauth2-redirect/x",
    )),
    Ask("PUT", "/m"), Ask("DELETE", "/m"), Ask("PATCH", "/m"), Ask("DELETE", "/users/3"), Ask("POST", "/late/", json={"a": 1}), Ask("PUT", "/late/"),
    Ask("GET", "/scope", root_path="/proxy"), Ask("GET", "/proxy/late", root_path="/proxy"), Ask("GET", "/late/", root_path="/proxy"),
    Ask("GET", "/proxy/url/3", root_path="/proxy"), Ask("GET", "/proxy/sub/inside", root_path="/proxy"),
]  # fmt: skip


@pytest.mark.parametrize("ask", ASKS, ids=str)
def test_same_answer(ask: Ask) -> None:
    twins.compare(ask)


def strict_slashes(lib: Any) -> Any:
    app = lib.FastAPI(redirect_slashes=False)

    @app.get("/a")
    async def a():
        return "a"

    @app.get("/b/")
    async def b():
        return "b"

    return app


@pytest.mark.parametrize("target", ["/a", "/a/", "/b", "/b/"])
def test_slash_redirects_switched_off(target: str) -> None:
    Twins(strict_slashes).compare(get(target))


def remembering(lib: Any) -> Any:
    app = lib.FastAPI()
    log = app.state.log = []

    def slow(name: str, times: int = 1):
        log.extend([name] * times)

    async def quick(name: str):
        log.append(name)

    @app.post("/tasks")
    async def tasks(background: lib.BackgroundTasks, fail: bool = False):
        background.add_task(slow, "sync", times=2)
        background.add_task(quick, name="async")
        log.append("endpoint")
        if fail:
            raise lib.HTTPException(status_code=400)
        return {"log": list(log)}

    @app.post("/broken-task")
    async def broken(background: lib.BackgroundTasks):
        background.add_task(slow)
        background.add_task(quick, "never")
        return "sent"

    @app.post("/own-response")
    async def own(background: lib.BackgroundTasks):
        background.add_task(quick, "lost")
        return lib.JSONResponse("own", background=lib.BackgroundTask(quick, "kept"))

    @app.post("/own-response-without")
    async def own_without(background: lib.BackgroundTasks):
        background.add_task(quick, "kept")
        return lib.JSONResponse("own")

    @app.middleware("http")
    async def stamp(request, call_next):
        log.append("before")
        response = await call_next(request)
        response.headers["x-stamp"] = "1"
        log.append("after")
        return response

    return app


@pytest.mark.parametrize(
    "target", ["/tasks", "/tasks?fail=1", "/broken-task", "/own-response", "/own-response-without", "/nowhere"]
)
def test_background_tasks_and_function_middleware(target: str) -> None:
    fresh(remembering, post(target))


def middlewares(lib: Any) -> Any:
    class Noting:
        def __init__(self, app, name="none"):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            if scope["type"] == "http":
                log.append(f"> {self.name}")
            await self.app(scope, receive, send)
            if scope["type"] == "http":
                log.append(f"< {self.name}")

    log: list[str] = []
    app = lib.FastAPI(middleware=[lib.Middleware(Noting, name="constructor")])
    app.state.log = log
    app.add_middleware(Noting, name="added first")
    app.add_middleware(Noting, name="added second")

    @app.get("/")
    async def root():
        log.append("endpoint")

    return app


def test_order_of_middleware() -> None:
    fresh(middlewares, get("/"), get("/nowhere"))
