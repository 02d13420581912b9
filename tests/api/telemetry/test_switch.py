"""When there is telemetry, and when there is nothing of it in the way."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware as Theirs
from tests.api.telemetry.rig import Rig, ask, http

from webfoot import Webfoot
from webfoot.api.telemetry.layer import TelemetryLayer
from webfoot.web import OpenTelemetryMiddleware as Ours
from webfoot.web.middleware.errors import ServerErrorMiddleware


def test_what_is_off_is_out_of_the_way_from_the_first_request_on() -> None:
    app = Webfoot(telemetry={"tracing": False, "metrics": False, "logs": False})
    assert app.middleware_stack is None
    ask(app, http("/"))
    assert isinstance(app.middleware_stack, ServerErrorMiddleware)


def test_what_is_on_stands_around_all_layers() -> None:
    app = Webfoot(telemetry=Rig().options())
    ask(app, http("/"))
    assert isinstance(app.middleware_stack, TelemetryLayer)
    assert isinstance(app.middleware_stack.app, ServerErrorMiddleware)


@pytest.mark.parametrize("middleware", [Theirs, Ours], ids=["theirs", "ours"])
def test_whoever_instruments_the_application_in_another_way_is_not_told_twice(middleware: Any) -> None:
    rig = Rig()
    app = Webfoot(telemetry=rig.options())
    app.add_middleware(middleware, tracer_provider=rig.tracers)
    ask(app, http("/nothing"))
    assert sum(span.kind == "SERVER" for span in rig.spans()) == 1
    assert "webfoot" not in {span.instrumentation_scope.name for span in rig.raw_spans()}


class Around:
    def __init__(self, app: Any) -> None:
        self.app = app
        self.passed: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.passed.append(scope["path"])
        await self.app(scope, receive, send)


def test_whoever_wraps_the_stack_as_it_is_built_stays_within() -> None:
    rig = Rig()
    app = Webfoot(telemetry=rig.options())
    around = Around(app.build_middleware_stack())
    assert isinstance(around.app, ServerErrorMiddleware)  # as tools expect
    app.build_middleware_stack = lambda: around  # type: ignore[method-assign]
    for path in ("/one", "/two"):
        ask(app, http(path))
    assert around.passed == ["/one", "/two"]
    assert rig.names() == ["GET", "GET"]


def test_a_stack_of_ones_own_is_observed_too() -> None:
    class Own(Webfoot):
        def build_middleware_stack(self) -> Any:
            return Around(self.router)

    rig = Rig()
    app = Own(telemetry=rig.options(journey_spans=True))
    assert ask(app, http("/openapi.json"))[0] == 200
    assert rig.names() == ["GET /openapi.json"]


GLOBAL = """
import asyncio, sys
from tests.api.telemetry.rig import Rig, answer, http
from webfoot import Webfoot
from opentelemetry import trace, metrics, _logs

rig = Rig()
def configure():
    trace.set_tracer_provider(rig.tracers)
    metrics.set_meter_provider(rig.meters)
    _logs.set_logger_provider(rig.loggers)

async def lifespan(scope, receive, send):
    configure()
    await send({"type": "lifespan.startup.complete"})
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", GLOBAL + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_with_a_configured_sdk_it_is_on_unasked() -> None:
    code = "app = Webfoot(); configure(); asyncio.run(answer(app, http('/'))); "
    assert run(code + "print(rig.names(), len(rig.points()))") == "['GET'] 2"


def test_without_one_it_is_off_unasked_and_its_providers_are_left_alone() -> None:
    code = "app = Webfoot(); asyncio.run(answer(app, http('/'))); "
    code += "print(type(app.middleware_stack).__name__, type(trace.get_tracer_provider()).__name__)"
    assert run(code) == "ServerErrorMiddleware ProxyTracerProvider"


def test_when_it_was_asked_for_the_sdk_may_be_configured_late() -> None:
    code = "app = Webfoot(telemetry={}); asyncio.run(answer(app, http('/'))); configure(); "
    code += "asyncio.run(answer(app, http('/'))); print(rig.names())"
    assert run(code) == "['GET']"


def test_an_sdk_that_a_lifespan_configures_is_early_enough() -> None:
    code = "from contextlib import asynccontextmanager\n"
    code += "@asynccontextmanager\nasync def life(app):\n    configure()\n    yield\n"
    code += "from webfoot.testing import TestClient\n"
    code += "with TestClient(Webfoot(lifespan=life)) as client:\n    client.get('/')\nprint(rig.names())"
    assert run(code) == "['GET']"
