"""Handling errors: HTTPException, handlers of one's own, handlers for what is raised inside, reusing them."""

from typing import Annotated, Any

from pydantic import BaseModel
from tests.differential.api.pages.harness import ask, get, post, served


class Asleep(Exception):
    def __init__(self, name: str) -> None:
        self.name = name


class SoundAsleep(Asleep):
    pass


class Duck(BaseModel):
    name: str
    size: int


def defaults(lib: Any) -> Any:
    """An application with handlers for its own exceptions."""
    app = lib.FastAPI()
    HTTPException = lib.HTTPException

    @app.exception_handler(Asleep)
    async def asleep(request: lib.Request, exc: Asleep):
        return lib.JSONResponse(status_code=418, content={"message": f"{exc.name} sleeps.", "path": request.url.path})

    @app.exception_handler(409)
    async def conflicts(request, exc):
        return lib.JSONResponse({"conflict": exc.detail}, status_code=409, headers=exc.headers)

    @app.get("/ducks/{name}")
    async def duck(name: str):
        if name != "jemima":
            raise HTTPException(status_code=404, detail="No such duck")
        return {"duck": name}

    @app.get("/details/{kind}")
    async def details(kind: str):
        detail = {"dict": {"a": [1, None]}, "list": ["a"], "none": None, "number": 3, "empty": "", "unicode": "\u00e9"}[
            kind
        ]
        raise HTTPException(400, detail)

    @app.get("/headers")
    async def headers():
        raise HTTPException(
            status_code=404, detail="x", headers={"X-Error": "There goes my error", "content-type": "a/b"}
        )

    @app.get("/status/{status}")
    async def status(status: int):
        raise HTTPException(status)

    @app.get("/of-the-toolkit")
    async def of_the_toolkit():
        raise lib.WebHTTPException(status_code=410, detail="gone", headers={"x-a": "b"})

    @app.get("/asleep/{name}")
    async def fall_asleep(name: str):
        raise (SoundAsleep if name == "donald" else Asleep)(name)

    @app.get("/in-a-thread/{name}")
    def in_a_thread(name: str):
        raise Asleep(name)

    def choosy(name: str):
        if name == "x":
            raise HTTPException(403, detail="not x")
        if name == "y":
            raise Asleep(name)
        return name

    @app.get("/depends/{name}")
    async def depends(name: Annotated[str, lib.Depends(choosy)]):
        return name

    @app.get("/broken")
    async def broken():
        raise RuntimeError("secret")

    @app.post("/refused")
    async def refused(duck: Duck, q: int = 1):
        return duck

    return app


def overridden(lib: Any) -> Any:
    """The handlers of HTTPException and of the validation's errors are the application's."""
    app = lib.FastAPI()

    @app.exception_handler(lib.WebHTTPException)
    async def http(request, exc):
        return lib.PlainTextResponse(str(exc.detail), status_code=exc.status_code)

    @app.exception_handler(lib.RequestValidationError)
    async def refused(request: lib.Request, exc):
        message = "Errors:"
        for error in exc.errors():
            message += f"\n{error['loc']}: {error['msg']}"
        return lib.PlainTextResponse(message, status_code=400)

    @app.exception_handler(Exception)
    async def anything(request, exc):
        return lib.PlainTextResponse(type(exc).__name__, status_code=500)

    @app.get("/ducks/{duck_id}")
    async def duck(duck_id: int):
        if duck_id == 3:
            raise lib.HTTPException(status_code=418, detail="Nope! I don't like 3.")
        return {"duck_id": duck_id}

    @app.get("/broken")
    async def broken():
        raise KeyError("x")

    @app.get("/unkept")
    async def unkept() -> int:
        return "x"  # type: ignore[return-value]

    return app


def with_bodies(lib: Any) -> Any:
    """The body of the refused request in the answer; the default handlers, called by one's own."""
    app = lib.FastAPI()
    app.state.log = []

    @app.exception_handler(lib.RequestValidationError)
    async def refused(request: lib.Request, exc):
        app.state.log.append([error["type"] for error in exc.errors()])
        if request.method == "PUT":
            return await lib.request_validation_exception_handler(request, exc)
        return lib.JSONResponse(
            status_code=422, content=lib.jsonable_encoder({"detail": exc.errors(), "body": exc.body})
        )

    @app.exception_handler(lib.WebHTTPException)
    async def http(request, exc):
        app.state.log.append(repr(exc.status_code))
        return await lib.http_exception_handler(request, exc)

    @app.post("/ducks/")
    @app.put("/ducks/")
    async def add(duck: Duck):
        return duck

    @app.post("/form/")
    async def form(size: Annotated[int, lib.Form()], name: Annotated[str, lib.Form()]):
        return size

    @app.get("/teapot")
    async def teapot():
        raise lib.HTTPException(status_code=418, detail={"a": 1}, headers={"x-tea": "green"})

    return app


page = served(defaults)
own = served(overridden)
told = served(with_bodies)


def test_documents(page, own, told):
    page.same_document()
    own.same_document()
    told.same_document()


def test_raised(page):
    page.right(get("/ducks/jemima"))
    page.wrong(get("/ducks/x"), get("/headers"), get("/of-the-toolkit"), get("/nowhere"), post("/headers"))
    page.wrong(*(get(f"/details/{kind}") for kind in ("dict", "list", "none", "number", "empty", "unicode")))
    page.wrong(get("/depends/x"), get("/depends/y"), get("/refused?q=x"))


def test_every_status(page):
    page.same(
        *(get(f"/status/{status}") for status in (200, 204, 304, 400, 401, 404, 405, 409, 418, 422, 429, 451, 500, 503))
    )


def test_handlers(page):
    page.wrong(get("/asleep/emma"), get("/asleep/donald"), get("/in-a-thread/x"), get("/status/409"))


def test_broken(page, own):
    page.same(get("/broken"), ask("HEAD", "/broken"))
    own.same(get("/broken"), get("/unkept"))


def test_overridden(own):
    own.right(get("/ducks/1"))
    own.wrong(get("/ducks/3"), get("/ducks/x"), get("/nowhere"), post("/ducks/1"))


def test_bodies(told):
    json = {"content-type": "application/json"}
    told.wrong(post("/ducks/", {"name": "x", "size": "XL"}), post("/ducks/"), post("/ducks/", []), post("/ducks/", "x"))
    told.wrong(post("/ducks/", content=b"{x", headers=json), ask("PUT", "/ducks/", content=b"{x", headers=json))
    told.wrong(ask("PUT", "/ducks/", json={"name": None}), post("/form/", data={"size": "x"}), post("/form/"))
    told.wrong(
        get("/teapot"), get("/nowhere"), post("/ducks/", content=b"plain", headers={"content-type": "text/plain"})
    )
    told.noted(
        [["int_parsing"], ["missing"], ["model_attributes_type"], ["model_attributes_type"], ["json_invalid"],
         ["json_invalid"], ["string_type", "missing"], ["int_parsing", "missing"], ["missing", "missing"],
         "418", "404", ["model_attributes_type"]]
    )  # fmt: skip
