"""The span of a request that the server refused itself: made when all is over, for no application has seen it."""

from __future__ import annotations

import time

from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Tracer

from webfoot.journey.otel.faults import tell
from webfoot.journey.record import Record
from webfoot.journey.why import why
from webfoot.trail.conventions import FIELDS, Attributes, known_method


def span_of_refused(tracer: Tracer, record: Record) -> None:
    now, ended = time.time_ns(), time.perf_counter_ns()
    began = now - (ended - record.marks[0].at)
    headers = record.fact("head_parsed", "headers")
    method = known_method({"method": record.method})
    path = (record.target or "").partition("?")[0]
    attributes: Attributes = {"http.request.method": method or "_OTHER", "url.path": path}
    if record.status is not None:
        attributes["http.response.status_code"] = record.status
    if (reason := why(record)) is not None:
        attributes["webfoot.why"], attributes["webfoot.decided_by"] = reason.sentence, reason.layer
    try:
        caller = extract(headers if isinstance(headers, list) else [], Context(), FIELDS)
        tracer.start_span(method or "HTTP", caller, SpanKind.SERVER, attributes, start_time=began).end(now)
    except Exception as error:
        tell(error)
