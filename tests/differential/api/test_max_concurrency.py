"""`Depends(max_concurrency=N)`: what is counted together, how long, and in which order those who wait go on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from tests.differential.api.twins import FASTAPI, WEBFOOT, get, put

CLIENTS = 6


class Gauge:
    """How many are inside of a dependency, and how many were at most."""

    def __init__(self) -> None:
        self.inside = self.most = 0

    def enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)

    def leave(self) -> None:
        self.inside -= 1

    async def awaited(self) -> None:
        self.enter()
        for _ in range(5):
            await asyncio.sleep(0)
        self.leave()

    def threaded(self) -> None:
        self.enter()
        time.sleep(0.01)
        self.leave()

    async def yielding(self) -> AsyncIterator[None]:
        self.enter()
        yield
        await asyncio.sleep(0)
        self.leave()

    def yielding_in_threads(self) -> Iterator[None]:
        self.enter()
        yield
        time.sleep(0.005)
        self.leave()


KINDS = ["awaited", "threaded", "yielding", "yielding_in_threads"]


def most_inside(lib: Any, build: Callable[[Any, Any, Gauge], None], *paths: str) -> int:
    gauge, app = Gauge(), lib.FastAPI()
    build(lib, app, gauge)

    async def ask_all() -> None:
        async with asyncio.timeout(10):
            answers = await asyncio.gather(*(put(app, get(path)) for path in paths * CLIENTS))
        assert {answer.status for answer in answers} == {200}

    asyncio.run(ask_all())
    assert gauge.inside == 0
    return gauge.most


def both(build: Callable[[Any, Any, Gauge], None], *paths: str) -> int:
    """The most of both, which have to be equal."""
    ours, theirs = (most_inside(lib, build, *(paths or ("/a",))) for lib in (WEBFOOT, FASTAPI))
    assert ours == theirs
    return ours


def two_routes(app: Any, first: Any, second: Any) -> None:
    @app.get("/a")
    async def a(value: Any = first) -> str:
        await asyncio.sleep(0)
        return "a"

    @app.get("/b")
    async def b(value: Any = second) -> str:
        await asyncio.sleep(0)
        return "b"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_one_route(kind: str, limit: int) -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        @app.get("/a")
        async def a(value: Any = lib.Depends(getattr(gauge, kind), max_concurrency=limit)) -> None:
            await asyncio.sleep(0.001)

    assert both(build) == limit


@pytest.mark.parametrize("kind", KINDS)
def test_one_object_is_one_limit_for_all_routes(kind: str) -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        shared = lib.Depends(getattr(gauge, kind), max_concurrency=2)
        two_routes(app, shared, shared)

    assert both(build, "/a", "/b") == 2


def test_two_objects_are_two_limits() -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        first, second = (lib.Depends(gauge.awaited, max_concurrency=2) for _ in range(2))
        two_routes(app, first, second)

    assert both(build, "/a", "/b") == 4


def test_an_alias_and_a_type_that_is_called() -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        class Slow:
            def __init__(self) -> None:
                gauge.threaded()

        alias = Annotated[Slow, lib.Depends(max_concurrency=2)]

        @app.get("/a")
        async def a(slow: alias) -> str:  # type: ignore[valid-type]
            return "a"

        @app.get("/b")
        async def b(slow: alias) -> str:  # type: ignore[valid-type]
            return "b"

    assert both(build, "/a", "/b") == 2


def test_below_another_dependency() -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        async def outer(value: Any = lib.Depends(gauge.awaited, max_concurrency=2)) -> None:
            await asyncio.sleep(0)

        two_routes(app, lib.Depends(outer), lib.Depends(outer))

    assert both(build, "/a", "/b") == 2


def test_what_is_below_is_not_counted() -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        async def outer(value: Any = lib.Depends(gauge.awaited)) -> None:
            await asyncio.sleep(0)

        two_routes(app, lib.Depends(outer, max_concurrency=1), lib.Depends(outer, max_concurrency=1))

    assert both(build, "/a") == CLIENTS


@pytest.mark.parametrize("where", ["application", "router", "inclusion", "operation"])
def test_dependencies_that_are_no_parameters(where: str) -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        limited = [lib.Depends(gauge.yielding, max_concurrency=2)]
        router = lib.APIRouter(dependencies=limited if where == "router" else None)

        @router.get("/a", dependencies=limited if where == "operation" else None)
        async def a() -> None:
            await asyncio.sleep(0)

        inner = lib.FastAPI(dependencies=limited if where == "application" else None)
        inner.include_router(router, dependencies=limited if where == "inclusion" else None)
        app.mount("/", inner)

    assert both(build) == 2


def test_a_stand_in_is_under_the_limit_too() -> None:
    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        def original() -> None: ...

        two_routes(app, lib.Depends(original, max_concurrency=1), None)
        app.dependency_overrides[original] = gauge.awaited

    assert both(build) == 1


@pytest.mark.parametrize("limited_first", [True, False])
def test_the_use_that_runs_decides(limited_first: bool) -> None:
    """A value that is used again is no call of its own."""

    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        limited, plain = lib.Depends(gauge.awaited, max_concurrency=1), lib.Depends(gauge.awaited)
        first, second = (limited, plain) if limited_first else (plain, limited)

        @app.get("/a")
        async def a(one: Any = first, two: Any = second) -> None: ...

    assert both(build) == (1 if limited_first else CLIENTS)


@pytest.mark.parametrize("scope", ["function", "request"])
def test_how_long_one_that_yields_counts(scope: Any) -> None:
    """Until the code behind its yield has run: the response is sent before that, or after it."""

    def build(lib: Any, app: Any, gauge: Gauge) -> None:
        @app.get("/a")
        async def a(value: Any = lib.Depends(gauge.yielding, scope=scope, max_concurrency=1)) -> None:
            await asyncio.sleep(0)

    assert both(build) == 1


def order_of(lib: Any) -> list[int]:
    order: list[int] = []
    app = lib.FastAPI()

    async def one_after_the_other(n: int) -> None:
        order.append(n)
        await asyncio.sleep(0)

    @app.get("/a")
    async def a(value: Any = lib.Depends(one_after_the_other, max_concurrency=1)) -> None: ...

    async def ask_all() -> None:
        await asyncio.gather(*(put(app, get(f"/a?n={n}")) for n in range(20)))

    asyncio.run(ask_all())
    return order


def test_first_come_first_served() -> None:
    assert order_of(WEBFOOT) == order_of(FASTAPI) == list(range(20))


def after_cancelling(lib: Any) -> list[Any]:
    app, gate = lib.FastAPI(), asyncio.Event()

    async def held() -> None:
        await gate.wait()

    @app.get("/a")
    async def a(value: Any = lib.Depends(held, max_concurrency=1)) -> None: ...

    async def ask_all() -> list[Any]:
        tasks = [asyncio.create_task(put(app, get("/a"))) for _ in range(4)]
        await asyncio.sleep(0.01)
        tasks[0].cancel()  # it is inside
        tasks[1].cancel()  # it waits, and is next
        await asyncio.sleep(0)
        gate.set()
        done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
        return [type(one).__name__ if isinstance(one, BaseException) else one.status for one in done]

    return asyncio.run(ask_all())


def test_who_is_cancelled_takes_no_place_along() -> None:
    assert after_cancelling(WEBFOOT) == after_cancelling(FASTAPI) == ["CancelledError", "CancelledError", 200, 200]


@pytest.mark.parametrize("lib", [WEBFOOT, FASTAPI], ids=lambda lib: lib.name)
@pytest.mark.parametrize("limit", [0, -1, True, False, 1.0, "1", [1]], ids=str)
def test_bad_limits(lib: Any, limit: Any) -> None:
    with pytest.raises(ValueError, match="max_concurrency"):
        lib.Depends(len, max_concurrency=limit)


def test_how_it_is_shown() -> None:
    shown = [repr(lib.Depends(None, use_cache=False, max_concurrency=2)) for lib in (WEBFOOT, FASTAPI)]
    assert shown[0] == shown[1]
