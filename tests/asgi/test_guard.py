from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webfoot.asgi.guard import ASGIViolation, Guard, all_rules
from webfoot.asgi.guard.rules import RULES
from webfoot.asgi.states import EXTENSION_OF, FLAG_OF, TABLES, events_of
from webfoot.asgi.types import ClientDisconnected, Message, Receive, Scope, Send

HEAR = "hear"  # a step of an application: call receive(); every other step is an event that it sends

START = {"type": "http.response.start", "status": 200, "headers": []}
BODY = {"type": "http.response.body", "body": b"quack"}
MORE = {"type": "http.response.body", "body": b"quack", "more_body": True}
REQUEST = {"type": "http.request", "body": b"", "more_body": False}
ACCEPT = {"type": "websocket.accept"}
CONNECT = {"type": "websocket.connect"}
CLOSE = {"type": "websocket.close", "code": 1000}
STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
STARTED, STOPPED = {"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}

OFFERS = {name: {} for name in set(EXTENSION_OF.values())}
HTTP = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.5"},
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "path": "/",
    "raw_path": b"/",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"pond")],
    "client": ("127.0.0.1", 7),
    "server": ("127.0.0.1", 80),
    "state": {},
    "extensions": OFFERS,
}
WEBSOCKET = {key: value for key, value in HTTP.items() if key != "method"} | {
    "type": "websocket",
    "scheme": "ws",
    "subprotocols": ["duck"],
}
LIFESPAN = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}


def starts(**changes: Any) -> dict[str, Any]:
    return START | changes


def head(*headers: Any, **changes: Any) -> dict[str, Any]:
    return START | {"headers": list(headers)} | changes


def sized(length: bytes, **changes: Any) -> dict[str, Any]:
    return head((b"content-length", length), **changes)


@dataclass
class Case:
    rule: str
    steps: list[Any]
    scope: dict[str, Any] = field(default_factory=lambda: HTTP)
    heard: list[Any] = field(default_factory=lambda: [REQUEST])
    found: str = ""

    def __str__(self) -> str:
        return self.rule


def play(case: Case, **options: Any) -> list[Message]:
    """Run an application that takes the case's steps under the guard; give what reached the server."""
    heard, reached = iter(case.heard), []

    async def receive() -> Any:
        return next(heard)

    async def send(message: Message) -> None:
        reached.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for step in case.steps:
            await (receive() if step is HEAR else send(step))

    asyncio.run(Guard(app, **options)(dict(case.scope), receive, send))
    return reached


def http(rule: str, *steps: Any, found: str, **scope: Any) -> Case:
    return Case(rule, list(steps), HTTP | scope, found=found)


def websocket(rule: str, *steps: Any, found: str, heard: list[Any] | None = None, **scope: Any) -> Case:
    return Case(rule, list(steps), WEBSOCKET | scope, [CONNECT] if heard is None else heard, found)


def lifespan(rule: str, *steps: Any, found: str, heard: list[Any] | None = None) -> Case:
    return Case(rule, list(steps), LIFESPAN, [STARTUP, SHUTDOWN] if heard is None else heard, found)


APPLICATION = [
    http("event-shape", {"status": 200}, found="{'status': 200} was sent"),
    http("event-shape", ["http.response.start"], found="['http.response.start'] (list) was sent"),
    http("event-shape", {"type": b"http.response.start"}, found="{'type': b'http.response.start'} was sent"),
    http("unknown-event", {"type": "http.foo"}, found="'http.foo' was sent, which is no event of an HTTP exchange"),
    http(
        "unknown-event",
        REQUEST,
        found="http.request was sent by the application, though it is an event for the server to send",
    ),
    http("unknown-event", ACCEPT, found="websocket.accept was sent in an HTTP exchange"),
    http(
        "extension-not-offered",
        {"type": "http.response.debug", "info": {}},
        found="http.response.debug was sent without 'http.response.debug' in scope['extensions']",
        extensions={},
    ),
    http(
        "extension-not-offered",
        starts(trailers=True),
        found="http.response.start with trailers was sent without 'http.response.trailers' in scope['extensions']",
        extensions=None,
    ),
    http("flag-type", START, BODY | {"more_body": 1}, found="http.response.body has the more_body 1 (int)"),
    http("flag-type", starts(trailers="no"), found="http.response.start has the trailers 'no' (str)"),
    http("response-order", BODY, found="http.response.body was sent before http.response.start"),
    http("response-order", START, START, found="http.response.start was sent a second time"),
    http("response-order", START, BODY, BODY, found="http.response.body was sent after the response was complete"),
    http(
        "response-order",
        START,
        {"type": "http.response.trailers", "headers": []},
        found="http.response.trailers was sent although http.response.start did not announce trailers",
    ),
    http("status-type", starts(status="200"), found="http.response.start has the status '200' (str)"),
    http("status-type", starts(status=True), found="http.response.start has the status True"),
    http("status-type", {"type": "http.response.start"}, found="http.response.start has no 'status'"),
    http("status-range", starts(status=99), found="http.response.start has the status 99"),
    http("status-range", starts(status=600), found="http.response.start has the status 600"),
    http("status-interim", starts(status=103), found="http.response.start has the status 103"),
    http("headers-shape", starts(headers=None), found="http.response.start has a NoneType as its headers"),
    http("headers-shape", starts(headers={"a": "b"}), found="http.response.start has a dict as its headers"),
    http("headers-shape", head((b"a",)), found="http.response.start has a tuple of 1 among its headers"),
    http("headers-shape", head(b"ab"), found="http.response.start has a bytes among its headers"),
    http("header-bytes", head(("a", b"b")), found="http.response.start has the header name 'a' (str)"),
    http("header-bytes", head((b"a", "secret")), found="http.response.start has a str as the value of b'a'"),
    http("header-case", head((b"X-A", b"b")), found="http.response.start has the header name b'X-A'"),
    http("header-name", head((b"", b"b")), found="http.response.start has the header name b''"),
    http("header-name", head((b":status", b"b")), found="http.response.start has the header name b':status'"),
    http("header-name", head((b"x a", b"b")), found="http.response.start has the header name b'x a'"),
    http("header-value", head((b"a", b"b\r\nc")), found="http.response.start has CR in the value of b'a'"),
    http("header-value", head((b"a", b"b\nc")), found="http.response.start has LF in the value of b'a'"),
    http("header-value", head((b"a", b"b\0c")), found="http.response.start has NUL in the value of b'a'"),
    http("header-space", head((b"a", b" b")), found="http.response.start has white space around the value of b'a'"),
    http("header-space", head((b"a", b"b\t")), found="http.response.start has white space around the value of b'a'"),
    http("content-length-syntax", sized(b"five"), found="http.response.start has the Content-Length b'five'"),
    http("content-length-syntax", sized(b"-5"), found="http.response.start has the Content-Length b'-5'"),
    http("content-length-syntax", sized(b""), found="http.response.start has the Content-Length b''"),
    http(
        "content-length-several",
        head((b"content-length", b"5"), (b"content-length", b"5")),
        found="http.response.start has 2 Content-Length headers",
    ),
    http(
        "content-length-204",
        sized(b"0", status=204),
        found="http.response.start has a Content-Length beside the status 204",
    ),
    http("body-type", START, BODY | {"body": "quack"}, found="http.response.body has the body 'quack' (str)"),
    http("body-type", START, BODY | {"body": None}, found="http.response.body has the body None"),
    http("body-type", START, BODY | {"body": bytearray(b"a")}, found="has the body bytearray(b'a') (bytearray)"),
    http("body-too-long", sized(b"4"), BODY, found="http.response.body brings the body to 5 of 4 bytes"),
    http("body-too-long", sized(b"9"), MORE, MORE, found="http.response.body brings the body to 10 of 9 bytes"),
    http("body-too-short", sized(b"6"), BODY, found="http.response.body ends the body after 5 of 6 bytes"),
    http("body-forbidden", starts(status=204), BODY, found="http.response.body brings 5 bytes of body"),
    http("body-forbidden", starts(status=205), BODY, found="http.response.body brings 5 bytes of body"),
    http("body-forbidden", starts(status=304), BODY, found="http.response.body brings 5 bytes of body"),
    http("body-to-head", sized(b"5"), BODY, found="http.response.body brings 5 bytes of body", method="HEAD"),
    http("response-incomplete", found="the application returned before http.response.start"),
    http("response-incomplete", START, MORE, found="the application returned before the last http.response.body"),
    http(
        "response-incomplete",
        starts(trailers=True),
        BODY,
        found="the application returned before http.response.trailers",
    ),
    http("debug-info", {"type": "http.response.debug", "info": []}, found="http.response.debug has the info [] (list)"),
    http(
        "debug-once",
        *[{"type": "http.response.debug", "info": {}}] * 2,
        found="http.response.debug was sent a second time",
    ),
    http(
        "early-hint-links",
        {"type": "http.response.early_hint", "links": ["</a.css>"]},
        found="http.response.early_hint has the links ['</a.css>'] (list)",
    ),
    http(
        "early-hint-links",
        {"type": "http.response.early_hint", "links": (b"</a.css>\r\n",)},
        found="http.response.early_hint has the links (b'</a.css>\\r\\n',) (tuple)",
    ),
    http(
        "push-path",
        START,
        {"type": "http.response.push", "path": b"/", "headers": []},
        found="http.response.push has the path b'/' (bytes)",
    ),
    http(
        "pathsend-path",
        START,
        {"type": "http.response.pathsend", "path": "a.txt"},
        found="http.response.pathsend has the path 'a.txt' (str)",
    ),
    http(
        "pathsend-mixed",
        START,
        MORE,
        {"type": "http.response.pathsend", "path": "/tmp/a"},
        found="http.response.pathsend was sent after another body event",
    ),
    http(
        "zerocopysend-file",
        START,
        {"type": "http.response.zerocopysend", "file": "/tmp/a"},
        found="http.response.zerocopysend has the file '/tmp/a' (str)",
    ),
    http(
        "zerocopysend-range",
        START,
        {"type": "http.response.zerocopysend", "file": 3, "count": -1},
        found="http.response.zerocopysend has the count -1 (int)",
    ),
    http(
        "body-too-long",
        sized(b"4"),
        {"type": "http.response.zerocopysend", "file": 3, "count": 5},
        found="http.response.zerocopysend brings the body to 5 of 4 bytes",
    ),
    http(
        "header-case",
        starts(trailers=True),
        BODY,
        {"type": "http.response.trailers", "headers": [(b"X-Sum", b"1")]},
        found="http.response.trailers has the header name b'X-Sum'",
    ),
    websocket(
        "websocket-order",
        HEAR,
        {"type": "websocket.send", "text": "a"},
        found="websocket.send was sent before websocket.accept",
    ),
    websocket("websocket-order", HEAR, ACCEPT, ACCEPT, found="websocket.accept was sent a second time"),
    websocket(
        "websocket-order",
        HEAR,
        ACCEPT,
        CLOSE,
        {"type": "websocket.send", "text": "a"},
        found="websocket.send was sent after the WebSocket was closed",
    ),
    websocket("websocket-too-early", ACCEPT, found="websocket.accept was sent before websocket.connect was received"),
    websocket(
        "websocket-data",
        HEAR,
        ACCEPT,
        {"type": "websocket.send", "text": None},
        found="websocket.send has neither bytes nor text",
    ),
    websocket(
        "websocket-data",
        HEAR,
        ACCEPT,
        {"type": "websocket.send", "text": "a", "bytes": b"a"},
        found="websocket.send has both bytes and text",
    ),
    websocket(
        "websocket-data-type",
        HEAR,
        ACCEPT,
        {"type": "websocket.send", "text": b"a"},
        found="websocket.send has the text b'a' (bytes)",
    ),
    websocket(
        "websocket-data-type",
        HEAR,
        ACCEPT,
        {"type": "websocket.send", "bytes": "a"},
        found="websocket.send has the bytes 'a' (str)",
    ),
    websocket(
        "accept-headers",
        HEAR,
        ACCEPT | {"headers": [(b"a", b"b")]},
        found="websocket.accept has headers",
        asgi={"version": "3.0"},
    ),
    websocket(
        "accept-header-protocol",
        HEAR,
        ACCEPT | {"headers": [(b"sec-websocket-protocol", b"duck")]},
        found="websocket.accept has the header 'sec-websocket-protocol'",
    ),
    websocket(
        "header-case",
        HEAR,
        ACCEPT | {"headers": [(b"X-A", b"b")]},
        found="websocket.accept has the header name b'X-A'",
    ),
    websocket(
        "subprotocol-type",
        HEAR,
        ACCEPT | {"subprotocol": b"duck"},
        found="websocket.accept has the subprotocol b'duck' (bytes)",
    ),
    websocket(
        "subprotocol-offered",
        HEAR,
        ACCEPT | {"subprotocol": "goose"},
        found="websocket.accept has the subprotocol 'goose'",
    ),
    websocket(
        "close-code-type", HEAR, ACCEPT, CLOSE | {"code": "1000"}, found="websocket.close has the code '1000' (str)"
    ),
    *[
        websocket("close-code", HEAR, ACCEPT, CLOSE | {"code": code}, found=f"websocket.close has the code {code}")
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000)
    ],
    websocket(
        "close-reason", HEAR, ACCEPT, CLOSE | {"reason": b"bye"}, found="websocket.close has the reason b'bye' (bytes)"
    ),
    websocket("close-reason", HEAR, ACCEPT, CLOSE | {"reason": "é" * 62}, found="websocket.close has the reason"),
    websocket("websocket-unanswered", HEAR, found="the application returned without an answer"),
    websocket(
        "extension-not-offered",
        HEAR,
        {"type": "websocket.http.response.start", "status": 403},
        found="websocket.http.response.start was sent without 'websocket.http.response' in scope['extensions']",
        extensions={},
    ),
    websocket(
        "body-too-short",
        HEAR,
        sized(b"6", type="websocket.http.response.start", status=403),
        BODY | {"type": "websocket.http.response.body"},
        found="websocket.http.response.body ends the body after 5 of 6 bytes",
    ),
    websocket(
        "response-incomplete",
        HEAR,
        {"type": "websocket.http.response.start", "status": 403},
        found="the application returned before the last websocket.http.response.body",
    ),
    lifespan(
        "lifespan-order",
        HEAR,
        STOPPED,
        found="lifespan.shutdown.complete was sent before lifespan.startup.complete",
    ),
    lifespan("lifespan-order", HEAR, STARTED, STARTED, found="lifespan.startup.complete was sent a second time"),
    lifespan(
        "lifespan-too-early",
        STARTED,
        found="lifespan.startup.complete was sent before lifespan.startup was received",
    ),
    lifespan(
        "lifespan-too-early",
        HEAR,
        STARTED,
        STOPPED,
        found="lifespan.shutdown.complete was sent before lifespan.shutdown was received",
    ),
    lifespan(
        "lifespan-message",
        HEAR,
        {"type": "lifespan.startup.failed", "message": b"no"},
        found="lifespan.startup.failed has the message b'no' (bytes)",
    ),
    lifespan("lifespan-unanswered", found="the application returned without an answer to lifespan.startup"),
    lifespan(
        "lifespan-unanswered",
        HEAR,
        STARTED,
        found="the application returned without an answer to lifespan.shutdown",
    ),
]


def scoped(rule: str, base: dict[str, Any] | None = None, *, found: str, **changes: Any) -> Case:
    return Case(rule, [], (HTTP if base is None else base) | changes, found=found)


def without(key: str, base: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in base.items() if name != key}


def hears(rule: str, *heard: Any, found: str, before: tuple[Any, ...] = (), base: Any = None) -> Case:
    return Case(rule, [*before, *[HEAR] * len(heard)], base or HTTP, list(heard), found)


SERVER = [
    scoped("scope-type", type="ftp", found="the scope has the type 'ftp' (str)"),
    Case("scope-type", [], without("type", HTTP), found="the scope has no 'type'"),
    scoped("scope-asgi", asgi={"version": "2.0"}, found="the scope has the asgi {'version': '2.0'}"),
    Case("scope-asgi", [], without("asgi", LIFESPAN), found="the scope has no 'asgi'"),
    scoped(
        "scope-spec-version",
        asgi={"version": "3.0", "spec_version": 2.5},
        found="scope['asgi'] has the spec_version 2.5 (float)",
    ),
    scoped("scope-http-version", http_version="3", found="the scope has the http_version '3' (str)"),
    scoped("scope-http-version", WEBSOCKET, http_version="1.0", found="the scope has the http_version '1.0' (str)"),
    scoped("scope-method", method="get", found="the scope has the method 'get' (str)"),
    scoped("scope-method", method=b"GET", found="the scope has the method b'GET' (bytes)"),
    Case("scope-method", [], without("method", HTTP), found="the scope has no 'method'"),
    scoped("scope-scheme", scheme="", found="the scope has the scheme '' (str)"),
    scoped("scope-path", path="ducks", found="the scope has the path 'ducks' (str)"),
    scoped("scope-path", path=b"/", found="the scope has the path b'/' (bytes)"),
    scoped("scope-raw-path", raw_path="/", found="the scope has the raw_path '/' (str)"),
    scoped("scope-raw-path", raw_path=b"/?a", found="the scope has the raw_path b'/?a' (bytes)"),
    scoped("scope-query-string", query_string="a=b", found="the scope has the query_string 'a=b' (str)"),
    scoped("scope-query-string", query_string=None, found="the scope has the query_string None"),
    scoped("scope-root-path", root_path=b"", found="the scope has the root_path b'' (bytes)"),
    scoped("scope-headers-shape", headers={}, found="the scope has a dict as its headers"),
    scoped("scope-headers-shape", headers=[b"ab"], found="the scope has a bytes among its headers"),
    Case("scope-headers-shape", [], without("headers", HTTP), found="the scope has no 'headers'"),
    scoped("scope-header-bytes", headers=[("a", "b")], found="the scope has the header name 'a' (str)"),
    scoped("scope-header-case", headers=[(b"Host", b"b")], found="the scope has the header name b'Host'"),
    scoped("scope-header-name", headers=[(b":path", b"/")], found="the scope has the header name b':path'"),
    scoped("scope-header-value", headers=[(b"a", b"b\nc")], found="the scope has LF in the value of b'a'"),
    scoped("scope-header-space", headers=[(b"a", b"b ")], found="the scope has white space around the value of b'a'"),
    scoped("scope-client", client="127.0.0.1:7", found="the scope has the client '127.0.0.1:7' (str)"),
    scoped("scope-client", client=("/tmp/s", None), found="the scope has the client ('/tmp/s', None) (tuple)"),
    scoped("scope-server", server=("a", "80"), found="the scope has the server ('a', '80') (tuple)"),
    scoped("scope-subprotocols", WEBSOCKET, subprotocols="duck", found="the scope has the subprotocols 'duck' (str)"),
    scoped("scope-subprotocols", WEBSOCKET, subprotocols=[b"a"], found="the scope has the subprotocols [b'a'] (list)"),
    scoped("scope-state", state=[], found="the scope has the state [] (list)"),
    scoped("scope-extensions", extensions=["tls"], found="the scope has the extensions ['tls'] (list)"),
    scoped("scope-extensions", extensions={"tls": None}, found="the scope has the extensions {'tls': None}"),
    hears("received-event-shape", {"body": b""}, found="{'body': b''} was received"),
    hears("received-event-shape", None, found="None was received"),
    hears("received-unknown-event", CONNECT, found="websocket.connect was sent in an HTTP exchange"),
    hears(
        "received-unknown-event",
        START,
        found="http.response.start was sent by the server, though it is an event for the application to send",
    ),
    hears("request-order", REQUEST, REQUEST, found="http.request was sent after the request body was complete"),
    hears(
        "request-order",
        {"type": "http.disconnect"},
        REQUEST,
        found="http.request was sent after http.disconnect",
    ),
    hears("request-body-type", REQUEST | {"body": "a"}, found="http.request has the body 'a' (str)"),
    hears("request-body-type", REQUEST | {"body": None}, found="http.request has the body None"),
    hears("request-flag-type", REQUEST | {"more_body": 0}, found="http.request has the more_body 0 (int)"),
    hears(
        "websocket-receive-order",
        {"type": "websocket.receive", "text": "a"},
        base=WEBSOCKET,
        found="websocket.receive was sent before websocket.connect",
    ),
    hears(
        "websocket-receive-order", CONNECT, CONNECT, base=WEBSOCKET, found="websocket.connect was sent a second time"
    ),
    hears(
        "websocket-receive-early",
        CONNECT,
        {"type": "websocket.receive", "text": "a"},
        base=WEBSOCKET,
        found="websocket.receive was sent before websocket.accept",
    ),
    Case(
        "received-data",
        [HEAR, ACCEPT, HEAR],
        WEBSOCKET,
        [CONNECT, {"type": "websocket.receive"}],
        "websocket.receive has neither bytes nor text",
    ),
    Case(
        "received-data-type",
        [HEAR, ACCEPT, HEAR],
        WEBSOCKET,
        [CONNECT, {"type": "websocket.receive", "text": 1}],
        "websocket.receive has the text 1 (int)",
    ),
    hears(
        "disconnect-code",
        CONNECT,
        {"type": "websocket.disconnect"},
        base=WEBSOCKET,
        found="websocket.disconnect has no 'code'",
    ),
    hears(
        "disconnect-reason",
        CONNECT,
        {"type": "websocket.disconnect", "code": 1005, "reason": b""},
        base=WEBSOCKET,
        found="websocket.disconnect has the reason b'' (bytes)",
    ),
    hears(
        "lifespan-receive-order", SHUTDOWN, base=LIFESPAN, found="lifespan.shutdown was sent before lifespan.startup"
    ),
    hears(
        "lifespan-receive-order",
        STARTUP,
        STARTUP,
        base=LIFESPAN,
        found="lifespan.startup was sent a second time",
    ),
    hears(
        "lifespan-receive-early",
        STARTUP,
        SHUTDOWN,
        base=LIFESPAN,
        found="lifespan.shutdown was sent before the application's lifespan.startup.complete",
    ),
]


@pytest.mark.parametrize("case", APPLICATION + SERVER, ids=str)
def test_a_violation(case: Case) -> None:
    with pytest.raises(ASGIViolation) as caught:
        play(case)
    violation, rule = caught.value, RULES[case.rule]
    assert violation.rule == case.rule
    assert (violation.side, violation.section) == (rule.side, rule.section)
    assert case.found in str(violation)
    assert str(violation).endswith(f", but {rule.wants} ({rule.section})")
    assert "\n" not in str(violation)


@pytest.mark.parametrize("case", APPLICATION, ids=str)
def test_an_application_learns_of_its_mistake_where_it_makes_it(case: Case) -> None:
    with pytest.raises(ASGIViolation) as caught:
        play(case)
    in_the_app = "app" in [frame.name for frame in caught.traceback]
    assert in_the_app == ("returned" not in case.found)


@pytest.mark.parametrize("case", APPLICATION + SERVER, ids=str)
def test_a_rule_can_be_ignored(case: Case) -> None:
    """The rest of the case may break other rules, but never this one again, and nothing fails in another way."""
    try:
        play(case, ignore=set(RULES))
    except StopIteration:  # pragma: no cover
        pytest.fail("the case asks for more than it hears")


def test_the_cases_cover_every_rule() -> None:
    assert {case.rule for case in APPLICATION} == {rule.id for rule in all_rules("application")}
    assert {case.rule for case in SERVER} == {rule.id for rule in all_rules("server")}


def test_an_unknown_rule_to_ignore_is_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"^the guard has no rule 'boddy'; webfoot.asgi.guard.all_rules\(\) lists"):
        Guard(None, ignore=["boddy"])  # type: ignore[arg-type]


def test_the_rules_are_documented_data() -> None:
    for rule in all_rules():
        assert rule.section.startswith(("ASGI", "RFC"))
        assert not rule.wants.endswith(".")
        assert rule.side in ("application", "server")
    assert all_rules() == all_rules("application") + all_rules("server")


LEGAL = [
    Case("a response", [HEAR, START, BODY]),
    Case("the right length", [sized(b"10"), MORE, BODY]),
    Case("no headers", [{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}]),
    Case("head with a length", [sized(b"5"), {"type": "http.response.body"}], HTTP | {"method": "HEAD"}),
    Case("not modified with a length", [sized(b"5", status=304), {"type": "http.response.body"}]),
    Case("several cookies", [head((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")), BODY]),
    Case("an empty value", [head((b"x-a", b"")), BODY]),
    Case("headers as lists", [head([b"x-a", b"b"]), BODY]),
    Case("extra keys", [START | {"mine": 1}, BODY | {"mine": 1}]),
    Case("server-wide options", [START, BODY], HTTP | {"path": "*", "method": "OPTIONS"}),
    Case("a unix socket", [START, BODY], HTTP | {"server": ["/tmp/s", None], "client": None}),
    Case("least scope", [START, BODY], {key: HTTP[key] for key in (
        "type", "asgi", "http_version", "method", "path", "query_string", "headers"
    )}),
    Case("denial", [HEAR, START | {"type": "websocket.http.response.start"}, BODY | {
        "type": "websocket.http.response.body"
    }], WEBSOCKET, [CONNECT]),
    Case("early close", [HEAR, {"type": "websocket.close"}], WEBSOCKET, [CONNECT]),
    Case("early close of FastAPI", [HEAR, CLOSE | {"code": 1008, "reason": [{}]}], WEBSOCKET, [CONNECT]),
    Case("return while open", [HEAR, ACCEPT | {"subprotocol": "duck"}], WEBSOCKET, [CONNECT]),
    Case("a failed startup", [HEAR, {"type": "lifespan.startup.failed"}], LIFESPAN, [STARTUP]),
    Case("a lifespan", [HEAR, STARTED, HEAR, STOPPED], LIFESPAN, [STARTUP, SHUTDOWN]),
    Case("the client leaves", [HEAR, START, MORE, HEAR], HTTP, [REQUEST, {"type": "http.disconnect"}]),
    Case("disconnect is repeated", [HEAR, HEAR], HTTP, [{"type": "http.disconnect"}] * 2),
    Case("file of unknown length", [sized(b"9"), MORE, {"type": "http.response.zerocopysend", "file": 3}]),
]  # fmt: skip


@pytest.mark.parametrize("case", LEGAL, ids=str)
def test_what_is_legal_passes_unchanged(case: Case) -> None:
    sent = [step for step in case.steps if step is not HEAR]
    reached = play(case)
    assert len(reached) == len(sent)
    assert all(got is step for got, step in zip(reached, sent, strict=True))


def test_iterators_are_read_once_and_arrive_whole() -> None:
    hint = {"type": "http.response.early_hint", "links": iter([b"</a.css>"])}
    case = Case("", [hint, starts(headers=iter([(b"x-a", b"b")])), BODY], HTTP | {"headers": iter([(b"a", b"b")])})
    reached = play(case)
    assert reached[0]["links"] == [b"</a.css>"]
    assert reached[1]["headers"] == [(b"x-a", b"b")]


def test_the_application_sees_the_servers_own_scope() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        raise ValueError

    scope = dict(HTTP)
    with pytest.raises(ValueError):
        asyncio.run(Guard(app)(scope, None, None))  # type: ignore[arg-type]
    assert seen[0] is scope


def test_whoever_is_refused_by_the_server_owes_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with pytest.raises(ClientDisconnected):
            await send(START)

    async def send(message: Message) -> None:
        raise ClientDisconnected("gone")

    asyncio.run(Guard(app)(dict(HTTP), None, send))  # type: ignore[arg-type]


# -- legal sequences drawn from the tables --------------------------------------------------------------------------

SAMPLES: dict[str, Callable[[], dict[str, Any]]] = {
    "http.response.start": lambda: starts(headers=[(b"x-a", b"b")]),
    "http.response.debug": lambda: {"info": {}},
    "http.response.early_hint": lambda: {"links": [b"</a.css>; rel=preload"]},
    "http.response.push": lambda: {"path": "/a.css", "headers": []},
    "http.response.pathsend": lambda: {"path": "/tmp/a"},
    "http.response.zerocopysend": lambda: {"file": 3},
    "http.response.trailers": lambda: {"headers": [(b"x-sum", b"1")]},
    "websocket.send": lambda: {"text": "quack"},
    "websocket.receive": lambda: {"bytes": b"quack"},
    "websocket.disconnect": lambda: {"code": 1005},
    "websocket.http.response.start": lambda: {"status": 403},
}


def event(row: str) -> dict[str, Any]:
    kind, plus, _ = row.partition("+")
    made = SAMPLES.get(kind, dict)() | {"type": kind}
    if kind in FLAG_OF:
        made[FLAG_OF[kind][0]] = bool(plus)
    return made


@st.composite
def walks(draw: st.DrawFn, kind: str) -> tuple[list[tuple[str, str]], str, str]:
    """Steps ("send" | "hear", row) that both tables of a protocol allow, and the two states they end in.

    Beyond the tables a walk keeps to what ties the two directions (an answer comes after what it answers) and to the
    two rules that count (one debug event, a pathsend for itself).
    """
    sends, hears_ = TABLES[f"{kind}_SEND"], TABLES[f"{kind}_RECEIVE"]
    sending, hearing = next(iter(sends)), next(iter(hears_))
    steps: list[tuple[str, str]] = []
    for _ in range(draw(st.integers(0, 12))):
        rows = [("send", row) for row in sends[sending]] + [("hear", row) for row in hears_[hearing]]
        rows = [step for step in rows if fits(step, steps, sending, hearing)]
        if not rows:
            break
        step = draw(st.sampled_from(rows))
        steps.append(step)
        if step[0] == "send":
            sending = sends[sending][step[1]]
        else:
            hearing = hears_[hearing][step[1]]
    return steps, sending, hearing


def fits(step: tuple[str, str], steps: list[tuple[str, str]], sending: str, hearing: str) -> bool:
    _, row = step
    if row.startswith("websocket."):
        if step[0] == "send":
            return hearing != "handshake"
        return row != "websocket.receive" or sending == "open"
    if row.startswith("lifespan."):
        return hearing != sending if step[0] == "send" else (row == "lifespan.startup" or sending == "running")
    if row == "http.response.debug":
        return step not in steps
    if row == "http.response.pathsend":
        return not any("body" in earlier or "zerocopy" in earlier for _, earlier in steps)
    return True


def run_walk(kind: str, steps: list[tuple[str, str]], then: tuple[str, str] | None) -> list[str]:
    """Play a walk and one more step under the guard; the application then fails, so that it need not be complete."""

    class Enough(Exception):
        pass

    scope = {"HTTP": HTTP, "WEBSOCKET": WEBSOCKET, "LIFESPAN": LIFESPAN}[kind]
    to_hear = iter([event(row) for way, row in [*steps, *([then] if then else [])] if way == "hear"])
    reached: list[str] = []

    async def receive() -> Message:
        return next(to_hear)

    async def send(message: Message) -> None:
        reached.append(message["type"])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for way, row in steps:
            await (send(event(row)) if way == "send" else receive())
        if then is None:
            raise Enough
        reached.append("then")
        await (send(event(then[1])) if then[0] == "send" else receive())
        raise Enough

    with pytest.raises(Enough):
        asyncio.run(Guard(app)(dict(scope), receive, send))
    return reached


KINDS = st.sampled_from(["HTTP", "WEBSOCKET", "LIFESPAN"])


@given(st.data(), KINDS)
def test_every_legal_sequence_passes(data: st.DataObject, kind: str) -> None:
    steps, _, _ = data.draw(walks(kind))
    reached = run_walk(kind, steps, None)
    assert reached == [row.partition("+")[0] for way, row in steps if way == "send"]


@given(st.data(), KINDS)
def test_every_illegal_next_event_is_refused(data: st.DataObject, kind: str) -> None:
    steps, sending, hearing = data.draw(walks(kind))
    sends, hears_ = TABLES[f"{kind}_SEND"], TABLES[f"{kind}_RECEIVE"]
    illegal = [("send", row) for row in sorted(events_of(sends) - set(sends[sending]))]
    illegal += [("hear", row) for row in sorted(events_of(hears_) - set(hears_[hearing]))]
    illegal += [("send", "my.event"), ("hear", "my.event")]
    then = data.draw(st.sampled_from(illegal))
    with pytest.raises(ASGIViolation) as caught:
        run_walk(kind, steps, then)
    assert caught.value.side == ("application" if then[0] == "send" else "server")
    assert then[1].partition("+")[0] in str(caught.value)
