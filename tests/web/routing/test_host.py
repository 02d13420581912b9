from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of, http_scope

from webfoot.web import WebApp
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import Host, Match, Mount, NoMatchFound, Route, Router
from webfoot.web.routing.host_index import HostEnding, HostIndex, host_of
from webfoot.web.routing.index import RouteIndex


async def tell(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.path_params} {request.scope['root_path']!r}")


ponds = Router(
    [Route("/ducks/{id:int}", tell, name="duck"), Mount("/m", routes=[Route("/x", tell, name="x")], name="m")]
)


def fields(*hosts: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", host.encode("latin-1")) for host in hosts]


def status_of(app: Any, path: str, *hosts: str) -> int:
    return answer_of(app, "GET", path, raw_headers=fields(*hosts)).status


def said_by(app: Any, path: str, host: str) -> str:
    return answer_of(app, "GET", path, raw_headers=fields(host)).text


@pytest.mark.parametrize(
    ("host", "asked", "fits"),
    [
        ("ducks.example", "ducks.example", True),
        ("ducks.example", "DUCKS.Example", True),
        ("DUCKS.example", "ducks.example", True),
        ("ducks.example", "ducks.example:8000", True),
        ("ducks.example", "ducks.example:", True),
        ("ducks.example:3600", "ducks.example", True),
        ("ducks.example:3600", "ducks.example:5600", True),
        ("ducks.example", "geese.example", False),
        ("ducks.example", "ducks-example", False),
        ("ducks.example", "a.ducks.example", False),
        ("ducks.example", "ducks.example.evil.example", False),
        ("ducks.example", "ducks.example\n", False),
        ("ducks.example", "ducks.example:80:80", False),
        ("ducks.example", "ducks.example:http", False),
        ("ducks.example", "user@ducks.example", False),
        ("[::1]", "[::1]:8000", True),
        ("[::1]:80", "[::1]", True),
        ("{pond}.example", "big.example", True),
        ("{pond}.example", "BIG.EXAMPLE:80", True),
        ("{pond}.example", "very.big.example", True),
        ("{pond}.example", ".example", False),
        ("{pond}.example", "example", False),
        ("pond-{n:int}.example", "pond-7.example", True),
        ("pond-{n:int}.example", "pond-x.example", False),
        ("{any:path}", "", True),
        ("{a}.{b}.example", "x.y.z.example", True),
        ("", "", True),
    ],
)
def test_which_hosts_fit(host: str, asked: str, fits: bool) -> None:
    route = Host(host, PlainTextResponse("x"))
    scope = http_scope(raw_headers=fields(asked))
    assert (route.matches(scope)[0] is Match.FULL) is fits
    assert (status_of(Router([route]), "/", asked) == 200) is fits
    assert route.matches({**scope, "type": "websocket"})[0] is route.matches(scope)[0]
    assert route.matches({"type": "lifespan"})[0] is Match.NONE


def test_a_request_without_one_host_is_for_no_host() -> None:
    router = Router([Host("ducks.example", PlainTextResponse("x"))])
    assert status_of(router, "/") == 404
    assert status_of(router, "/", "ducks.example", "geese.example") == 404
    assert host_of(http_scope(raw_headers=fields("a.example", "b.example"))) == ""


def test_parameters_of_the_host_come_before_those_of_the_path() -> None:
    router = Router([Host("{Pond}.{n:int}.example", ponds)])
    assert said_by(router, "/ducks/3", "Big.7.Example:80") == "{'Pond': 'big', 'n': 7, 'id': 3} ''"
    assert said_by(router, "/m/x", "big.7.example") == "{'Pond': 'big', 'n': 7} '/m'"
    assert status_of(router, "/geese", "big.7.example") == 404


def test_text_that_is_no_value_does_not_fit() -> None:
    assert status_of(Router([Host("{n:int}.example", PlainTextResponse("x"))]), "/", "9" * 5000 + ".example") == 404


def test_what_is_put_into_the_scope() -> None:
    app = PlainTextResponse("x")
    route = Host("{pond}.example", app)
    router = Router([route])
    scope = answer_of(router, "GET", "/a", raw_headers=fields("big.example")).scope
    assert scope["route"] is route
    assert scope["endpoint"] is app
    assert (scope["path_params"], scope["root_path"], scope["path"]) == ({"pond": "big"}, "", "/a")


def test_hosts_and_paths_are_asked_in_their_order() -> None:
    app = WebApp(
        routes=[
            Route("/first", PlainTextResponse("first")),
            Host("ducks.example", Router([Route("/last", PlainTextResponse("ducks"))])),
            Host("{any}.example", Router([Route("/last", PlainTextResponse("any"))])),
            Route("/last", PlainTextResponse("last")),
            Route("/{x}", PlainTextResponse("x")),
        ]
    )
    assert said_by(app, "/first", "ducks.example") == "first"
    assert said_by(app, "/last", "ducks.example") == "ducks"
    assert said_by(app, "/last", "geese.example") == "any"
    assert said_by(app, "/last", "elsewhere") == "last"
    assert said_by(app, "/other", "elsewhere") == "x"
    assert status_of(app, "/other", "ducks.example") == 404  # what is for a host belongs to it


def test_hosts_can_be_added_late() -> None:
    app = WebApp()
    assert status_of(app, "/", "ducks.example") == 404
    app.host("ducks.example", PlainTextResponse("ducks"), name="ducks")
    app.router.host("geese.example", PlainTextResponse("geese"))
    assert said_by(app, "/", "ducks.example") == "ducks"
    assert said_by(app, "/", "geese.example") == "geese"
    assert app.url_path_for("ducks", path="/x").host == "ducks.example"


def test_urls_by_name() -> None:
    router = Router(
        [
            Host("{pond}.example:3600", ponds, name="pond"),
            Host("static.example", PlainTextResponse("x"), name="static"),
            Host("bare.example", Router([Route("/bare", tell, name="bare")])),
            Mount("/v1", routes=[Host("in.example", ponds, name="in")], name="v1"),
        ]
    )
    duck = router.url_path_for("pond:duck", pond="big", id=3)
    assert (str(duck), duck.host, duck.protocol) == ("/ducks/3", "big.example:3600", "http")
    assert duck.make_absolute_url("https://else.example/base") == "https://big.example:3600/base/ducks/3"
    assert router.url_path_for("pond:m:x", pond="big") == "/m/x"
    for path in ("a.css", "/a.css", "//a.css"):
        assert router.url_path_for("static", path=path).make_absolute_url("http://h/") == "http://static.example/a.css"
    assert router.url_path_for("bare").host == "bare.example"
    inner = router.url_path_for("v1:in:duck", id=3)
    assert (str(inner), inner.host) == ("/v1/ducks/3", "in.example")
    for name, params in [
        ("pond:duck", {"id": 3}),
        ("pond:duck", {"pond": "big"}),
        ("pond:geese", {"pond": "big"}),
        ("pond", {"path": "x"}),
        ("static", {"path": "x", "y": 1}),
        ("static", {}),
        ("geese", {}),
    ]:
        with pytest.raises(NoMatchFound):
            router.url_path_for(name, **params)


@pytest.mark.parametrize("pond", ["evil.example#", "evil.example?", "evil@", "a b", "evil.example\\", "a\r\nb"])
def test_a_parameter_cannot_move_the_end_of_the_host(pond: str) -> None:
    router = Router([Host("{pond}.example", ponds, name="pond")])
    with pytest.raises(ValueError, match="is no host"):
        router.url_path_for("pond:duck", pond=pond, id=3)


def test_what_a_host_cannot_be() -> None:
    with pytest.raises(AssertionError, match="must not start with '/'"):
        Host("/ducks", ponds)
    with pytest.raises(ValueError, match="Duplicated param name a at path"):
        Host("{a}.{a}.example", ponds)
    with pytest.raises(ValueError, match="has to be written in ASCII"):
        Host("bücher.example", ponds)


def test_its_picture_and_its_routes() -> None:
    assert repr(Host("a.example", len, name="n")) == "Host(host='a.example', name='n', app=<built-in function len>)"
    assert list(Host("a.example", ponds).routes) == list(ponds.routes)
    assert Host("a.example", PlainTextResponse("x")).routes == []


def test_applications_behind_a_host_have_a_lifespan() -> None:
    log: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        log.append("up")
        yield
        log.append("down")

    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        log.append(message["type"])

    app = WebApp(routes=[Host("ducks.example", WebApp(lifespan=lifespan))])
    asyncio.run(app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send))
    assert log == ["up", "lifespan.startup.complete", "down", "lifespan.shutdown.complete"]


def test_the_trail_tells_which_host_it_was() -> None:
    trail = MarkedTrail()
    router = Router([Host("{pond}.example", PlainTextResponse("x"))])
    answer_of(router, "GET", "/a", raw_headers=fields("big.example"), **{"webfoot.trail": trail})
    assert trail.only("route_matched") == {
        "outcome": "found",
        "method": "GET",
        "path": "/a",
        "route": "{pond}.example",
        "path_params": {"pond": "big"},
    }


class TestTheIndex:
    def candidates(self, index: RouteIndex, host: str) -> list[str]:
        scope = http_scope(raw_headers=fields(host))
        return [candidate.route.host for candidate in index.candidates("/", scope)]  # type: ignore[attr-defined]

    def test_only_what_can_fit_is_tried(self) -> None:
        names = [f"{{x}}.pond{n}.example" for n in range(1000)] + [f"lake{n}.example" for n in range(1000)]
        index = RouteIndex([*(Host(name, ponds) for name in names), Host("{all}", ponds), Host("{x}e", ponds)])
        assert self.candidates(index, "a.b.pond7.example") == ["{x}.pond7.example", "{all}", "{x}e"]
        assert self.candidates(index, "LAKE999.example:80") == ["lake999.example", "{all}", "{x}e"]
        assert self.candidates(index, "pond7.example") == ["{all}", "{x}e"]

    def test_a_name_of_many_labels_is_cut_only_as_far_as_needed(self) -> None:
        index: HostIndex[int] = HostIndex()
        index.file(HostEnding(".b.example", is_whole=False), 7)
        assert index.find("a." * 100_000 + "b.example") == [7]
        assert index.find("." * 100_000) == []

    def test_a_host_whose_expression_was_replaced_is_still_tried(self) -> None:
        import re

        route = Host("ducks.example", PlainTextResponse("x"))
        route.host_regex = re.compile(r".*\.example\Z")
        assert status_of(Router([route]), "/", "geese.example") == 200
