from __future__ import annotations

import pytest
from tests.journey.made import raised, recorded

from webfoot.journey.says import readable, says
from webfoot.trail import STATIONS


@pytest.mark.parametrize(
    ("station", "facts", "phrase"),
    [
        ("connected", {"client": ("10.0.0.1", 5), "server": ("10.0.0.2", 80)}, "10.0.0.1:5 -> 10.0.0.2:80"),
        ("connected", {"client": None, "server": ("/run/a.sock", None)}, "/run/a.sock"),
        ("connected", {"client": None, "server": None, "transport": "unix socket"}, "over unix socket"),
        ("secured", {"tls": "TLSv1.3"}, "TLSv1.3"),
        ("chosen", {"protocol": "http/1.1", "reason": "no TLS"}, "http/1.1 (no TLS)"),
        ("bytes_received", {"size": 1}, "1 byte"),
        ("head_accepted", {"framing": "chunked", "keep_alive": False}, "body: chunked, close after the answer"),
        (
            "head_accepted",
            {"status": 400, "reason": "no", "rule": "host", "section": "RFC 9112 section 3.2"},
            "refused with 400: no (host, RFC 9112 section 3.2)",
        ),
        ("scope_built", {"kind": "http", "path": "/a", "query": b"b=1", "root_path": "/r"}, "http /a ? b=1 below /r"),
        (
            "scope_built",
            {"path": "/a", "client": ("203.0.113.7", 0), "scheme": "https", "said_by": "X-Forwarded-* from 10.0.0.1:5"},
            "http /a, https for 203.0.113.7:0: X-Forwarded-* from 10.0.0.1:5",
        ),
        (
            "connected",
            {"client": ("203.0.113.7", 9), "server": None, "said_by": "PROXY protocol v2 (TCP4) from 10.0.0.1:5"},
            "203.0.113.7:9: PROXY protocol v2 (TCP4) from 10.0.0.1:5",
        ),
        ("app_entered", {"app": "Webfoot", "outcome": "called"}, "Webfoot"),
        ("app_entered", {"outcome": "failed", "reason": "it raised"}, "it raised"),
        (
            "decided",
            {"by": "GZipMiddleware", "what": "not compressed", "status": None},
            "GZipMiddleware: not compressed",
        ),
        (
            "decided",
            {"by": "FileResponse", "what": "it is the same", "status": 304},
            "FileResponse: answered 304: it is the same",
        ),
        ("route_matched", {"outcome": "found", "route": "/{a}", "path_params": {"a": 1}}, "/{a} a=1"),
        ("route_matched", {"outcome": "method_not_allowed", "route": "/a", "method": "PUT"}, "/a takes no PUT"),
        ("route_matched", {"outcome": "redirect_slash", "location": "/a/"}, "redirect to /a/"),
        (
            "route_matched",
            {"outcome": "not_found", "method": "GET", "path": "/x", "near": [{}, {}]},
            "no route matches GET /x, 2 routes near",
        ),
        ("values_collected", {"owner": "f", "query": {"a": "1"}, "cookie": {"b": "2"}}, "f: query a, cookie b"),
        ("values_collected", {"owner": "f", "query": {}}, "f: nothing wanted"),
        ("body_read", {"outcome": "read", "kind": "json", "size": 30}, "json, 30 bytes"),
        ("dependency_entered", {"name": "f", "cached": 0}, "f"),
        (
            "dependency_entered",
            {"name": "f", "where": "thread", "cached": 1},
            "f in a thread (called once, wanted 2 times)",
        ),
        ("dependency_entered", {"name": "f", "outcome": "skipped"}, "f not called: what it needs did not fit"),
        ("values_validated", {"owner": "f", "outcome": "fit"}, "f: all good"),
        (
            "values_validated",
            {"owner": "f", "errors": [{"type": "missing", "loc": ("query", "a")}, {"loc": ()}]},
            "f: query value 'a' is missing (and 1 more)",
        ),
        ("endpoint_called", {"name": "f", "where": "thread"}, "f in a thread"),
        ("endpoint_returned", {"name": "f", "returned": "Duck"}, "f gave Duck"),
        ("endpoint_returned", {"name": "f", "error": ValueError("no")}, "f raised ValueError: no"),
        ("reply_validated", {"outcome": "fit", "model": "Duck", "size": 3}, "as Duck, 3 bytes"),
        ("reply_validated", {"outcome": "response", "returned": "JSONResponse"}, "the endpoint's own JSONResponse"),
        (
            "reply_validated",
            {"outcome": "stream", "returned": "JSONLinesResponse", "model": "Duck"},
            "a stream (JSONLinesResponse), each item as Duck",
        ),
        ("middleware_left", {"name": "Gate", "outcome": "passed"}, "Gate"),
        (
            "middleware_left",
            {"name": "E", "outcome": "handled", "error": KeyError("a"), "handler": "on_key", "status": 409},
            "E: on_key answered KeyError: 'a' with 409",
        ),
        ("response_started", {"status": 200, "headers": [(b"a", b"b")]}, "200, 1 header"),
        ("response_body", {"size": 3, "more": True}, "3 bytes, more to come"),
        ("response_ended", {"total": 3}, "3 bytes"),
        ("bytes_encoded", {"status": 200, "framing": "none", "size": 90}, "200, 90 bytes"),
        ("bytes_sent", {"size": 90, "waiting": 70}, "90 bytes, 70 bytes waiting"),
        ("closed", {"reason": "the client left"}, "the client left"),
    ],
)
def test_phrase(station, facts, phrase):
    assert says(recorded([(station, facts)]).marks[0]) == phrase


def test_the_place_of_an_exception_is_told():
    (mark,) = recorded([("dependency_entered", {"name": "f", "error": raised(ValueError("no"))})]).marks

    assert says(mark).startswith("f: ValueError: no at tests/journey/made.py:")


@pytest.mark.parametrize("station", [mark for station in STATIONS for mark in station.marks])
def test_a_mark_without_facts_has_a_phrase_or_none_but_never_fails(station):
    assert isinstance(says(recorded([(station,)]).marks[0]), str)


@pytest.mark.parametrize(
    ("target", "shown"),
    [("/a%20b?q=%C3%BC", "/a b?q=ü"), ("/%ff", "/%ff"), ("/%1b[31m", "/%1b[31m"), ("/%0d%0aX", "/%0d%0aX")],
)
def test_targets_are_decoded_where_that_can_be_shown(target, shown):
    assert readable(target) == shown
