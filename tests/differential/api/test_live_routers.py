"""Routers that are included, and change afterwards: FastAPI and we tell and answer the same at every moment."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.differential.api.documents import same_documents
from tests.differential.api.twins import FASTAPI, WEBFOOT, Ask, Twins, get, same


class World:
    """One framework's application with its routers, changed step by step."""

    def __init__(self, lib: Any) -> None:
        self.lib = lib
        self.app = lib.FastAPI()
        self.app.state.log = self.log = []
        self.routers: dict[str, Any] = {"app": self.app}
        self.raised: list[str] = []

    def router(self, name: str, needs: list[str] | None = None, **options: Any) -> None:
        self.routers[name] = self.lib.APIRouter(**self.spoken(needs, options))

    def include(self, outer: str, inner: str, needs: list[str] | None = None, **options: Any) -> None:
        self.attempt(self.routers[outer].include_router, self.routers[inner], **self.spoken(needs, options))

    def route(
        self, router: str, path: str, name: str, method: str = "GET", needs: list[str] | None = None, **options: Any
    ) -> None:
        async def endpoint(request):
            return [name, request.path_params, request.scope["endpoint"] is endpoint]

        endpoint.__name__ = name
        endpoint.__annotations__["request"] = self.lib.Request
        self.attempt(
            self.routers[router].add_api_route, path, endpoint, methods=[method], **self.spoken(needs, options)
        )

    def spoken(self, needs: list[str] | None, options: dict[str, Any]) -> dict[str, Any]:
        if needs is not None:
            options["dependencies"] = [self.lib.Depends(self.need(name)) for name in needs]
        return options

    def need(self, name: str) -> Callable[[], None]:
        return lambda: self.log.append(name)

    def attempt(self, call: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """That a router is included in itself, say, is refused by both; in other words."""
        try:
            call(*arguments, **options)
        except (AssertionError, RuntimeError):
            self.raised.append(call.__name__)


class Worlds:
    """The same steps in both."""

    def __init__(self) -> None:
        self.both = (World(FASTAPI), World(WEBFOOT))
        self.twins = Twins(lambda lib: next(world.app for world in self.both if world.lib is lib))

    def __getattr__(self, step: str) -> Callable[..., None]:
        def each(*arguments: Any, **options: Any) -> None:
            for world in self.both:
                getattr(world, step)(*arguments, **{name: _own(value) for name, value in options.items()})
            same("what was refused", self.both[1].raised, self.both[0].raised)

        return each

    def change(self, step: Callable[[World], Any]) -> None:
        for world in self.both:
            step(world)

    def check(self, *targets: str) -> dict[str, Any]:
        """Documents, and the answers on every path of theirs and on `targets`. Gives our paths."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Duplicate Operation ID")
            theirs, ours = (world.app.openapi() for world in self.both)
        same_documents(ours, theirs)
        paths = [path.replace("{", "").replace("}", "") for path in theirs["paths"]]
        for target in dict.fromkeys((*paths, *(f"{path}/" for path in paths), *targets)):
            self.twins.compare(get(target), Ask("POST", target))
        return ours["paths"]


def _own(value: Any) -> Any:
    return list(value) if isinstance(value, list) else dict(value) if isinstance(value, dict) else value


def test_routes_that_are_added_after_the_inclusion() -> None:
    worlds = Worlds()
    worlds.router("a", prefix="/a", tags=["a"])
    worlds.include("app", "a", prefix="/in", tags=["included"])
    worlds.check("/in/a/x")
    worlds.route("a", "/x", "late", needs=["late"])
    assert list(worlds.check("/in/a/x")) == ["/in/a/x"]
    worlds.route("a", "/x", "later", "POST", tags=["own"])
    assert worlds.check()["/in/a/x"]["post"]["tags"] == ["included", "a", "own"]


def test_an_inclusion_in_what_is_included() -> None:
    worlds = Worlds()
    for name in "abc":
        worlds.router(name, prefix=f"/{name}", tags=[name], needs=[name], responses={400 + ord(name): {}})
    worlds.include("app", "a")
    worlds.check()
    worlds.include("a", "b", prefix="/in-a", tags=["in a"])
    worlds.include("b", "c", prefix="/in-b", needs=["in b"])
    worlds.route("c", "/x", "deep", tags=["own"])
    assert list(worlds.check("/a/in-a/b/in-b/c/x")) == ["/a/in-a/b/in-b/c/x"]
    worlds.include("app", "c")
    assert len(worlds.check("/c/x")) == 2
    worlds.change(lambda world: world.log.append(str(world.app.url_path_for("deep"))))
    worlds.check()


def test_a_router_that_is_included_again_and_again() -> None:
    worlds = Worlds()
    worlds.router("a", tags=["a"])
    worlds.route("a", "/x", "x")
    for prefix in ("", "/v1", "/v2", "/orgs/{org}", ""):
        worlds.include("app", "a", prefix=prefix, tags=[prefix], deprecated=prefix == "/v1")
    worlds.route("a", "/y/{z}", "y")
    assert len(worlds.check()) == 8


def test_circles_are_refused_and_change_nothing() -> None:
    worlds = Worlds()
    for name in "abc":
        worlds.router(name)
        worlds.route(name, f"/{name}", name)
    worlds.include("a", "a")
    worlds.include("a", "b")
    worlds.include("b", "c")
    worlds.include("c", "a")
    worlds.include("c", "c")
    assert worlds.both[1].raised == ["include_router"] * 3
    worlds.include("app", "a")
    assert list(worlds.check()) == ["/a", "/b", "/c"]


@pytest.mark.parametrize("prefix", ["x", "/x/", "/"])
def test_prefixes_that_are_refused(prefix: str) -> None:
    worlds = Worlds()
    worlds.router("a")
    worlds.include("app", "a", prefix=prefix)
    assert worlds.both[1].raised == ["include_router"]


def test_neither_prefix_nor_path() -> None:
    worlds = Worlds()
    worlds.router("a")
    worlds.route("a", "", "nowhere")
    worlds.include("app", "a")
    assert worlds.both[1].raised == ["include_router"]
    worlds.include("app", "a", prefix="/a")
    assert list(worlds.check("/a", "/a/", "/")) == ["/a"]


def test_what_a_router_says_counts_when_it_is_asked() -> None:
    """Its tags, dependencies and the like: for routes that are added, and routers that are included, from then on."""
    worlds = Worlds()
    worlds.router("outer", prefix="/outer", tags=["outer"])
    worlds.router("inner", tags=["inner"])
    worlds.route("inner", "/before", "before")
    worlds.include("outer", "inner")
    worlds.include("app", "outer")

    def change(world: World) -> None:
        for name in ("outer", "inner"):
            router = world.routers[name]
            router.tags.append("more")
            router.dependencies.append(world.lib.Depends(world.need(f"more of {name}")))
            router.responses[404] = {"description": "none"}
            router.deprecated = True
            router.callbacks = []
        world.routers["outer"].prefix = "/changed"

    worlds.change(change)
    worlds.check()
    worlds.route("inner", "/after", "after")
    worlds.route("outer", "/own", "own")
    worlds.include("outer", "inner", prefix="/again")
    assert set(worlds.check()) == {
        "/outer/before",
        "/outer/after",
        "/changed/own",
        "/changed/again/before",
        "/changed/again/after",
    }


def test_what_the_application_s_own_router_says() -> None:
    worlds = Worlds()
    worlds.route("app", "/before", "before")

    def change(world: World) -> None:
        world.app.router.dependencies.append(world.lib.Depends(world.need("more")))
        world.app.router.tags = ["all"]
        world.app.router.prefix = "/prefixed"

    worlds.change(change)
    worlds.route("app", "/after", "after")
    assert list(worlds.check()) == ["/before", "/prefixed/after"]


def test_what_a_route_says_before_anybody_has_looked() -> None:
    """Of an included route its declaration counts as it is when the document is made, as for those of the app."""
    worlds = Worlds()
    worlds.router("a", tags=["a"])
    worlds.route("a", "/x", "x", needs=["own"])
    worlds.include("app", "a", tags=["included"])

    def change(world: World) -> None:
        (route,) = world.routers["a"].routes
        route.tags.append("later")
        route.summary, route.description, route.operation_id = "Short", "Long", "chosen"
        route.deprecated = True
        route.responses[404] = {"description": "none"}
        route.dependencies.append(world.lib.Depends(world.need("appended")))
        route.status_code = 201

    worlds.change(change)
    assert worlds.check()["/x"]["get"]["operationId"] == "chosen"
    assert worlds.both[1].log == ["own", "appended"]


def test_operation_ids_that_are_set_in_a_loop() -> None:
    worlds = Worlds()
    worlds.router("a", prefix="/a")
    worlds.route("a", "/x", "x")
    worlds.route("app", "/y", "y")
    worlds.include("app", "a")

    def change(world: World) -> None:
        for route in [*world.app.routes, *world.routers["a"].routes]:
            if isinstance(route, world.lib.APIRoute):
                route.operation_id = route.name

    worlds.change(change)
    assert [path["get"]["operationId"] for path in worlds.check().values()] == ["y", "x"]


def test_routes_that_are_taken_away() -> None:
    worlds = Worlds()
    worlds.router("a")
    for name in "xyz":
        worlds.route("a", f"/{name}", name)
    worlds.route("app", "/own", "own")
    worlds.include("app", "a")
    worlds.check("/own", "/x")

    def change(world: World) -> None:
        router = world.app.router
        router.routes = [route for route in router.routes if getattr(route, "path", None) != "/own"]

    worlds.change(change)
    for target in ("/own", "/x"):
        worlds.twins.compare(get(target))
    worlds.change(lambda world: world.app.router.routes.pop())
    for target in ("/x", "/y", "/z"):
        worlds.twins.compare(get(target))


@pytest.mark.parametrize("prefix", ["", "/pre", "/orgs/{org}"])
def test_the_kinds_of_routes_below_a_prefix(prefix: str) -> None:
    """None of the router's dependencies concerns what is no path operation."""

    def build(lib: Any) -> Any:
        log: list[str] = []

        async def plain(request: Any) -> Any:
            return lib.PlainTextResponse(f"{request.url.path} {request.scope['root_path']} {request.path_params}")

        inner = lib.FastAPI()

        @inner.get("/in/{x}")
        async def inside(request: lib.Request, x: int):
            return [request.url.path, request.scope["root_path"], x, str(request.url_for("inside", x=1))]

        below = lib.APIRouter(
            prefix="/own",
            dependencies=[lib.Depends(lambda: log.append("ran"))],
            routes=[
                lib.Route("/plain/{k}", plain),
                lib.Mount("/m", inner, name="m"),
                lib.Mount("/mr", routes=[lib.Route("/r", plain, name="deep")], name="mr"),
                lib.Host("h.example", inner, name="h"),
            ],
        )
        below.mount("/mounted", inner)
        below.add_route("/added", plain, methods=["POST"])
        app = lib.FastAPI()
        app.state.log = log
        app.include_router(below, prefix=prefix)
        for name, parameters in (("plain", {"k": 1}), ("m:inside", {"x": 1}), ("mr:deep", {}), ("h:inside", {"x": 1})):
            log.append(str(app.url_path_for(name, **parameters, **({"org": "o"} if "{" in prefix else {}))))
        return app

    twins, root = Twins(build), prefix.format(org="o")
    for path in ("/plain/1", "/m/in/1", "/m/in/x", "/mr/r", "/mr", "/mounted/in/2", "/added", "/own/added", "/in/3"):
        twins.compare(get(root + path), Ask("POST", root + path))
    for path in ("/in/3", "/in/x", "/nowhere"):
        twins.compare(get(root + path, host="h.example"), Ask("POST", root + path, headers={"host": "h.example"}))


words = st.sampled_from(["a", "b", "x", "{p}", "new"])
prefixes = st.sampled_from(["", "", "/v1", "/v2", "/deep/er"])
router_names = st.sampled_from("abcd")
needs = st.none() | st.lists(st.sampled_from(["n1", "n2"]), max_size=2, unique=True)


def said(**own: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    shared = {
        "tags": st.lists(st.sampled_from(["t1", "t2"]), max_size=2, unique=True),
        "deprecated": st.booleans(),
        "include_in_schema": st.sampled_from([True, True, True, False]),
        "responses": st.sampled_from([{404: {"description": "none"}}, {418: {}}]),
        "needs": needs,
    }
    return st.fixed_dictionaries({}, optional={**shared, **own})


@dataclass
class Step:
    kind: str
    arguments: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)


paths = st.lists(words, max_size=2, unique=True).map(lambda parts: "".join(f"/{part}" for part in parts))
routes = st.builds(
    lambda router, path, method, options: Step("route", (router, path), {"method": method, **options}),
    st.sampled_from(["app", *"abcd"]),
    paths,
    st.sampled_from(["GET", "POST"]),
    said(),
).filter(lambda step: step.arguments != ("app", ""))
inclusions = st.builds(
    lambda outer, inner, options: Step("include", (outer, inner), options),
    st.sampled_from(["app", "app", *"abcd"]),
    router_names,
    said(prefix=prefixes),
)
looks = st.just(Step("check", ()))


@settings(max_examples=50, deadline=None)
@given(
    st.fixed_dictionaries({name: said(prefix=prefixes) for name in "abcd"}),
    st.lists(routes | inclusions | looks, min_size=2, max_size=12),
)
def test_any_tree_of_routers(routers: dict[str, dict[str, Any]], steps: list[Step]) -> None:
    worlds = Worlds()
    for name, options in routers.items():
        worlds.router(name, **options)
    for number, step in enumerate(steps):
        if step.kind == "check":
            worlds.check("/a", "/v1/x/new")
        elif step.kind == "route":
            router, path = step.arguments
            # With an empty prefix that is no path, which we refuse in any case, and FastAPI if it is added in time.
            path = path or ("" if routers[router].get("prefix") else "/e")
            worlds.route(router, path, f"{router}{number}", **step.options)
        else:
            worlds.include(*step.arguments, **step.options)
    worlds.check("/a", "/b", "/v1/a", "/nowhere")
