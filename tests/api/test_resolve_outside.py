"""`app.resolve(...)`: dependencies where there is no request."""

import asyncio
from contextvars import ContextVar
from typing import Annotated

import pytest

from webfoot import BackgroundTasks, Body, Cookie, Depends, Header, Query, Request, Response, Webfoot, WebSocket
from webfoot.api.errors import PlanError
from webfoot.api.scopes import SecurityScopes
from webfoot.security import HTTPBearer
from webfoot.testing import TestClient

log: list[str] = []
tenant_of_now: ContextVar[str] = ContextVar("tenant_of_now", default="nobody")


@pytest.fixture(autouse=True)
def nothing_happened():
    log.clear()


async def settings():
    return {"size": 3}


def engine(settings=Depends(settings)):
    log.append("open engine")
    try:
        yield f"engine {settings['size']}"
    except ZeroDivisionError:
        log.append("rolled back")
        raise
    finally:
        log.append("close engine")


async def session(engine=Depends(engine), other=Depends(engine)):
    log.append("open session")
    yield f"session of {engine}", engine is other
    log.append("close session")


def resolved(app, call, /, **values):
    async def main():
        async with app.resolve(call, **values) as value:
            log.append("block")
            return value

    return asyncio.run(main())


def test_a_callable_with_all_that_it_depends_on():
    assert resolved(Webfoot(), session) == ("session of engine 3", True)
    assert log == ["open engine", "open session", "block", "close session", "close engine"]


@pytest.mark.parametrize("sync", [True, False])
def test_any_function_is_a_task(sync):
    if sync:

        def job(number: int, session=Depends(session), *, limit: Annotated[int, Query()] = 5):
            return number, session[0], limit
    else:

        async def job(number: int, session=Depends(session), *, limit: int = Query(5)):
            return number, session[0], limit

    assert resolved(Webfoot(), job, number=7) == (7, "session of engine 3", 5)
    assert resolved(Webfoot(), job, number=7, limit=1) == (7, "session of engine 3", 1)


def test_classes_too():
    class Ducks:
        def __init__(self, session=Depends(session)):
            self.session = session

    assert resolved(Webfoot(), Ducks).session[1] is True


def test_overrides_count():
    app = Webfoot()
    app.dependency_overrides[engine] = lambda: "fake"
    assert resolved(app, session) == ("session of fake", True)
    app.dependency_overrides[session] = lambda: "nothing"
    assert resolved(app, session) == "nothing"


def test_what_ends_the_block_is_told_and_goes_on():
    async def main():
        async with Webfoot().resolve(session):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
    assert log == ["open engine", "open session", "rolled back", "close engine"]


def test_nobody_swallows_what_ends_the_block():
    async def greedy():
        try:
            yield
        except ValueError:
            log.append("swallowed")

    async def main():
        async with Webfoot().resolve(greedy):
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        asyncio.run(main())
    assert log == ["swallowed"]


def test_what_was_entered_is_left_when_a_later_one_fails():
    def broken(session=Depends(session)):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        resolved(Webfoot(), broken)
    assert log == ["open engine", "open session", "rolled back", "close engine"]


def test_a_cancelled_block_is_left():
    async def main():
        async def hold():
            async with Webfoot().resolve(session):
                await asyncio.sleep(10)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hold(), 0.05)

    asyncio.run(main())
    assert log[-1] == "close engine"


def test_values_are_taken_as_they_are_wherever_they_are_asked_for():
    def tenant(tenant: Annotated[str, Header()], number: int = Body()):
        return tenant, number

    def outer(tenant=Depends(tenant), key: str = Cookie("none")):
        return *tenant, key

    anything = object()
    assert resolved(Webfoot(), outer, tenant=anything, number="7") == (anything, "7", "none")


def test_default_factories_make_one_each():
    def call(names: list[str] = Query(default_factory=list), more: list[str] = Query([])):
        names.append("x")
        more.append("y")
        return names, more

    app = Webfoot()
    assert resolved(app, call) == resolved(app, call) == (["x"], ["y"])


def asks_query(q: str): ...
def asks_marked(q: Annotated[str, Header()]): ...
def asks_request(request: Request): ...
def asks_socket(socket: WebSocket): ...
def asks_below(x=Depends(asks_query)): ...
def asks_credentials(token=Depends(HTTPBearer())): ...


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            asks_query,
            r"asks_query \(.*test_resolve_outside.py:\d+\): parameter 'q' takes a value, which only a request",
        ),
        (asks_marked, r"'q' takes a header value.*app.resolve\(asks_marked, q=...\)"),
        (asks_request, r"'request' takes the Request,"),
        (asks_socket, r"'socket' takes the WebSocket,"),
        (asks_below, r"asks_query .*app.resolve\(asks_below, q=...\)"),
        (asks_credentials, r"HTTPBearer.__call__ .*dependency_overrides"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_only_a_request_has_is_named(call, said):
    with pytest.raises(PlanError, match=said):
        resolved(Webfoot(), call)
    assert log == []


def test_a_request_may_be_given():
    given = Request({"type": "http", "headers": [(b"authorization", b"Bearer quack")]})
    assert resolved(Webfoot(), HTTPBearer(), request=given).credentials == "quack"
    assert resolved(Webfoot(), lambda request: request, request=given) is given


def test_what_nobody_takes_is_refused():
    with pytest.raises(TypeError, match=r"app.resolve\(session\) was given 'nmber', and nothing that it runs takes"):
        resolved(Webfoot(), session, nmber=1)
    with pytest.raises(TypeError, match="did you mean 'number'"):
        resolved(Webfoot(), lambda number=1: number, nmber=1)


def test_what_needs_no_request_is_there():
    def call(app: Webfoot, response: Response, tasks: BackgroundTasks, scopes: SecurityScopes, request: Request = None):
        response.headers["x"] = "goes nowhere"
        tasks.add_task(log.append, "task")
        return app, scopes.scopes, request

    app = Webfoot()
    assert resolved(app, call) == (app, [], None)
    assert log == ["block", "task"]


def test_context_variables_are_there_in_the_block():
    def tenant():
        tenant_of_now.set("mallard")
        yield
        log.append(tenant_of_now.get())

    async def main():
        async with Webfoot().resolve(tenant):
            log.append(tenant_of_now.get())

    asyncio.run(main())
    assert log == ["mallard", "mallard"]


async def pool():
    log.append("open pool")
    yield object()
    log.append("close pool")


def repository(pool=Depends(pool, scope="app")):
    return pool


def app_with_pool():
    app = Webfoot()

    @app.get("/")
    async def home(pool=Depends(pool, scope="app")):
        async with app.resolve(repository) as same, app.resolve(globals()["pool"]) as third:
            return pool is same is third

    return app


def test_those_of_scope_app_are_shared_with_the_running_application():
    with TestClient(app_with_pool()) as client:
        assert client.get("/").json() is True
    assert log == ["open pool", "close pool"]


def test_or_else_made_for_the_block():
    assert resolved(app_with_pool(), repository) is not None
    assert log == ["open pool", "block", "close pool"]


def test_those_of_another_event_loop_do_not_count():
    app = app_with_pool()
    with TestClient(app):
        resolved(app, repository)
        assert log == ["open pool", "open pool", "block", "close pool"]


def test_one_that_no_route_needs_is_made_once_and_kept():
    async def lonely():
        log.append("made")
        yield 1
        log.append("closed")

    def asks(lonely=Depends(lonely, scope="app")):
        return lonely

    app = Webfoot()

    async def main():
        async with app.router.lifespan_context(app):
            for _ in range(2):
                async with app.resolve(asks):
                    log.append("block")

    asyncio.run(main())
    assert log == ["made", "block", "block", "closed"]
