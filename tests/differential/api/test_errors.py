"""Exception handlers, HTTPException, what a broken endpoint answers."""

from typing import Annotated, Any

import pytest
from tests.differential.api.shapes import Item, User
from tests.differential.api.twins import Ask, Twins, get, post


class Unicorn(Exception):
    def __init__(self, name: str):
        self.name = name


class Foal(Unicorn):
    pass


def endpoints(lib: Any, app: Any) -> None:
    @app.get("/http/{code}")
    async def http(code: int):
        raise lib.HTTPException(status_code=code, detail={"any": ["thing", code]}, headers={"x-why": "because"})

    @app.get("/http-no-detail/{code}")
    def no_detail(code: int):
        raise lib.HTTPException(status_code=code)

    @app.get("/toolkit-http")
    async def toolkit():
        raise lib.WebHTTPException(status_code=403, detail="from the toolkit")

    @app.get("/unicorn/{name}")
    async def unicorn(name: str):
        raise (Foal if name == "foal" else Unicorn)(name)

    @app.get("/value-error")
    async def value_error():
        raise ValueError("broken")

    @app.get("/zero")
    def zero():
        return 1 / 0

    @app.post("/item")
    async def item(item: Item, q: int = 0):
        return item

    @app.get("/reply", response_model=User)
    async def reply():
        return {}

    @app.get("/request-validation")
    async def raised_by_hand():
        raise lib.RequestValidationError([{"loc": ("here",), "msg": "by hand", "type": "mine"}])

    @app.get("/in-dependency")
    async def in_dependency(value: Annotated[Any, lib.Depends(toolkit)]):
        return value

    @app.get("/stream")
    async def stream():
        def chunks():
            yield b"a"
            raise ValueError("too late")

        return lib.StreamingResponse(chunks())


def plain(lib: Any) -> Any:
    app = lib.FastAPI()
    endpoints(lib, app)
    return app


def handled(lib: Any) -> Any:
    async def on_unicorn(request, error):
        return lib.JSONResponse({"unicorn": error.name}, status_code=418)

    app = lib.FastAPI(exception_handlers={Unicorn: on_unicorn})

    @app.exception_handler(lib.RequestValidationError)
    async def on_validation(request, error):
        return lib.JSONResponse({"errors": lib.jsonable_encoder(error.errors()), "body": error.body}, status_code=400)

    @app.exception_handler(lib.WebHTTPException)
    async def on_http(request, error):
        return lib.PlainTextResponse(f"{error.status_code} {error.detail}", status_code=error.status_code)

    @app.exception_handler(409)
    def on_conflict(request, error):
        return lib.PlainTextResponse("conflict", status_code=409)

    @app.exception_handler(lib.ResponseValidationError)
    async def on_reply(request, error):
        return lib.JSONResponse({"reply": [e["type"] for e in error.errors()]}, status_code=502)

    endpoints(lib, app)
    return app


def catch_all(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.exception_handler(Exception)
    async def on_anything(request, error):
        return lib.JSONResponse({"caught": type(error).__name__}, status_code=500)

    @app.exception_handler(404)
    async def on_missing(request, error):
        return lib.JSONResponse({"missing": request.url.path}, status_code=404)

    endpoints(lib, app)
    return app


def reusing(lib: Any) -> Any:
    app = lib.FastAPI()

    @app.exception_handler(lib.WebHTTPException)
    async def on_http(request, error):
        response = await lib.http_exception_handler(request, error)
        response.headers["x-reused"] = "yes"
        return response

    @app.exception_handler(lib.RequestValidationError)
    async def on_validation(request, error):
        return await lib.request_validation_exception_handler(request, error)

    endpoints(lib, app)
    return app


def debugging(lib: Any) -> Any:
    app = lib.FastAPI(debug=True)
    endpoints(lib, app)
    return app


ASKS = [
    get("/http/404"),
    get("/http/204"),
    get("/http/304"),
    get("/http/409"),
    get("/http/x"),
    get("/http-no-detail/404"),
    get("/http-no-detail/418"),
    get("/http-no-detail/599"),
    get("/toolkit-http"),
    get("/unicorn/a"),
    get("/unicorn/foal"),
    get("/value-error"),
    get("/zero"),
    post("/item", {}),
    post("/item?q=x", {"name": "a"}),
    post("/item", body=b"{", headers={"content-type": "application/json"}),
    get("/reply"),
    get("/request-validation"),
    get("/in-dependency"),
    get("/stream"),
    get("/nowhere"),
    Ask("DELETE", "/item"),
]


@pytest.mark.parametrize("ask", ASKS, ids=str)
@pytest.mark.parametrize("build", [plain, handled, catch_all, reusing], ids=lambda build: build.__name__)
def test_same_answer(build: Any, ask: Ask) -> None:
    Twins(build).compare(ask)


@pytest.mark.parametrize("ask", [get("/http/404"), get("/nowhere"), post("/item", {})], ids=str)
def test_debugging_changes_nothing_for_expected_errors(ask: Ask) -> None:
    Twins(debugging).compare(ask)
