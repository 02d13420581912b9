"""What others have plugged in and what fails there."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk._logs import LogRecordProcessor
from opentelemetry.sdk.trace import SpanProcessor
from tests.api.telemetry.rig import Rig, ask, http

from webfoot import Webfoot
from webfoot.journey.otel import faults


class Failed(Exception):
    pass


class Starts(SpanProcessor):
    def on_start(self, span: Any, parent_context: Any = None) -> None:
        raise Failed


class Ends(SpanProcessor):
    def on_end(self, span: Any) -> None:
        raise Failed


class Emits(LogRecordProcessor):
    def on_emit(self, log_record: Any) -> None:
        raise Failed

    def shutdown(self) -> None: ...

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


@pytest.mark.parametrize("kind", [Starts, Ends, Emits])
def test_it_is_told_once_and_the_request_goes_on(
    kind: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "_told", set())
    rig = Rig()
    (rig.loggers.add_log_record_processor if kind is Emits else rig.tracers.add_span_processor)(kind())
    app = Webfoot(telemetry=rig.options())

    @app.get("/ducks/{duck}")
    async def duck(duck: int) -> int:
        return duck

    assert [ask(app, http(path))[0] for path in ("/ducks/1", "/ducks/x", "/ducks/2")] == [200, 422, 200]
    assert [record.name for record in caplog.records] == ["webfoot"]
    assert rig.points()["http.server.active_requests"][0][1] == 0


def test_a_propagator_that_fails_costs_the_trace_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> Any:
        raise Failed

    monkeypatch.setattr("webfoot.api.telemetry.layer.extract", fail)
    rig = Rig()
    assert ask(Webfoot(telemetry=rig.options()), http("/"))[0] == 404
    assert rig.points()["http.server.active_requests"][0][1] == 0


class Silent(Exception):
    def __str__(self) -> str:
        raise Failed


def test_an_exception_that_cannot_say_what_it_is_is_told_all_the_same() -> None:
    rig = Rig()
    app = Webfoot(telemetry=rig.options())

    @app.get("/")
    async def broken() -> None:
        raise Silent

    assert ask(app, http("/")) == [500, 21, "Silent"]
    (record,) = rig.logs()
    assert record.attributes["exception.message"] == "<its message failed: Failed>"
