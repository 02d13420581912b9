"""`get_telemetry_data()`: what processors may see of a request while it is served."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace import SpanProcessor
from pydantic import BaseModel
from tests.api.telemetry.rig import Rig, ask, http, websocket

from webfoot import Depends, Request, Webfoot, WebSocket
from webfoot.telemetry import TelemetryData, get_telemetry_data


class Duck(BaseModel):
    name: str


class Sees(SpanProcessor):
    """Keeps what was known when a span ended."""

    def __init__(self) -> None:
        self.seen: dict[str, TelemetryData] = {}
        self.contexts: list[Any] = []

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        self.contexts.append(parent_context)

    def on_end(self, span: Any) -> None:
        data = get_telemetry_data()
        if data is not None:
            kept = {name: getattr(data, name) for name in ("request", "websocket", "body", "values", "errors")}
            self.seen[span.name] = TelemetryData(**kept)


def pond() -> str:
    return "blue"


def make(rig: Rig) -> tuple[Webfoot, Sees]:
    sees = Sees()
    rig.tracers.add_span_processor(sees)
    app = Webfoot(telemetry=rig.options())

    @app.post("/ducks/{number}")
    async def add(number: int, duck: Duck, pond: str = Depends(pond)) -> None: ...

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    return app, sees


POST = {"method": "POST", "headers": [(b"content-type", b"application/json")]}


def test_it_fills_as_the_request_goes_its_way() -> None:
    app, sees = make(Rig())
    ask(app, http("/ducks/7", **POST), body=b'{"name": "eider"}')
    for stage in ("fastapi.dependencies", "fastapi.endpoint", "POST /ducks/{number}"):
        data = sees.seen[stage]
        assert isinstance(data.request, Request)
        assert data.websocket is None
        assert data.body == {"name": "eider"}
        assert data.values == {"number": 7, "duck": Duck(name="eider"), "pond": "blue"}
        assert data.errors == []


def test_what_did_not_fit_is_there_with_the_clients_values() -> None:
    app, sees = make(Rig())
    ask(app, http("/ducks/x", **POST), body=b'{"nam": "eider"}')
    for stage in ("fastapi.dependencies", "POST /ducks/{number}"):
        errors = sees.seen[stage].errors
        assert errors is not None
        assert [(error["loc"], error["input"]) for error in errors] == [
            (("path", "number"), "x"),
            (("body", "name"), {"nam": "eider"}),
        ]


def test_of_a_websocket_there_is_the_websocket() -> None:
    app, sees = make(Rig())
    ask(app, websocket("/ws"))
    data = sees.seen["fastapi.endpoint"]
    assert isinstance(data.websocket, WebSocket)
    assert data.request is None


def test_when_the_request_is_over_there_is_nothing_left_of_it() -> None:
    app, sees = make(Rig())
    ask(app, http("/ducks/7", **POST), body=b'{"name": "eider"}')
    assert get_telemetry_data() is None
    assert sees.contexts
    assert all(get_telemetry_data(context) is None for context in sees.contexts if context is not None)
