"""`app.frontend()` and `router.frontend()`: files, fallbacks, order, dependencies; compared in process and over sockets."""

# ruff: noqa: E501  (a table of requests reads better with one case a line)

import inspect
import warnings
from pathlib import Path
from typing import Annotated, Any

import pytest
from tests.differential.api.twins import FASTAPI, WEBFOOT, Ask, Twins, get

PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
SITES = {
    "one page": {
        "index.html": "<h1>ducks</h1>",
        "assets/app.js": "quack()",
        "docs-of-ours/index.html": "docs",
        "about.html": "about",
        ".well-known/x": "x",
        "a b.txt": "spaces",
    },
    "with 404": {"index.html": "<h1>ducks</h1>", "404.html": "<h1>no duck</h1>", "assets/app.js": "quack()"},
    "only 404": {"404.html": "<h1>no duck</h1>"},
    "no page": {"duck.txt": "quack"},
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    top = tmp_path_factory.mktemp("sites")
    (top / "secret.txt").write_text("secret")
    for number, (name, files) in enumerate(SITES.items()):
        for file, content in files.items():
            path = top / str(number) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    return {name: top / str(number) for number, name in enumerate(SITES)}


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTAPI_ENV", raising=False)
    monkeypatch.delenv("WEBFOOT_ENV", raising=False)


def page(target: str, accept: str = PAGE) -> Ask:
    return get(target, accept=accept)


PATHS = ["/", "/index.html", "/assets/app.js", "/assets//app.js", "/assets/app.js/", "/assets", "/assets/", "/ponds/7", "/ponds/7/",
         "/missing.js", "/a.b/c", "/docs-of-ours", "/docs-of-ours/", "/docs-of-ours?x=1", "/about", "/.well-known/x", "/a%20b.txt",
         "/404.html", "/duck.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/%00", "/\u00e9",
         "/api/items", "/api/items/", "/api/none", "/api/refused", "/late", "/openapi.json"]  # fmt: skip
ACCEPTS = ["*/*", "text/*", "text/html;q=0", "text/html; q=0.0", "text/html; level=1", "TEXT/HTML", "text/htmlx", "*/*, text/html;q=0.1",
           "application/json, text/html", "application/xhtml+xml", "image/png", ",text/html", "text/html;q=abc"]  # fmt: skip


def with_api(lib: Any, directory: Path, **options: Any) -> Any:
    app = lib.FastAPI(title="ducks")

    @app.get("/api/items")
    def items():
        return [1]

    app.frontend("/", directory=directory, **options)

    @app.get("/api/refused")
    def refused():
        raise lib.HTTPException(404, "mine")

    @app.get("/late")
    def late():
        return "late"

    return app


def test_signatures() -> None:
    for name in ("FastAPI", "APIRouter"):
        ours, theirs = (inspect.signature(getattr(lib, name).frontend).parameters for lib in (WEBFOOT, FASTAPI))
        assert [(p.name, p.kind, p.default) for p in ours.values()] == [
            (p.name, p.kind, p.default) for p in theirs.values()
        ]


@pytest.mark.parametrize(
    ("site", "fallback"),
    [
        (site, fallback)
        for site in SITES
        for fallback in ("auto", "index.html", "404.html", None)
        if fallback in ("auto", None, *SITES[site])  # any other is refused at the start
    ],
)
def test_every_path_with_every_fallback(sites: dict[str, Path], site: str, fallback: Any) -> None:
    twins = Twins(lambda lib: with_api(lib, sites[site], fallback=fallback))
    for path in PATHS:
        twins.compare(get(path), page(path), Ask("HEAD", path), Ask("HEAD", path, headers={"accept": PAGE}))
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        twins.compare(*(Ask(method, path, headers={"accept": PAGE}) for path in PATHS if path != "/%00"))


def test_who_asks_for_a_page(sites: dict[str, Path]) -> None:
    twins = Twins(lambda lib: with_api(lib, sites["one page"]))
    twins.compare(*(page("/ponds/7", accept) for accept in ACCEPTS))


def test_what_a_client_has_already(sites: dict[str, Path]) -> None:
    apps = with_api(FASTAPI, sites["one page"]), with_api(WEBFOOT, sites["one page"])
    twins = Twins(lambda lib: apps[lib is WEBFOOT])
    modified = dict(twins.compare(get("/assets/app.js")).headers)["last-modified"]
    twins.compare(
        get("/assets/app.js", if_none_match="*"),
        get("/assets/app.js", if_none_match='"other"'),
        get("/assets/app.js", if_modified_since=modified),
        page("/ponds/7", PAGE),
        get("/ponds/7", accept=PAGE, if_none_match="*"),
        get("/assets/app.js", range="bytes=0-1"),
    )


def two(lib: Any, sites: dict[str, Path], order: str) -> Any:
    app, router, nested = lib.FastAPI(), lib.APIRouter(prefix="/r"), lib.APIRouter()
    if order == "late":
        router.include_router(nested)
        app.include_router(router, prefix="/p")
    nested.frontend("/ui", directory=sites["one page"])
    router.frontend("/", directory=sites["with 404"])
    if order == "first":
        router.include_router(nested)
        app.include_router(router, prefix="/p")
    app.frontend("/p/r/other", directory=sites["no page"])
    app.frontend("/p", directory=sites["one page"], fallback=None)
    if order == "last":
        router.include_router(nested)
        app.include_router(router, prefix="/p")

    @nested.get("/ui/api")
    def api():
        return "api"

    return app


@pytest.mark.parametrize("order", ["first", "last", "late"])
def test_the_longest_path_wins(sites: dict[str, Path], order: str) -> None:
    twins = Twins(lambda lib: two(lib, sites, order))
    for path in ["/", "/p", "/p/", "/px", "/p/x", "/p/r", "/p/r/", "/p/rx", "/p/r/x", "/p/r/assets/app.js", "/p/r/ui", "/p/r/ui/", "/p/r/ui/x",
                 "/p/r/ui/api", "/p/r/ui/assets/app.js", "/p/r/uix", "/p/r/other/duck.txt", "/p/r/other/x", "/p/r/other"]:  # fmt: skip
        twins.compare(get(path), page(path))


def test_the_same_path_twice(sites: dict[str, Path]) -> None:
    def build(lib: Any) -> Any:
        app, router = lib.FastAPI(), lib.APIRouter()
        router.frontend("/", directory=sites["no page"])
        app.include_router(router)
        app.frontend("/", directory=sites["one page"])
        return app

    Twins(build).compare(get("/duck.txt"), get("/assets/app.js"), page("/duck.txt"))


def with_dependencies(lib: Any, sites: dict[str, Path]) -> Any:
    app = lib.FastAPI(dependencies=[lib.Depends(lambda: app.state.log.append("app"))])
    app.state.log = []
    log = app.state.log

    def note(name: str) -> Any:
        return lib.Depends(lambda: log.append(name))

    async def around(response: lib.Response, tasks: lib.BackgroundTasks):
        log.append("in")
        response.headers["x-duck"] = "quack"
        tasks.add_task(log.append, "background")
        yield
        log.append("out")

    def token(token: str, x_duck: Annotated[int, lib.Header()] = 1):
        if token != "quack":
            raise lib.HTTPException(401, "who are you?")

    async def replaced():
        raise AssertionError

    router = lib.APIRouter(
        prefix="/r", dependencies=[note("router"), lib.Depends(around), lib.Depends(token), lib.Depends(replaced)]
    )
    router.frontend("/ui", directory=sites["one page"])
    app.include_router(router, prefix="/p", dependencies=[note("inclusion")])
    app.frontend("/", directory=sites["with 404"])
    app.dependency_overrides[replaced] = lambda: log.append("stand-in")
    return app


def test_dependencies_come_before_every_file(sites: dict[str, Path]) -> None:
    twins = Twins(lambda lib: with_dependencies(lib, sites))
    for path in ["/p/r/ui/", "/p/r/ui", "/p/r/ui/assets/app.js", "/p/r/ui/ponds/7", "/p/r/ui/missing.js", "/p/r", "/x"]:
        for query in ("", "?token=quack", "?token=honk"):
            twins.compare(get(path + query), page(path + query), Ask("HEAD", path + query), Ask("POST", path + query))
    twins.compare(get("/p/r/ui/?token=quack", x_duck="many"))


@pytest.mark.parametrize("where", ["mounted", "proxied", "router mounted", "no redirects"])
def test_where_the_application_is(sites: dict[str, Path], where: str) -> None:
    def build(lib: Any) -> Any:
        app = with_api(lib, sites["one page"])
        if where == "no redirects":
            app.router.redirect_slashes = False
        if where in ("proxied", "no redirects"):
            return app
        outer, inner = lib.FastAPI(), app
        if where == "router mounted":
            inner = lib.APIRouter()
            inner.frontend("/", directory=sites["one page"])
        outer.mount("/sub", inner)
        outer.frontend("/", directory=sites["with 404"])
        return outer

    twins = Twins(build)
    root_path = "/proxy" if where == "proxied" else ""
    prefix = "/sub" if "mounted" in where else root_path
    for path in ["", "/", "/assets/app.js", "/ponds/7", "/docs-of-ours", "/api/items", "/api/items/"]:
        for accept in (PAGE, "*/*"):
            twins.compare(Ask("GET", prefix + path or "/", headers={"accept": accept}, root_path=root_path))


def outcome(lib: Any, **options: Any) -> Any:
    """What came of it, with the kind of the error: ours are of more than one."""
    kinds = (RuntimeError, AssertionError)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            lib.FastAPI().frontend(**options)
        except kinds as error:
            return "AssertionError" if isinstance(error, AssertionError) else "RuntimeError", str(error)
        return "fine", [(each.category.__name__, str(each.message)) for each in warned]


@pytest.mark.parametrize("environment", [None, "development", "production"])
@pytest.mark.parametrize("check_dir", ["auto", True, False])
def test_files_that_are_not_there(
    sites: dict[str, Path], environment: str | None, check_dir: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if environment is not None:
        monkeypatch.setenv("FASTAPI_ENV", environment)
    monkeypatch.chdir(sites["one page"].parent)
    for directory, fallback in [
        ("nowhere", "auto"),
        ("secret.txt", "auto"),
        ("0", "404.html"),
        ("2", "index.html"),
        ("0", "index.html"),
        (Path("nowhere"), None),
        (sites["no page"], "auto"),
    ]:
        ours, theirs = (
            outcome(lib, path="/", directory=directory, fallback=fallback, check_dir=check_dir)
            for lib in (WEBFOOT, FASTAPI)
        )
        if theirs[0] == "RuntimeError":  # a PlanError, which is both
            ours = ("RuntimeError", ours[1])
        assert ours == theirs, (directory, fallback)


@pytest.mark.parametrize(
    "options", [{"path": ""}, {"path": "//"}, {"path": "ui"}, {"fallback": "x.html"}, {"fallback": True}], ids=str
)
def test_what_cannot_be_a_frontend(sites: dict[str, Path], options: dict[str, Any]) -> None:
    ours, theirs = (
        outcome(lib, **{"path": "/", "directory": sites["one page"], **options}) for lib in (WEBFOOT, FASTAPI)
    )
    assert ours[0] == theirs[0] == "AssertionError"
    assert theirs[1] in ours[1]


def test_a_directory_that_never_came(tmp_path: Path) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.frontend("/", directory=tmp_path / "dist", check_dir=False)
        return app

    Twins(build).compare(get("/"), page("/x"))


def test_neither_routes_nor_document_tell_of_it(sites: dict[str, Path]) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI(openapi_url=None)
        app.frontend("/", directory=sites["one page"])
        app.state.log = [len(app.routes), app.openapi()["paths"]]
        return app

    Twins(build).compare(get("/"))


def test_a_body_limit_is_that_of_the_router(sites: dict[str, Path]) -> None:
    def build(lib: Any) -> Any:
        app, router = lib.FastAPI(), lib.APIRouter(max_body_size=3)
        router.frontend("/", directory=sites["one page"])
        app.include_router(router)
        return app

    Twins(build).compare(
        Ask("GET", "/", body=b"quack"), Ask("GET", "/", body=b"qua"), Ask("GET", "/assets/app.js", body=b"quack")
    )
