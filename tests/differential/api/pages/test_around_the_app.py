"""Sub-applications, behind a proxy, advanced middleware, WSGI: what is under, before and around an application."""

import time
import warnings
from typing import Any

import pytest
from fastapi.testclient import TestClient as TheirClient
from tests.differential.api.pages.harness import ask, get, head, post, served
from tests.differential.api.twins import FASTAPI, WEBFOOT, listed

from webfoot.testing import TestClient as OurClient

CLIENTS = ((FASTAPI, TheirClient), (WEBFOOT, OurClient))


class Stamp:
    """ASGI middleware that knows nothing of either framework."""

    def __init__(self, app: Any, name: str = "stamp", value: str = "1") -> None:
        self.app, self.name, self.value = app, name.encode(), value.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def stamped(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (self.name, self.value)]
            await send(message)

        await self.app(scope, receive, stamped if scope["type"] == "http" else send)


def wsgi(environ: Any, start_response: Any) -> Any:
    body = environ["wsgi.input"].read()
    said = " ".join(environ[name] for name in ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")) + repr(
        body
    )
    status = "404 Not Found" if environ["PATH_INFO"] == "/gone" else "200 OK"
    start_response(status, [("content-type", "text/plain"), ("x-wsgi", "1"), ("x-wsgi", "2")])
    return [said.encode("latin-1")]


def pond(lib: Any, title: str) -> Any:
    app = lib.FastAPI(title=title)

    @app.get("/where")
    async def where(request: lib.Request):
        return {
            "title": title,
            "path": request.url.path,
            "root": request.scope.get("root_path"),
            "base": str(request.base_url),
            "here": str(request.url_for("where")),
            "app": request.app.title,
        }

    @app.get("/where/")
    async def slashed():
        return "slashed"

    @app.get("/fail")
    async def fail(q: int):
        raise lib.HTTPException(418, title)

    @app.exception_handler(lib.HTTPException)
    async def told(request: Any, error: Any) -> Any:
        return lib.JSONResponse({"told by": title, "detail": error.detail}, error.status_code)

    return app


def mounted(lib: Any) -> Any:
    app = pond(lib, "whole")
    inner, deep, under_router = pond(lib, "inner"), pond(lib, "deep"), pond(lib, "under a router")
    inner.mount("/deep", deep)
    app.mount("/inner", inner)
    app.mount("/named/{kind}", pond(lib, "with a parameter"), name="by-kind")
    app.mount("/wsgi", lib.WSGIMiddleware(wsgi))
    router = lib.APIRouter(prefix="/api")
    app.include_router(router)
    app.mount("/shadow", under_router)

    @app.get("/inner/mine")
    async def never():
        return "the mount comes first"

    @app.get("/links")
    async def links(request: lib.Request):
        return [str(request.url_for("by-kind", kind="teal", path="/where")), str(app.url_path_for("where"))]

    return app


def quietly(make: Any) -> Any:
    """FastAPI has deprecated the option, and warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make()


def by_options(lib: Any) -> Any:
    """The prefix that a proxy strips, told to the application."""
    servers = [
        {"url": "https://stag.example", "description": "Staging"},
        {"url": "/also", "variables": {"a": {"default": "b"}}},
    ]
    app = quietly(lambda: lib.FastAPI(title="proxied", root_path="/api/v1", servers=servers))
    app.mount("/sub", pond(lib, "sub"))

    @app.get("/where")
    async def where(request: lib.Request):
        return [request.scope["root_path"], request.url.path, str(request.url), str(request.url_for("where"))]

    @app.get("/slash/")
    async def slash():
        return 1

    return app


def without_servers(lib: Any) -> Any:
    app = quietly(lambda: lib.FastAPI(root_path="/strip", root_path_in_servers=False, servers=[{"url": "/x"}]))

    @app.get("/where")
    async def where(request: lib.Request):
        return [request.scope["root_path"], request.url.path]

    return app


def only_root(lib: Any) -> Any:
    app = quietly(lambda: lib.FastAPI(root_path="/only"))
    app.mount("/sub", pond(lib, "sub"))
    return app


def wrapped(lib: Any) -> Any:
    app = lib.FastAPI(middleware=[lib.Middleware(Stamp, name="outer"), lib.Middleware(Stamp, "inner", value="2")])
    app.add_middleware(lib.TrustedHostMiddleware, allowed_hosts=["testserver", "*.pond.example"])
    app.add_middleware(lib.GZipMiddleware, minimum_size=500, compresslevel=5)
    app.add_middleware(Stamp, name="added", value="3")

    @app.middleware("http")
    async def timed(request: lib.Request, call_next: Any) -> Any:
        began = time.perf_counter()
        response = await call_next(request)
        response.headers["x-took"] = str(time.perf_counter() >= began)
        return response

    @app.get("/large")
    async def large():
        return "quack " * 500

    @app.get("/small")
    async def small():
        return "quack"

    @app.get("/raises")
    async def raises():
        raise lib.HTTPException(404)

    return app


def to_https(lib: Any) -> Any:
    app = lib.FastAPI()
    app.add_middleware(lib.HTTPSRedirectMiddleware)

    @app.get("/")
    async def home():
        return 1

    return app


of_mounted = served(mounted)
of_options = served(by_options)
of_none = served(without_servers)
of_root = served(only_root)
of_wrapped = served(wrapped)
of_https = served(to_https)


def test_documents(of_mounted, of_options, of_none, of_root, of_wrapped):
    for path in listed("/openapi.json /inner/openapi.json /inner/deep/openapi.json /named/teal/openapi.json"):
        of_mounted.same_document(path)
    for page, path in (
        (of_options, "/openapi.json"), (of_options, "/api/v1/sub/openapi.json"), (of_none, "/openapi.json"),
        (of_root, "/openapi.json"), (of_root, "/only/sub/openapi.json"), (of_wrapped, "/openapi.json"),
    ):  # fmt: skip
        page.same_document(path)


def test_sub_applications(of_mounted):
    of_mounted.right(
        *map(
            get,
            listed(
                "/where /where/ /inner/where /inner/where/ /inner/deep/where /named/teal/where /shadow/where /links"
            ),
        )
    )
    of_mounted.wrong(
        *map(
            get,
            listed("/fail /fail?q=1 /inner/fail?q=1 /inner/deep/fail?q=x /inner/deep/nowhere /inner/mine"),
        )
    )
    of_mounted.same(
        get("/inner"), get("/inner/"), get("/inner/deep"), ask("PURGE", "/inner/where"), get("/INNER/where")
    )
    of_mounted.same(get("/named/a%2Fb/where"), get("/inner//where"), head("/inner/where"))
    for path in listed("/docs /inner/docs /inner/deep/docs"):
        theirs, ours = (side.client.get(path) for side in (of_mounted.theirs, of_mounted.ours))
        assert (ours.status_code, ours.headers["content-type"]) == (theirs.status_code, theirs.headers["content-type"])
        assert (f"{path.removesuffix('docs')}openapi.json" in ours.text) and "openapi.json" in theirs.text


def test_wsgi(of_mounted):
    of_mounted.right(get("/wsgi/a%20b?c=d"), post("/wsgi/x", content=b"\xff body"), get("/wsgi/"))
    of_mounted.wrong(get("/wsgi/gone"))
    of_mounted.same(get("/wsgi"))


def test_behind_a_proxy(of_options, of_none, of_root):
    of_options.right(*map(get, listed("/where /api/v1/where /api/v1/sub/where /slash/")))
    of_options.same(
        get("/slash"), get("/api/v1/api/v1/where"), get("/api/v1/nowhere"), get("/sub/fail?q=1"), get("/api/v1")
    )
    of_none.right(get("/where"), get("/strip/where"))
    of_root.right(get("/only/sub/where"))
    of_root.wrong(get("/sub/where"), get("/only/only/sub/where"))
    forwarded = {"x-forwarded-for": "10.1.2.3", "x-forwarded-proto": "https", "x-forwarded-host": "pond.example"}
    of_options.right(get("/slash/", headers=forwarded))


def test_a_server_that_knows_the_prefix():
    """What `--root-path` says, and what the document then says of it."""
    answers = []
    for lib, client_of in CLIENTS:
        for build in (mounted, by_options, without_servers):
            client = client_of(build(lib), root_path="/known", base_url="http://testserver")
            document = client.get("/openapi.json").json()
            document["info"]["title"] = ""
            said = [client.get(path) for path in ("/where", "/known/where", "/inner/where", "/sub/where")]
            again = client.get("/openapi.json").json().get("servers")
            answers.append((document.get("servers"), again, [(one.status_code, one.text) for one in said]))
    assert answers[3:] == answers[:3]


def test_middleware(of_wrapped):
    of_wrapped.right(
        *(
            get(path, headers={"accept-encoding": coding})
            for path in ("/large", "/small")
            for coding in ("gzip", "identity")
        )
    )
    of_wrapped.wrong(get("/raises"), get("/nowhere"), get("/small", headers={"host": "evil.example"}))
    of_wrapped.right(get("/small", headers={"host": "a.pond.example:81"}))


def test_to_https(of_https):
    of_https.right(get("/"), get("/a?b=c"), get("/", headers={"host": "pond.example:80"}))


@pytest.mark.parametrize(
    "wrong", [lambda lib: lib.FastAPI(middleware=[Stamp]), lambda lib: lib.FastAPI().mount("x", wsgi)]
)
def test_what_cannot_be_is_refused_by_both(wrong):
    for lib, client_of in CLIENTS:
        with pytest.raises(Exception):
            client_of(wrong(lib) or lib.FastAPI()).get("/")
