"""The guard's first sight: it must find in nothing what the full check finds in something."""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.asgi.test_guard import CONNECT, HTTP, WEBSOCKET

from webfoot.asgi.guard import MENDED, TOLERATED, Guard, plain
from webfoot.asgi.guard.shapes import Complain, check_scope
from webfoot.asgi.types import Message, Receive, Scope, Send


@contextmanager
def the_full_check_alone() -> Iterator[None]:
    """In this block nothing is right at first sight."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webfoot.asgi.guard.is_plain_request", lambda scope: False)
        patch.setattr("webfoot.asgi.guard.shapes.are_plain_headers", lambda headers: False)
        yield


# -- what is right, what is nearly right, and of which types ---------------------------------------------------------


class Text(str): ...


class Octets(bytes): ...


class Number(int): ...


class Series(list[Any]): ...


class Pair(NamedTuple):
    name: Any
    value: Any


class Keys(dict[str, Any]): ...


class Deaf(dict[str, Any]):
    """Holds its keys, and says that it does not."""

    def get(self, key: str, default: Any = None) -> Any:
        return default


class Alike:
    """Equal to what it is not."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == other)

    def __hash__(self) -> int:
        return hash(self.value)


class Once(list[Any]):
    """Stands for an iterator over what it holds, which each run needs for itself."""


def anew(value: Any) -> Any:
    if type(value) is Once:
        return iter([anew(each) for each in value])
    if type(value) in (list, tuple):
        return type(value)(anew(each) for each in value)
    if type(value) in (dict, Keys, UserDict, Deaf):
        return type(value)({key: anew(each) for key, each in value.items()})
    return value


def odd(*values: Any) -> list[Any]:
    """These, and what is the same or nearly so by another type."""
    others: list[Any] = [None, True, 0, 1.5, "", b"", [], (), {}, "*", "/", ["a"], {"a": {}}]
    for value in values:
        if isinstance(value, str):
            others += [Text(value), Alike(value), value.encode(), value.upper(), f" {value}", [value]]
        elif isinstance(value, bytes):
            others += [Octets(value), Alike(value), bytearray(value), memoryview(value), value.decode(), value + b"?"]
        elif isinstance(value, int):
            others += [Number(value), -value, str(value)]
        elif isinstance(value, tuple):
            others += [[*value], (*value, 1), value[:1], Pair(*value), dict(enumerate(value)), Once(value)]
        elif isinstance(value, dict):
            others += [Keys(value), UserDict(value), Deaf(value), [*value], {**value, "a": None}, {**value, "b": {}}]
    return [*values, *values, *others]


NAMES: list[Any] = [
    *[
        b"host",
        b"x-a",
        b"content-length",
        b"a" * 64,
        b"a" * 65,
        b"X-A",
        b"",
        b":path",
        b"x a",
        b"a\n",
        b"Content-Length",
    ],
    *["host", Octets(b"host"), Octets(b"Host"), bytearray(b"host"), memoryview(b"host"), Alike(b"host"), None],
]
VALUES: list[Any] = [
    *[b"", b"quack", b"5", b"0", b"a b", b"a\tb", b"\xff", b"\x0b", b"a\x7f", b"x" * 300],
    *[b" a", b"a ", b"\ta", b"a\t", b"a\rb", b"a\nb", b"a\0b", b"a\r\n", b"\n", b" ", b"\x0ca"],
    *["quack", 5, Octets(b"5"), Octets(b"a "), bytearray(b"a"), memoryview(b"a"), Alike(b"5"), None],
]
NO_PAIRS = [(), (b"a",), (b"a", b"b", b"c"), "ab", b"ab", None, {b"a": b"b", b"c": b"d"}, {b"a": 1, b"b": 2}.keys()]
PAIRS = [
    *[kind([name, value]) for name in NAMES for value in VALUES for kind in (tuple, list, Series)],
    *[Pair(name, b"a") for name in NAMES],
    *NO_PAIRS,
]
GOOD_FIELDS = st.lists(
    st.tuples(st.sampled_from([b"host", b"x-a", b"content-length"]), st.sampled_from([b"", b"5", b"a b"]))
)
NO_FIELDS = [None, {}, {b"host": b"pond"}, "ab", b"ab", 7, {(b"a", b"b")}, ((b"a", b"b"),), Once([(b"a", b"b")])]
FIELDS = st.one_of(
    GOOD_FIELDS,
    st.lists(st.sampled_from(PAIRS), max_size=3),
    st.builds(
        lambda kind, pairs: kind(pairs),
        st.sampled_from([tuple, Once, Series]),
        st.lists(st.sampled_from(PAIRS), max_size=2),
    ),
    st.sampled_from(NO_FIELDS),
)

ADDRESSES = odd(("127.0.0.1", 7), ("/tmp/s", None), ("a", True), (b"a", 7), (Text("a"), Number(7)))
KEYS: dict[str, list[Any]] = {
    "type": odd("http", "websocket", "lifespan"),
    "asgi": [
        *odd({"version": "3.0"}, {"version": "3.0", "spec_version": "2.5"}, {}),
        *[{"version": version, "spec_version": "2.5"} for version in odd("3.0", "2.0")],
        *[{"version": "3.0", "spec_version": version} for version in odd("2.5", "2.10", "3", "..")],
    ],
    "http_version": odd("1.0", "1.1", "2", "3"),
    "method": odd("GET", "HEAD", "PROPFIND", "get"),
    "scheme": odd("http", "wss"),
    "path": odd("/", "/ducks", "*", "ducks"),
    "raw_path": odd(b"/", b"/?", b"?"),
    "query_string": odd(b"", b"a=b"),
    "root_path": odd("", "/pond"),
    "headers": [*NO_FIELDS, *[[pair] for pair in PAIRS]],
    "client": ADDRESSES,
    "server": ADDRESSES,
    "state": odd({}, {"a": 1}),
    "extensions": odd({}, {"http.response.trailers": {}}, {"tls": None}, {"tls": Keys()}, {"tls": UserDict()}),
    "subprotocols": [*odd(["duck"], ("a", "b"), [b"a"]), Once(["duck"])],
}
SELDOM = st.integers(0, 9).map(lambda number: number == 7)
SELDOM_SOME = st.one_of(st.just([]), st.lists(st.sampled_from(sorted(KEYS)), max_size=2, unique=True))


@st.composite
def scopes(draw: st.DrawFn) -> Any:
    """Of a request or a handshake, with some keys changed or missing."""
    scope = dict(draw(st.sampled_from([HTTP, HTTP, HTTP, WEBSOCKET])))
    for key in draw(SELDOM_SOME):
        scope[key] = draw(FIELDS if key == "headers" else st.sampled_from(KEYS[key]))
    if draw(SELDOM):
        del scope[draw(st.sampled_from(sorted(scope)))]
    return Keys(scope) if draw(SELDOM) else UserDict(scope) if draw(SELDOM) else scope


FLAGS = st.sampled_from([False, False, True, True, 0, 1, None, "no", Text("")])
ODD_PARTS: dict[str, list[Any]] = {
    "status": odd(200, 204, 304, 99, 101, 600),
    "body": odd(b"quack", b"", b"0123456789"),
    "links": [*odd([b"a"], [b"a\n"], ["a"]), Once([b"</a.css>"]), Once([1])],
    "text": odd("quack"),
    "bytes": odd(b"quack"),
    "code": odd(1000, 1005, 4000),
    "reason": odd("bye", "x" * 124),
    "subprotocol": odd("duck", "goose"),
    "path": odd("/a"),
    "count": odd(3, -1),
    "info": odd({}, {"a": 1}, {1: 1}),
}
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "headers": FIELDS,
    "more_body": FLAGS,
    "trailers": FLAGS,
    "more_trailers": FLAGS,
    **{key: st.sampled_from(values) for key, values in ODD_PARTS.items()},
}
USUAL: dict[str, tuple[str, ...]] = {
    "http.response.start": ("status", "headers", "trailers"),
    "http.response.body": ("body", "more_body"),
    "http.response.trailers": ("headers", "more_trailers"),
    "http.response.early_hint": ("links",),
    "http.response.debug": ("info",),
    "http.response.push": ("path", "headers"),
    "http.response.pathsend": ("path",),
    "http.response.zerocopysend": ("count", "more_body"),
    "http.request": ("body", "more_body"),
    "http.disconnect": (),
    "websocket.connect": (),
    "websocket.accept": ("subprotocol", "headers"),
    "websocket.send": ("text", "bytes"),
    "websocket.receive": ("text", "bytes"),
    "websocket.close": ("code", "reason"),
    "websocket.disconnect": ("code", "reason"),
    "websocket.http.response.start": ("status", "headers"),
    "websocket.http.response.body": ("body", "more_body"),
    "http.foo": (),
}
STRANGERS = st.sampled_from(
    [None, [], "http.response.start", {}, {"type": b"http.response.body"}, {"type": 1}, UserDict()]
)


@st.composite
def events(draw: st.DrawFn, kinds: list[str]) -> Any:
    kind = draw(st.sampled_from(kinds))
    event = {"status": 200} if kind.endswith("response.start") else {}
    event |= draw(st.fixed_dictionaries({}, optional={key: PARTS[key] for key in USUAL[kind]}))
    if draw(SELDOM):
        key = draw(st.sampled_from(sorted(PARTS)))
        event[key] = draw(PARTS[key])
    event["type"] = Text(kind) if draw(SELDOM) else kind
    return Keys(event) if draw(SELDOM) else UserDict(event) if draw(SELDOM) else event


CONNECTS = [("hear", CONNECT)]
ANY_EVENT = events(sorted(USUAL))


def steps(scope: Any) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """What an application does: ("send" | "hear", event), in an order that is right often enough."""
    if scope.get("type") == "http":
        before, opening, likely = [], "http.response.start", [("hear", "http.request"), ("send", "http.response.body")]
    else:
        before, opening, likely = (
            CONNECTS,
            "websocket.accept",
            [("hear", "websocket.receive"), ("send", "websocket.send")],
        )
    likely_step = st.sampled_from(likely).flatmap(taken)
    other_step = st.tuples(st.sampled_from(["send", "hear"]), st.one_of(ANY_EVENT, STRANGERS))
    several = st.lists(st.one_of(likely_step, likely_step, other_step), max_size=4)
    in_order = st.builds(lambda first, then: [*before, first, *then], taken(("send", opening)), several)
    return st.one_of(several, in_order, in_order)


def taken(way_and_kind: tuple[str, str]) -> st.SearchStrategy[tuple[str, Any]]:
    way, kind = way_and_kind
    return st.tuples(st.just(way), events([kind]))


class Verdict(NamedTuple):
    """What was complained of, after how many steps, and what the application and the server got."""

    complaint: str
    taken: int
    scope: str
    reached: list[str]


def verdict(scope: Any, plan: list[tuple[str, Any]], ignore: frozenset[str], guard: Any = Guard) -> Verdict:
    taken, heard, reached, seen = 0, [], [], []

    async def receive() -> Message:
        return heard.pop()

    async def send(message: Message) -> None:
        reached.append(written(message))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal taken
        seen.append(written(scope))
        for way, event in plan:
            event = anew(event)
            heard[:] = [event]
            if way == "send":
                await send(event)
            elif await receive() is not event:
                raise AssertionError("another event was received")
            taken += 1

    try:
        guard(app, ignore=ignore)(anew(scope), receive, send).send(None)
    except StopIteration:
        return Verdict("", taken, str(seen), reached)
    except Exception as error:
        sentence = re.sub("x[0-9a-f]{6,}", "", str(error))  # the address of an iterator
        return Verdict(f"{type(error).__name__}: {getattr(error, 'rule', '')}: {sentence}", taken, str(seen), reached)
    raise AssertionError("somebody waited")


def written(event: Any) -> str:
    """An event or a scope as text. An iterator that somebody has read is empty."""
    if isinstance(event, (dict, UserDict)):
        return repr({key: [*value] if isinstance(value, Iterator) else value for key, value in event.items()})
    return repr(event)


IGNORED = st.sampled_from([frozenset[str](), TOLERATED, MENDED])


@settings(max_examples=300, deadline=None)
@given(st.data(), scopes(), IGNORED)
def test_no_verdict_depends_on_the_first_sight(data: st.DataObject, scope: Any, ignore: frozenset[str]) -> None:
    plan = data.draw(steps(scope))
    at_first_sight = verdict(scope, plan, ignore)
    with the_full_check_alone():
        assert at_first_sight == verdict(scope, plan, ignore)


@pytest.mark.parametrize("key", KEYS)
def test_a_scope_with_one_odd_key(key: str) -> None:
    """Plain is only what the full check lets pass; nor does the first sight use up what can be read once."""
    for value in KEYS[key]:
        scope = anew({**HTTP, key: value})
        if plain.is_plain_request(scope):
            assert complaints_of(lambda complain, scope=scope: check_scope(scope, complain)) == [], value
        elif type(value) is Once:
            assert len([*scope[key]]) == len(value)


@pytest.mark.parametrize("missing", HTTP)
def test_a_scope_that_lacks_a_key_is_not_plain(missing: str) -> None:
    assert not plain.is_plain_request({key: value for key, value in HTTP.items() if key != missing})


@pytest.mark.parametrize("kind", [Keys, Deaf, UserDict])
def test_only_a_dict_is_plain(kind: type) -> None:
    assert not plain.is_plain_request(kind(HTTP))


def test_an_iterator_of_subprotocols_arrives_whole() -> None:
    plan = [("hear", CONNECT), ("send", {"type": "websocket.accept", "subprotocol": "duck"})]
    found = verdict({**WEBSOCKET, "subprotocols": Once(["duck"])}, plan, frozenset())
    assert found.complaint == ""
    assert "'subprotocols': ['duck']" in found.scope


def complaints_of(check: Callable[[Complain], object]) -> list[str]:
    complaints: list[str] = []
    with the_full_check_alone():
        check(lambda rule, found: complaints.append(rule))
    return complaints


@pytest.mark.parametrize("version", ["1.0", "1.1", "2"])
def test_what_is_usual_is_plain(version: str) -> None:
    fields = [(b"host", b"pond"), [b"x-a", b""], (b"cookie", b"a=b; c=d"), (b"accept", b"text/html, */*;q=0.8")]
    assert plain.is_plain_request({**HTTP, "http_version": version, "headers": fields, "client": None, "mine": 1})


def test_names_are_remembered_within_bounds() -> None:
    """Neither many names nor long ones fill the memory: both may come from a client."""
    for number in range(3000):
        assert plain.are_plain_headers([(b"x-%d" % number, b"")])
    assert not plain.are_plain_headers([(b"x" * 65, b"")])
    assert len(plain._known_names) <= 512
