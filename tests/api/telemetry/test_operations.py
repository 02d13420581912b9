"""The spans of a route's stages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from tests.api.telemetry.rig import Rig, ask, http, websocket

from webfoot import ApiRoute, APIRouter, BackgroundTasks, Depends, HTTPException, Webfoot, WebSocket
from webfoot.api.serve import pipeline, socket
from webfoot.api.telemetry import operations
from webfoot.web import PlainTextResponse

STAGES = ["fastapi.dependencies", "fastapi.endpoint", "fastapi.serialization"]


class Duck(BaseModel):
    name: str


def make(rig: Rig, **more: Any) -> Webfoot:
    app = Webfoot(telemetry=rig.options(**more))
    tracer = rig.tracers.get_tracer("mine")

    def mine(name: str) -> None:
        tracer.start_span(name).end()

    async def pond() -> AsyncIterator[str]:
        mine("pond enters")
        yield "pond"
        mine("pond leaves")

    def broken() -> None:
        raise LookupError("no pond")

    @app.get("/fine")
    def fine(tasks: BackgroundTasks, pond: str = Depends(pond)) -> str:
        mine("in endpoint")
        tasks.add_task(mine, "in task")
        return pond

    @app.get("/response")
    async def response() -> PlainTextResponse:
        return PlainTextResponse("quack")

    @app.get("/lines")
    async def lines() -> AsyncIterator[int]:
        mine("in lines")
        yield 1

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(503)

    @app.get("/boom")
    async def boom() -> None:
        raise LookupError("no duck")

    @app.get("/broken")
    async def broken_below(pond: None = Depends(broken)) -> None: ...

    @app.get("/unfit", response_model=Duck)
    async def unfit() -> dict[str, int]:
        return {"name": 1}

    @app.post("/ducks")
    async def post(duck: Duck, tasks: BackgroundTasks) -> None:
        tasks.add_task(broken)

    @app.websocket("/ws/{number}")
    async def socket(websocket: WebSocket, number: int, pond: str = Depends(pond)) -> None:
        await websocket.accept()
        mine("in socket")

    return app


def tree(rig: Rig) -> list[tuple[str, str | None]]:
    return [(span.name, span.parent) for span in rig.spans()]


def test_each_stage_has_its_span_and_is_around_what_happens_in_it() -> None:
    rig = Rig()
    ask(make(rig), http("/fine"))
    server = "GET /fine"
    assert tree(rig) == [
        ("pond enters", "fastapi.dependencies"),
        ("fastapi.dependencies", server),
        ("in endpoint", "fastapi.endpoint"),  # in a thread
        ("fastapi.endpoint", server),
        ("fastapi.serialization", server),
        (server, None),
        ("in task", "fastapi.background_task"),
        ("fastapi.background_task", server),
        ("pond leaves", server),
    ]
    assert all(rig.span(stage).kind == "INTERNAL" for stage in STAGES)
    here = f"{__name__}.make.<locals>."
    assert rig.span("fastapi.endpoint").attributes == {"code.function.name": here + "fine"}
    assert rig.span("fastapi.background_task").attributes == {"code.function.name": here + "mine"}


def test_there_is_a_span_only_where_there_is_a_stage() -> None:
    rig = Rig()
    app = make(rig)
    for path in ("/response", "/lines", "/nothing"):
        ask(app, http(path))
    assert tree(rig) == [
        ("fastapi.dependencies", "GET /response"),
        ("fastapi.endpoint", "GET /response"),
        ("GET /response", None),
        ("fastapi.dependencies", "GET /lines"),
        ("in lines", "GET /lines"),
        ("GET /lines", None),
        ("GET", None),
    ]


def test_the_stage_that_failed_is_the_one_in_error() -> None:
    failed = {}
    for path in ("/boom", "/broken", "/unfit", "/refused"):
        rig = Rig()
        ask(make(rig), http(path))
        failed[path] = {s.name: s.attributes.get("error.type") for s in rig.spans() if s.status[0] == "ERROR"}
    unfit = "webfoot.api.errors.ResponseValidationError"
    assert failed == {
        "/boom": {"fastapi.endpoint": "LookupError", "GET /boom": "LookupError"},
        "/broken": {"fastapi.dependencies": "LookupError", "GET /broken": "LookupError"},
        "/unfit": {"fastapi.serialization": unfit, "GET /unfit": unfit},
        "/refused": {"GET /refused": "503"},  # an answer is no failure of the endpoint
    }


def test_a_task_that_fails_is_in_error_and_the_answered_request_is_not() -> None:
    rig = Rig()
    asked = http("/ducks", "POST", headers=[(b"content-type", b"application/json")])
    ask(make(rig), asked, body=b'{"name": "eider"}')
    assert rig.span("fastapi.background_task").attributes["error.type"] == "LookupError"
    assert rig.span("POST /ducks").status == ("UNSET", None)
    assert [record.event_name for record in rig.logs()] == ["http.server.request.exception"]


def test_what_did_not_fit_is_counted_and_not_quoted() -> None:
    rig = Rig()
    asked = http("/ducks", "POST", headers=[(b"content-type", b"application/json")])
    ask(make(rig), asked, body=b'{"nam": "secret"}')
    ask(make(rig), asked, body=b"{")
    records = rig.logs()
    assert [record.event_name for record in records] == ["fastapi.validation.failed"] * 2
    assert [record.severity_text for record in records] == ["WARN"] * 2
    assert records[0].body == "Request validation failed"
    assert records[0].attributes == {"fastapi.validation.error_count": 1, "http.route": "/ducks"}
    assert records[0].trace_id == rig.raw_spans()[0].context.trace_id
    # a body that cannot be read is refused before there are dependencies
    assert tree(rig) == [("fastapi.dependencies", "POST /ducks"), ("POST /ducks", None), ("POST /ducks", None)]


def test_a_websocket_has_its_stages_too() -> None:
    rig = Rig()
    app = make(rig)
    ask(app, websocket("/ws/1"))
    ask(app, websocket("/ws/x"))
    server = "WS /ws/{number}"
    assert tree(rig) == [
        ("pond enters", "fastapi.dependencies"),
        ("fastapi.dependencies", server),
        ("in socket", "fastapi.endpoint"),
        ("fastapi.endpoint", server),
        ("pond leaves", server),
        (server, None),
        ("pond enters", "fastapi.dependencies"),
        ("fastapi.dependencies", server),
        (server, None),
    ]
    assert [record.event_name for record in rig.logs()] == ["fastapi.validation.failed"]


def test_what_is_around_the_route_is_around_its_stages() -> None:
    rig = Rig()
    app = make(rig)
    tracer = rig.tracers.get_tracer("mine")

    class Timed(ApiRoute):
        def get_route_handler(self) -> Any:
            base = super().get_route_handler()

            async def handler(request: Any) -> Any:
                with tracer.start_as_current_span("handler"):
                    return await base(request)

            return handler

    router = APIRouter(route_class=Timed)

    @router.get("/timed")
    async def timed() -> int:
        return 1

    @app.middleware("http")
    async def around(request: Any, call_next: Any) -> Any:
        with tracer.start_as_current_span("middleware"):
            return await call_next(request)

    app.include_router(router)
    ask(app, http("/timed"))
    assert tree(rig) == [
        *((stage, "handler") for stage in STAGES),
        ("handler", "middleware"),
        ("middleware", "GET /timed"),
        ("GET /timed", None),
    ]


def test_they_can_be_left_out() -> None:
    rig = Rig()
    ask(make(rig, operation_spans=False), http("/fine"))
    assert [name for name in rig.names() if name.startswith("fastapi.")] == []
    assert rig.span("in endpoint").parent == "GET /fine"


def test_routes_of_an_application_without_telemetry_stay_as_they_are() -> None:
    rig = Rig()
    ask(make(rig), http("/fine"))
    plain = make(rig, tracing=False, metrics=False, logs=False)
    before = len(rig.spans())
    assert ask(plain, http("/response")) == [200, 5]
    assert ask(plain, websocket("/ws/1"))
    assert [name for name in rig.names()[before:] if name.startswith("fastapi.")] == []


@pytest.mark.parametrize(
    ("plain", "observed"),
    [
        (pipeline.in_stages, operations.observed_stages),
        (socket.in_stages, operations.observed_conversation),
    ],
    ids=["requests", "WebSockets"],
)
def test_no_stage_is_left_out(plain: Any, observed: Any) -> None:
    """The stages stand twice, so that those without spans pay nothing for them."""
    stages = {name for name in plain.__code__.co_names if is_stage(plain.__globals__.get(name))}
    assert stages >= {"resolve", "arguments", "misfit", "call"}
    assert stages <= {*observed.__code__.co_names, *operations._values.__code__.co_names}


def is_stage(called: object) -> bool:
    return getattr(called, "__module__", "").startswith("webfoot.api.serve")
