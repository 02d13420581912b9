"""`Depends(max_concurrency=N)`: what FastAPI cannot be asked. What it can is in tests/differential/api."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from tests.conformance.harness import Dialogue, with_server
from tests.journey.asking import decisions, record_of

from webfoot import Depends, Webfoot, WebSocket
from webfoot.api.concurrency import ConcurrencyLimit
from webfoot.api.errors import PlanError
from webfoot.api.route import ApiRoute
from webfoot.testing import TestClient

PATIENCE = 5


async def call(app: Any, path: str = "/", gone: asyncio.Event | None = None) -> int | None:
    """One request in process; its status. The client leaves when `gone` is set."""
    status: list[int] = []
    unread = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if unread:
            return unread.pop()
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "http_version": "1.1", "scheme": "http", "server": ("duck", 80), "client": None, "asgi": {"version": "3.0"},
    }  # fmt: skip
    await app(scope, receive, send)
    return status[0] if status else None


def limit_of(app: Webfoot) -> ConcurrencyLimit:
    for route in app.routes:
        if isinstance(route, ApiRoute) and route.path == "/":
            (limit,) = {step.limit for step in route.plan.steps if step.limit is not None}
            return limit
    raise AssertionError


class Threads:
    """A dependency that stays in its thread until it is let out."""

    def __init__(self) -> None:
        self.door = threading.Event()
        self.came_in = threading.Event()
        self.inside = self.most = 0

    def __call__(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.came_in.set()
        assert self.door.wait(PATIENCE)
        self.inside -= 1

    async def come_in(self) -> None:
        while not self.came_in.is_set():
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("yields", [False, True])
def test_a_thread_keeps_its_place_though_its_request_is_gone(yields: bool) -> None:
    """Else a client that leaves and comes again would have as many threads at work as it likes."""
    threads = Threads()

    def generator() -> Iterator[None]:
        threads()
        yield

    app = Webfoot()
    dependency = generator if yields else threads.__call__

    @app.get("/")
    async def endpoint(value: Annotated[None, Depends(dependency, max_concurrency=1)]) -> None: ...

    async def main() -> None:
        first = asyncio.create_task(call(app))
        await threads.come_in()
        first.cancel()
        second = asyncio.create_task(call(app))
        await asyncio.sleep(0.01)
        assert limit_of(app).room().is_full
        threads.door.set()
        async with asyncio.timeout(PATIENCE):
            assert await second == 200
            await asyncio.wait([first])
        assert first.cancelled()
        assert threads.most == 1
        assert not limit_of(app).room().is_full

    asyncio.run(main())


def test_a_client_that_leaves_does_not_wait_on() -> None:
    door, served = asyncio.Event(), []

    async def held() -> None:
        served.append("in")
        await door.wait()

    app = Webfoot()

    @app.get("/")
    async def endpoint(value: Annotated[None, Depends(held, max_concurrency=1)]) -> None:
        served.append("endpoint")

    async def main() -> None:
        gone = asyncio.Event()
        first = asyncio.create_task(call(app))
        await asyncio.sleep(0)
        impatient = asyncio.create_task(call(app, gone=gone))
        last = asyncio.create_task(call(app))
        await asyncio.sleep(0)
        room = limit_of(app).room()
        assert room.waiting == 2
        gone.set()
        with pytest.raises(Exception, match="client went away"):
            await asyncio.wait_for(impatient, PATIENCE)
        assert room.waiting == 1
        door.set()
        assert [await first, await last] == [200, 200]
        assert (served.count("in"), served.count("endpoint")) == (2, 2)
        assert not room.is_full

    asyncio.run(main())


@pytest.mark.parametrize("http", ["httptools", "h11"])
def test_a_client_that_leaves_over_a_socket(http: Any, caplog: pytest.LogCaptureFixture) -> None:
    app, door = Webfoot(), asyncio.Event()

    async def held() -> None:
        await door.wait()

    @app.get("/")
    async def endpoint(value: Annotated[None, Depends(held, max_concurrency=1)]) -> str:
        return "served"

    async def talk(dialogue: Dialogue) -> bytes:
        room = limit_of(app).room()
        await dialogue.say(b"GET / HTTP/1.1\r\nHost: duck\r\n\r\n")
        while not room.is_full:
            await asyncio.sleep(0.001)
        host, port = dialogue.writer.get_extra_info("peername")[:2]
        _, impatient = await asyncio.open_connection(host, port)
        impatient.write(b"GET / HTTP/1.1\r\nHost: duck\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            while not room.waiting:
                await asyncio.sleep(0.001)
            impatient.close()
            while room.waiting:
                await asyncio.sleep(0.001)
        door.set()
        return await dialogue.hear(lambda heard: heard.endswith(b'"served"'))

    assert asyncio.run(with_server(app, talk, http=http)).startswith(b"HTTP/1.1 200 ")
    assert not [record for record in caplog.records if record.exc_info]


def test_what_fails_gives_its_place_back() -> None:
    app = Webfoot()

    async def fails() -> AsyncIterator[None]:
        raise RuntimeError("quack")
        yield

    @app.get("/")
    async def endpoint(value: Annotated[None, Depends(fails, max_concurrency=1)]) -> None: ...

    client = TestClient(app, raise_server_exceptions=False)
    assert [client.get("/").status_code for _ in range(3)] == [500] * 3


def test_what_fails_while_it_is_left_gives_its_place_back() -> None:
    app = Webfoot()

    def fails() -> Iterator[None]:
        yield
        raise RuntimeError("quack")

    @app.get("/")
    def endpoint(value: Annotated[None, Depends(fails, scope="function", max_concurrency=1)]) -> None: ...

    client = TestClient(app, raise_server_exceptions=False)
    assert [client.get("/").status_code for _ in range(3)] == [500] * 3


def test_each_event_loop_has_places_of_its_own() -> None:
    app = Webfoot()

    async def stuck() -> None:
        await asyncio.Event().wait()

    @app.get("/")
    async def endpoint(value: Annotated[None, Depends(stuck, max_concurrency=1)]) -> None: ...

    async def fill() -> bool:
        task = asyncio.create_task(call(app))
        await asyncio.sleep(0)
        is_full = limit_of(app).room().is_full
        task.cancel()
        await asyncio.wait([task])
        return is_full

    assert [asyncio.run(fill()), asyncio.run(fill())] == [True, True]


def test_a_websocket_has_its_place_until_its_end() -> None:
    app = Webfoot()
    limit = Depends(lambda: "quack", max_concurrency=1)

    def around() -> Iterator[None]:
        yield

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket, a: Any = limit, b: Any = Depends(around, max_concurrency=1)) -> None:
        await websocket.accept()
        await websocket.send_text(a)
        await websocket.close()

    client = TestClient(app)
    for _ in range(3):
        with client.websocket_connect("/ws") as websocket:
            assert websocket.receive_text() == "quack"


def test_what_would_wait_for_itself_is_refused() -> None:
    def around() -> Iterator[None]:
        yield

    twice = Depends(around, use_cache=False, max_concurrency=1)
    app = Webfoot()
    with pytest.raises(PlanError, match=r"endpoint \(.*test_places.py:\d+\): .* a request would wait for itself"):

        @app.get("/")
        def endpoint(a: Any = twice, b: Any = twice) -> None: ...

    enough = Depends(around, use_cache=False, max_concurrency=2)

    @app.get("/")
    def fine(a: Any = enough, b: Any = enough) -> None: ...

    assert TestClient(app).get("/").status_code == 200


def test_a_dependency_of_the_application_is_made_once_anyway() -> None:
    with pytest.raises(PlanError, match="max_concurrency says nothing"):

        @Webfoot().get("/")
        def endpoint(value: Any = Depends(lambda: 1, scope="app", max_concurrency=1)) -> None: ...  # type: ignore[arg-type]


def test_what_has_no_limit_is_awaited_at_once() -> None:
    async def free() -> None: ...

    app = Webfoot()

    @app.get("/")
    async def endpoint(a: Any = Depends(free), b: Any = Depends(free, use_cache=False, max_concurrency=1)) -> None: ...

    (route,) = (route for route in app.routes if route.path == "/")  # type: ignore[attr-defined]
    assert [step.awaited for step in route.plan.steps] == [True, False]  # type: ignore[attr-defined]


def test_the_journey_tells_of_the_wait() -> None:
    app = Webfoot()
    limit = Depends(lambda: None, max_concurrency=1)

    def leave() -> None:
        limit_room.pop().give_back()

    limit_room: list[Any] = []

    async def take_it_for_a_moment() -> None:
        limit_room.append(await limit.limit.room().take())
        asyncio.get_running_loop().call_soon(leave)

    @app.get("/")
    async def endpoint(a: Annotated[None, Depends(take_it_for_a_moment)], b: Annotated[None, limit]) -> None: ...

    waits, goes_on = decisions(record_of(app, "GET", "/"))
    assert waits.startswith("Depends(max_concurrency=1): ")
    assert waits.endswith(" waits: all its places are taken, and 0 wait already")
    assert " goes on, after " in goes_on
