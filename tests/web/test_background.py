import asyncio
import contextvars
import functools
import threading

import pytest
from tests.web.driving import http_scope

from webfoot.asgi.types import ClientDisconnected
from webfoot.web.background import BackgroundTask, BackgroundTasks
from webfoot.web.middleware.dispatch import BaseHTTPMiddleware
from webfoot.web.responses import FileResponse, PlainTextResponse, StreamingResponse


def test_async_work_runs_in_the_loop_and_other_work_in_a_thread():
    seen = []

    async def in_loop(name, *, sign="!"):
        seen.append((name + sign, threading.current_thread() is threading.main_thread()))

    def in_thread(name):
        seen.append((name, threading.current_thread() is threading.main_thread()))

    class Callable:
        async def __call__(self):
            await in_loop("object")

    tasks = BackgroundTasks([BackgroundTask(in_loop, "a", sign="?")])
    tasks.add_task(in_thread, "b")
    tasks.add_task(functools.partial(in_loop, "c"))
    tasks.add_task(functools.partial(functools.partial(in_thread, "d")))
    tasks.add_task(Callable())
    asyncio.run(tasks())
    assert seen == [("a?", True), ("b", False), ("c!", True), ("d", False), ("object!", True)]


def test_a_task_that_fails_ends_the_row():
    seen = []

    def fail():
        raise RuntimeError("no duck")

    tasks = BackgroundTasks([BackgroundTask(fail), BackgroundTask(seen.append, 1)])
    with pytest.raises(RuntimeError, match="no duck"):
        asyncio.run(tasks())
    assert seen == []


class Left(OSError):
    """What a server of somebody else's raises."""


@pytest.mark.parametrize("layers", [0, 1, 3])
@pytest.mark.parametrize("kind", ["whole", "stream", "file"])
@pytest.mark.parametrize("leaves_at", [None, 0, 1])
def test_it_runs_once_behind_the_response_whether_the_client_stays_or_leaves(kind, layers, leaves_at, tmp_path):
    """The work was done, whoever hears of it; and a temporary file has to go."""
    told = []
    path = tmp_path / "duck"
    path.write_bytes(b"quack")

    async def stream():
        yield "quack"

    async def endpoint(scope, receive, send):
        task = BackgroundTask(told.append, "ran")
        made = {
            "whole": lambda: PlainTextResponse("quack", background=task),
            "stream": lambda: StreamingResponse(stream(), background=task),
            "file": lambda: FileResponse(path, background=task),
        }
        await made[kind]()(scope, receive, send)

    async def pass_on(request, call_next):
        return await call_next(request)

    app = endpoint
    for _ in range(layers):
        app = BaseHTTPMiddleware(app, dispatch=pass_on)

    async def send(message):
        if leaves_at is not None and len(told) >= leaves_at:
            raise ClientDisconnected("gone")
        told.append("last" if not message.get("more_body", message["type"] == "http.response.start") else "sent")

    async def main():
        await app(http_scope(), None, send)

    if leaves_at is None:
        asyncio.run(main())
        assert told.index("last") == len(told) - 2
    else:
        with pytest.raises(ClientDisconnected):
            asyncio.run(main())
    assert told.count("ran") == 1
    assert told[-1] == "ran"


@pytest.mark.parametrize("leaves", [False, True])
def test_an_error_in_it_is_what_comes_out_also_when_the_client_has_left(leaves):
    """Else the server would take it for the disconnect, and say nothing."""

    def fail():
        raise LookupError("no duck")

    async def send(message):
        if leaves:
            raise Left

    with pytest.raises(LookupError) as caught:
        asyncio.run(PlainTextResponse("x", background=BackgroundTask(fail))(http_scope(), None, send))
    assert caught.value.__context__ is None


def test_a_response_that_another_server_cannot_send():
    ran = []

    async def send(message):
        raise Left

    with pytest.raises(Left):
        asyncio.run(PlainTextResponse("x", background=BackgroundTask(ran.append, 1))(http_scope(), None, send))
    assert ran == [1]


def test_context_variables_of_the_endpoint_are_there_and_those_set_here_stay():
    variable = contextvars.ContextVar("variable")
    seen = []

    def in_thread():
        seen.append(variable.get())
        variable.set("thread")

    async def in_loop():
        seen.append(variable.get())

    async def main():
        variable.set("endpoint")
        tasks = BackgroundTasks([BackgroundTask(in_thread), BackgroundTask(in_loop)])
        await PlainTextResponse("x", background=tasks)(http_scope(), None, ignore)

    async def ignore(message): ...

    asyncio.run(main())
    assert seen == ["endpoint", "thread"]


def test_a_cancelled_task_ends_the_row():
    ran = []

    async def main():
        began = asyncio.Event()

        async def wait():
            began.set()
            await asyncio.sleep(10)

        task = asyncio.create_task(BackgroundTasks([BackgroundTask(wait), BackgroundTask(ran.append, 1)])())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ran == []


def test_tasks_may_be_added_while_they_run():
    ran = []
    tasks = BackgroundTasks()
    tasks.add_task(lambda: tasks.add_task(ran.append, "later"))
    asyncio.run(tasks())
    assert ran == ["later"]
