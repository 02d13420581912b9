"""`journey_spans`: spans and events made of the marks of the trail."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from tests.api.telemetry.rig import Rig, ask, http

from webfoot import Depends, Webfoot
from webfoot.trail import TRAIL_KEY, Trail


def make(rig: Rig) -> Webfoot:
    app = Webfoot(telemetry=rig.options(journey_spans=True))

    def pond() -> str:
        return "blue"

    async def duck(pond: str = Depends(pond)) -> str:
        return pond

    def broken() -> None:
        raise LookupError("no pond")

    @app.get("/fine")
    async def fine(duck: str = Depends(duck)) -> str:
        rig.tracers.get_tracer("mine").start_span("in endpoint").end()
        return duck

    @app.get("/broken")
    async def below(pond: None = Depends(broken)) -> None: ...

    @app.middleware("http")
    async def first(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    return app


def test_each_middleware_and_each_dependency_has_its_span() -> None:
    rig = Rig()
    ask(make(rig), http("/fine"))
    raw = {span.context.span_id: span for span in rig.raw_spans()}
    dependencies = [span for span in raw.values() if span.name.startswith("dependency ")]
    assert [span.name for span in dependencies] == ["dependency pond", "dependency duck"]
    assert {raw[span.parent.span_id].name for span in dependencies} == {"fastapi.dependencies"}

    (found,) = [span for span in raw.values() if span.name == "in endpoint"]
    way = [found.name]
    while found.parent is not None:
        found = raw[found.parent.span_id]
        way.append(found.name)
    assert way == ["in endpoint", "fastapi.endpoint", "middleware first", "GET /fine"]


def test_a_dependency_took_the_time_that_it_took() -> None:
    rig = Rig()
    ask(make(rig), http("/fine"))
    spans = {span.name: span for span in rig.raw_spans()}
    inner, outer = spans["dependency pond"], spans["GET /fine"]
    assert outer.start_time <= inner.start_time <= inner.end_time <= outer.end_time


def test_what_failed_is_in_error_on_its_whole_way() -> None:
    rig = Rig()
    ask(make(rig), http("/broken"))
    in_error = {span.name for span in rig.spans() if span.attributes.get("error.type") == "LookupError"}
    assert in_error == {"dependency broken", "fastapi.dependencies", "middleware first", "GET /broken"}


def test_why_no_route_was_found_is_an_event() -> None:
    rig = Rig()
    ask(make(rig), http("/nothing"))
    (span,) = [span for span in rig.spans() if span.events]
    assert (span.name, span.events) == ("middleware first", ["webfoot.no_route", "webfoot.handled"])


class Marks(Trail):
    def __init__(self) -> None:
        self.stations: list[str] = []

    def mark(self, station: str, /, **facts: object) -> None:
        self.stations.append(station)

    def end(self) -> None:
        self.stations.append("end")


def test_a_journey_is_recorded_all_the_same() -> None:
    with_spans, without = Marks(), Marks()
    ask(make(Rig()), http("/fine", **{TRAIL_KEY: with_spans}))
    ask(make(Rig(ALWAYS_OFF)), http("/fine", **{TRAIL_KEY: without}))
    assert with_spans.stations == without.stations
    assert with_spans.stations.count("middleware_entered") == 3


def test_of_a_request_that_is_not_sampled_no_marks_are_made() -> None:
    seen: list[bool] = []
    app = make(Rig(ALWAYS_OFF))

    async def look(scope: Any, receive: Any, send: Any) -> None:
        seen.append(TRAIL_KEY in scope)

    app.mount("/look", look)
    ask(app, http("/look/"))
    assert seen == [False]
