"""The guards on Starlette and on webfoot: hosts, https, authentication. (CORS: test_middleware_flow.py.)

What differs on purpose is in docs/differences.md, and is tested in tests/web/middleware.
"""

from __future__ import annotations

import asyncio
import importlib
from types import SimpleNamespace
from typing import Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.session_apps import KEY, same, signed, told
from tests.differential.web.sockets import over_sockets, request

# Hosts

HOSTS = [
    "duck.example",
    "DUCK.example:80",
    "www.duck.example",
    "www.duck.example:8000",
    "a.b.duck.example",
    "evilduck.example",
    "duck.example.",
    "duck.example.evil",
    "[::1]",
    "[::1]:80",
    "",
    "a@duck.example",
    "duck.example:abc",
    "duck.example:",
    "duck.example/x",
    "duck.example,evil",
]
ALLOWED: list[list[str] | None] = [
    None,
    ["*"],
    [],
    ["duck.example"],
    ["*.duck.example"],
    ["www.duck.example"],
    ["Duck.Example", "*.evil.example"],
    ["[::1]"],
]


@pytest.mark.parametrize("allowed", ALLOWED, ids=str)
@pytest.mark.parametrize("www_redirect", [True, False])
def test_trusted_hosts(allowed: list[str] | None, www_redirect: bool) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.TrustedHostMiddleware(kit.PlainTextResponse("ok"), allowed, www_redirect)

    for host in [*HOSTS, None]:
        fields = [] if host is None else [(b"host", host.encode())]
        same(both(make, "POST", "/p/\u00fc x", query_string=b"a=b&c=%20", raw_headers=fields))


@pytest.mark.parametrize(
    "host", ["duck.example", "duck.example:80", "duck.example:443", "duck.example:8000", "[::1]:8"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("path", ["/", "/a b", "//evil.example", "/\u00fc"])
def test_https(host: str, scheme: str, path: str) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.HTTPSRedirectMiddleware(kit.PlainTextResponse("ok"))

    more = {"scheme": scheme, "query_string": b"a=b", "raw_headers": [(b"host", host.encode())]}
    same(both(make, "PUT", path, **more))


@pytest.mark.parametrize(
    "server", [("pond.example", 80), ("pond.example", 8000), ("/run/pond.sock", None), None], ids=str
)
@pytest.mark.parametrize("fields", [[], [(b"host", b"a/b")], [(b"host", b"")]], ids=str)
def test_https_without_a_host(server: Any, fields: list[tuple[bytes, bytes]]) -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.HTTPSRedirectMiddleware(kit.PlainTextResponse("ok"))

    same(both(make, "GET", "/", raw_headers=fields, server=server))


DENIABLE = {"websocket.http.response": {}}


@pytest.mark.parametrize("guard", ["hosts", "www", "https"])
def test_a_websocket_is_denied(guard: str) -> None:
    def make(kit: SimpleNamespace) -> Any:
        app = kit.PlainTextResponse("ok")
        if guard == "https":
            return kit.HTTPSRedirectMiddleware(app)
        return kit.TrustedHostMiddleware(app, ["www.duck.example" if guard == "www" else "pond.example"])

    same(both(make, "GET", "/p", type="websocket", scheme="ws", extensions=DENIABLE))


# Authentication


def guarded(kit: SimpleNamespace, on_error: bool = False) -> Any:
    class Badge(kit.AuthenticationBackend):  # type: ignore[misc,name-defined]
        async def authenticate(self, conn: Any) -> Any:
            badge = conn.headers.get("badge")
            if badge is None:
                return None
            name, *scopes = badge.split()
            if name == "goose":
                raise kit.AuthenticationError("no g\u00e4nse")
            if name == "broken":
                raise LookupError(name)
            return kit.AuthCredentials(scopes), kit.SimpleUser(name)

    async def who(req: Any) -> Any:
        user = req.user
        facts = [type(user).__name__, user.is_authenticated, user.display_name, user.identity, req.auth.scopes]
        return kit.JSONResponse(facts)

    @kit.requires("swim")
    async def swim(request: Any) -> Any:
        return kit.PlainTextResponse("splash")

    @kit.requires(["swim", "fly"], status_code=404)
    def hidden(request: Any) -> Any:
        return kit.PlainTextResponse("hidden")

    @kit.requires([])
    async def everybody(request: Any) -> Any:
        return kit.PlainTextResponse("everybody")

    def refuse(conn: Any, error: Exception) -> Any:
        return kit.JSONResponse({"error": str(error)}, status_code=401, headers={"www-authenticate": "Badge"})

    routes = [
        kit.Route("/who", who),
        kit.Route("/swim", swim),
        kit.Route("/hidden", hidden),
        kit.Route("/everybody", everybody),
    ]
    app = kit.App(routes=[*routes, kit.Mount("/m", routes=routes)])
    return kit.AuthenticationMiddleware(app, backend=Badge(), **({"on_error": refuse} if on_error else {}))


@pytest.mark.parametrize("badge", [None, "Emma", "Emma swim", "Emma fly swim", "goose", "broken"])
@pytest.mark.parametrize("path", ["/who", "/swim", "/hidden", "/everybody", "/m/swim", "/none"])
@pytest.mark.parametrize("on_error", [False, True])
def test_authentication(badge: str | None, path: str, on_error: bool) -> None:
    headers = {} if badge is None else {"badge": badge}
    same(both(lambda kit: guarded(kit, on_error), "GET", path, headers=headers))


def test_a_websocket_with_a_bad_badge() -> None:
    same(both(guarded, "GET", "/who", type="websocket", scheme="ws", headers={"badge": "goose"}))


# All of them

ALL_ASKED: list[dict[str, str]] = [
    {},
    {"origin": "https://pond.example", "cookie": "session=" + signed(b'{"a": 1}'), "badge": "Emma swim"},
    {"origin": "https://evil.example", "cookie": "session=forged", "badge": "Emma"},
    {"origin": "https://pond.example", "badge": "goose"},
    {"origin": "https://pond.example", "badge": "broken"},
]


@pytest.mark.parametrize("headers", ALL_ASKED, ids=["nothing", "all good", "all bad", "no badge", "broken"])
@pytest.mark.parametrize("path", ["/count", "/swim", "/none"])
def test_one_around_the_other(headers: dict[str, str], path: str) -> None:
    def make(kit: SimpleNamespace) -> Any:
        class Badge(kit.AuthenticationBackend):  # type: ignore[misc,name-defined]
            async def authenticate(self, conn: Any) -> Any:
                name, *scopes = conn.headers.get("badge", "nobody").split()
                if name == "goose":
                    raise kit.AuthenticationError("no geese")
                assert name != "broken"
                return kit.AuthCredentials(scopes), kit.SimpleUser(name)

        async def count(request: Any) -> Any:
            request.session["n"] = request.session.get("n", 0) + 1
            return kit.PlainTextResponse(f"{request.user.display_name} {request.session}", headers={"vary": "badge"})

        @kit.requires("swim")
        def swim(request: Any) -> Any:
            return kit.PlainTextResponse(str(request.session.get("a")))

        return kit.CORSMiddleware(  # around the application, or Starlette's 500 would have no headers
            kit.App(
                routes=[kit.Route("/count", count), kit.Route("/swim", swim)],
                middleware=[
                    kit.Middleware(kit.TrustedHostMiddleware, allowed_hosts=["*.example"]),
                    kit.Middleware(kit.SessionMiddleware, secret_key=KEY, https_only=True),
                    kit.Middleware(kit.AuthenticationMiddleware, backend=Badge()),
                ],
            ),
            allow_origins=["https://pond.example"],
            allow_credentials=True,
        )

    theirs, ours = both(make, "GET", path, headers=headers)
    assert told(ours) == told(theirs)


# The same over a socket


def test_over_a_socket_hosts_and_https() -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.TrustedHostMiddleware(kit.HTTPSRedirectMiddleware(kit.PlainTextResponse("ok")), ["pond.example"])

    for host in ("pond.example", "evil.example", "pond.example:8000"):
        theirs, ours = over_sockets(make, request("GET", "/a?b=c", {"Host": host}))
        assert ours == theirs


def test_over_a_socket_cors() -> None:
    def make(kit: SimpleNamespace) -> Any:
        return kit.CORSMiddleware(kit.PlainTextResponse("ok"), allow_origins=["https://pond.example"])

    for method in ("GET", "OPTIONS"):
        for origin in ("https://pond.example", "https://evil.example"):
            fields = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            theirs, ours = over_sockets(make, request(method, "/", fields))
            assert ours == theirs


def test_over_a_socket_authentication() -> None:
    for badge in ("Emma swim", "Emma", "goose"):
        theirs, ours = over_sockets(guarded, request("GET", "/swim", {"badge": badge}))
        assert ours == theirs


HANDSHAKE = {
    "Connection": "upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def shaken(app: Any) -> list[str]:
    """The lines of the answer to a handshake, without the date."""

    async def talk(dialogue: Dialogue) -> bytes:
        await dialogue.say(request("GET", "/", HANDSHAKE))
        return await dialogue.hear(lambda heard: b"\r\n\r\n" in heard)

    head: bytes = asyncio.run(with_server(app, talk)).partition(b"\r\n\r\n")[0]
    return [line for line in head.decode().split("\r\n") if not line.lower().startswith("date:")]


@pytest.mark.parametrize("guard", ["hosts", "https", "badge", "requires"])
def test_over_a_socket_a_websocket_is_refused(guard: str) -> None:
    def make(kit: SimpleNamespace) -> Any:
        routing = importlib.import_module("starlette.routing" if kit is THEIRS else "webfoot.web.routing")

        @kit.requires("swim", status_code=404, redirect="nowhere")
        async def endpoint(websocket: Any) -> None:
            raise AssertionError("nobody gets here")

        app = kit.App(routes=[routing.WebSocketRoute("/", endpoint)])
        if guard == "hosts":
            return kit.TrustedHostMiddleware(app, ["lake.example"])
        if guard == "https":
            return kit.HTTPSRedirectMiddleware(app)

        class Badge(kit.AuthenticationBackend):  # type: ignore[misc,name-defined]
            async def authenticate(self, conn: Any) -> Any:
                if guard == "badge":
                    raise kit.AuthenticationError("no geese")

        return kit.AuthenticationMiddleware(app, Badge())

    theirs, ours = shaken(make(THEIRS)), shaken(make(OURS))
    assert sorted(ours) == sorted(theirs)
    status = {"hosts": 400, "https": 307}.get(guard, 403)
    assert ours[0].startswith(f"HTTP/1.1 {status} ")
