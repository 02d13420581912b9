"""Dependencies that are instances, with parameters of their own; how long those that yield live, beside responses,
streams, background tasks and errors; dataclasses; the request itself."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.dataclasses import dataclass as pydantic_dataclass
from tests.differential.api.pages.harness import get, post, served


class Contains:
    """Asks whether `q` has a text in it, which each instance brings."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, q: str = "") -> bool:
        return self.text in q


class Slow(Contains):
    async def __call__(self, q: str = "") -> bool:  # type: ignore[override]
        await asyncio.sleep(0)
        return self.text in q


class Opens:
    def __init__(self, log: list[str], name: str) -> None:
        self.log, self.name = log, name

    async def __call__(self) -> AsyncIterator[str]:
        self.log.append(f"open {self.name}")
        yield self.name
        self.log.append(f"close {self.name}")


@dataclasses.dataclass
class Feather:
    colour: str
    length: float = 1.0
    tags: list[str] = field(default_factory=list)


@dataclasses.dataclass
class Bird:
    name: str
    feathers: list[Feather] = dataclasses.field(default_factory=list)
    kind: Literal["duck", "goose"] = "duck"
    parent: "Bird | None" = None


@dataclasses.dataclass
class Spot:
    colour: str
    length: float = 1.0


@pydantic_dataclass
class Nest:
    eggs: int
    birds: list[Bird] = field(default_factory=list)


class Flock(BaseModel):
    birds: list[Bird]
    nests: dict[str, Nest] = {}


def app(lib: Any) -> Any:
    app = lib.FastAPI()
    log = app.state.log = []

    # Instances

    @app.get("/contains")
    async def contains(
        quack: Annotated[bool, lib.Depends(Contains("quack"))],
        honk: Annotated[bool, lib.Depends(Slow("honk"))],
        again: bool = lib.Depends(Contains("quack").__call__),
    ):
        return [quack, honk, again]

    # How long they live

    def session(scope: str | None) -> Any:
        def made() -> Iterator[str]:
            log.append(f"open {scope}")
            try:
                yield f"session {scope}"
            except lib.HTTPException as error:
                log.append(f"failed {scope} {error.status_code}")
                raise
            finally:
                log.append(f"close {scope}")

        return made

    brief, whole, usual = session("function"), session("request"), session(None)
    Brief = Annotated[str, lib.Depends(brief, scope="function")]
    Whole = Annotated[str, lib.Depends(whole, scope="request")]
    Usual = Annotated[str, lib.Depends(usual)]

    @app.get("/lives")
    def lives(one: Brief, two: Whole, three: Usual, tasks: lib.BackgroundTasks, fail: bool = False):
        log.append("endpoint")
        tasks.add_task(log.append, "task")
        if fail:
            raise lib.HTTPException(418)
        return [one, two, three]

    @app.get("/streams")
    def streams(one: Brief, two: Whole):
        def parts():
            for part in (one, two):
                log.append(f"part of {part}")
                yield part

        log.append("endpoint")
        return lib.StreamingResponse(parts(), background=lib.BackgroundTask(log.append, "task"))

    @app.get("/yields", response_class=lib.StreamingResponse)
    async def yields(one: Usual, two: Whole):
        for part in (one, two):
            log.append(f"part of {part}")
            yield part

    def above(below: Usual) -> Iterator[str]:
        log.append("open above")
        yield f"above {below}"
        log.append("close above")

    @app.get("/above")
    async def upper(it: Annotated[str, lib.Depends(above)], usual: Usual):
        log.append("endpoint")
        return [it, usual]

    @app.get("/uncached")
    async def uncached(
        a: Annotated[str, lib.Depends(Opens(log, "a"))],
        one: Annotated[str, lib.Depends(usual, use_cache=False)],
        two: Annotated[str, lib.Depends(usual, use_cache=False)],
    ):
        return [a, one, two]

    @app.get("/unused", dependencies=[lib.Depends(brief, scope="function"), lib.Depends(usual)])
    async def unused():
        log.append("endpoint")
        return 1

    def swallows() -> Iterator[int]:
        try:
            yield 1
        except lib.HTTPException:
            raise lib.HTTPException(409, "turned into another") from None

    @app.get("/turned")
    async def turned(it: Annotated[int, lib.Depends(swallows)]):
        raise lib.HTTPException(404)

    def sets(response: lib.Response, tasks: lib.BackgroundTasks) -> Iterator[None]:
        tasks.add_task(log.append, "task of a dependency")
        response.headers["x-dependency"] = "was here"
        yield

    @app.get("/sets", dependencies=[lib.Depends(sets)])
    async def is_set(tasks: lib.BackgroundTasks):
        tasks.add_task(log.append, "task of the endpoint")
        return 1

    # Dataclasses

    @app.post("/birds")
    async def bird(bird: Bird):
        return bird

    @app.post("/nests", response_model=Nest)
    async def nest(nest: Nest, bird: Bird | None = None):
        if bird:
            nest.birds.append(bird)
        return nest

    @app.post("/flocks")
    async def flock(flock: Flock) -> Flock:
        return flock

    @app.get("/made", response_model=list[Bird], response_model_exclude_unset=True)
    def made():
        return [Bird("a", [Feather("white")]), {"name": "b", "kind": "goose"}]

    @app.get("/untyped")
    def untyped():
        return {"bird": Bird("a", [Feather("white", 2)]), "nest": Nest(eggs=3)}

    @app.get("/query")
    def of_query(spot: Annotated[Spot, lib.Depends()]):
        return spot

    # The request itself

    @app.api_route("/request/{part:path}", methods=["GET", "POST"], include_in_schema=False)
    async def request(part: str, request: lib.Request, q: int = 0):
        return {
            "part": part,
            "q": q,
            "method": request.method,
            "url": str(request.url),
            "base": str(request.base_url),
            "path": request.url.path,
            "query": request.query_params.multi_items(),
            "params": {name: str(value) for name, value in request.path_params.items()},
            "agent": request.headers.get("user-agent", "")[:6],
            "many": request.headers.getlist("x-many"),
            "cookies": request.cookies,
            "client": request.client.host,
            "body": (await request.body()).decode("latin-1"),
            "here": str(request.url_for("request", part="x y")),
            "route": request.scope["route"].path,
            "endpoint": request.scope["endpoint"].__name__,
            "same": request.app is app,
        }

    @app.post("/request-and-body")
    async def request_and_body(request: lib.Request, bird: Bird, note: Annotated[str, lib.Body()] = ""):
        return [await request.json(), bird, note, len(await request.body())]

    @app.post("/request-and-form")
    async def request_and_form(request: lib.Request, a: Annotated[list[int], lib.Form()]):
        form = await request.form()
        return [a, form.getlist("a"), sorted(form)]

    @app.get("/connection")
    async def connection(it: lib.HTTPConnection, other: lib.Request):
        return [it.url.path, it.headers["host"], other.url.path]

    return app


page = served(app)


def steps(text: str) -> list[str]:
    return text.split(", ")


def test_document(page):
    page.same_document()


def test_instances(page):
    page.right(get("/contains"), get("/contains?q=quack+and+honk"), get("/contains?q=honk"))


def test_how_long_they_live(page):
    page.right(get("/lives"))
    page.noted(
        steps("open function, open request, open None, endpoint, close function, task, close None, close request")
    )
    page.wrong(get("/lives?fail=1"))
    page.noted(
        steps(
            "open function, open request, open None, endpoint, failed function 418, close function, failed None 418, "
            "close None, failed request 418, close request"
        )
    )
    page.wrong(get("/lives?fail=maybe"))
    page.same(get("/above"))
    page.noted(
        steps(
            "open function, open request, open None, close function, close None, close request, open None, "
            "open above, endpoint, close above, close None"
        )
    )


def test_beside_streams(page):
    page.right(get("/streams"))
    page.noted(
        steps(
            "open function, open request, endpoint, close function, part of session function, "
            "part of session request, task, close request"
        )
    )
    page.right(get("/yields"))
    page.noted(
        steps("open None, open request, part of session None, part of session request, close request, close None")
    )


def test_the_rest_of_their_life(page):
    page.right(get("/uncached"))
    page.noted(steps("open a, open None, open None, close None, close None, close a"))
    page.right(get("/unused"))
    page.noted(steps("open function, open None, endpoint, close function, close None"))
    page.wrong(get("/turned"))
    page.right(get("/sets"))
    page.noted(steps("task of a dependency, task of the endpoint"))


def test_dataclasses(page):
    bird = {"name": "a", "feathers": [{"colour": "white", "length": "2"}], "parent": {"name": "b", "kind": "goose"}}
    page.right(post("/birds", bird), post("/flocks", {"birds": [bird], "nests": {"x": {"eggs": 2, "birds": [bird]}}}))
    page.right(post("/nests", {"nest": {"eggs": 1}, "bird": bird}), post("/nests", {"nest": {"eggs": 1}}))
    page.right(get("/made"), get("/untyped"), get("/query?colour=red&length=3"))
    page.wrong(
        post("/birds", {}), post("/birds", {"name": "a", "kind": "swan"}), post("/birds", [bird]), post("/birds")
    )
    page.wrong(post("/flocks", {"birds": [{"name": 3}]}), post("/nests", {"nest": {"eggs": "x"}}), get("/query"))


def test_the_request_itself(page):
    page.right(
        get("/request/a/b?q=3&q=4&x=%C3%BC", headers=[("x-many", "1"), ("x-many", "2"), ("cookie", "a=1; b=ü")][:2]),
        post("/request/", content=b"\xff\x00", headers={"cookie": "a=1; b=2"}),
    )
    page.wrong(get("/request/a?q=x"))
    page.right(post("/request-and-body", {"bird": {"name": "a"}, "note": "n"}), get("/connection"))
    page.right(post("/request-and-form", data={"a": ["1", "2"], "b": "c"}))
    page.wrong(post("/request-and-form", data={"a": "x"}), post("/request-and-body", {"name": "a"}))
