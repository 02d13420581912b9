"""Route classes of the user's own: what they are called with, and that what they override is what runs."""

import gzip
import inspect
import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.differential.api.shapes import Item
from tests.differential.api.twins import FASTAPI, WEBFOOT, Ask, Twins, fresh, get, post, same

from webfoot.testing import TestClient


def gzipped(lib: Any) -> Any:
    class GzipRequest(lib.Request):
        async def body(self) -> bytes:
            if not hasattr(self, "_body"):
                body = await super().body()
                if "gzip" in self.headers.getlist("Content-Encoding"):
                    body = gzip.decompress(body)
                self._body = body
            return self._body

    class GzipRoute(lib.APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                return await original(GzipRequest(request.scope, request.receive))

            return handler

    app = lib.FastAPI()
    app.router.route_class = GzipRoute
    included = lib.APIRouter(route_class=GzipRoute)

    @app.post("/sum")
    @included.post("/sum")
    async def sum_numbers(request: lib.Request, numbers: list[int] = lib.Body()):
        return {"sum": sum(numbers), "type": type(request).__name__}

    app.include_router(included, prefix="/in")
    return app


ZIPPED = {"content-encoding": "gzip", "content-type": "application/json"}


@pytest.mark.parametrize("path", ["/sum", "/in/sum"])
def test_a_request_class_that_reads_the_body_in_its_own_way(path: str) -> None:
    twins = Twins(gzipped)
    twins.compare(Ask("POST", path, body=gzip.compress(b"[1, 2, 3]"), headers=ZIPPED))
    twins.compare(Ask("POST", path, body=gzip.compress(b"[1, 'x']"), headers=ZIPPED))
    twins.compare(post(path, [1, 2]), post(path, ["x"]), post(path))


def telling(lib: Any) -> Any:
    """The body in what a client is told; the time that it took; how often."""

    class ToldRoute(lib.APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                began = time.perf_counter()
                try:
                    response = await original(request)
                except lib.RequestValidationError as error:
                    body = await request.body()
                    raise lib.HTTPException(422, detail={"errors": error.errors(), "body": body.decode()}) from error
                response.headers["x-took"] = str(time.perf_counter() - began >= 0)
                return response

            return handler

    app = lib.FastAPI()
    router = lib.APIRouter(route_class=ToldRoute)

    @router.post("/")
    async def add(numbers: list[int] = lib.Body()):
        return sum(numbers)

    @app.get("/untimed")
    async def untimed():
        return "no"

    app.include_router(router)
    return app


def test_what_went_wrong_is_told_with_the_body() -> None:
    Twins(telling).compare(post("/", [1]), post("/", ["x"]), Ask("POST", "/", body=b"{"), get("/untimed"))


def retrying(lib: Any) -> Any:
    class Again(lib.APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                for _ in range(3):
                    try:
                        return await original(request)
                    except ZeroDivisionError:
                        log.append("again")
                return lib.PlainTextResponse("given up", status_code=503)

            return handler

    app = lib.FastAPI()
    log = app.state.log = []
    router = lib.APIRouter(route_class=Again)

    async def entered():
        log.append("enter")
        yield len(log)
        log.append("leave")

    @router.post("/{times}")
    async def flaky(times: int, background: lib.BackgroundTasks, item: Item, number: int = lib.Depends(entered)):
        background.add_task(log.append, f"task {number}")
        if log.count("again") < times:
            return 1 / 0
        return [number, item]

    app.include_router(router)
    return app


@pytest.mark.parametrize("times", [0, 1, 2, 5])
def test_a_handler_that_is_called_again(times: int) -> None:
    fresh(retrying, post(f"/{times}", {"name": "x", "price": 1}), post(f"/{times}", {"name": "x"}))


def replacing(lib: Any) -> Any:
    """Another request in the place of the one that came; another response in the place of the one that goes."""

    class Other(lib.APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            original = super().get_route_handler()

            async def handler(request: Any) -> Any:
                scope = {**request.scope, "query_string": b"q=7", "headers": [(b"cookie", b"c=8"), (b"x-h", b"9")]}

                async def receive() -> Any:
                    return {"type": "http.request", "body": b'{"name": "y", "price": 2}', "more_body": False}

                response = await original(lib.Request(scope, receive))
                if request.query_params.get("plain"):
                    return response
                return lib.PlainTextResponse(b"around " + response.body, background=response.background)

            return handler

    app = lib.FastAPI()
    app.router.route_class = Other

    @app.get("/")
    async def told(
        request: lib.Request, q: int = 0, c: str | None = lib.Cookie(None), x_h: str | None = lib.Header("")
    ):
        return [q, c, x_h, str(request.url.query)]

    @app.post("/")
    async def sent(item: Item):
        return item

    return app


def test_a_request_and_a_response_in_the_place_of_others() -> None:
    twins = Twins(replacing)
    twins.compare(get("/"), get("/?q=1&plain=1", cookie="c=2"), Ask("POST", "/", body=b"x"), post("/?plain=1", {}))


def answering_nothing(lib: Any) -> Any:
    class Silent(lib.APIRoute):
        def get_route_handler(self) -> Callable[..., Any]:
            async def handler(request: Any) -> Any:
                return lib.PlainTextResponse(f"instead of {self.name}: {await request.json()}")

            return handler

    app = lib.FastAPI()
    app.router.route_class = Silent
    app.post("/")(lambda item: item)
    return app


def test_a_handler_that_does_not_call_the_route_s_own() -> None:
    Twins(answering_nothing).compare(post("/?item=1", [1]), get("/"))


def by_header(lib: Any) -> Any:
    """`matches` and `handle`."""
    full, none = lib.Match.FULL, lib.Match.NONE

    class Versioned(lib.APIRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            self.version = getattr(endpoint, "version", b"1")
            super().__init__(path.rstrip("/") + "/versioned", endpoint, **options)

        def matches(self, scope: Any) -> Any:
            match, child = super().matches(scope)
            if match is full and dict(scope["headers"]).get(b"x-version") != self.version:
                return none, {}
            return match, child

        async def handle(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["query_string"] == b"refuse":
                await lib.PlainTextResponse(f"refused by {self.version!r}", status_code=403)(scope, receive, send)
                return
            await super().handle(scope, receive, send)

    app = lib.FastAPI()
    app.router.route_class = Versioned
    router = lib.APIRouter(prefix="/r", route_class=Versioned)

    async def one():
        return "one"

    async def two():
        return "two"

    two.version = b"2"  # type: ignore[attr-defined]
    for holder in (app, router):
        holder.get("/x")(one)
        holder.get("/x")(two)
        holder.api_route("/plain", methods=["GET", "POST"])(one)
    router.add_api_route("/not", one, route_class_override=lib.APIRoute)
    app.include_router(router, prefix="/in")
    return app


def test_matches_and_handle_and_constructor() -> None:
    twins = Twins(by_header)
    for prefix in ("", "/in/r"):
        for version in ("", "1", "2"):
            for path in ("/x/versioned", "/x", "/x/versioned?refuse", "/plain/versioned", "/not"):
                twins.compare(get(prefix + path, x_version=version), Ask("POST", prefix + path))


def constructed(lib: Any) -> tuple[list[Any], Any]:
    told: list[Any] = []

    class Recorded(lib.APIRoute):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            names = sorted(options)
            kept = {name: options[name] for name in names if name not in ("dependencies", "endpoint", "response_class")}
            for name in ("response_model", "generate_unique_id_function", "strict_content_type"):
                kept.pop(name)  # what stands for "not given" is each framework's own affair
            kept["dependency_overrides_provider"] = kept["dependency_overrides_provider"] is not None
            told.append([arguments, options["endpoint"].__name__, len(options["dependencies"]), kept])
            super().__init__(*arguments, **options)

        def get_route_handler(self) -> Callable[..., Any]:
            told.append([self.path_format, sorted(self.methods), self.tags, self.name, self.response_model])
            told.append([self.status_code, self.include_in_schema, self.dependant.call.__name__, self.unique_id])
            return super().get_route_handler()

    async def simple():
        return 1

    def full(x: int, y: int = lib.Body()) -> int:
        return x

    router = lib.APIRouter(route_class=Recorded, prefix="/r", tags=["router"], dependencies=[lib.Depends(lambda: 1)])
    router.get("/simple")(simple)
    router.post("/full/{x}", tags=["own"], status_code=201, summary="Short", responses={404: {}}, name="named")(full)
    app = lib.FastAPI()
    app.router.route_class = Recorded
    app.delete("/simple", deprecated=True, response_model=None)(simple)
    return told, app


def test_what_a_constructor_is_called_with() -> None:
    """Every option of FastAPI's, given or not, and the endpoint by its name: so it can be read, or be a parameter."""
    (theirs, _), (ours, _) = constructed(FASTAPI), constructed(WEBFOOT)
    assert len(ours) == 9
    for mine, other in zip(ours, theirs, strict=True):
        same("constructor", mine, other)


def test_signatures_as_people_write_them() -> None:
    """Positional, by keyword, with their own parameters and FastAPI's options one by one."""
    names = list(inspect.signature(FASTAPI.APIRoute.__init__).parameters)[3:]

    def build(lib: Any) -> Any:
        class Positional(lib.APIRoute):
            def __init__(self, path, endpoint, **kwargs):
                super().__init__(path, endpoint, **kwargs)

        class ByKeyword(lib.APIRoute):
            def __init__(self, path, *, endpoint, tags=None, **kwargs):
                super().__init__(path=path, endpoint=endpoint, tags=[*(tags or []), "keyword"], **kwargs)

        class Untyped(lib.APIRoute):
            def __init__(self, *args, **kwargs):
                kwargs["include_in_schema"] = kwargs["include_in_schema"] and not kwargs["deprecated"]
                super().__init__(*args, **kwargs)

        namespace: dict[str, Any] = {"APIRoute": lib.APIRoute}
        given = ", ".join(f"{name}={name}" for name in names if name != "form_limits")
        known = ", ".join(name for name in names if name != "form_limits")
        exec(
            f"class Listed(APIRoute):\n def __init__(self, path, endpoint, *, {known}):\n"
            f"  super().__init__(path, endpoint, {given})",
            namespace,
        )
        app = lib.FastAPI()
        for kind in (Positional, ByKeyword, Untyped, namespace["Listed"]):
            router = lib.APIRouter(route_class=kind, tags=["router"])
            for deprecated in (False, True):

                async def endpoint(item: Item) -> list[Item]:
                    return [item]

                router.post(f"/{kind.__name__}/{deprecated}", deprecated=deprecated)(endpoint)
            app.include_router(router)
        return app

    twins = Twins(build)
    theirs, ours = (app.openapi() for app in twins.apps)
    same("paths", ours["paths"], theirs["paths"])
    for path in theirs["paths"]:
        twins.compare(post(path, {"name": "x", "price": 1}), post(path, {}))


def wrapped(lib: Any) -> Any:
    """`app` is replaced in the constructor."""

    class Stamped(lib.APIRoute):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            inner = self.app

            async def stamped(scope: Any, receive: Any, send: Any) -> None:
                async def send_stamped(message: Any) -> None:
                    if message["type"] == "http.response.start":
                        message["headers"] = [*message["headers"], (b"x-stamp", b"1")]
                    await send(message)

                await inner(scope, receive, send_stamped)

            self.app = stamped

    app = lib.FastAPI()
    app.router.route_class = Stamped

    @app.get("/{x}")
    async def endpoint(x: int):
        return x

    return app


def test_an_application_around_the_route_s_own() -> None:
    Twins(wrapped).compare(get("/1"), get("/x"))


def sockets(lib: Any) -> Any:
    class Marked(lib.APIWebSocketRoute):
        async def handle(self, scope: Any, receive: Any, send: Any) -> None:
            scope["marked"] = self.name
            await super().handle(scope, receive, send)

        def matches(self, scope: Any) -> Any:
            match, child = super().matches(scope)
            return (lib.Match.NONE, {}) if b"no" in scope["query_string"] else (match, child)

    app = lib.FastAPI()

    async def endpoint(websocket: lib.WebSocket, x: int):
        await websocket.accept()
        await websocket.send_json([websocket.scope.get("marked"), x, websocket.scope["path_params"]])
        await websocket.close()

    app.router.routes.append(Marked("/ws/{x}", endpoint, name="socket"))
    return app


def test_classes_for_websockets() -> None:
    apps = {lib.name: sockets(lib) for lib in (FASTAPI, WEBFOOT)}
    for target in ("/ws/1", "/ws/x", "/ws/1?no"):
        answers = {}
        for name, app in apps.items():
            try:
                with TestClient(app).websocket_connect(target) as session:
                    answers[name] = session.receive_json()
            except Exception as error:
                answers[name] = getattr(error, "status_code", None)
        same(target, answers["webfoot"], answers["fastapi"])
