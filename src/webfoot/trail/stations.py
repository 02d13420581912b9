"""The journey of a request as ONE ordered list.

This list is the table of contents of the code. A test holds it to the source: each mark stands in exactly the file
(or files, where the owner is a pattern) named here. The terminal view and docs/journey.md are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

StationName: TypeAlias = Literal[
    "connected",
    "secured",
    "chosen",
    "bytes_received",
    "head_parsed",
    "head_accepted",
    "scope_built",
    "app_entered",
    "middleware_entered",
    "decided",
    "route_matched",
    "route_entered",
    "values_collected",
    "body_read",
    "dependency_entered",
    "values_validated",
    "endpoint_called",
    "endpoint_returned",
    "reply_validated",
    "dependency_left",
    "middleware_left",
    "response_debug",
    "response_started",
    "response_body",
    "response_ended",
    "bytes_encoded",
    "bytes_sent",
    "kept_alive",
    "closed",
    "background_called",
    "background_returned",
]

Way: TypeAlias = Literal["in", "turn", "out", "end"]


@dataclass(frozen=True, slots=True)
class Station:
    """One station: its number in the journey, its marks, which way the request travels, who marks it and what is told.

    `owner` is a path below `src/webfoot`, or a glob where several files do the same work (one per parser, say).
    `facts` are the keyword names that a mark may carry; a mark with any other name is a defect.
    """

    number: int
    marks: tuple[StationName, ...]
    way: Way
    owner: str
    says: str
    facts: tuple[str, ...]


STATIONS: tuple[Station, ...] = (
    Station(
        1,
        ("connected",),
        "in",
        "server/net/transport.py",
        "a client connected",
        ("client", "server", "transport", "said_by"),
    ),
    Station(
        2, ("secured", "chosen"), "in", "server/net/choose.py", "the protocol was chosen", ("protocol", "reason", "tls")
    ),
    Station(
        3, ("bytes_received",), "in", "server/net/transport.py", "the first bytes of the request arrived", ("size",)
    ),
    Station(
        4,
        ("head_parsed",),
        "in",
        "server/http1/parser_*.py",
        "the request head was parsed",
        ("parser", "method", "target", "version", "headers"),
    ),
    Station(
        5,
        ("head_accepted",),
        "in",
        "server/http1/rules.py",
        "the head was held against the RFC",
        ("outcome", "framing", "keep_alive", "status", "rule", "section", "reason"),
    ),
    Station(
        6,
        ("scope_built",),
        "in",
        "server/gateway/scope.py",
        "the ASGI scope was built",
        ("kind", "path", "query", "root_path", "client", "scheme", "said_by"),
    ),
    Station(
        7,
        ("app_entered",),
        "in",
        "server/gateway/calling.py",
        "the application was called",
        ("app", "outcome", "reason", "status", "error", "request_id"),
    ),
    Station(
        8,
        ("middleware_entered",),
        "in",
        "web/middleware/seam.py",
        "a middleware was entered",
        ("name", "index", "behind"),
    ),
    Station(
        9,
        ("decided",),
        "in",
        "web/decisions.py",
        "a layer said what it decided, and why",
        ("by", "what", "status"),
    ),
    Station(
        10,
        ("route_matched",),
        "in",
        "web/routing/router.py",
        "the router decided",
        ("outcome", "method", "path", "route", "path_params", "allow", "near", "location", "router"),
    ),
    Station(
        11, ("route_entered",), "in", "web/routing/route.py", "the route was entered", ("name", "route", "file", "line")
    ),
    Station(
        12,
        ("values_collected",),
        "in",
        "api/serve/collect.py",
        "values were collected from the request",
        ("owner", "path", "query", "header", "cookie"),
    ),
    Station(
        13,
        ("body_read",),
        "in",
        "api/serve/body.py",
        "the body was read",
        ("outcome", "kind", "size", "content_type", "names", "error"),
    ),
    Station(
        14,
        ("dependency_entered",),
        "in",
        "api/serve/resolve.py",
        "a dependency gave its value",
        (
            "name",
            "where",
            "cached",
            "took_ns",
            "outcome",
            "error",
            "file",
            "line",
            "number",
            "needs",
            "scope",
            "stands_for",
        ),
    ),
    Station(
        15,
        ("values_validated",),
        "in",
        "api/serve/validate.py",
        "values were validated",
        ("owner", "outcome", "errors", "values"),
    ),
    Station(
        16,
        ("endpoint_called", "endpoint_returned"),
        "turn",
        "api/serve/pipeline.py",
        "the endpoint ran",
        ("name", "where", "file", "line", "outcome", "error", "returned", "needs"),
    ),
    Station(
        17,
        ("reply_validated",),
        "out",
        "api/serve/reply.py",
        "the result was validated and written",
        ("outcome", "model", "errors", "error", "size", "returned"),
    ),
    Station(
        18,
        ("dependency_left",),
        "out",
        "api/serve/resolve.py",
        "a dependency cleaned up",
        ("name", "outcome", "error", "number", "took_ns"),
    ),
    Station(
        19,
        ("middleware_left",),
        "out",
        "web/middleware/seam.py",
        "a middleware was left",
        ("name", "index", "outcome", "error", "handled", "handler", "status"),
    ),
    Station(
        20,
        ("response_debug", "response_started", "response_body", "response_ended"),
        "out",
        "server/gateway/*_exchange.py",
        "the application's answer",
        ("status", "headers", "size", "more", "total", "keys"),
    ),
    Station(
        21,
        ("bytes_encoded",),
        "out",
        "server/http1/encoder.py",
        "the response head was encoded",
        ("framing", "size", "status"),
    ),
    Station(
        22, ("bytes_sent",), "out", "server/net/transport.py", "bytes were handed to the kernel", ("size", "waiting")
    ),
    Station(
        23,
        ("kept_alive", "closed"),
        "end",
        "server/*/connection.py",
        "the connection was kept or closed",
        ("reason", "code"),
    ),
    Station(
        24,
        ("background_called", "background_returned"),
        "end",
        "web/background.py",
        "the application worked on behind its answer",
        ("name", "outcome", "error"),
    ),
)

NUMBER_OF: dict[StationName, int] = {name: station.number for station in STATIONS for name in station.marks}

assert set(NUMBER_OF) == set(get_args(StationName)), "every mark belongs to exactly one station"
