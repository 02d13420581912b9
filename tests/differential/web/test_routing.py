"""Hosts, names, methods, percent-encodings and convertors: the documentation of routing, page by page, on both."""

from __future__ import annotations

import re
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import over_sockets, request


def told(kit: SimpleNamespace, name: str) -> Any:
    async def endpoint(request: Any) -> Any:
        scope, route = request.scope, request.scope["route"]
        facts = [name, type(route).__name__, route.path, scope["path_params"], scope["root_path"], scope["path"]]
        return kit.PlainTextResponse(repr(facts))

    return endpoint


def raw(kit: SimpleNamespace) -> Any:
    """An application that knows nothing of either toolkit, and shows what was put into its scope."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        route = scope["route"]
        where = (type(route).__name__, getattr(route, "path", None), getattr(route, "host", None))
        facts = [where, scope["path_params"], scope["root_path"], scope.get("app_root_path"), scope["endpoint"] is app]
        await kit.PlainTextResponse(repr(facts))(scope, receive, send)

    return app


# Hosts


def hosts(kit: SimpleNamespace) -> Any:
    inner = [
        kit.Route("/", told(kit, "home"), name="home"),
        kit.Route("/ducks/{id:int}", told(kit, "duck"), name="duck"),
        kit.Mount("/m/{zone}", routes=[kit.Route("/{x}", told(kit, "deep"), name="deep")], name="m"),
    ]

    async def links(request: Any) -> Any:
        urls = [request.url_for("ponds:duck", pond="big", id=3), request.url_for("plain"), request.url_for("api:home")]
        return kit.PlainTextResponse(" ".join(map(str, urls)))

    app = kit.App(
        routes=[
            kit.Route("/first", told(kit, "first"), name="plain"),
            kit.Host("api.example.org:3600", app=kit.Router(inner), name="api"),
            kit.Host("raw.example.org", app=raw(kit)),
            kit.Host("[::1]", app=kit.PlainTextResponse("v6")),
            kit.Host("{n:int}.num.example.org", app=kit.Router([*inner, kit.Route("/links", links)])),
            kit.Route("/between", told(kit, "between")),
            kit.Mount("/v1", routes=[kit.Host("{deep}.mounted.org", app=kit.Router(inner), name="in")], name="v1"),
            kit.Route("/{rest:path}", told(kit, "rest")),
        ]
    )
    app.host("{pond}.example.org", app=kit.App(routes=[*inner, kit.Route("/links", links)]), name="ponds")
    app.router.host("late.org", app=kit.Router(inner))
    last = app.router.routes.pop(7)
    app.router.routes.append(last)
    return app


HOSTS = [
    *("api.example.org", "API.Example.org", "api.example.org:1", "api.example.org:3600", "x.api.example.org"),
    *("raw.example.org", "raw.example.org.", "[::1]", "[::1]:8000", "7.num.example.org", "x.num.example.org"),
    *("Big.example.org:80", "a.b.example.org", "example.org", "late.org", "x.mounted.org", "elsewhere", ""),
    *("user@late.org", "late.org:x", "late.org/", "late.org ", "l\u00e4te.org"),
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/first", "/ducks/3", "/ducks/x", "/m/z/1", "/between", "/v1/ducks/3", "/links"])
def test_hosts(host: str, path: str) -> None:
    theirs, ours = both(hosts, "GET", path, raw_headers=[(b"host", host.encode("latin-1"))])
    assert ours == theirs


@pytest.mark.parametrize("host", ["api.example.org", "big.example.org", "late.org"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/ducks/3"), ("HEAD", "/ducks/3"), ("GET", "/m/z/1/")])
def test_methods_and_slashes_behind_a_host(host: str, method: str, path: str) -> None:
    theirs, ours = both(hosts, method, path, raw_headers=[(b"host", host.encode())])
    (their_status, their_headers), (our_status, our_headers) = theirs["starts"][0], ours["starts"][0]
    assert our_status == their_status
    here, there = dict(our_headers), dict(their_headers)
    if b"location" in there:  # ours is relative
        assert b"http://" + host.encode() + here.pop(b"location") == there.pop(b"location")
    assert here == there


def test_an_empty_port_is_none() -> None:
    theirs, ours = both(hosts, "GET", "/", raw_headers=[(b"host", b"late.org:")])
    assert b"rest" in theirs["body"]  # a host without a route of its own
    assert b"home" in ours["body"]


def test_two_host_fields_are_no_host() -> None:
    fields = [(b"host", b"late.org"), (b"host", b"elsewhere")]
    theirs, ours = both(hosts, "GET", "/", raw_headers=fields)
    assert b"home" in theirs["body"]
    assert b"rest" in ours["body"]


NAMED: list[tuple[str, dict[str, Any]]] = [
    ("api:home", {}),
    ("api:duck", {"id": 3}),
    ("api:m:deep", {"zone": "z", "x": 1}),
    ("api:none", {}),
    ("api", {"path": "/x"}),
    ("api", {}),
    ("ponds:duck", {"pond": "big", "id": 3}),
    ("ponds:duck", {"pond": "big", "id": 3, "more": 1}),
    ("ponds:duck", {"pond": "a/b", "id": 3}),
    ("ponds", {"pond": "big", "path": "/x/y"}),
    ("ponds", {"pond": "big", "path": "/x", "more": 1}),
    ("plain", {}),
]


def named(kit: SimpleNamespace, name: str, params: dict[str, Any], make: Any = hosts) -> str:
    try:
        url = make(kit).url_path_for(name, **params)
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    return f"{url} {url.host!r} {url.protocol!r} {url.make_absolute_url('https://base.org/app/')}"


@pytest.mark.parametrize(("name", "params"), NAMED)
def test_the_same_urls_behind_hosts(name: str, params: dict[str, Any]) -> None:
    assert named(OURS, name, params) == named(THEIRS, name, params)


def test_urls_behind_hosts_that_differ() -> None:
    # A parameter of the host is missing: theirs has a hole in the host.
    assert named(THEIRS, "ponds:duck", {"id": 3}).startswith("/ducks/3 '{pond}.example.org'")
    assert named(OURS, "ponds:duck", {"id": 3}).startswith("NoMatchFound")
    # A value that ends the host.
    assert "https://evil.org#.example.org/" in named(THEIRS, "ponds:duck", {"pond": "evil.org#", "id": 3})
    assert named(OURS, "ponds:duck", {"pond": "evil.org#", "id": 3}).startswith("ValueError")
    # A path that does not begin with a slash runs into what is before it.
    assert named(THEIRS, "api", {"path": "x"}).endswith("https://api.example.org:3600/appx")
    assert named(OURS, "api", {"path": "x"}).endswith("https://api.example.org:3600/app/x")
    # A host in a mount: theirs forgets it.
    inner = ("v1:in:duck", {"deep": "a", "id": 3})
    assert named(THEIRS, *inner).endswith("https://base.org/app/v1/ducks/3")
    assert named(OURS, *inner).endswith("https://a.mounted.org/app/v1/ducks/3")


def test_the_same_pictures() -> None:
    def picture(kit: SimpleNamespace) -> list[str]:
        ok = kit.PlainTextResponse("x")
        made = [kit.Host("a.org", ok), kit.Host("a.org", ok, name="n"), kit.Mount("/m", ok)]
        return [re.sub(r"<.*>", "<>", repr(route)) for route in made]

    assert picture(OURS) == picture(THEIRS)


# Names and what is written into paths


def table(kit: SimpleNamespace) -> Any:
    ok = kit.PlainTextResponse("ok")
    return kit.Router(
        [
            kit.Route("/a/{x}", ok, name="a"),
            kit.Route("/p/{x:path}", ok, name="p"),
            kit.Mount("/m", ok, name="m"),
            kit.Mount("/mm/{t}", routes=[kit.Route("/{q}", ok, name="q")], name="mm"),
            kit.Mount("", ok, name="empty"),
            kit.Route("/sp ace/{x}", ok, name="space"),
            kit.Route("/{x:path}", ok, name="root"),
        ]
    )


VALUES = ["?", "#", "%", "%2F", "a b", "\\", "\u00fc", "..", ".", " ", "/evil.org", "\\\\evil", "a:b", "//a", ""]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        *((name, {"x": value}) for name in ("a", "p", "root", "space") for value in VALUES),
        *((name, {"path": value}) for name in ("m", "empty") for value in VALUES),
        *(("mm:q", {"t": value, "q": value}) for value in VALUES),
    ],
)
def test_the_same_paths_whatever_is_written_into_them(name: str, params: dict[str, Any]) -> None:
    try:
        expected = str(table(THEIRS).url_path_for(name, **params))
    except AssertionError as exc:
        expected = f"AssertionError: {exc}"
    assert named(OURS, name, params, table).startswith(expected)


# What is matched


def app_of(kit: SimpleNamespace) -> Any:
    async def home(request: Any) -> Any:
        return kit.PlainTextResponse(repr((request.method, request.path_params, request.scope["path"])))

    class Machine:
        def __init__(self, scope: Any, receive: Any, send: Any) -> None:
            self.call = scope, receive, send

        def __await__(self) -> Any:
            return kit.PlainTextResponse(f"machine {self.call[0]['method']}")(*self.call).__await__()

    routes = [
        kit.Route("/", home),
        kit.Route("/query", home, methods=["QUERY"]),
        kit.Route("/own", home, methods=["brew", "get"]),
        kit.Route("/every", home, methods=[]),
        kit.Route("/machine", Machine),
        kit.Route("/machine/some", Machine, methods=["PUT"]),
        kit.Route("/get-head", home),
        kit.Route("/get-head", kit.PlainTextResponse("head"), methods=["HEAD"]),
        kit.Route("/d\u00fcck/{x}", home),
        kit.Route("/p/{x:path}", home),
        kit.Route("/s/{x}", home),
        kit.Route("/sp ace", home),
        kit.Route("/dots/../x", home),
        kit.Mount("/m", routes=[kit.Route("/{x}", home), kit.Route("/", home)]),
    ]
    return kit.App(routes=routes)


TARGETS = [
    *("/s/a%2Fb", "/p/a%2Fb", "/s/a%252Fb", "/s/%41", "/%73/x", "/s/%C3%BC", "/s/%FF", "/s/%ED%A0%80", "/d%C3%BCck/1"),
    *("/s/a%00b", "/s/a%0Ab", "/p/a%0Ab", "/sp%20ace", "/sp+ace", "/s/a+b", "//", "//s/x", "/s//x", "/p//x", "/m//x"),
    *("/s/..", "/s/../p/x", "/dots/../x", "/s/.", "/s/%2E%2E", "/m/%2F", "/m/..%2Fs%2Fx", "/s/a;b=c", "/s/a?x=/b"),
    *("/s/" + "a" * 4000, "/S/x", "/s/%e2%80%ae", "/p/", "/m/%3F", "/s/%25"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_routes_for_percent_encodings(target: str) -> None:
    theirs, ours = over_sockets(app_of, request("GET", target))
    assert ours == theirs or target == "/p/a%0Ab"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((method, "/") for method in ("GET", "HEAD", "OPTIONS", "POST", "QUERY", "BREW", "TRACE")),
        *((method, "/query") for method in ("QUERY", "GET")),
        *((method, path) for method in ("BREW", "HEAD", "QUERY", "PUT") for path in ("/own", "/every", "/get-head")),
        *((method, path) for method in ("GET", "OPTIONS", "PUT") for path in ("/machine", "/machine/some")),
    ],
)
def test_the_same_methods(method: str, path: str) -> None:
    theirs, ours = both(app_of, method, path)
    assert ours == theirs


@pytest.mark.parametrize("root", ["", "/root", "/root/", "root", "/", "/r%20t", "/r t", "/a/b"])
@pytest.mark.parametrize("below", ["/s/x", "/m/x", "/", "", "/none", "//s/x"])
def test_the_same_below_a_root_path(root: str, below: str) -> None:
    for path in (root + below, below):
        theirs, ours = both(app_of, "GET", path, root_path=root)
        location = dict(ours["starts"][0][1]).get(b"location")
        if path == root and root.endswith("/"):
            assert ours["starts"][0][0] == 404  # theirs goes round in circles, adding slashes
        elif location is None:
            assert ours == theirs
        else:
            assert dict(theirs["starts"][0][1])[b"location"].endswith(location.replace(b"%25", b"%"))


class Moment:
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"

    def convert(self, value: str) -> datetime:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M")

    def to_string(self, value: datetime) -> str:
        return value.strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    "path", ["/at/2026-11-20T07:30", "/at/2026-11-20", "/at/2026-11-20T07:30/x", "/before-2026-11-20T07:30.txt"]
)
def test_a_convertor_of_your_own(path: str) -> None:
    import starlette.convertors

    import webfoot.web.routing.convertors

    homes = {id(THEIRS): starlette.convertors, id(OURS): webfoot.web.routing.convertors}

    def make(kit: SimpleNamespace) -> Any:
        home: Any = homes[id(kit)]
        home.register_url_convertor("moment", type("Own", (Moment, home.Convertor), {})())

        async def at(request: Any) -> Any:
            value = request.path_params["when"]
            return kit.PlainTextResponse(f"{value!r} {request.url_for('at', when=value)}")

        return kit.App(
            routes=[kit.Route("/at/{when:moment}", at, name="at"), kit.Route("/before-{when:moment}.txt", at)]
        )

    try:
        theirs, ours = both(make, "GET", path)
    finally:
        for home in homes.values():
            home.CONVERTOR_TYPES.pop("moment", None)
    assert ours == theirs
