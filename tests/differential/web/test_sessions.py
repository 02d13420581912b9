"""Sessions on Starlette and on webfoot. What differs on purpose is tested in tests/web/middleware/test_sessions.py."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.session_apps import KEY, same, session_app, signed, told
from tests.differential.web.sockets import over_sockets, request
from tests.web.driving import answer_of

KITS = {"theirs": THEIRS, "ours": OURS}

USES: dict[str, Any] = {
    "untouched": None,
    "get": lambda session: session.get("a"),
    "set": lambda session: session.__setitem__("b", [1, {"c": "\u00fc"}]),
    "delete": lambda session: session.pop("a", None),
    "missing": lambda session: session.pop("z", None),
    "clear": lambda session: session.clear(),
    "update": lambda session: session.update(b=2),
    "|=": lambda session: session.__ior__({"b": 2}) and None,
    "update with nothing": lambda session: session.update(),
    "setdefault": lambda session: session.setdefault("b", 2),
    "setdefault, there": lambda session: session.setdefault("a", 2),
    "mark_accessed": lambda session: session.mark_accessed(),
    "mark_modified": lambda session: session.mark_modified(),
    "all of it": dict,
    "raises": lambda session: session["nothing"],
}
SESSION_OPTIONS: list[dict[str, Any]] = [
    {},
    {"max_age": None},
    {"max_age": 60, "session_cookie": "duck", "path": "/pond"},
    {"same_site": "strict", "https_only": True, "domain": "pond.example"},
    {"same_site": "none", "https_only": True, "partitioned": True},
]


@pytest.mark.parametrize("options", SESSION_OPTIONS, ids=str)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("cookie", [None, b'{"a": 1}', b"{}"], ids=["new", "known", "empty"])
def test_sessions(options: dict[str, Any], use: Any, cookie: bytes | None) -> None:
    name = options.get("session_cookie", "session")
    headers = {} if cookie is None else {"cookie": f"theme=dark; {name}={signed(cookie)}"}
    theirs, ours = both(lambda kit: session_app(kit, use, **options), "GET", "/", headers=headers)
    assert told(ours) == told(theirs)


@pytest.mark.parametrize(
    "cookie",
    ["duck", "", "a.b.c", signed(b'{"a": 1}', "other"), signed(b'{"a": 1}') + "x"],
    ids=["word", "empty", "letters", "of another key", "longer"],
)
def test_cookies_that_do_not_count(cookie: str) -> None:
    headers = {"cookie": f"session={cookie}"}
    assert same(both(lambda kit: session_app(kit, dict), "GET", "/", headers=headers))["body"] == b"{}"


@pytest.mark.parametrize(("writer", "reader"), [("theirs", "ours"), ("ours", "theirs")])
@pytest.mark.parametrize(
    "values", [{"a": 1}, {"name": "J\u00e9mima", "n": [1.5, None, True]}, {"x": "y" * 2000}], ids=str
)
@pytest.mark.parametrize("max_age", [None, 60])
def test_each_reads_the_others_cookies(writer: str, reader: str, values: dict[str, Any], max_age: int | None) -> None:
    """So that people stay logged in while servers are replaced one after the other, and if they are put back."""
    written = answer_of(session_app(KITS[writer], lambda session: session.update(values), max_age=max_age))
    cookie = written.headers["set-cookie"].partition(";")[0]
    read = answer_of(session_app(KITS[reader], dict, max_age=max_age), headers={"cookie": cookie})
    assert json.loads(read.text) == values


def app_that(kit: SimpleNamespace, place: str) -> Any:
    """Sessions around the whole application, a route, a mount or a router; changed in many places."""
    layers = [kit.Middleware(kit.SessionMiddleware, secret_key=KEY)]

    def count(request: Any, by: int = 1) -> None:
        request.session["n"] = request.session.get("n", 0) + by

    async def plain(request: Any) -> Any:
        count(request)
        return kit.PlainTextResponse(str(request.session))

    def in_thread(request: Any) -> Any:
        count(request)
        return kit.JSONResponse({"session": request.session})

    async def refuses(request: Any) -> Any:
        count(request)
        raise kit.HTTPException(418, headers={"vary": "tea"})

    async def fails(request: Any) -> Any:
        count(request)
        raise LookupError("lost")

    async def streams(request: Any) -> Any:
        async def pieces() -> Any:
            yield "a"
            yield str(request.session)

        count(request)
        return kit.StreamingResponse(pieces())

    async def around(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        count(request, by=10)
        return response

    def on_lookup(request: Any, exc: Exception) -> Any:
        count(request, by=100)
        return kit.PlainTextResponse("handled", status_code=409)

    endpoints = {"plain": plain, "thread": in_thread, "refuses": refuses, "fails": fails, "streams": streams}
    own = layers if place == "route" else None
    routes = [kit.Route(f"/{name}", endpoint, middleware=own) for name, endpoint in endpoints.items()]
    if place == "mount":
        routes = [kit.Mount("/", routes=routes, middleware=layers)]
    if place == "router":
        routes = [kit.Mount("/", app=kit.Router(routes, middleware=layers))]
    dispatch = [kit.Middleware(kit.BaseHTTPMiddleware, dispatch=around)]
    return kit.App(
        routes=routes,
        middleware={"app": layers, "dispatch": [*layers, *dispatch]}.get(place, []),
        exception_handlers={LookupError: on_lookup} if place != "app" else {},
    )


@pytest.mark.parametrize("place", ["app", "dispatch", "route", "mount", "router"])
@pytest.mark.parametrize("name", ["plain", "thread", "refuses", "fails", "streams"])
@pytest.mark.parametrize("cookie", [None, b'{"n": 4}'], ids=["new", "known"])
def test_sessions_changed_here_and_there(place: str, name: str, cookie: bytes | None) -> None:
    headers = {} if cookie is None else {"cookie": f"session={signed(cookie)}"}
    theirs, ours = both(lambda kit: app_that(kit, place), "GET", f"/{name}", headers=headers)
    assert told(ours) == told(theirs)


def test_a_secret_may_be_the_key() -> None:
    def make(kit: SimpleNamespace) -> Any:
        return session_app(kit, dict, secret_key=kit.Secret(KEY))

    headers = {"cookie": f"session={signed(b'{}')}"}
    same(both(make, "GET", "/", headers=headers))


def test_over_a_socket_sessions() -> None:
    theirs, ours = over_sockets(lambda kit: session_app(kit, dict), request("GET", "/", {"cookie": "session=x"}))
    assert ours == theirs
    cookie = f"session={signed(json.dumps({'a': 1}).encode())}"
    theirs, ours = over_sockets(lambda kit: session_app(kit, dict), request("GET", "/", {"cookie": cookie}))
    assert ours == theirs
    assert ours[0][2] == b'{"a": 1}'
