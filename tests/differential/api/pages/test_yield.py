"""Dependencies with `yield`: order, exceptions, what is caught, scopes, early exit, background tasks, cancellation."""

from contextlib import contextmanager
from typing import Annotated, Any

from tests.differential.api.pages.harness import get, post, served


class Owner(Exception):
    pass


class Broken(Exception):
    pass


def app(lib: Any) -> Any:
    Depends, HTTPException = lib.Depends, lib.HTTPException
    app = lib.FastAPI()
    app.state.log = log = []

    @app.exception_handler(Owner)
    async def handled(request, exc):
        log.append("handler")
        return lib.JSONResponse({"owner": str(exc)}, status_code=418)

    def told(name: str):
        """A dependency that tells what happens to it."""

        async def dependency():
            log.append(f"{name} in")
            try:
                yield name
            except BaseException as error:
                log.append(f"{name} sees {type(error).__name__}")
                raise
            finally:
                log.append(f"{name} out")

        return dependency

    a = told("a")

    async def b(a: Annotated[str, Depends(a)]):
        log.append("b in")
        yield a + "b"
        log.append("b out")

    def c(b: Annotated[str, Depends(b)], a: Annotated[str, Depends(a)]):
        log.append("c in")
        try:
            yield a + b
        finally:
            log.append("c out")

    @app.get("/tree")
    async def tree(c: Annotated[str, Depends(c)]):
        log.append("endpoint")
        return c

    @app.get("/raises/{what}")
    async def raises(what: str, a: Annotated[str, Depends(a)], c: Annotated[str, Depends(c)]):
        if what == "http":
            raise HTTPException(404, "none", headers={"x-a": "1"})
        if what == "owner":
            raise Owner(what)
        if what == "broken":
            raise Broken(what)
        if what == "unkept":
            return object()
        return what

    @app.get("/unkept")
    async def unkept(a: Annotated[str, Depends(a)]) -> int:
        return "x"  # type: ignore[return-value]

    def translates():
        try:
            yield "x"
        except Owner as error:
            raise HTTPException(status_code=400, detail=f"Owner error: {error}") from error

    @app.get("/translated/{name}")
    def translated(name: str, x: Annotated[str, Depends(translates)]):
        if name != "x":
            raise Owner(name)
        return name

    def swallows():
        try:
            yield "x"
        except Broken:
            log.append("swallowed")

    @app.get("/swallowed")
    def swallowed(x: Annotated[str, Depends(swallows)]):
        raise Broken

    async def swallows_http():
        try:
            yield "x"
        except HTTPException:
            log.append("swallowed http")

    @app.get("/swallowed-http")
    async def swallowed_http(a: Annotated[str, Depends(a)], x: Annotated[str, Depends(swallows_http)]):
        raise HTTPException(409)

    def raises_after(kind: type[Exception], *args: Any):
        async def dependency():
            yield "x"
            log.append("raises")
            raise kind(*args)

        return dependency

    @app.get("/after/http")
    async def after_http(a: Annotated[str, Depends(a)], x: Annotated[str, Depends(raises_after(HTTPException, 404))]):
        return "sent"

    @app.get("/after/http-function")
    async def after_http_function(
        a: Annotated[str, Depends(a, scope="function")],
        x: Annotated[str, Depends(raises_after(HTTPException, 404), scope="function")],
    ):
        return "not sent"

    @app.get("/after/owner-function")
    async def after_owner_function(x: Annotated[str, Depends(raises_after(Owner, "late"), scope="function")]):
        return "not sent"

    def before():
        log.append("before")
        raise HTTPException(401, "before")
        yield

    @app.get("/before")
    async def raises_before(a: Annotated[str, Depends(a)], x: Annotated[str, Depends(before)]):
        return x

    @app.get("/refused")
    async def refused(a: Annotated[str, Depends(a)], number: int):
        return a

    function = told("function")
    request = told("request")

    @app.get("/scopes")
    async def scopes(
        one: Annotated[str, Depends(function, scope="function")],
        two: Annotated[str, Depends(request, scope="request")],
        three: Annotated[str, Depends(a)],
        tasks: lib.BackgroundTasks,
    ):
        tasks.add_task(log.append, "task")
        log.append("endpoint")
        return [one, two, three]

    @app.get("/streamed")
    async def streamed(
        one: Annotated[str, Depends(function, scope="function")], two: Annotated[str, Depends(request)]
    ) -> lib.StreamingResponse:
        async def chunks():
            log.append("first")
            yield one
            log.append("second")
            yield two

        return lib.StreamingResponse(chunks(), media_type="text/plain")

    class Held:
        def __enter__(self):
            log.append("enter")
            return self

        def __exit__(self, *error):
            log.append("exit")

    async def held():
        with Held() as inner:
            yield inner

    @app.get("/with")
    async def with_manager(inner: Annotated[Any, Depends(held)]):
        return type(inner).__name__

    class Callable_:
        def __call__(self, q: str = "q"):
            log.append("call")
            yield q
            log.append("called")

    @app.get("/instance", dependencies=[Depends(told("decorator"))])
    async def instance(q: Annotated[str, Depends(Callable_())]):
        return q

    @app.get("/uncached")
    async def uncached(one: Annotated[str, Depends(a)], two: Annotated[str, Depends(a, use_cache=False)]):
        return [one, two]

    router = lib.APIRouter(dependencies=[Depends(told("router"))])

    @router.get("/router")
    async def in_router(a: Annotated[str, Depends(a)]):
        return a

    app.include_router(router, dependencies=[Depends(told("include"))])

    async def upload(file: lib.UploadFile):
        yield file
        log.append(f"closed: {file.file.closed}")

    @app.post("/upload")
    async def with_upload(file: Annotated[lib.UploadFile, Depends(upload)], tasks: lib.BackgroundTasks):
        tasks.add_task(lambda: log.append(f"task: {file.file.closed}"))
        return (await file.read()).decode()

    @contextmanager
    def manager():
        log.append("manager")
        yield 1
        log.append("managed")

    @app.get("/manager")
    async def not_entered(value: Annotated[Any, Depends(manager)]):
        return type(value).__name__

    return app


page = served(app)


def test_document(page):
    page.same_document()


def test_order(page):
    page.right(get("/tree"))
    page.noted(["a in", "b in", "c in", "endpoint", "c out", "b out", "a out"])
    page.right(get("/router"), get("/instance"))
    page.noted(
        [
            "include in",
            "router in",
            "a in",
            "a out",
            "router out",
            "include out",
            "decorator in",
            "call",
            "called",
            "decorator out",
        ]
    )
    page.right(get("/uncached"))
    page.noted(["a in", "a in", "a out", "a out"])
    page.right(get("/with"))
    page.noted(["enter", "exit"])


def test_exceptions(page):
    page.wrong(get("/raises/http"))
    page.noted(["a in", "b in", "c in", "c out", "a sees HTTPException", "a out"])
    page.wrong(get("/raises/owner"))
    page.noted(["a in", "b in", "c in", "c out", "a sees Owner", "a out", "handler"])
    page.same(get("/raises/broken"))
    page.noted(["a in", "b in", "c in", "c out", "a sees Broken", "a out"])
    page.right(get("/raises/nothing"))
    page.noted(["a in", "b in", "c in", "c out", "b out", "a out"])
    page.same(get("/raises/unkept"))
    page.noted(["a in", "b in", "c in", "c out", "a sees ValueError", "a out"])
    page.same(get("/unkept"))
    page.noted(["a in", "a sees ResponseValidationError", "a out"])


def test_caught(page):
    page.right(get("/translated/x"))
    page.wrong(get("/translated/y"))
    assert page.same(get("/swallowed"))[0].status == 500
    page.noted(["swallowed"])
    assert page.same(get("/swallowed-http"))[0].status == 500
    page.noted(["a in", "swallowed http", "a out"])


def test_raised_after(page):
    page.right(get("/after/http"))
    page.noted(["a in", "raises", "a sees HTTPException", "a out"])
    page.wrong(get("/after/http-function"))
    page.noted(["a in", "raises", "a sees HTTPException", "a out"])
    page.wrong(get("/after/owner-function"))
    page.noted(["raises", "handler"])


def test_before_the_endpoint(page):
    page.wrong(get("/before"))
    page.noted(["a in", "before", "a sees HTTPException", "a out"])
    page.wrong(get("/refused"))
    page.noted(["a in", "a sees RequestValidationError", "a out"])
    page.right(get("/refused?number=1"))
    page.noted(["a in", "a out"])


def test_scopes(page):
    page.right(get("/scopes"))
    page.noted(["function in", "request in", "a in", "endpoint", "function out", "task", "a out", "request out"])
    page.right(get("/streamed"))
    page.noted(["function in", "request in", "function out", "first", "second", "request out"])


def test_uploads(page):
    page.right(post("/upload", files={"file": b"quack"}))
    page.noted(["task: False", "closed: False"])


def test_a_context_manager_is_not_entered(page):
    page.same(get("/manager"))
    page.noted([])
