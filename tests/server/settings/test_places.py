"""Where code stands that has not ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from webfoot.asgi.types import Message
from webfoot.server.settings.frames import seen_from_here
from webfoot.server.settings.places import place_of_task, place_of_thread
from webfoot.web import Middleware, Request, Response, Route, WebApp
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware, RequestResponseEndpoint
from webfoot.web.threads.pool import ThreadPool

LINES = Path(__file__).read_text().splitlines()
go = threading.Event()


def line_of(mark: str) -> str:
    """The place of the line that ends with this comment."""
    number = next(at for at, line in enumerate(LINES, 1) if line.endswith(f"# {mark}"))
    return f"{Path(__file__).relative_to(Path.cwd())}:{number} in "


async def drops() -> AsyncIterator[int]:
    await asyncio.sleep(1000)  # drops
    yield 1


async def listens() -> None:
    async for _ in drops():
        pass


async def deeper() -> None:
    await listens()


async def waits_for_another_task() -> None:
    await asyncio.create_task(listens())


async def waits_with_a_limit() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 1000)  # limit


def blocks() -> None:
    go.wait(30)  # blocks


async def waits_for_a_thread() -> None:
    await asyncio.to_thread(blocks)  # thread


async def waits_for_a_pool() -> None:
    await ThreadPool(1).run(blocks)  # pool


async def place_of(work: Callable[[], Awaitable[None]]) -> str:
    go.clear()
    task = asyncio.ensure_future(work())
    try:
        for _ in range(2500):
            await asyncio.sleep(0.002)
            place = place_of_task(task)
            # On a busy machine a new thread takes its time to begin.
            if "in a thread" in place or ("thread" not in work.__name__ and "free thread" not in place):
                break
        return place_of_task(task)
    finally:
        go.set()
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.parametrize("work", [listens, deeper, waits_for_another_task])
def test_the_innermost_line_of_the_user(work: Callable[[], Awaitable[None]]) -> None:
    assert asyncio.run(place_of(work)) == line_of("drops") + "drops"


def test_what_a_library_does_for_the_user_is_told_as_the_users_line() -> None:
    assert asyncio.run(place_of(waits_with_a_limit)) == line_of("limit") + "waits_with_a_limit"


@pytest.mark.parametrize(("work", "mark"), [(waits_for_a_thread, "thread"), (waits_for_a_pool, "pool")])
def test_a_thread_that_is_waited_for(work: Callable[[], Awaitable[None]], mark: str) -> None:
    place = asyncio.run(place_of(work))
    assert place == f"{line_of(mark)}{work.__name__}, which waits for {line_of('blocks')}blocks in a thread"


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


def behind_middleware(endpoint: Callable[[Request], object], layers: int) -> Callable[[], Awaitable[None]]:
    app = WebApp(routes=[Route("/", endpoint)], middleware=[Middleware(Passing)] * layers)

    async def receive() -> Message:
        await asyncio.sleep(1000)
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    async def pool_call() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        await app(scope, receive, send)

    return pool_call


@pytest.mark.parametrize("layers", [1, 3])
def test_behind_middleware_that_calls_the_next_one(layers: int) -> None:
    async def endpoint(request: Request) -> Response:
        await listens()
        return Response()

    assert asyncio.run(place_of(behind_middleware(endpoint, layers))) == line_of("drops") + "drops"


@pytest.mark.parametrize("layers", [1, 3])
def test_a_thread_behind_middleware_that_calls_the_next_one(layers: int) -> None:
    def endpoint(request: Request) -> Response:
        blocks()
        return Response()

    assert asyncio.run(place_of(behind_middleware(endpoint, layers))).endswith(f"{line_of('blocks')}blocks in a thread")


def test_a_task_that_has_ended_stands_nowhere() -> None:
    async def run() -> str:
        task = asyncio.create_task(asyncio.sleep(0))
        await task
        return place_of_task(task)

    assert asyncio.run(run()) == ""


def test_a_thread_that_has_ended_stands_nowhere() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    assert place_of_thread(thread.ident or 0) == ""


def test_deep_recursion_is_looked_at_as_far_as_it_helps() -> None:
    async def dive(depth: int) -> None:
        if depth:
            await dive(depth - 1)
        else:
            await asyncio.sleep(1000)  # bottom

    async def run() -> str:
        task = asyncio.create_task(dive(300))
        await asyncio.sleep(0)
        try:
            return place_of_task(task)
        finally:
            task.cancel()

    assert asyncio.run(run()).startswith(line_of("bottom"))


def test_files_are_told_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path / "app")
    here = tmp_path / "app"
    assert seen_from_here(f"{here}/main.py:3 in work") == "main.py:3 in work"
    assert seen_from_here(f"{tmp_path}/apple/main.py:3 in work") == f"{tmp_path}/apple/main.py:3 in work"
    assert seen_from_here(f"/srv{here}/main.py:3 in work") == f"/srv{here}/main.py:3 in work"
    assert seen_from_here("") == ""
    here.rmdir()  # a server may outlive its directory
    assert seen_from_here(f"{here}/main.py:3 in work") == f"{here}/main.py:3 in work"
