"""Dependencies of scope "app": when they are made, for whom, and how they end."""

import asyncio
import threading
from typing import Annotated, Any

import pytest

from webfoot import APIRouter, Depends, Query, Request, Webfoot, WebSocket
from webfoot.api.errors import PlanError, WebfootError
from webfoot.api.plan.plans import RoutePlan
from webfoot.api.plan.words import in_words
from webfoot.testing import TestClient
from webfoot.web.lifespan import MountedLifespanError
from webfoot.web.routing import Mount, Router


class Pool:
    def __init__(self, name: str = "pool") -> None:
        self.name = name


class Log(list[Any]):
    """What happened, in its order."""

    def of(self, kind: str):
        return [what for what in self if what.startswith(kind)]


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def made(log):
    """(settings, pool, cache), each asking for those before it: async, a generator in a thread, an async generator."""

    async def settings():
        log.append("make settings")
        return {"size": 3}

    def pool(settings=Depends(settings, scope="app")):
        log.append(f"make pool {settings['size']}")
        yield Pool()
        log.append("close pool")

    async def cache(app: Webfoot, pool=Depends(pool, scope="app")):
        log.append(f"make cache {app.title} {pool.name}")
        yield ("cache", pool)
        log.append("close cache")

    return settings, pool, cache


def app_with(made, **options):
    _, pool, cache = made
    app, router = Webfoot(title="Pond", **options), APIRouter()

    def session(pool=Depends(pool, scope="app")):
        yield pool

    @router.get("/")
    async def home(q: int = 1, session=Depends(session), cache=Depends(cache, scope="app")):
        return {"same": session is cache[1], "name": session.name, "q": q}

    @router.websocket("/ws")
    async def socket(websocket: WebSocket, pool=Depends(pool, scope="app")):
        await websocket.accept()
        await websocket.send_text(pool.name)
        await websocket.close()

    app.include_router(router, prefix="/in")
    return app


def test_they_are_made_once_in_their_order_before_the_first_request_and_closed_in_reverse(made, log):
    with TestClient(app_with(made)) as client:
        assert log == ["make settings", "make pool 3", "make cache Pond pool"]
        for _ in range(2):
            assert client.get("/in/?q=2").json() == {"same": True, "name": "pool", "q": 2}
        with client.websocket_connect("/in/ws") as socket:
            assert socket.receive_text() == "pool"
        assert len(log) == 3
    assert log[3:] == ["close cache", "close pool"]


def test_an_application_may_be_started_again(made, log):
    app = app_with(made)
    names = []
    for _ in range(2):
        with TestClient(app) as client:
            names.append(client.get("/in/").json()["same"])
    assert names == [True, True]
    assert log.of("make") == ["make settings", "make pool 3", "make cache Pond pool"] * 2


def test_started_twice_at_once_each_run_has_its_own(made, log):
    app = app_with(made)
    with TestClient(app) as outer:
        with TestClient(app) as inner:
            assert inner.get("/in/").json()["same"]
        assert log.of("close") == ["close cache", "close pool"]
        assert outer.get("/in/").json()["same"]
    assert log.of("close") == ["close cache", "close pool"] * 2


def test_two_clients_at_once_are_not_given_each_others():
    async def made_in():
        return id(asyncio.get_running_loop())

    app = Webfoot()

    @app.get("/")
    async def home(loop=Depends(made_in, scope="app")):
        return loop == id(asyncio.get_running_loop())

    with TestClient(app) as outer, TestClient(app) as inner:
        assert [client.get("/").json() for client in (outer, inner, outer)] == [True] * 3


def test_a_request_does_not_ask_for_them(made):
    app = app_with(made)
    route = next(route for route in app.router.index.routes if isinstance(getattr(route, "plan", None), RoutePlan))
    assert [step.plan.origin.name.rpartition(".")[2] for step in route.plan.steps] == ["session"]
    with TestClient(app) as client:
        client.get("/in/")
        obeyed = route._obeyed
        client.get("/in/")
        assert route._obeyed is obeyed
    assert route._obeyed is route.plan


def test_the_document_does_not_tell_of_them(made):
    operation = app_with(made).openapi()["paths"]["/in/"]["get"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["q"]


def test_they_find_what_the_lifespan_has_prepared_and_end_before_it(log):
    async def lifespan(app):
        app.state.dsn = "ducks://"
        log.append("lifespan begins")
        yield
        log.append("lifespan ends")

    def pool(app: Webfoot):
        log.append(f"pool of {app.state.dsn}")
        yield
        log.append("pool ends")

    app = Webfoot(lifespan=lifespan, dependencies=[Depends(pool, scope="app")])
    app.add_api_route("/", lambda: None)
    with TestClient(app) as client:
        assert client.get("/").status_code == 200
    assert log == ["lifespan begins", "pool of ducks://", "pool ends", "lifespan ends"]


def test_where_they_run(log):
    here = []

    def blocking():
        here.append(threading.current_thread())

    async def waiting():
        here.append(threading.current_thread())

    app = Webfoot(dependencies=[Depends(blocking, scope="app"), Depends(waiting, scope="app")])
    app.add_api_route("/", lambda: None)
    with TestClient(app):
        assert here[0] is not here[1]


def test_when_one_fails_those_before_it_are_closed_and_there_is_one_report(made, log):
    _, pool, _ = made

    async def broken(pool=Depends(pool, scope="app")):
        raise ValueError("no such host")

    app = Webfoot()

    @app.get("/", dependencies=[Depends(broken, scope="app")])
    async def home(): ...

    with pytest.raises(ValueError, match="no such host") as caught, TestClient(app):
        pytest.fail("it has started")
    assert [note.partition(" (")[0] for note in caught.value.__notes__] == [
        f"This was in the dependency {broken.__qualname__}"
    ]
    assert log == ["make settings", "make pool 3"]


def test_one_that_has_a_finally_is_closed_when_a_later_one_fails(log):
    async def first():
        try:
            yield
        except ValueError as error:
            log.append(f"told {error}")
            raise
        finally:
            log.append("closed")

    async def second(first=Depends(first, scope="app")):
        raise ValueError("late")

    app = Webfoot(dependencies=[Depends(second, scope="app")])
    app.add_api_route("/", lambda: None)
    with pytest.raises(ValueError, match="late"), TestClient(app):
        pytest.fail("it has started")
    assert log == ["told late", "closed"]


def test_they_are_closed_when_a_mounted_application_does_not_start(log):
    async def pool():
        try:
            yield
        finally:
            log.append("closed")

    async def broken(app):
        raise RuntimeError("the inner one")
        yield

    app = Webfoot(dependencies=[Depends(pool, scope="app")])
    app.add_api_route("/", lambda: None)
    app.mount("/inner", Webfoot(lifespan=broken))
    with pytest.raises((RuntimeError, MountedLifespanError)), TestClient(app):
        pytest.fail("it has started")
    assert log == ["closed"]


def test_a_mounted_application_is_one_of_its_own(made, log):
    outer = app_with(made)
    outer.mount("/sub", app_with(made))
    with TestClient(outer) as client:
        assert client.get("/in/").json()["same"]
        assert client.get("/sub/in/").json()["same"]
        assert log.of("make pool") == ["make pool 3"] * 2


def test_without_a_start_there_is_one_clear_error(made):
    app = app_with(made)
    with pytest.raises(WebfootError, match=r'home .* of scope "app".* has not started.*with TestClient\(app\)'):
        TestClient(app).get("/in/")
    with TestClient(app) as client:
        assert client.get("/in/").status_code == 200
    with pytest.raises(WebfootError, match="has not started"):
        TestClient(app).get("/in/")


def test_a_route_without_an_application_says_the_same(made):
    router = APIRouter()

    @router.get("/")
    async def home(pool=Depends(made[1], scope="app")): ...

    with pytest.raises(WebfootError, match="has not started"):
        TestClient(Router([Mount("/x", app=router)])).get("/x/")


def test_an_override_is_made_in_its_place(made, log):
    app = app_with(made)
    app.dependency_overrides[made[1]] = lambda: Pool("fake")
    with TestClient(app) as client:
        assert client.get("/in/").json() == {"same": True, "name": "fake", "q": 1}
    assert log == ["make cache Pond fake", "close cache"]


def test_an_override_after_the_start_is_made_when_it_is_first_needed_and_closed_at_the_end(made, log):
    app = app_with(made)

    async def stand_in(settings=Depends(made[0], scope="app")):
        log.append("make stand-in")
        yield Pool("stand-in")
        log.append("close stand-in")

    with TestClient(app) as client:
        app.dependency_overrides[made[1]] = stand_in
        for _ in range(2):
            assert client.get("/in/").json()["name"] == "stand-in"
        app.dependency_overrides.clear()
        assert client.get("/in/").json()["name"] == "pool"
    assert log.count("make settings") == log.count("make stand-in") == 1
    assert log[-3:] == ["close stand-in", "close cache", "close pool"]


def test_a_route_that_is_added_after_the_start_has_them_too(log):
    async def late():
        log.append("made")
        yield 5
        log.append("closed")

    app = Webfoot()
    with TestClient(app) as client:

        @app.get("/late")
        async def home(value=Depends(late, scope="app")):
            return value

        assert [client.get("/late").json() for _ in range(2)] == [5, 5]
    assert log == ["made", "closed"]


def test_requests_that_come_together_wait_for_one():
    made = []

    async def slow():
        made.append(1)
        await asyncio.sleep(0.01)
        return len(made)

    app = Webfoot()

    async def main():
        async with app.router.lifespan_context(app):

            @app.get("/")
            async def home(value=Depends(slow, scope="app")): ...

            route = app.routes[-1]
            await asyncio.gather(*(app.app_scope.bind(route.plan, route) for _ in range(3)))

    asyncio.run(main())
    assert made == [1]


def test_one_may_use_the_application_while_it_is_made():
    async def first():
        return 1

    async def second(app: Webfoot):
        async with app.resolve(needs_first) as value:
            return value + 1

    async def needs_first(first=Depends(first, scope="app")):
        return first

    app = Webfoot()
    with TestClient(app) as client:

        @app.get("/")
        async def home(value=Depends(second, scope="app")):
            return value

        assert client.get("/").json() == 2


class Unscoped:
    def __init__(self, size: int = 3) -> None: ...


def named() -> None: ...


def asks_a_value(q: str): ...
def asks_a_marked_value(q: Annotated[int, Query()] = 1): ...
def asks_the_request(request: Request): ...
def asks_one_of_each_request(value=Depends(named)): ...
def asks_a_short_one(value=Depends(named, scope="function")): ...


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (asks_a_value, "its parameter 'q' asks for a value of each request.*plain default"),
        (asks_a_marked_value, "its parameter 'q' asks for a value of each request"),
        (asks_the_request, "its parameter 'request' asks for the Request of each request"),
        (asks_one_of_each_request, r"'value' depends on named .*write Depends\(named, scope=\"app\"\)"),
        (asks_a_short_one, "'value' depends on named"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_differs_between_requests_is_refused(call, said):
    app = Webfoot()
    with pytest.raises(PlanError, match=f"{call.__name__} .*test_app_scope.py.*{said}"):

        @app.get("/")
        async def home(value=Depends(call, scope="app")): ...


def test_plain_defaults_are_kept():
    app = Webfoot()

    @app.get("/")
    async def home(value: Annotated[Pool, Depends(Pool, scope="app")]):
        return value.name

    with TestClient(app) as client:
        assert client.get("/?name=evil").json() == "pool"


def test_circles_are_named():
    def one(): ...

    def two(one=Depends(one, scope="app")): ...

    app = Webfoot()
    app.dependency_overrides[one] = two

    @app.get("/")
    async def home(value=Depends(two, scope="app")): ...

    with pytest.raises(PlanError, match=r"depends on itself: .*home -> .*two -> .*two"), TestClient(app):
        pass


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        (Depends(named, use_cache=False, scope="app"), "use_cache=False cannot be obeyed"),
        (Depends(named, scope="application"), "scope 'application', and there are only"),
    ],
    ids=["uncached", "unknown"],
)
def test_markers_that_cannot_be_are_refused(marker, said):
    app = Webfoot()
    with pytest.raises(PlanError, match=said):

        @app.get("/")
        async def home(value=marker): ...


def test_the_plan_in_words_tells_of_them(made):
    app = app_with(made)
    route = next(route for route in app.router.index.routes if isinstance(getattr(route, "plan", None), RoutePlan))
    said = in_words(route.plan)
    lines = said.partition("Made at start-up\n")[2].splitlines()[:3]
    assert [line.split()[0].rpartition(".")[2] for line in lines] == ["settings", "pool", "cache"]
    assert "has cache from start-up" in said
