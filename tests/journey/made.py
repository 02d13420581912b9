"""Records made by hand: what the layers would have marked, without the layers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from unittest.mock import patch

from webfoot.journey.record import Record
from webfoot.trail import STATIONS

FACTS = {mark: station.facts for station in STATIONS for mark in station.marks}


def recorded(steps: Iterable[tuple], step_ns: int = 10_000) -> Record:
    """A record of `(station, facts)` or `(station,)`, one every `step_ns` nanoseconds of a clock of its own."""
    record = Record()
    clock = count(0, step_ns)
    with patch("webfoot.journey.record.perf_counter_ns", lambda: next(clock)):
        for station, *rest in steps:
            facts = rest[0] if rest else {}
            assert set(facts) <= set(FACTS[station]), f"{station} has no fact {set(facts) - set(FACTS[station])}"
            record.mark(station, **facts)
        record.end()
    return record


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The exception with a traceback, as a layer that caught it would see it."""
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def head(method: str = "GET", target: str = "/", headers: list | None = None) -> list[tuple]:
    """From the connection to the call of the application."""
    return [
        ("connected", {"client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000), "transport": "tcp"}),
        ("chosen", {"protocol": "http/1.1", "reason": "no TLS"}),
        ("bytes_received", {"size": 80}),
        (
            "head_parsed",
            {
                "parser": "httptools",
                "method": method,
                "target": target.encode(),
                "version": "1.1",
                "headers": [(b"host", b"ducks.test"), *(headers or [])],
            },
        ),
        ("head_accepted", {"outcome": "accepted", "framing": "no body", "keep_alive": True}),
        ("scope_built", {"kind": "http", "path": target.partition("?")[0], "query": target.partition("?")[2]}),
        ("app_entered", {"app": "Webfoot", "outcome": "called"}),
    ]


def entered(*names: str) -> list[tuple]:
    return [("middleware_entered", {"name": name, "index": index}) for index, name in enumerate(names)]


def left(*names: str, **facts: object) -> list[tuple]:
    """All of them on the way out, innermost first; `facts` are those of the first to be left."""
    marks = [("middleware_left", {"name": name, "index": index}) for index, name in enumerate(names)]
    marks.reverse()
    marks[0][1].update(facts)
    return marks


def answer(status: int) -> list[tuple]:
    return [
        ("response_started", {"status": status, "headers": [(b"content-type", b"application/json")]}),
        ("bytes_encoded", {"framing": "content-length", "size": 120, "status": status}),
        ("response_body", {"size": 22, "more": False}),
        ("response_ended", {"total": 22}),
        ("bytes_sent", {"size": 142, "waiting": 0}),
    ]


END: list[tuple] = [("kept_alive", {"reason": "keep-alive"})]
AROUND = ("ServerErrorMiddleware", "ExceptionMiddleware")


def found(route: str = "/ponds/{pond_id}/ducks", name: str = "create_duck", **path_params: object) -> list[tuple]:
    return [
        ("route_matched", {"outcome": "found", "route": route, "path_params": path_params}),
        ("route_entered", {"name": name, "route": route, "file": "/srv/app.py", "line": 31}),
    ]


def typed_post() -> list[tuple]:
    """A typed POST that went well, every station marked."""
    return [
        *head("POST", "/ponds/7/ducks?dry=true", [(b"authorization", b"Bearer abc"), (b"content-length", b"30")]),
        *entered(*AROUND),
        *found(pond_id="7"),
        ("values_collected", {"owner": "create_duck", "path": ["pond_id"], "query": ["dry"], "header": ["x-ranger"]}),
        ("body_read", {"outcome": "ok", "kind": "json", "size": 30, "content_type": "application/json"}),
        ("dependency_entered", {"name": "get_session", "where": "loop", "took_ns": 4000, "outcome": "ok"}),
        ("dependency_entered", {"name": "get_ranger", "where": "thread", "took_ns": 9000, "outcome": "ok"}),
        ("values_validated", {"owner": "create_duck", "outcome": "ok"}),
        ("endpoint_called", {"name": "create_duck", "where": "loop", "file": "/srv/app.py", "line": 31}),
        ("endpoint_returned", {"name": "create_duck", "outcome": "ok", "returned": "Duck"}),
        ("reply_validated", {"outcome": "ok", "model": "Duck", "size": 22, "returned": "Duck"}),
        *answer(201),
        ("dependency_left", {"name": "get_session", "outcome": "ok"}),
        *left(*AROUND),
        *END,
    ]
