"""One application with a bit of everything, on both toolkits, over real sockets; and its public methods in process."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from tests.differential.web.flows import both
from tests.differential.web.kits import OURS, THEIRS
from tests.differential.web.sockets import over_sockets, request


def tag(name: str) -> Any:
    class Tag:
        def __init__(self, app: Any, suffix: str = "") -> None:
            self.app, self.name = app, name + suffix

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                scope.setdefault("tags", []).append(self.name)
            await self.app(scope, receive, send)

    return Tag


def made(kit: SimpleNamespace) -> Any:
    def told(name: str) -> Any:
        async def endpoint(request: Any) -> Any:
            facts = {
                "name": name,
                "tags": request.scope["tags"],
                "params": request.path_params,
                "state": request.app.state.name,
                "url": str(request.url),
                "base": str(request.base_url),
                "self": str(request.url_for("sub", path="/x")),
            }
            return kit.JSONResponse(facts)

        return endpoint

    def in_a_thread(request: Any) -> Any:
        return kit.PlainTextResponse(",".join(request.scope["tags"]))

    async def named(request: Any, exc: Any) -> Any:
        return kit.JSONResponse({"missing": request.url.path}, status_code=404)

    inner = kit.App(
        routes=[kit.Route("/x", told("inner")), kit.Route("/thread", in_a_thread)],
        middleware=[kit.Middleware(tag("inner"))],
    )
    inner.state.name = "the inner one"
    app = kit.App(
        routes=[
            kit.Route("/", told("home"), middleware=[kit.Middleware(tag("route"), suffix="!")]),
            kit.Mount("/sub", app=inner, name="sub", middleware=[kit.Middleware(tag("mount"))]),
            kit.Host("big.ponds.example", app=kit.Router([kit.Route("/{duck}", told("host"))])),
        ],
        middleware=[kit.Middleware(tag("first")), kit.Middleware(tag("second"))],
        exception_handlers={404: named},
    )
    app.state.name = "the outer one"
    app.add_middleware(tag("added"), "-last")
    app.add_route("/late", told("late"), methods=["POST"], name="late")
    app.mount("/files", kit.PlainTextResponse("a file"), name="files")
    app.host("late.example", kit.PlainTextResponse("a late host"))
    return app


ASKED = [
    ("GET", "/", {}),
    ("HEAD", "/", {}),
    ("PUT", "/", {}),
    ("GET", "/sub/x", {}),
    ("GET", "/sub/x?a=b&c=%20", {}),
    ("GET", "/sub/thread", {}),
    ("GET", "/sub/none", {}),
    ("GET", "/none", {}),
    ("POST", "/late", {}),
    ("GET", "/files/a.css", {}),
    ("GET", "/jemima", {"Host": "BIG.ponds.example:8000"}),
    ("GET", "/any", {"Host": "late.example"}),
    ("GET", "/any", {"Host": "elsewhere"}),
]


@pytest.mark.parametrize(("method", "path", "headers"), ASKED)
def test_the_same_over_a_socket(method: str, path: str, headers: dict[str, str]) -> None:
    theirs, ours = over_sockets(made, request(method, path, headers))
    assert ours == theirs


@pytest.mark.parametrize("root", ["", "/root"])
@pytest.mark.parametrize("path", ["/", "/sub/x"])
def test_the_same_urls_below_a_root_path(root: str, path: str) -> None:
    theirs, ours = both(made, "GET", root + path, root_path=root)
    assert ours == theirs


def test_slash_redirects_over_a_socket() -> None:
    theirs, ours = over_sockets(made, request("POST", "/late/?a=b"))
    ((their_status, their_head, _),), ((our_status, our_head, _),) = theirs, ours
    assert their_status == our_status == 307
    assert dict(their_head)["location"] == "http://pond.example" + dict(our_head)["location"]


def parameters(function: Any) -> dict[str, Any]:
    return {
        name: (parameter.kind, parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self"
    }


METHODS = {
    "App": "__init__ add_route add_middleware add_exception_handler mount host url_path_for build_middleware_stack",
    "Router": "__init__ add_route add_websocket_route mount host url_path_for not_found lifespan",
    "Route": "__init__ matches url_path_for handle",
    "Mount": "__init__ matches url_path_for handle",
    "Host": "__init__ matches url_path_for handle",
    "HTTPException": "__init__",
    "Middleware": "__init__",
}


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, name) for kind, names in METHODS.items() for name in names.split()]
)
def test_the_same_signatures(kind: str, method: str) -> None:
    """What they take we take, by the same name, in the same place, with the same default."""
    there = parameters(getattr(getattr(THEIRS, kind), method))
    here = parameters(getattr(getattr(OURS, kind), method))
    assert {name: here.get(name) for name in there} == there
    assert [name for name in here if name in there] == list(there)
    more = [name for name in here if name not in there]
    assert all(here[name][0] is inspect.Parameter.KEYWORD_ONLY for name in more), more
