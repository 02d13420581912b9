"""The same application under the same SDK on FastAPI and on webfoot: what each of them tells of the same requests."""

import importlib
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from pydantic import BaseModel
from tests.api.telemetry.rig import Rig, ask, http, websocket
from tests.differential.api.twins import FASTAPI, WEBFOOT

NAMES = {
    # The scope is ours, and our exceptions are called as they are.
    "webfoot.api.errors.ResponseValidationError": "fastapi.exceptions.ResponseValidationError",
    "Unhandled exception in webfoot request": "Unhandled exception in FastAPI request",
    "Unhandled exception in webfoot WebSocket connection": "Unhandled exception in FastAPI WebSocket connection",
}


class Duck(BaseModel):
    name: str
    age: int


def build(lib: Any, rig: Rig, **more: Any) -> Any:
    app = lib.FastAPI(telemetry=rig.options(**more))
    tracer = rig.tracers.get_tracer("mine")

    def mine(name: str) -> None:
        tracer.start_span(name).end()

    def threaded(q: str = "d") -> str:
        mine("in dependency")
        return q

    async def lasting(threaded: Annotated[str, lib.Depends(threaded)]) -> AsyncIterator[str]:
        mine("enters")
        yield threaded
        mine("leaves")

    def brief() -> Iterator[str]:
        yield "brief"
        mine("leaves briefly")

    def broken() -> None:
        raise LookupError("no pond")

    class Around:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            mine("before")
            await self.app(scope, receive, send)

    app.add_middleware(Around)

    @app.get("/plain")
    async def plain() -> Any:
        mine("in endpoint")
        return {"a": 1}

    @app.get("/ducks/{duck}")
    def show(
        duck: int, a: Annotated[str, lib.Depends(lasting)], b: Annotated[str, lib.Depends(brief, scope="function")]
    ) -> Duck:
        mine("in thread")
        return Duck(name=a + b, age=duck)

    @app.post("/ducks")
    async def add(duck: Duck, tasks: lib.BackgroundTasks) -> Any:
        tasks.add_task(mine, "in task")
        tasks.add_task(rename)
        return duck

    async def rename() -> None:
        mine("in async task")

    @app.post("/forms")
    async def form(name: Annotated[str, lib.Form()], age: Annotated[int, lib.Form()]) -> Any:
        return name

    @app.get("/refuse/{status}")
    async def refuse(status: int) -> Any:
        raise lib.HTTPException(status)

    @app.get("/boom")
    async def boom() -> Any:
        raise LookupError("no duck")

    @app.get("/broken")
    async def below(pond: Annotated[None, lib.Depends(broken)]) -> Any: ...

    @app.get("/unfit")
    async def unfit() -> Duck:
        return {"a": 1}  # type: ignore[return-value]

    @app.get("/empty", status_code=204)
    async def empty() -> None: ...

    @app.get("/busy", status_code=503)
    async def busy() -> Any:
        return "busy"

    @app.get("/response")
    async def response() -> Any:
        return lib.PlainTextResponse("quack")

    @app.get("/stream")
    async def stream() -> Any:
        async def pieces() -> AsyncIterator[bytes]:
            mine("in stream")
            yield b"quack"

        return lib.StreamingResponse(pieces())

    @app.get("/late")
    async def late() -> Any:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"quack"
            raise LookupError("no more")

        return lib.StreamingResponse(pieces())

    @app.get("/lines")
    async def lines() -> AsyncIterator[dict[str, int]]:
        mine("in lines")
        yield {"a": 1}
        yield {"a": 2}

    @app.get("/task")
    async def task(tasks: lib.BackgroundTasks) -> Any:
        tasks.add_task(broken)
        return 1

    @app.exception_handler(KeyError)
    async def handle(request: Any, error: Exception) -> Any:
        return lib.PlainTextResponse("handled", 500)

    @app.get("/handled")
    async def handled() -> Any:
        raise KeyError("duck")

    async def foreign(scope: Any, receive: Any, send: Any) -> None:
        mine("in foreign")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"quack"})

    app.mount("/foreign", foreign)
    inner = lib.FastAPI()
    inner.get("/ducks/{duck}")(threaded_show)
    app.mount("/ponds/{pond}", inner)
    router = lib.APIRouter(prefix="/herd", dependencies=[lib.Depends(threaded)])
    router.get("/{number}")(threaded_show)
    app.include_router(router, prefix="/api")

    @app.websocket("/ws/{room}")
    async def socket(websocket: lib.WebSocket, room: int, a: Annotated[str, lib.Depends(lasting)]) -> None:
        await websocket.accept()
        mine("in socket")
        said = await websocket.receive_text()
        if said == "boom":
            raise LookupError("no room")
        if said == "refuse":
            raise lib.WebSocketException(1008)
        await websocket.close()

    return app


def threaded_show(duck: int = 0, number: int = 0) -> int:
    return duck + number


JSON = [(b"content-type", b"application/json"), (b"host", b"ducks.example")]
CALLER = (b"traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

ASKED: dict[str, tuple[dict[str, Any], bytes, tuple[dict[str, Any], ...]]] = {
    "plain": (http("/plain"), b"", ()),
    "query": (http("/plain", query=b"a=1&b=2&sig=3"), b"", ()),
    "caller": (http("/plain", headers=[CALLER, (b"tracestate", b"a=b")]), b"", ()),
    "not sampled by the caller": (http("/plain", headers=[(CALLER[0], CALLER[1][:-1] + b"0")]), b"", ()),
    "unreadable caller": (http("/plain", headers=[(CALLER[0], b"00-quack")]), b"", ()),
    "dependencies": (http("/ducks/7"), b"", ()),
    "does not fit": (http("/ducks/x"), b"", ()),
    "body and tasks": (http("/ducks", "POST", headers=JSON), b'{"name": "eider", "age": 1}', ()),
    "body does not fit": (http("/ducks", "POST", headers=JSON), b'{"nam": "eider"}', ()),
    "broken body": (http("/ducks", "POST", headers=JSON), b"{", ()),
    "form": (
        http("/forms", "POST", headers=[(b"content-type", b"application/x-www-form-urlencoded")]),
        b"name=a&age=x",
        (),
    ),
    "not found": (http("/nothing"), b"", ()),
    "wrong method": (http("/plain", "DELETE"), b"", ()),
    "head": (http("/plain", "HEAD"), b"", ()),
    "made-up method": (http("/plain", "QUACK"), b"", ()),
    "404 raised": (http("/refuse/404"), b"", ()),
    "503 raised": (http("/refuse/503"), b"", ()),
    "exception": (http("/boom"), b"", ()),
    "exception in a dependency": (http("/broken"), b"", ()),
    "unfit result": (http("/unfit"), b"", ()),
    "no content": (http("/empty"), b"", ()),
    "503 returned": (http("/busy"), b"", ()),
    "response": (http("/response"), b"", ()),
    "stream": (http("/stream"), b"", ()),
    "late exception": (http("/late"), b"", ()),
    "lines": (http("/lines"), b"", ()),
    "exception in a task": (http("/task"), b"", ()),
    "handled exception": (http("/handled"), b"", ()),
    "foreign": (http("/foreign/a/b"), b"", ()),
    "mounted": (http("/ponds/blue/ducks/1"), b"", ()),
    "mounted, does not fit": (http("/ponds/blue/ducks/x"), b"", ()),
    "mounted, not found": (http("/ponds/blue/nothing"), b"", ()),
    "included": (http("/api/herd/3"), b"", ()),
    "document": (http("/openapi.json"), b"", ()),
    "root path": (http("/api/plain", root_path="/api"), b"", ()),
    "https, no host": (http("/plain", scheme="https", headers=[], http_version="2"), b"", ()),
    "address": (http("/plain", headers=[(b"host", b"[::1]:90")]), b"", ()),
    "bad host": (http("/plain", headers=[(b"host", b"a@b")]), b"", ()),
    "websocket": (websocket("/ws/1"), b"", ({"type": "websocket.receive", "text": "bye"},)),
    "websocket, exception": (websocket("/ws/1"), b"", ({"type": "websocket.receive", "text": "boom"},)),
    "websocket, refused": (websocket("/ws/1"), b"", ({"type": "websocket.receive", "text": "refuse"},)),
    "websocket, left": (websocket("/ws/1"), b"", ({"type": "websocket.disconnect", "code": 1001},)),
    "websocket, does not fit": (websocket("/ws/x"), b"", ()),
    "websocket, not found": (websocket("/nowhere"), b"", ()),
}


def told_of(lib: Any, case: str, sampler: Any = ALWAYS_ON, **more: Any) -> dict[str, Any]:
    rig = Rig(sampler)
    scope, body, messages = ASKED[case]
    ask(build(lib, rig, **more), {**scope}, *messages, body=body)
    logs = [(r.event_name, r.severity_text, NAMES.get(r.body, r.body), _plain(r.attributes)) for r in rig.logs()]
    spans = sorted(rig.spans(), key=lambda span: (span.name, str(span.attributes)))
    return {
        "spans": [(s.name, s.kind, s.parent, s.status, _plain(s.attributes), s.events) for s in spans],
        "logs": logs,
        "metrics": {
            name: [(_plain(attributes), value) for attributes, value in points] for name, points in rig.points().items()
        },
        "instruments": rig.instruments() if rig.points() else {},
        "schemas": {span.instrumentation_scope.schema_url for span in rig.raw_spans()},
        "linked": [record.span_id in {s.context.span_id for s in rig.raw_spans()} for record in rig.logs()],
    }


def _plain(attributes: Any) -> dict[str, Any]:
    """A traceback goes through the frameworks' own files; where it ends is the application."""
    said = {name: NAMES.get(value, value) for name, value in attributes.items()}
    if "exception.stacktrace" in said:
        said["exception.stacktrace"] = said["exception.stacktrace"].rpartition("\n  File ")[2].partition(": ")[0]
    if said.get("exception.type") == "fastapi.exceptions.ResponseValidationError":  # worded by each in its own way
        said = {
            name: value for name, value in said.items() if name not in ("exception.message", "exception.stacktrace")
        }
    return said


@pytest.mark.parametrize("case", list(ASKED))
def test_the_same_is_told(case: str) -> None:
    assert told_of(WEBFOOT, case) == told_of(FASTAPI, case)


SOME = ["dependencies", "does not fit", "exception", "not found", "websocket, exception"]


@pytest.mark.parametrize(
    "options",
    [{"tracing": False}, {"metrics": False}, {"logs": False}, {"operation_spans": False}],
    ids=lambda options: next(iter(options)),
)
@pytest.mark.parametrize("case", SOME)
def test_the_same_is_left_out(case: str, options: Any) -> None:
    assert told_of(WEBFOOT, case, **options) == told_of(FASTAPI, case, **options)


@pytest.mark.parametrize("case", SOME)
def test_the_same_is_told_of_what_is_not_sampled(case: str) -> None:
    assert told_of(WEBFOOT, case, ALWAYS_OFF) == told_of(FASTAPI, case, ALWAYS_OFF)


@pytest.mark.parametrize("case", SOME)
def test_the_same_is_excluded(case: str) -> None:
    options = {"exclude": lambda scope: scope["path"].startswith(("/ducks", "/ws"))}
    assert told_of(WEBFOOT, case, **options) == told_of(FASTAPI, case, **options)


def test_both_stand_back_where_opentelemetrys_own_middleware_is() -> None:
    told = []
    for lib in (FASTAPI, WEBFOOT):
        rig = Rig()
        app = build(lib, rig)
        app.add_middleware(OpenTelemetryMiddleware, tracer_provider=rig.tracers, meter_provider=rig.meters)
        ask(app, http("/plain"))
        told.append([(span.name, span.parent, span.kind) for span in rig.spans()])
    assert told[0] == told[1]
    assert ("GET /plain", None, "SERVER") in told[0]


def test_the_same_can_be_chosen() -> None:
    theirs, ours = (
        importlib.import_module(name).TelemetryConfig for name in ("fastapi.telemetry", "webfoot.telemetry")
    )
    assert set(ours.__annotations__) - set(theirs.__annotations__) == {"journey_spans"}
    assert set(theirs.__annotations__) <= set(ours.__annotations__)


def test_of_a_query_more_is_hidden_than_there() -> None:
    """docs/differences.md, "Telemetry"."""
    shown = []
    for lib in (FASTAPI, WEBFOOT):
        rig = Rig()
        ask(build(lib, rig), http("/plain", query=b"token=a&sig=b&c=%20"))
        shown.append(rig.span("GET /plain").attributes["url.query"])
    assert shown == ["token=a&sig=REDACTED&c=+", "token=REDACTED&sig=REDACTED&c=%20"]
