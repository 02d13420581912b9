"""Middleware; CORS; background tasks; static files."""

import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any

from tests.differential.api.pages.harness import ask, get, head, post, served

STATIC = Path(mkdtemp())
(STATIC / "duck.txt").write_text("quack" * 10)
(STATIC / "site").mkdir()
(STATIC / "site" / "index.html").write_text("<h1>pond</h1>")
(STATIC / "\u00e9.css").write_text("p {}")


def around(lib: Any) -> Any:
    app = lib.FastAPI()
    app.state.log = log = []

    @app.middleware("http")
    async def timed(request: lib.Request, call_next):
        began = time.perf_counter()
        log.append(f"first {request.url.path}")
        response = await call_next(request)
        response.headers["X-Process-Time"] = "short" if time.perf_counter() - began < 5 else "long"
        return response

    @app.middleware("http")
    async def second(request, call_next):
        log.append("second")
        if request.headers.get("x-refuse"):
            return lib.PlainTextResponse("refused", status_code=403)
        response = await call_next(request)
        log.append(f"second {response.status_code}")
        if "x-replace" in request.headers:
            body = b"".join([chunk async for chunk in response.body_iterator])
            return lib.Response(body.upper(), response.status_code, media_type="text/x")
        return response

    class Pure:
        def __init__(self, app: Any, word: str) -> None:
            self.app, self.word = app, word

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            log.append(f"{self.word} {scope['type']}")
            await self.app(scope, receive, send)

    app.add_middleware(Pure, word="pure")

    async def left():
        yield "x"
        log.append("left")

    @app.get("/ducks")
    async def ducks(tasks: lib.BackgroundTasks, x: Annotated[str, lib.Depends(left)]):
        tasks.add_task(log.append, "task")
        return [x]

    @app.post("/echo")
    async def echo(request: lib.Request):
        return lib.Response(await request.body(), media_type="application/octet-stream")

    @app.get("/http")
    async def http():
        raise lib.HTTPException(404, "none")

    @app.get("/broken")
    async def broken():
        raise RuntimeError("secret")

    @app.get("/streamed")
    async def streamed():
        async def chunks():
            yield b"a"
            yield b"b"

        return lib.StreamingResponse(chunks(), media_type="text/plain")

    return app


def cors(lib: Any, **options: Any) -> Any:
    app = lib.FastAPI()
    app.add_middleware(lib.CORSMiddleware, **options)

    @app.get("/")
    async def root():
        return {"message": "quack"}

    @app.put("/broken")
    async def broken():
        raise RuntimeError("secret")

    return app


def listed(lib: Any) -> Any:
    return cors(
        lib,
        allow_origins=["http://pond.example", "https://pond.example:8443"],
        allow_origin_regex=r"https://.*\.lake\.example",
        allow_credentials=True,
        allow_methods=["GET", "PUT"],
        allow_headers=["X-Duck"],
        expose_headers=["X-Shown"],
        max_age=7,
    )


def anybody(lib: Any) -> Any:
    return cors(lib, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])


def defaults(lib: Any) -> Any:
    return cors(lib, allow_origins=["http://pond.example"])


def tasks(lib: Any) -> Any:
    app = lib.FastAPI()
    app.state.log = log = []

    def write(email: str, message: str = ""):
        log.append(f"{email}: {message}")

    async def write_later(text: str):
        log.append(text)

    def query(tasks: lib.BackgroundTasks, q: str | None = None):
        if q:
            tasks.add_task(write, "query", message=q)
        return q

    @app.post("/notify/{email}")
    async def notify(email: str, tasks: lib.BackgroundTasks, q: Annotated[str | None, lib.Depends(query)]):
        tasks.add_task(write_later, "first")
        tasks.add_task(write, email, message="sent")
        return {"message": "later", "q": q}

    @app.get("/broken")
    async def broken(tasks: lib.BackgroundTasks):
        def fails():
            log.append("fails")
            raise RuntimeError

        tasks.add_task(fails)
        tasks.add_task(write, "never")
        return "sent"

    @app.get("/refused")
    async def refused(tasks: lib.BackgroundTasks):
        tasks.add_task(write, "never")
        raise lib.HTTPException(400, "none")

    @app.get("/own-response")
    async def own_response(tasks: lib.BackgroundTasks):
        tasks.add_task(write, "injected")
        return lib.JSONResponse(1)

    @app.get("/both")
    async def both(tasks: lib.BackgroundTasks):
        tasks.add_task(write, "injected")
        return lib.JSONResponse(1, background=lib.BackgroundTask(write, "own"))

    @app.get("/made")
    def made():
        tasks = lib.BackgroundTasks()
        tasks.add_task(write, "made")
        return lib.PlainTextResponse("x", background=tasks)

    return app


def files(lib: Any) -> Any:
    app = lib.FastAPI()
    app.mount("/static", lib.StaticFiles(directory=STATIC), name="static")
    app.mount("/site", lib.StaticFiles(directory=STATIC / "site", html=True), name="site")

    @app.get("/where")
    async def where(request: lib.Request):
        return [str(request.url_for("static", path="duck.txt")), app.url_path_for("site", path="/x")]

    return app


page = served(around)
some = served(listed)
all_ = served(anybody)
few = served(defaults)
later = served(tasks)
static = served(files)
ORIGINS = ["http://pond.example", "https://pond.example:8443", "https://a.lake.example", "https://evil.example",
"null", "",
           "http://pond.example.evil.example", "HTTP://POND.EXAMPLE"]  # fmt: skip


def test_documents(page, some, later, static):
    for one in (page, some, later, static):
        one.same_document()


def noted(page, *asks, rest):
    for path in asks:
        page.same(get(path))
        page.noted(["pure http", "second", f"first {path}", *rest])


def test_middleware(page):
    page.noted(["pure lifespan", "pure http", "second", "first /openapi.json", "second 200"])
    noted(page, "/ducks", rest=["second 200", "task", "left"])
    noted(page, "/http", "/nowhere", rest=["second 404"])
    noted(page, "/broken", rest=[])
    noted(page, "/streamed", rest=["second 200"])


def test_middleware_that_answers(page):
    page.wrong(get("/ducks", headers={"x-refuse": "1"}))
    page.right(get("/ducks", headers={"x-replace": "1"}), get("/streamed", headers={"x-replace": "1"}))
    page.right(post("/echo", content=b"x" * 200_000), get("/streamed"))


def test_cors(some, all_, few):
    for one in (some, all_, few):
        for origin in ORIGINS:
            where = {"origin": origin}
            one.same(
                get("/", headers=where), get("/nowhere", headers=where), get("/", headers={**where, "cookie": "a=b"})
            )
            for wanted in ("GET", "PUT", "DELETE", "put", ""):
                asked = {**where, "access-control-request-method": wanted}
                one.same(ask("OPTIONS", "/", headers=asked), ask("OPTIONS", "/nowhere", headers=asked))
                one.same(ask("OPTIONS", "/", headers={**asked, "access-control-request-headers": "x-duck, Accept"}))
                one.same(ask("OPTIONS", "/", headers={**asked, "access-control-request-headers": "x-duck,x-goose"}))
        one.same(ask("OPTIONS", "/"), get("/"))
        # "CORS on a 500" in docs/differences.md
        (theirs, _), (ours, _) = (
            side.put(ask("PUT", "/broken", headers={"origin": ORIGINS[0]})) for side in (one.theirs, one.ours)
        )
        assert (theirs.status, theirs.body) == (ours.status, ours.body)
        assert "access-control-allow-origin" in dict(ours.headers)


def test_tasks(later):
    later.right(post("/notify/emma"), post("/notify/emma?q=x"))
    later.noted(["first", "emma: sent", "query: x", "first", "emma: sent"])
    later.same(get("/broken"))
    later.noted(["fails"])
    later.wrong(get("/refused"))
    for path, log in {"/own-response": "injected: ", "/both": "own: ", "/made": "made: "}.items():
        later.right(get(path))
        later.noted([log])


def test_static_files(static):
    static.right(
        get("/static/duck.txt"), head("/static/duck.txt"), get("/site/"), get("/site/index.html"), get("/where")
    )
    static.right(get("/static/duck.txt", headers={"range": "bytes=1-3"}), get("/static/%C3%A9.css"), get("/site"))
    static.wrong(get("/static/none"), get("/static/"), get("/static/site"), post("/static/duck.txt"), get("/site/none"))
