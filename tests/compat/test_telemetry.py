"""Under compat telemetry speaks as FastAPI, for dashboards, views and alerts that go by it."""

from __future__ import annotations

from tests.compat.running import ROOT, ran_well, run

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import webfoot.compat
webfoot.compat.install()
from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig, TelemetryData, get_telemetry_data
from tests.api.telemetry.rig import Rig, ask, http

rig = Rig()
app = FastAPI(telemetry=rig.options())

@app.get("/boom")
async def boom():
    raise LookupError(get_telemetry_data().values)

ask(app, http("/boom"))
(scope,) = {{span.instrumentation_scope for span in rig.raw_spans()}}
print(scope.name, scope.version)
print(rig.logs()[0].body)
webfoot.compat.uninstall()
from webfoot.api.telemetry.config import Speaker
print(Speaker.name, Speaker.title)
"""


def test_the_scope_and_the_sentences_are_fastapis() -> None:
    told = ran_well(run("-c", PROGRAM)).splitlines()
    assert told == ["fastapi 0.165.0", "Unhandled exception in FastAPI request", "webfoot webfoot"]
