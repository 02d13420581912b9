from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.web.driving import MarkedTrail, answer_of

from webfoot.web.middleware import Middleware
from webfoot.web.requests import Request
from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import BaseRoute, Mount, NoMatchFound, Route, RouteGroup, Router, RouteTable


async def ducks(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"ducks {request.path_params}")


async def geese(request: Request) -> PlainTextResponse:
    return PlainTextResponse("geese")


def test_the_first_route_that_matches_answers() -> None:
    router = Router([Route("/{name}", geese), Route("/ducks", ducks)])
    assert answer_of(router, "GET", "/ducks").text == "geese"


def test_what_is_put_into_the_scope() -> None:
    route = Route("/ducks/{id:int}", ducks)
    router = Router([route])
    scope = answer_of(router, "GET", "/ducks/3").scope
    assert scope["router"] is router
    assert scope["route"] is route
    assert scope["endpoint"] is ducks
    assert scope["path_params"] == {"id": 3}


def test_head_comes_with_get() -> None:
    assert answer_of(Router([Route("/ducks", ducks)]), "HEAD", "/ducks").status == 200


def test_without_an_application_404_and_405_are_replies() -> None:
    router = Router([Route("/ducks", ducks)])
    missing = answer_of(router, "GET", "/swans")
    assert (missing.status, missing.text) == (404, "Not Found")
    refused = answer_of(router, "DELETE", "/ducks")
    assert (refused.status, refused.text, refused.headers["allow"]) == (405, "Method Not Allowed", "GET, HEAD")


def test_inside_of_an_application_they_are_exceptions() -> None:
    router = Router([Route("/ducks", ducks)])
    missing = answer_of(router, "GET", "/swans", app=object()).error
    assert repr(missing) == "HTTPException(status_code=404, detail='Not Found')"
    refused = answer_of(router, "DELETE", "/ducks", app=object()).error
    assert refused.status_code == 405 and refused.headers == {"Allow": "GET, HEAD"}


def test_allow_names_the_methods_of_all_routes_of_the_path() -> None:
    router = Router([Route("/ducks", ducks), Route("/ducks", ducks, methods=["post"]), Route("/geese", ducks)])
    assert answer_of(router, "PUT", "/ducks").headers["allow"] == "GET, HEAD, POST"


def test_default_is_called_when_no_route_matches() -> None:
    router = Router([Route("/ducks", ducks)], default=PlainTextResponse("home", status_code=203))
    assert answer_of(router, "GET", "/swans").status == 203


def test_a_websocket_without_a_route_is_closed() -> None:
    answered = answer_of(Router([Route("/ducks", ducks)]), "GET", "/ducks", type="websocket")
    assert answered.messages == [{"type": "websocket.close", "code": 1000, "reason": ""}]


def test_an_unknown_kind_of_connection_is_an_error() -> None:
    assert "not 'carrier-pigeon'" in str(answer_of(Router(), type="carrier-pigeon").error)


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        (("/ducks/", b""), "/ducks"),
        (("/ponds", b"q=a%20b&c="), "/ponds/?q=a%20b&c="),
        (("/m", b""), "/m/"),
        (("/m/geese/", b"x"), "/m/geese?x"),
        (("", b""), "/"),
        (("/any/ü?#%/", b""), "/any/%C3%BC%3F%23%25"),
    ],
)
def test_the_slash_redirect_is_relative_and_keeps_the_query(asked: tuple[str, bytes], location: str) -> None:
    inner = Mount("/m", routes=[Route("/", geese), Route("/geese", geese)])
    router = Router(
        [Route("/", ducks), Route("/ducks", ducks), Route("/ponds/", ducks), inner, Route("/any/{x}", ducks)]
    )
    for root in ("", "/root"):
        answered = answer_of(router, "GET", root + asked[0], query_string=asked[1], root_path=root)
        assert (answered.status, answered.headers["location"]) == (307, root + location)


def test_a_redirect_never_leads_to_another_host() -> None:
    router = Router([Route("/{rest:path}/end/", ducks)])
    answered = answer_of(router, "GET", "//evil.example/end")
    assert answered.headers["location"] == "/.//evil.example/end/"
    assert answer_of(router, "GET", "/\\evil.example/end").headers["location"] == "/%5Cevil.example/end/"


def test_no_redirect_where_there_is_nothing_or_none_is_wanted() -> None:
    assert answer_of(Router([Route("/ducks", ducks)]), "GET", "/swans/").status == 404
    assert answer_of(Router([Route("/ducks", ducks)], redirect_slashes=False), "GET", "/ducks/").status == 404
    assert answer_of(Router(), "GET", "/").status == 404


def test_routes_can_be_added_and_taken_away_at_any_time() -> None:
    router = Router()
    assert answer_of(router, "GET", "/ducks").status == 404
    router.add_route("/ducks", ducks)
    assert answer_of(router, "GET", "/ducks").status == 200
    router.routes[0] = Route("/geese", geese)
    assert [answer_of(router, "GET", path).status for path in ("/ducks", "/geese")] == [404, 200]
    router.mount("/m", app=PlainTextResponse("mounted"))
    assert answer_of(router, "GET", "/m/x").text == "mounted"
    router.routes = [Route("/swans", geese)]
    assert [answer_of(router, "GET", path).status for path in ("/geese", "/swans")] == [404, 200]


def test_each_way_to_change_a_table_is_noticed() -> None:
    changes: list[Any] = [
        lambda t, r: t.append(r),
        lambda t, r: t.extend([r]),
        lambda t, r: t.insert(0, r),
        lambda t, r: t.remove(t[0]),
        lambda t, r: t.pop(),
        lambda t, r: t.clear(),
        lambda t, r: t.sort(key=id),
        lambda t, r: t.reverse(),
        lambda t, r: t.__setitem__(0, r),
        lambda t, r: t.__delitem__(0),
        lambda t, r: t.__iadd__([r]),
        lambda t, r: t.__imul__(2),
    ]
    for change in changes:
        router = Router([Route("/ducks", ducks)])
        index = router.index
        change(router.routes, Route("/geese", geese))
        assert router.index is not index
        assert router.index.routes == list(router.routes)


class Included(RouteGroup):
    """A group as an API framework would have it: another table's routes under a prefix."""

    def __init__(self, prefix: str, table: RouteTable) -> None:
        self.prefix = prefix
        self.table = table
        self.asked = 0

    def tables(self) -> Iterable[RouteTable]:
        return [self.table]

    def expand(self) -> Sequence[BaseRoute]:
        self.asked += 1
        return [
            Included(self.prefix + route.prefix, route.table)
            if isinstance(route, Included)
            else Route(self.prefix + route.path, route.endpoint, methods=route.methods, name=route.name)
            for route in self.table
        ]


def test_a_group_is_expanded_in_its_place_and_stays_live() -> None:
    inner, outer = RouteTable(), RouteTable()
    outer.append(Included("/inner", inner))
    group = Included("/v1", outer)
    router = Router([Route("/v1/{any}", geese), group, Route("/{rest:path}", geese)])
    assert answer_of(router, "GET", "/v1/inner/ducks").text == "geese"
    inner.append(Route("/ducks", ducks, name="late"))
    assert answer_of(router, "GET", "/v1/inner/ducks").text == "ducks {}"
    assert router.url_path_for("late") == "/v1/inner/ducks"
    outer.append(Route("/one", ducks))
    assert answer_of(router, "GET", "/v1/one").text == "geese"  # registered before the group
    asked = group.asked
    answer_of(router, "GET", "/v1/inner/ducks")
    assert group.asked == asked


def test_a_group_works_for_who_walks_the_table_by_hand() -> None:
    group = Included("/v1", RouteTable([Route("/ducks", ducks, name="ducks", methods=["POST"])]))
    assert answer_of(group, "POST", "/v1/ducks").text == "ducks {}"
    assert answer_of(group, "GET", "/v1/ducks").status == 405
    assert answer_of(group, "GET", "/v1/swans").status == 404
    mount = Mount("/m", routes=[group])
    assert mount.url_path_for("ducks") == "/m/v1/ducks"
    with pytest.raises(NoMatchFound):
        group.url_path_for("swans")


def test_a_table_does_not_keep_its_watchers_alive() -> None:
    table = RouteTable()
    router = Router([Included("/v1", table)])
    _ = router.index
    gone = weakref.ref(router)
    del router
    gc.collect()
    assert gone() is None
    table.append(Route("/ducks", ducks))


def test_paths_by_name() -> None:
    router = Router(
        [
            Route("/ducks/{id:int}", ducks),
            Route("/ducks/{id}/{what}", ducks),
            Mount("/admin/{zone}", name="admin", routes=[Route("/users/{id}", ducks, name="user")]),
            Mount("/static", app=PlainTextResponse("file"), name="static"),
            Mount("", routes=[Route("/bare", geese)]),
        ]
    )
    assert router.url_path_for("ducks", id=3) == "/ducks/3"
    assert router.url_path_for("ducks", id=3, what="x") == "/ducks/3/x"
    assert router.url_path_for("admin:user", zone="eu", id="7") == "/admin/eu/users/7"
    assert router.url_path_for("static", path="/css/a.css") == "/static/css/a.css"
    assert router.url_path_for("geese") == "/bare"
    for name, params in [("swans", {}), ("ducks", {}), ("ducks", {"id": 1, "x": 2}), ("admin:x", {"zone": "eu"})]:
        with pytest.raises(NoMatchFound, match=f'No route exists for name "{name}" and params "{", ".join(params)}".'):
            router.url_path_for(name, **params)


def test_a_routers_own_middleware_sees_its_404() -> None:
    statuses: list[int] = []

    class Watch:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def seen(message: Any) -> None:
                statuses.append(message.get("status"))
                await send(message)

            await self.app(scope, receive, seen)

    answer_of(Router([Route("/ducks", ducks)], middleware=[Middleware(Watch)]), "GET", "/swans")
    assert statuses[0] == 404


def marked(router: Router, method: str, path: str, **more: Any) -> dict[str, Any]:
    trail = MarkedTrail()
    answer_of(router, method, path, **{"webfoot.trail": trail}, **more)
    return trail.only("route_matched")


def test_the_trail_tells_what_the_router_decided() -> None:
    router = Router([Route("/ducks/{id:int}", ducks), Route("/ponds/", ducks, methods=["POST"])])
    assert marked(router, "GET", "/ducks/3") == {
        "outcome": "found",
        "method": "GET",
        "path": "/ducks/3",
        "route": "/ducks/{id:int}",
        "path_params": {"id": 3},
    }
    refused = marked(router, "GET", "/ponds/")
    assert (refused["outcome"], refused["route"], refused["allow"]) == ("method_not_allowed", "/ponds/", ["POST"])
    assert marked(router, "POST", "/ponds", query_string=b"q")["location"] == "/ponds/?q"
    missing = marked(router, "GET", "/ducks/abc")
    assert missing["outcome"] == "not_found"
    assert missing["near"][0] == {
        "route": "/ducks/{id:int}",
        "methods": ["GET", "HEAD"],
        "failed": "segment 'abc' is not an int",
    }


def test_the_trail_enters_the_route() -> None:
    trail = MarkedTrail()
    answer_of(Router([Route("/ducks", ducks)]), "GET", "/ducks", **{"webfoot.trail": trail})
    entered = trail.only("route_entered")
    assert (entered["name"], entered["route"]) == ("ducks", "/ducks")
    assert entered["file"] == __file__
    assert entered["line"] == ducks.__code__.co_firstlineno


def test_watched_or_not_the_answer_is_the_same() -> None:
    router = Router([Route("/ducks", ducks), Mount("/m", routes=[Route("/x", geese)])])
    for method, path in [("GET", "/ducks"), ("PUT", "/ducks"), ("GET", "/ducks/"), ("GET", "/no"), ("GET", "/m/x")]:
        plain = answer_of(router, method, path)
        watched = answer_of(router, method, path, **{"webfoot.trail": MarkedTrail()})
        assert plain.messages == watched.messages


def test_a_change_during_a_request_is_seen_by_the_next() -> None:
    async def add(request: Request) -> PlainTextResponse:
        router.add_route("/new", geese)
        await asyncio.sleep(0)
        return PlainTextResponse("added")

    router = Router([Route("/add", add)])
    assert answer_of(router, "GET", "/add").text == "added"
    assert answer_of(router, "GET", "/new").text == "geese"


def test_a_router_that_is_a_dataclass_has_no_hash() -> None:
    @dataclass
    class Pond(Router):
        name: str = "pond"

        def __post_init__(self) -> None:
            super().__init__()

    pond = Pond()
    pond.routes.append(Route("/a", ducks))
    assert str(pond.url_path_for("ducks")) == "/a"
