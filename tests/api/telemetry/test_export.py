"""Exporters by the environment, against a collector on a socket of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

COLLECTOR = """
import asyncio, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

got = []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        got.append((self.path, b"GET /ducks" in self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
os.environ |= {name: value.format(url=url) for name, value in ENVIRONMENT.items()}

from webfoot import Webfoot
from webfoot.testing import TestClient

def serve(**options):
    app = Webfoot(**options)
    app.get("/ducks")(lambda: 1)
    with TestClient(app) as client:
        client.get("/ducks")
"""


def run(code: str, **environment: str) -> str:
    whole = f"ENVIRONMENT = {environment!r}\n{COLLECTOR}\n{code}"
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}"}


def test_what_was_told_is_exported_by_the_end_of_the_lifespan() -> None:
    told = run("serve(telemetry={'auto_configure': True}); print(sorted(got))", **ENDPOINT)
    assert told == "[('/v1/metrics', False), ('/v1/traces', True)]"


def test_an_application_may_live_twice() -> None:
    code = "serve(telemetry={'auto_configure': True}); serve(telemetry={'auto_configure': True}); "
    assert run(code + "print([path for path, _ in got].count('/v1/traces'))", **ENDPOINT) == "2"


@pytest.mark.parametrize(
    ("environment", "options", "paths"),
    [
        ({**ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}, {}, ["/v1/metrics", "/v1/traces"]),
        ({**ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true"}, {"telemetry": {"auto_configure": False}}, []),
        ({**ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_SDK_DISABLED": "true"}, {}, []),
        ({**ENDPOINT, "FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_METRICS_EXPORTER": "none"}, {}, ["/v1/traces"]),
        (ENDPOINT, {}, []),
        ({"FASTAPI_OTEL_AUTO_CONFIGURE": "true"}, {}, []),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{url}/v1/traces"},
            {"telemetry": {"auto_configure": True}},
            ["/v1/traces"],
        ),
    ],
    ids=["environment", "option wins", "disabled", "none", "endpoint only", "no endpoint", "traces only"],
)
def test_only_what_was_asked_for_is_exported(environment: Any, options: Any, paths: list[str]) -> None:
    told = run(f"serve(**{options!r}); print(sorted(path for path, _ in got))", **environment)
    assert told == repr(paths)


def test_exporters_are_added_to_a_provider_that_was_given_and_leave_it_alive() -> None:
    code = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
kept, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
serve(telemetry={"auto_configure": True, "tracer_provider": provider, "metrics": False, "operation_spans": False})
provider.get_tracer("mine").start_span("mine").end()
print(got, [span.name for span in kept.get_finished_spans()])
"""
    assert run(code, **ENDPOINT) == "[('/v1/traces', True)] ['GET /ducks', 'mine']"


def test_without_the_package_one_sentence_says_what_is_missing() -> None:
    code = "sys.modules['opentelemetry.exporter.otlp.proto.http.trace_exporter'] = None\n"
    code += "try:\n    serve(telemetry={'auto_configure': True})\nexcept Exception as error:\n"
    code += "    print('opentelemetry-exporter-otlp-proto-http' in str(error), 'webfoot[otlp]' in str(error))"
    assert run(code, **ENDPOINT) == "True True"
