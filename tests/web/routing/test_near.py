from __future__ import annotations

from typing import Any

from tests.web.driving import http_scope

from webfoot.web.responses import PlainTextResponse
from webfoot.web.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from webfoot.web.routing.index import RouteIndex
from webfoot.web.routing.near import nearest, shadowed


def reasons(path: str, *routes: BaseRoute) -> list[tuple[str, str]]:
    return [(entry["route"], entry["failed"]) for entry in nearest(routes, http_scope("GET", path))]


def route(path: str, *methods: str) -> Route:
    return Route(path, PlainTextResponse("x"), methods=methods or None)


def test_a_value_that_does_not_convert() -> None:
    assert reasons("/items/abc", route("/items/{id:int}")) == [("/items/{id:int}", "segment 'abc' is not an int")]
    assert reasons("/items/abc", route("/items/{id:uuid}")) == [("/items/{id:uuid}", "segment 'abc' is not a UUID")]
    assert reasons("/items/", route("/items/{id}")) == [("/items/{id}", "the segment for '{id}' is empty")]
    assert reasons("/v/a", route("/v/v{n:int}")) == [("/v/v{n:int}", "segment 'a' does not fit 'v{n:int}'")]


def test_a_misspelt_word() -> None:
    assert reasons("/itmes/3", route("/items/{id}")) == [("/items/{id}", "segment 'itmes' is not 'items'")]


def test_another_number_of_segments() -> None:
    found = reasons("/items/3/photo", route("/items/{id}/photo/large"))
    assert found == [("/items/{id}/photo/large", "it has 4 segments, the path has 3 segments")]


def test_a_mount_is_compared_by_its_prefix() -> None:
    assert reasons("/stattic/a/b", Mount("/static", app=PlainTextResponse("x"))) == [
        ("/static", "segment 'stattic' is not 'static'")
    ]


def test_the_nearest_comes_first_and_strangers_not_at_all() -> None:
    class Nameless(BaseRoute):
        pass

    table = [
        route("/zebra"),
        route("/duckling/{n}"),
        route("/ducks/{n:int}", "PUT", "GET"),
        Nameless(),
        route("/ducts/{n}"),
    ]
    found = reasons("/ducks/x", *table)
    assert [template for template, _ in found] == ["/ducks/{n:int}", "/ducts/{n}", "/duckling/{n}"]
    entry: dict[str, Any] = nearest(table, http_scope("GET", "/ducks/x"))[0]
    assert entry["methods"] == ["GET", "HEAD", "PUT"]


def test_at_most_three() -> None:
    assert len(reasons("/a/x", *(route(f"/a/{{n{n}:int}}") for n in range(9)))) == 3


def test_the_methods_of_one_template_stand_together() -> None:
    table = [route("/items", "GET"), route("/itemz", "GET"), route("/items", "POST"), route("/{id}/x", "PUT")]
    entries = nearest(table, http_scope("GET", "/itemx"))
    assert [(entry["route"], entry["methods"]) for entry in entries] == [
        ("/items", ["GET", "HEAD", "POST"]),
        ("/itemz", ["GET", "HEAD"]),
    ]


def test_a_route_for_the_other_kind_of_connection_is_near_only_with_exactly_this_path() -> None:
    table = [route("/pond", "GET"), route("/pond", "POST"), WebSocketRoute("/ponds", PlainTextResponse("x"))]
    socket = {**http_scope("GET", "/pond"), "type": "websocket"}
    entries = nearest(table, socket)
    assert [(entry["route"], entry["methods"], entry.get("kind")) for entry in entries] == [
        ("/pond", ["GET", "HEAD", "POST"], "http"),
        ("/ponds", [], None),
    ]
    assert nearest(table, {**socket, "path": "/pont"})[0]["route"] == "/ponds"
    assert [entry["route"] for entry in nearest(table, http_scope("GET", "/pont"))] == ["/pond"]
    assert nearest(table, http_scope("GET", "/ponds"))[0]["kind"] == "websocket"


def test_a_host_that_is_not_quite_the_right_one() -> None:
    hosts = [Host("{pond}.ducks.example", PlainTextResponse("x")), Host("elsewhere", PlainTextResponse("x"))]
    scope = http_scope(raw_headers=[(b"host", b"Big.duck.example:80")])
    assert nearest(hosts, scope) == [
        {"route": "{pond}.ducks.example", "methods": [], "failed": "the host is big.duck.example"}
    ]


def test_nothing_near_nothing_said() -> None:
    assert reasons("/zzz", route("/ducks/{id}")) == []


def test_a_path_that_was_put_together_wrongly() -> None:
    table = [route("/api/ducks/"), route("/api/ducks/{n}"), route("/{any}/{n}/x")]
    assert reasons("/ducks/3", *table) == [("/api/ducks/{n}", "it begins with /api, the path does not")]
    assert reasons("/api/api/ducks/3", *table) == [("/api/ducks/{n}", "the path has /api before it")]
    assert reasons("/v1/api/ducks/3", *table) == [("/api/ducks/{n}", "the path has /v1 before it")]
    assert reasons("//api/ducks/3", *table) == [("/api/ducks/{n}", "the path has two slashes in a row")]
    assert reasons("/api/ducks//3", *table) == [("/api/ducks/{n}", "the path has two slashes in a row")]
    assert reasons("/api//ducks/3", *table) == [("/api/ducks/{n}", "the path has two slashes in a row")]


def test_a_prefix_is_no_parameter_and_a_parameter_no_name() -> None:
    assert reasons("/ducks", route("/{pond}/ducks")) == [("/{pond}/ducks", "it has 2 segments, the path has 1 segment")]
    assert reasons("/3/4", route("/ponds/{n}/{m}")) == []


def test_one_letter_in_common_is_not_near() -> None:
    assert reasons("/api/nothere", route("/api/work/thread"), route("/api/twice")) == []


def test_a_route_in_the_shadow_of_another() -> None:
    broad, own, other = route("/ducks/{name}"), route("/ducks/all", "GET"), route("/ducks/all", "POST")
    scope = http_scope("GET", "/ducks/all")

    def told(*routes: BaseRoute) -> list[dict[str, Any]]:
        return shadowed(routes[0], RouteIndex(routes).candidates("/ducks/all", scope), scope)

    assert told(broad, other, own) == [
        {"route": "/ducks/all", "methods": ["GET", "HEAD"], "failed": "it stands behind the one that was found"}
    ]
    assert told(broad, other) == []
    assert told(own, broad) == []
