"""Starlette's cookies and answers are held against ours in tests/differential/web/test_sessions.py."""

from __future__ import annotations

import copy
import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from tests.web.driving import Answered, answer_of

from webfoot.testing import TestClient
from webfoot.web import Middleware, PlainTextResponse, Request, Route, WebApp
from webfoot.web.datastructures import Secret
from webfoot.web.middleware.sessions import Session, SessionMiddleware
from webfoot.web.routing import WebSocketRoute
from webfoot.web.websockets import WebSocket

KEY = "a key for tests"


def signed(content: bytes, key: str = KEY) -> str:
    return "session=" + TimestampSigner(key).sign(b64encode(content)).decode()


def with_session(values: object) -> str:
    return signed(json.dumps(values).encode())


def ask(use: Callable[[Any], Any], cookie: str | None = None, *, through: str = "request", **options: Any) -> Answered:
    """Let `use` have the session; what it gives is the body, as JSON."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        session = Request(scope).session if through == "request" else scope["session"]
        await PlainTextResponse(json.dumps(use(session)))(scope, receive, send)

    headers = {} if cookie is None else {"cookie": cookie}
    return answer_of(SessionMiddleware(app, **{"secret_key": KEY, **options}), headers=headers)


def cookie_of(answered: Answered) -> str:
    """What a browser would send back."""
    return answered.headers["set-cookie"].partition(";")[0]


def put(key: str, value: Any) -> Callable[[Any], None]:
    return lambda session: session.__setitem__(key, value)


def test_what_is_put_in_comes_back() -> None:
    first = ask(put("duck", {"name": "Jémima", "eggs": [1, 2]}))
    again = ask(lambda session: session["duck"], cookie_of(first))
    assert json.loads(again.text) == {"name": "Jémima", "eggs": [1, 2]}
    assert "set-cookie" not in again.headers


def test_the_cookie_is_for_the_server_alone() -> None:
    line = ask(put("a", 1)).headers["set-cookie"]
    assert re.fullmatch(r"session=[\w=.-]+; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax", line)


@pytest.mark.parametrize(
    ("options", "attribute"),
    [
        ({"https_only": True}, "; Secure"),
        ({"same_site": "none"}, "; SameSite=none"),
        ({"path": "/pond"}, "; Path=/pond"),
        ({"domain": "pond.example"}, "; Domain=pond.example"),
        ({"partitioned": True}, "; Partitioned"),
        ({"max_age": 60}, "; Max-Age=60"),
        ({"session_cookie": "duck"}, "duck="),
    ],
    ids=str,
)
def test_attributes_are_on_the_cookie_and_on_its_deletion(options: dict[str, Any], attribute: str) -> None:
    first = ask(put("a", 1), **options)
    deleted = ask(lambda session: session.clear(), cookie_of(first), **options).headers["set-cookie"]
    assert attribute in first.headers["set-cookie"]
    assert attribute.replace("Max-Age=60", "Max-Age=0") in deleted
    assert "expires=Thu, 01 Jan 1970 00:00:00 GMT" in deleted


def test_without_a_max_age_the_cookie_ends_with_the_browser_and_never_before() -> None:
    line = ask(put("a", 1), max_age=None).headers["set-cookie"]
    assert "Max-Age" not in line
    assert "expires" not in line


def test_a_session_nobody_looks_at_leaves_no_trace() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("")(scope, receive, send)

    headers = answer_of(SessionMiddleware(app, KEY), headers={"cookie": with_session({"a": 1})}).headers
    assert "set-cookie" not in headers
    assert "vary" not in headers


@pytest.mark.parametrize("cookie", [None, with_session({"a": 1})], ids=["new", "known"])
def test_one_that_is_looked_at_makes_the_answer_vary(cookie: str | None) -> None:
    headers = ask(lambda session: session.get("a"), cookie).headers
    assert headers["vary"] == "Cookie"
    assert "set-cookie" not in headers


READS: dict[str, Callable[[Any], Any]] = {
    "item": lambda session: session["a"],
    "get": lambda session: session.get("a"),
    "in": lambda session: "b" in session,
    "iter": lambda session: next(iter(session)),
    "reversed": lambda session: next(reversed(session)),
    "len": len,
    "bool": bool,
    "equal": lambda session: session == {},
    "unequal": lambda session: session != {},
    "keys": lambda session: list(session.keys()),
    "values": lambda session: list(session.values()),
    "items": lambda session: list(session.items()),
    "copy": lambda session: session.copy(),
    "dict": dict,
    "unpacked": lambda session: {**session},
    "or": lambda session: session | {"b": 2},
    "json": json.dumps,
    "copied": lambda session: dict(copy.deepcopy(session)),
    "pop of what is not there": lambda session: session.pop("b", None),
    "setdefault of what is there": lambda session: session.setdefault("a", 2),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_reading_it_from_the_scope_counts_as_looking(read: Callable[[Any], Any]) -> None:
    headers = ask(read, with_session({"a": 1}), through="scope").headers
    assert headers["vary"] == "Cookie"
    assert "set-cookie" not in headers


WRITES: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "set": (lambda session: session.__setitem__("b", 2), {"a": [1], "b": 2}),
    "delete": (lambda session: session.__delitem__("a"), {}),
    "clear": (lambda session: session.clear(), {}),
    "pop": (lambda session: session.pop("a"), {}),
    "popitem": (lambda session: session.popitem(), {}),
    "setdefault": (lambda session: session.setdefault("b", 2), {"a": [1], "b": 2}),
    "update": (lambda session: session.update({"b": 2}, c=3), {"a": [1], "b": 2, "c": 3}),
    "|=": (lambda session: session.__ior__({"b": 2}), {"a": [1], "b": 2}),
    "inside of a value": (lambda session: session["a"].append(2), {"a": [1, 2]}),
    "marked": (lambda session: session.mark_modified(), {"a": [1]}),
}


@pytest.mark.parametrize(("write", "after"), WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("through", ["request", "scope"])
def test_a_change_sets_the_cookie(write: Callable[[Any], Any], after: dict[str, Any], through: str) -> None:
    answered = ask(lambda session: write(session) and None, with_session({"a": [1]}), through=through)
    assert answered.headers["vary"] == "Cookie"
    if after:
        assert json.loads(ask(dict, cookie_of(answered)).text) == after
    else:
        assert "expires=Thu, 01 Jan 1970" in answered.headers["set-cookie"]


def test_a_write_that_fails_changes_nothing() -> None:
    session = Session()
    for write in (lambda: session.__delitem__("a"), session.popitem, lambda: session.pop("a")):
        with pytest.raises(KeyError):
            write()
    assert not session.modified


def test_an_empty_session_that_was_emptied_is_not_deleted() -> None:
    assert "set-cookie" not in ask(lambda session: session.clear()).headers


BROKEN = {
    "nonsense": "session=duck",
    "empty": "session=",
    "another key": signed(b'{"a": 1}', "another key"),
    "cut off": with_session({"a": 1})[:-1],
    "of another content": with_session({"a": 1}).replace("session=", "session=A"),
    "bytes beyond ASCII": "session=\u00fc.\u00fc.\u00fc",
    "no base64": "session=" + TimestampSigner(KEY).sign(b"a").decode(),
    "no JSON": signed(b"{"),
    "no UTF-8": signed(b'"\xff"'),
    "a list": signed(b'[["a", 1]]'),
    "a number": signed(b"1"),
    "null": signed(b"null"),
    "too deep": signed(b"[" * 100_000),
    "no time stamp": with_session({"a": 1}).rpartition(".")[0],
}


@pytest.mark.parametrize("cookie", BROKEN.values(), ids=BROKEN)
def test_a_cookie_that_does_not_count_is_an_empty_session(cookie: str) -> None:
    answered = ask(dict, cookie)
    assert (answered.status, answered.text) == (200, "{}")


def test_one_that_is_too_old_is_an_empty_session(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = with_session({"a": 1})
    now = TimestampSigner(KEY).get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + 61)
    assert ask(dict, cookie, max_age=60).text == "{}"
    assert ask(dict, cookie, max_age=None).text == '{"a": 1}'


def test_a_change_replaces_a_cookie_that_does_not_count() -> None:
    assert json.loads(ask(dict, cookie_of(ask(put("b", 2), BROKEN["another key"]))).text) == {"b": 2}


def test_keys_can_be_replaced_one_after_the_other() -> None:
    old = ask(put("a", 1), secret_key="old")
    assert ask(dict, cookie_of(old), secret_key=["old", "new"]).text == '{"a": 1}'
    renewed = ask(put("b", 2), cookie_of(old), secret_key=["old", Secret("new")])
    assert json.loads(ask(dict, cookie_of(renewed), secret_key="new").text) == {"a": 1, "b": 2}
    assert ask(dict, cookie_of(old), secret_key="new").text == "{}"


def test_cookies_in_several_fields_count() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(json.dumps(scope["session"]))(scope, receive, send)

    headers = [(b"cookie", b"theme=dark"), (b"cookie", with_session({"a": 1}).encode())]
    assert answer_of(SessionMiddleware(app, KEY), raw_headers=headers).text == '{"a": 1}'


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x"], ids=["object", "set", "bytes"])
def test_what_is_no_json_is_told_as_the_applications_fault(value: Any) -> None:
    error = ask(put("a", value)).error
    assert isinstance(error, TypeError)
    assert str(error).startswith("request.session is kept as JSON: ")


def test_a_dict_of_the_applications_own_in_its_place_is_kept() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["session"] = {"b": 2}
        await PlainTextResponse("")(scope, receive, send)

    answered = answer_of(SessionMiddleware(app, KEY))
    assert ask(dict, cookie_of(answered)).text == '{"b": 2}'


def test_one_that_takes_it_away_changes_nothing() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope["session"]
        await PlainTextResponse("")(scope, receive, send)

    answered = answer_of(SessionMiddleware(app, KEY), headers={"cookie": with_session({"a": 1})})
    assert "set-cookie" not in answered.headers


def test_two_of_them_do_not_mix() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        Request(scope).session["inner"] = 1
        await PlainTextResponse("")(scope, receive, send)

    inner = SessionMiddleware(app, "inner", session_cookie="inner")
    answered = answer_of(SessionMiddleware(inner, KEY))
    (start, _) = answered.messages
    assert [value for name, value in start["headers"] if name == b"set-cookie" and value.startswith(b"session")] == []
    assert answered.headers["set-cookie"].startswith("inner=")


def test_a_cookie_that_browsers_would_drop_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "webfoot"):
        ask(put("a", "x" * 4000))
    (record,) = caplog.records
    assert "beyond 4096 browsers drop it" in record.message
    assert "xxx" not in record.message


def test_one_that_they_keep_is_not(caplog: pytest.LogCaptureFixture) -> None:
    ask(put("a", "x" * 2000))
    assert caplog.records == []


@pytest.mark.parametrize("start", ["http.response.start", "websocket.accept"])
def test_a_change_that_comes_too_late_is_warned_of(start: str, caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["session"]["a"] = 1
        await send({"type": start, "status": 200})
        if scope["path"] == "/late":
            scope["session"]["b"] = 2

    kind = start.partition(".")[0]
    answer_of(SessionMiddleware(app, KEY), "GET", "/in-time", type=kind)
    assert caplog.records == []
    answer_of(SessionMiddleware(app, KEY), "GET", "/late", type=kind)
    (record,) = caplog.records
    assert record.message == (
        "SessionMiddleware: the session was changed after the response had begun, and this change is lost ('/late')"
    )


def websocket(app: Any, cookie: str | None = None) -> Answered:
    headers = [] if cookie is None else [(b"cookie", cookie.encode())]
    return answer_of(SessionMiddleware(app, KEY), raw_headers=headers, type="websocket", scheme="ws")


@pytest.mark.parametrize("kind", ["websocket.accept", "websocket.http.response.start"])
def test_a_websocket_reads_the_session_and_sets_the_cookie_with_its_handshake(kind: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["session"]["b"] = scope["session"]["a"] + 1
        await send({"type": kind, "status": 400})
        scope["session"]["c"] = 3  # too late
        await send({"type": "websocket.send", "text": "x"})

    answered = websocket(app, with_session({"a": 1}))
    start, message = answered.messages
    (header,) = start["headers"]
    assert header[0] == b"set-cookie"
    assert json.loads(ask(dict, header[1].decode().partition(";")[0]).text) == {"a": 1, "b": 2}
    assert message == {"type": "websocket.send", "text": "x"}


def test_a_websocket_that_only_reads_sets_none() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["session"] == {}
        await send({"type": "websocket.accept"})

    assert websocket(app).messages == [{"type": "websocket.accept"}]


def test_a_browser_has_one_session_for_requests_and_websockets() -> None:
    async def count(request: Request) -> PlainTextResponse:
        request.session["seen"] = request.session.get("seen", 0) + 1
        return PlainTextResponse(str(request.session["seen"]))

    async def talk(websocket: WebSocket) -> None:
        websocket.session["seen"] += 10
        await websocket.accept()
        await websocket.send_text(str(websocket.session["seen"]))
        await websocket.close()

    routes = [Route("/", count), WebSocketRoute("/talk", talk)]
    client = TestClient(WebApp(routes=routes, middleware=[Middleware(SessionMiddleware, secret_key=KEY)]))
    assert client.get("/").text == "1"
    with client.websocket_connect("/talk") as websocket:
        assert websocket.receive_text() == "11"
    assert client.get("/").text == "12"


def test_the_lifespan_passes_by() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert "session" not in scope

    assert answer_of(SessionMiddleware(app, KEY), type="lifespan").error is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"secret_key": ""}, "secret_key must not be empty"),
        ({"secret_key": Secret("")}, "secret_key must not be empty"),
        ({"secret_key": []}, "secret_key must not be empty"),
        ({"secret_key": ["new", ""]}, "secret_key must not be empty"),
        ({"session_cookie": "a b"}, "cannot be a cookie's name"),
        ({"path": "/; domain=evil.example"}, "a cookie's path"),
        ({"domain": "a\r\nset-cookie: b"}, "a cookie's domain"),
        ({"same_site": "sometimes"}, "samesite must be"),
    ],
    ids=str,
)
def test_wrong_options_are_refused_at_once(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SessionMiddleware(lambda *_: None, **{"secret_key": KEY, **options})  # type: ignore[arg-type,return-value]


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "itsdangerous", None)
    with pytest.raises(ImportError, match=r"itsdangerous: pip install 'webfoot\[web\]'"):
        SessionMiddleware(lambda *_: None, KEY)  # type: ignore[arg-type,return-value]
