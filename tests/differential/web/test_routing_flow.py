"""The same routing tables on Starlette and on webfoot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS


def app_of(kit: SimpleNamespace, kind: str) -> Any:
    def said(name: str) -> Any:
        async def endpoint(request: Any) -> Any:
            scope = request.scope
            facts = [name, scope["path_params"], scope["root_path"], scope.get("app_root_path"), scope["path"]]
            return kit.PlainTextResponse(repr(facts))

        return endpoint

    routes = [
        kit.Route("/", said("home")),
        kit.Route("/one", said("one")),
        kit.Route("/slash/", said("slash")),
        kit.Route("/post", said("post"), methods=["post"]),
        kit.Route("/head", said("get")),
        kit.Route("/head", said("head"), methods=["HEAD"]),
        kit.Route("/i/{id:int}", said("int")),
        kit.Route("/i/{x}", said("str")),
        kit.Route("/i/new", said("never")),
        kit.Route("/f/{x:float}", said("float")),
        kit.Route("/u/{x:uuid}", said("uuid")),
        kit.Route("/file/{name}.{ext}", said("file")),
        kit.Mount("/m", routes=[kit.Route("/", said("m")), kit.Route("/x", said("mx")), kit.Route("/y/", said("my"))]),
        kit.Mount("/t/{t:int}", routes=[kit.Route("/{z}", said("tz"), methods=["DELETE"])]),
        kit.Mount("/raw", app=kit.PlainTextResponse("raw")),
        kit.Mount("/sub", app=kit.App(routes=[kit.Route("/a", said("sub"))])),
        kit.Route("/raw/after", said("never")),
        kit.Route("/p/{rest:path}", said("rest")),
    ]
    return kit.App(routes=routes) if kind == "app" else kit.Router(routes=routes)


REQUESTS = [
    *(
        ("GET", path)
        for path in ("/", "/one", "/slash/", "/m/", "/m/x", "/m/y/", "/raw/", "/raw/after", "/sub/a", "/p/")
    ),
    *(("GET", path) for path in ("/i/3", "/i/new", "/i/\u0663", "/i/", "/i/a b", "/i/%41", "/f/1.5", "/f/1.", "/f/-1")),
    *(("GET", path) for path in ("/u/6ba7b810-9dad-11d1-80b4-00c04fd430c8", "/u/x", "/file/a.b.c", "/file/ab")),
    *(
        ("GET", path)
        for path in ("/none", "/m/none", "/sub/none", "/rawx", "//", "/slash//", "//one", "/p//x/", "/t/x/y")
    ),
    *(("HEAD", path) for path in ("/", "/head", "/post", "/m/x", "/none")),
    *(("DELETE", path) for path in ("/t/3/abc", "/one", "/i/3", "/m/x", "/sub/a")),
    *(("POST", path) for path in ("/post", "/head", "/p/x")),
    ("GET", "/post"),
    ("GET", "/t/3/abc"),
]


@pytest.mark.parametrize("kind", ["app", "router"])
@pytest.mark.parametrize(("method", "path"), REQUESTS)
@pytest.mark.parametrize("root", ["", "/root"])
def test_the_same_answer(kind: str, method: str, path: str, root: str) -> None:
    theirs, ours = both(lambda kit: app_of(kit, kind), method, root + path, root_path=root)
    assert ours == theirs


@pytest.mark.parametrize("kind", ["app", "router"])
@pytest.mark.parametrize(
    "path", ["/one/", "/slash", "/m", "/m/x/", "/m/y", "/raw", "/sub", "/sub/a/", "/p", "/i/\u00fc/", ""]
)
@pytest.mark.parametrize("root", ["", "/root"])
@pytest.mark.parametrize("query", [b"", b"a=b&c=%20"])
def test_the_same_redirects_but_relative(kind: str, path: str, root: str, query: bytes) -> None:
    theirs, ours = both(lambda kit: app_of(kit, kind), "POST", root + path, root_path=root, query_string=query)
    (_, their_headers), (_, our_headers) = theirs["starts"][0], ours["starts"][0]
    their_location, our_location = dict(their_headers)[b"location"], dict(our_headers)[b"location"]
    assert b"http://duck.example" + our_location == their_location
    assert ours["starts"][0][0] == theirs["starts"][0][0] == 307
    assert sorted(k for k, _ in our_headers) == sorted(k for k, _ in their_headers)
    assert ours["body"] == theirs["body"]


@pytest.mark.parametrize("kind", ["app", "router"])
@pytest.mark.parametrize("path", ["/one", "/none", "/m/none"])
def test_the_same_for_a_websocket_without_a_route(kind: str, path: str) -> None:
    theirs, ours = both(lambda kit: app_of(kit, kind), "GET", path, type="websocket")
    assert ours == theirs


def test_allow_names_all_methods_of_the_path() -> None:
    def make(kit: SimpleNamespace) -> Any:
        ok = kit.PlainTextResponse("ok")
        return kit.Router(routes=[kit.Route("/a", ok, methods=["GET"]), kit.Route("/a", ok, methods=["PUT"])])

    theirs, ours = both(make, "DELETE", "/a")
    assert set(dict(theirs["starts"][0][1])[b"allow"].split(b", ")) == {b"GET", b"HEAD"}
    assert dict(ours["starts"][0][1])[b"allow"] == b"GET, HEAD, PUT"


def test_newlines_in_paths() -> None:
    theirs, ours = both(lambda kit: app_of(kit, "app"), "GET", "/one\n")
    assert (theirs["starts"][0][0], ours["starts"][0][0]) == (200, 404)
    theirs, ours = both(lambda kit: app_of(kit, "app"), "GET", "/p/a\nb")
    assert (theirs["starts"][0][0], ours["starts"][0][0]) == (404, 200)


def test_text_that_is_no_value_after_all() -> None:
    theirs, ours = both(lambda kit: app_of(kit, "app"), "GET", "/t/" + "9" * 5000 + "/x")
    assert (theirs["error"], ours["starts"][0][0]) == ("ValueError", 404)


NAMES: list[tuple[str, dict[str, Any]]] = [
    ("a", {"x": 1, "y": "b"}),
    ("a", {"x": 1}),
    ("a", {"x": -1, "y": "b"}),
    ("a", {"x": 1, "y": "b/c"}),
    ("a", {"x": 1, "y": "ü é"}),
    ("a", {"x": 1, "y": "b", "z": 3}),
    ("m:q", {"q": "1"}),
    ("m:q", {"q": "1", "path": "p"}),
    ("m", {"path": "/x"}),
    ("m", {}),
    ("mm:n:deep", {"t": 3, "d": 1.5}),
    ("mm:n:deep", {"d": 1.5}),
    ("st", {"path": "/x/y"}),
    ("st", {"path": "x", "y": "z"}),
    ("bare", {}),
    ("unknown", {}),
]


@pytest.mark.parametrize(("name", "params"), NAMES)
def test_the_same_paths_by_name(name: str, params: dict[str, Any]) -> None:
    def path_in(kit: SimpleNamespace) -> str:
        ok = kit.PlainTextResponse("ok")
        deep = kit.Mount("/n", name="n", routes=[kit.Route("/{d:float}", ok, name="deep")])
        router = kit.Router(
            [
                kit.Route("/a/{x:int}/{y}", ok, name="a"),
                kit.Mount("/m", name="m", routes=[kit.Route("/{q}", ok, name="q")]),
                kit.Mount("/mm/{t:int}", name="mm", routes=[deep]),
                kit.Mount("/st", ok, name="st"),
                kit.Mount("", routes=[kit.Route("/bare", ok, name="bare")]),
            ]
        )
        try:
            return repr(str(router.url_path_for(name, **params)))
        except Exception as exc:
            return f"{type(exc).__name__}: {exc}"

    assert path_in(OURS) == path_in(THEIRS)
