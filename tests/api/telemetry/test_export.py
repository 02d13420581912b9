"""Exporters by the environment, against a collector on a socket of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.api.telemetry.rig import Rig

from webfoot import Webfoot
from webfoot.testing import TestClient

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}"}
ON = {**ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}
ALL = ["/v1/logs", "/v1/metrics", "/v1/traces"]


class Collector:
    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.bodies.append((self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def paths(self) -> list[str]:
        return sorted(path for path, _ in self.bodies)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    threading.Thread(target=collector.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def live(rig: Rig, **more: Any) -> None:
    app = Webfoot(telemetry=rig.options(**more))

    @app.get("/boom")
    async def boom() -> None:
        raise LookupError("no duck")

    with TestClient(app, raise_server_exceptions=False) as client:
        client.get("/boom")


@pytest.mark.parametrize(
    ("environment", "options", "paths"),
    [
        (ON, {}, ALL),
        (ENDPOINT, {"auto_configure": True}, ALL),
        (ENDPOINT, {"auto_configure": True, "logs": False}, ["/v1/metrics", "/v1/traces"]),
        (ENDPOINT, {}, []),
        (ON, {"auto_configure": False}, []),
        ({"FASTAPI_OTEL_AUTO_CONFIGURE": "true"}, {}, []),
        ({**ON, "OTEL_SDK_DISABLED": "true"}, {}, []),
        ({**ON, "OTEL_METRICS_EXPORTER": "none"}, {}, ["/v1/logs", "/v1/traces"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{url}/v1/traces"}, {"auto_configure": True}, ["/v1/traces"]),
    ],
    ids=["variable", "option", "logs off", "not asked", "option wins", "no endpoint", "disabled", "none", "traces"],
)
def test_what_was_asked_for_is_exported_by_the_end_of_the_lifespan(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, environment: Any, options: Any, paths: list[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(url=collector.url))
    rig = Rig()
    live(rig, **options)
    assert collector.paths() == paths
    traces = [body for path, body in collector.bodies if path == "/v1/traces"]
    assert all(b"GET /boom" in body for body in traces)


def test_a_provider_that_was_given_lives_on_and_may_be_used_again(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    rig = Rig()
    live(rig, auto_configure=True)
    live(rig, auto_configure=True)
    rig.tracers.get_tracer("mine").start_span("mine").end()
    assert rig.names().count("GET /boom") == 2
    assert rig.names()[-1] == "mine"
    assert collector.paths() == sorted(ALL * 2)
    for provider in (rig.tracers, rig.meters, rig.loggers):
        provider.shutdown()
    assert not [record for record in caplog.records if record.name.startswith("opentelemetry")]


def test_without_the_package_one_sentence_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ImportError) as caught:
        live(Rig(), auto_configure=True)
    needs = "telemetry['auto_configure'] needs the package opentelemetry-exporter-otlp-proto-http"
    assert str(caught.value) == f"{needs}: pip install 'webfoot[otlp]'"


def test_without_providers_there_are_global_ones_of_the_sdk(collector: Collector) -> None:
    code = f"""
import os
os.environ |= {{"OTEL_EXPORTER_OTLP_ENDPOINT": {collector.url!r}, "OTEL_SERVICE_NAME": "ponds"}}
from opentelemetry import trace
from webfoot import Webfoot
from webfoot.testing import TestClient
with TestClient(Webfoot(telemetry={{"auto_configure": True}})) as client:
    client.get("/")
print(trace.get_tracer_provider().resource.attributes["service.name"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("ponds", "")
    assert collector.paths() == ["/v1/metrics", "/v1/traces"]
