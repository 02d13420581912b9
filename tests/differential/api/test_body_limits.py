"""`max_body_size` and `form_limits`: which requests are refused on which level, and with what."""

from typing import Annotated, Any

import pytest
from starlette.responses import PlainTextResponse
from tests.differential.api.twins import Ask, Twins, post

JSON = {"content-type": "application/json"}
# In what a client says of its length: the truth, a lie, and nothing (a chunked body).
LENGTHS = {"declared": JSON, "lying": {**JSON, "content-length": "3"}, "chunked": {**JSON, "content-length": ""}}
LONG = b"[1111111111111]"  # 15 bytes

# app, inclusion, router, operation
LEVELS = [
    (None, None, None, None),
    (10, None, None, None),
    (None, 10, None, None),
    (None, None, 10, None),
    (None, None, None, 10),
    (10, 100, None, None),
    (10, None, 100, None),
    (10, None, None, 100),
    (100, 10, None, None),
    (None, 100, 10, None),
    (None, 10, 100, None),
    (None, None, 10, 100),
    (None, None, 100, 10),
    (100, None, None, 0),
    (0, None, None, None),
    (0, None, None, 15),
    (14, 14, 14, 15),
    (15, 15, 15, 14),
]


def build(lib: Any, app_limit: int | None, inclusion: int | None, router: int | None, operation: int | None) -> Any:
    app = lib.FastAPI(max_body_size=app_limit)
    ducks = lib.APIRouter(max_body_size=router)

    @ducks.post("/json", max_body_size=operation)
    async def json(value: Annotated[Any, lib.Body()] = None):
        return value

    @ducks.post("/nothing", max_body_size=operation)
    def nothing():
        return "nothing was read"

    @ducks.post("/body", max_body_size=operation)
    async def body(request: lib.Request):
        return len(await request.body())

    @ducks.post("/stream", max_body_size=operation)
    async def stream(request: lib.Request):
        return sum([len(chunk) async for chunk in request.stream()])

    @ducks.post("/caught", max_body_size=operation)
    async def caught(request: lib.Request):
        try:
            return len(await request.body())
        except lib.WebHTTPException as refused:
            return [refused.status_code, refused.detail]

    @ducks.post("/form", max_body_size=operation)
    async def form(name: Annotated[str | None, lib.Form()] = None):
        return name

    @ducks.post("/file", max_body_size=operation)
    def file(photo: lib.UploadFile | None = None):
        return photo and photo.size

    app.include_router(ducks, max_body_size=inclusion)
    return app


@pytest.mark.parametrize("levels", LEVELS, ids=str)
def test_the_most_specific_limit_wins(levels: tuple[int | None, ...]) -> None:
    twins = Twins(lambda lib: build(lib, *levels))
    for path in ("/json", "/nothing", "/body", "/stream", "/caught"):
        for headers in LENGTHS.values():
            twins.compare(post(path, body=LONG, headers=headers))
            twins.compare(post(path, body=b"", headers=headers if "content-length" not in headers else JSON))
    for headers in ({}, {"content-length": ""}):
        twins.compare(
            post("/form", form={"name": "eider"}, headers=headers),
            post("/form", form={"name": "e" * 200}, headers=headers),
            post("/file", parts=[("photo", "duck.png", "image/png", b"quack")], headers=headers),
            post("/file", parts=[("photo", "duck.png", "image/png", b"quack" * 50)], headers=headers),
        )


def mounting(lib: Any, where: str) -> Any:
    """Routes of the toolkit and a mounted application below a limit that is set there."""
    limit = {level: 10 if level == where else None for level in ("app", "inclusion", "router", "sub", "roomy sub")}
    app = lib.FastAPI(max_body_size=10 if where == "roomy sub" else limit["app"])
    router = lib.APIRouter(max_body_size=limit["router"])
    sub = lib.FastAPI(max_body_size=100 if where == "roomy sub" else limit["sub"])

    async def read(request: Any) -> Any:
        return PlainTextResponse(str(len(await request.body())))

    @sub.post("/x")
    async def below(request: lib.Request):
        return len(await request.body())

    router.add_route("/plain", read, methods=["POST"])
    router.mount("/sub", sub)
    app.add_route("/direct", read, methods=["POST"])
    app.include_router(router, prefix="/p", max_body_size=limit["inclusion"])
    return app


@pytest.mark.parametrize("where", ["app", "inclusion", "router", "sub", "roomy sub"])
def test_what_is_mounted_and_routes_of_the_toolkit(where: str) -> None:
    twins = Twins(lambda lib: mounting(lib, where))
    for path in ("/p/plain", "/p/sub/x", "/direct"):
        for headers in LENGTHS.values():
            twins.compare(post(path, body=LONG, headers=headers), post(path, body=b"[]", headers=JSON))


BAD_SIZES = [-1, True, False, 1.5, "10", float("inf")]
BAD_LIMITS: list[Any] = [
    {"max_field": 1},
    {"max_fields": -1},
    {"max_fields": True},
    {"max_files": 1.5},
    {"max_part_size": "1"},
    {"max_fields": None},
    {"max_fields": float("inf")},
    5,
    [("max_fields", 1)],
]
DECLARING = {
    "app": lambda lib, **limits: lib.FastAPI(**limits),
    "router": lambda lib, **limits: lib.APIRouter(**limits),
    "inclusion": lambda lib, **limits: lib.FastAPI().include_router(lib.APIRouter(), **limits),
    "operation": lambda lib, **limits: lib.FastAPI().post("/", **limits)(lambda: None),
}


@pytest.mark.parametrize("level", DECLARING)
def test_bad_limits_are_refused_where_they_are_written(level: str) -> None:
    def build(lib: Any) -> Any:
        app = lib.FastAPI()
        app.state.log = []
        for limits in [{"max_body_size": size} for size in BAD_SIZES] + [{"form_limits": each} for each in BAD_LIMITS]:
            try:
                DECLARING[level](lib, **limits)
                app.state.log.append(f"{limits} taken")
            except ValueError:
                app.state.log.append(f"{limits} refused")
        return app

    Twins(build).compare(Ask("GET", "/docs-are-not-here"))


FORM_LEVELS: list[dict[str, Any]] = [
    {},
    {"app": {"max_fields": 2, "max_files": 1}},
    {"operation": {"max_fields": 0, "max_files": 0}},
    {"app": {"max_fields": 2, "max_files": 1, "max_part_size": 2048}, "operation": {"max_fields": 100}},
    {"inclusion": {"max_fields": 2}, "router": {"max_fields": 100}, "operation": {"max_files": 1}},
    {"app": {"max_part_size": 2048}, "router": {}, "operation": None},
    {"inclusion": {"max_files": 1}},
    {"router": {"max_part_size": 5000}},
]


def forms(lib: Any, app: Any = None, inclusion: Any = None, router: Any = None, operation: Any = None) -> Any:
    application = lib.FastAPI(form_limits=app)
    ducks = lib.APIRouter(form_limits=router)
    Form = lib.Form

    @ducks.post("/form", form_limits=operation)
    async def form(
        a: Annotated[list[str] | None, Form()] = None,
        b: Annotated[list[str] | None, Form()] = None,
        u: list[lib.UploadFile] | None = None,
    ):
        return [len(a or ()), len(b or ()), len(u or ())]

    @ducks.post("/by-hand", form_limits=operation)
    async def by_hand(request: lib.Request):
        async with request.form() as form:
            return len(form.multi_items())

    @ducks.post("/both", form_limits=operation)
    async def both(request: lib.Request, a: Annotated[str | None, Form()] = None):
        return len((await request.form()).multi_items())

    application.include_router(ducks, form_limits=inclusion)
    return application


@pytest.mark.parametrize("levels", FORM_LEVELS, ids=str)
def test_limits_of_forms(levels: dict[str, Any]) -> None:
    twins = Twins(lambda lib: forms(lib, **levels))
    for path in ("/form", "/by-hand", "/both"):
        twins.compare(
            post(path, form=[("a", "1"), ("b", "2")]),
            post(path, form=[("a", "1"), ("b", "2"), ("a", "3")]),
            post(path, parts=[("a", None, None, b"1")] * 3),
            post(path, parts=[("u", "a.txt", None, b"1")] * 2),
            post(path, parts=[("u", "a.txt", None, b"1"), ("a", None, None, b"1")]),
            post(path, form=[("a", "1" * 3000)]),
            post(path, parts=[("a", None, None, b"1" * 3000)]),
            post(path, parts=[("u", "a.txt", None, b"1" * 6000)]),
            post(path, body=b"{}", headers=JSON),
        )


def test_limits_say_nothing_in_the_document() -> None:
    def build(lib: Any) -> Any:
        app = forms(lib, app={"max_fields": 1}, operation={"max_files": 1})
        app.state.log = [app.openapi()["paths"]]
        return app

    Twins(build).compare(Ask("GET", "/"))
