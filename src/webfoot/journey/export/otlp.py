"""Journeys as OpenTelemetry's spans, in OTLP/JSON as the collector takes it at `/v1/traces` (OTLP 1.x, JSON encoding).

The names are those of the live spans (see `webfoot.journey.otel`). Ids are reckoned from the journey, so that an export
that is sent twice is one trace; a request that carried W3C trace context keeps the trace that it belonged to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

import webfoot
from webfoot.journey.saved.reading import Journey, SavedError, facts_of
from webfoot.journey.saved.request import sent_fields
from webfoot.journey.why.answers import SURROUNDINGS

_SERVER, _INTERNAL = 2, 1  # SpanKind
_ERROR = 2  # StatusCode
_TRACEPARENT: Final = re.compile(
    r"[0-9a-f]{2}-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})-[0-9a-f]{2}"
)
# The request is the server's span; of the application and its surroundings there is none, as among the live spans.
_SHOWN: Final = frozenset(("middleware", "route", "dependency", "endpoint", "clean-up"))


def as_otlp(journeys: Sequence[Journey], app: str = "") -> str:
    spans = [span for journey in journeys for span in _spans(journey)]
    scope = {"name": "webfoot", "version": webfoot.__version__}
    resource = {"attributes": _attributes({"service.name": app or "webfoot"})}
    traces = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": scope, "spans": spans}]}]}
    return json.dumps(traces, indent=2) + "\n"


def _spans(journey: Journey) -> Iterator[dict[str, Any]]:
    tree = journey.get("tree")
    if not isinstance(tree, dict):
        raise SavedError(f"journey {journey.get('id') or ''} has no spans: nothing was marked")
    given = _TRACEPARENT.fullmatch(_header(journey, "traceparent"))
    # The salt makes one journey's ids differ from another one's that has the same number in another process.
    salt = f"{journey.get('id')} {journey.get('started_at')}"
    trace = given["trace"] if given else _id(salt, 16)
    began = round((journey.get("started_at") or 0) * 1e9)
    root = {
        "traceId": trace,
        "spanId": _id(f"{salt} 0", 8),
        "name": _name_of(journey),
        "kind": _SERVER,
        **_times(tree, began),
        "attributes": _attributes(_of_request(journey)),
        "events": [_event(mark, began) for mark in journey["marks"] if mark["station"] == "decided"],
        "status": {"code": _ERROR} if (journey.get("status") or 500) >= 500 else {},
    }
    if given:
        root["parentSpanId"] = given["span"]
    yield root
    numbers = iter(range(1, 100_000))

    def below(node: dict[str, Any], parent: str) -> Iterator[dict[str, Any]]:
        for child in node.get("children") or ():
            inner = parent
            if child.get("kind") in _SHOWN and child.get("name") not in SURROUNDINGS:
                inner = _id(f"{salt} {next(numbers)}", 8)
                yield {
                    "traceId": trace,
                    "spanId": inner,
                    "parentSpanId": parent,
                    "name": f"{child['kind']} {child.get('name')}",
                    "kind": _INTERNAL,
                    **_times(child, began),
                    "attributes": _attributes(_of_span(child)),
                }
            yield from below(child, inner)

    yield from below(tree, str(root["spanId"]))


def _times(node: dict[str, Any], began: int) -> dict[str, str]:
    """Numbers of 64 bits are strings in OTLP/JSON."""
    at = began + round((node.get("at_us") or 0) * 1000)
    return {
        "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + max(0, round((node.get("total_us") or 0) * 1000))),
    }


def _name_of(journey: Journey) -> str:
    route = facts_of(journey, "route_entered").get("route")
    return f"{journey.get('method') or 'HTTP'} {route or ''}".rstrip()


def _of_request(journey: Journey) -> dict[str, Any]:
    scope = facts_of(journey, "scope_built")
    path, _, query = str(journey.get("target") or "").partition("?")
    why = journey.get("why") or {}
    said = {
        "http.request.method": journey.get("method"),
        "url.path": scope.get("path") or path,
        "url.query": query or None,
        "url.scheme": scope.get("scheme"),
        "http.route": facts_of(journey, "route_entered").get("route"),
        "http.response.status_code": journey.get("status"),
        "network.protocol.version": facts_of(journey, "head_parsed").get("version"),
        "user_agent.original": _header(journey, "user-agent") or None,
        "webfoot.journey": journey.get("id"),
        "webfoot.why": why.get("sentence"),
        "webfoot.decided_by": why.get("layer"),
    }
    client = scope.get("client")
    if isinstance(client, list) and len(client) == 2:
        said |= {"client.address": client[0], "client.port": client[1]}
    return said


def _of_span(node: dict[str, Any]) -> dict[str, Any]:
    match node["kind"]:
        case "middleware":
            return {"webfoot.name": node.get("name")}
        case "route":
            return {"http.route": node.get("name")}
        case _:
            return {"code.function.name": node.get("name")}


def _event(mark: dict[str, Any], began: int) -> dict[str, Any]:
    facts = mark.get("facts") or {}
    said = {"webfoot.by": facts.get("by"), "webfoot.what": facts.get("what")}
    said["http.response.status_code"] = facts.get("status")
    at = began + round((mark.get("at_us") or 0) * 1000)
    return {"name": "webfoot.decided", "timeUnixNano": str(at), "attributes": _attributes(said)}


def _attributes(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in said.items() if value is not None]


def _value(value: object) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": str(value)}


def _header(journey: Journey, name: str) -> str:
    return next((value for each, value in sent_fields(journey) if each.lower() == name), "")


def _id(salt: str, size: int) -> str:
    return blake2b(salt.encode(), digest_size=size).hexdigest()
