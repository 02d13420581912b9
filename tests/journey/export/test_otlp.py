"""The export is read by the program that collectors are made of: the messages of opentelemetry-proto."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from tests.journey.saved.journeys import journey_of, posted

from webfoot.journey.export.otlp import as_otlp


def spans_of(*journeys: dict[str, Any]) -> list[Any]:
    data = json.loads(as_otlp(journeys, "main:app"))
    for resource in data["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                # OTLP writes ids as hexadecimal digits; the JSON of protobuf, which knows no exceptions, as Base64.
                for name in {"traceId", "spanId", "parentSpanId"} & span.keys():
                    span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    [resource] = ParseDict(data, TracesData()).resource_spans
    assert attributes(resource.resource) == {"service.name": "main:app"}
    return list(resource.scope_spans[0].spans)


def attributes(thing: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in thing.attributes}


def test_a_span_for_each_stretch_of_the_way():
    server, *others = spans_of(posted())
    assert (server.name, server.kind, server.status.code) == ("POST /ducks", 2, 0)
    said = attributes(server)
    assert said["http.route"] == "/ducks"
    assert said["http.response.status_code"] == 201
    assert said["url.query"] == "token=[redacted]"
    assert {span.name for span in others} >= {"route add", "dependency ranger", "endpoint add"}
    by_id = {span.span_id: span for span in (server, *others)}
    assert len(by_id) == 1 + len(others)
    for span in others:
        parent = by_id[span.parent_span_id]
        assert span.trace_id == server.trace_id
        # Times were rounded to nanoseconds one by one.
        assert parent.start_time_unix_nano - 2 <= span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= parent.end_time_unix_nano + 2


def test_the_same_journey_has_the_same_ids_and_another_one_others():
    one, other = posted(), posted()
    assert as_otlp([one]) == as_otlp([one])
    assert spans_of(one)[0].trace_id != spans_of(other)[0].trace_id


def test_it_stays_in_the_trace_it_came_from():
    given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    [server, *_] = spans_of(journey_of("GET", "/echo", [("traceparent", given)]))
    assert (server.trace_id.hex(), server.parent_span_id.hex()) == tuple(given.split("-")[1:3])


def test_why_and_failures():
    [server, *_] = spans_of(journey_of("GET", "/broken"))
    assert server.status.code == 2
    assert "ValueError: no ducks" in attributes(server)["webfoot.why"]
