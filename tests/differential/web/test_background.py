"""Background tasks: the same responses on Starlette and on webfoot, in process and over a real socket."""

from __future__ import annotations

import asyncio
import functools
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.background import BackgroundTasks as TheirTasks
from tests.differential.web.flows import both
from tests.differential.web.kits import THEIRS
from tests.differential.web.sockets import over_sockets, request

from webfoot.web.background import BackgroundTasks as OurTasks


class Told:
    """What happened, for both toolkits, each with its own application."""

    def __init__(self) -> None:
        self.stories: list[list[Any]] = []

    def app(self, kit: SimpleNamespace, kind: str, layers: int) -> Any:
        story: list[Any] = []
        self.stories.append(story)
        tasks_of = TheirTasks if kit is THEIRS else OurTasks

        def sync(name: str, *, sign: str = "") -> None:
            story.append((name + sign, threading.current_thread() is threading.main_thread()))

        async def in_loop(name: str) -> None:
            await asyncio.sleep(0)
            story.append((name, threading.current_thread() is threading.main_thread()))

        class Object:
            async def __call__(self, name: str) -> None:
                await in_loop(name)

        async def fails() -> None:
            raise LookupError("no duck")

        def single(name: str) -> Any:
            return kit.BackgroundTask(sync, name, sign="!")

        def several(*functions: Any) -> Any:
            tasks = tasks_of([single("first")])
            for number, function in enumerate(functions):
                tasks.add_task(function, str(number)) if function is not fails else tasks.add_task(fails)
            return tasks

        made = {
            "none": lambda: None,
            "sync": lambda: single("one"),
            "async": lambda: kit.BackgroundTask(in_loop, "one"),
            "several": lambda: several(sync, in_loop, functools.partial(in_loop), Object(), functools.partial(sync)),
            "empty": lambda: tasks_of(),
            "failing": lambda: kit.BackgroundTask(fails),
            "failing in the middle": lambda: several(sync, fails, sync),
        }

        async def whole(_: Any) -> Any:
            return kit.PlainTextResponse("quack", background=made[kind]())

        async def stream(_: Any) -> Any:
            return kit.StreamingResponse(iter(["qu", "ack"]), background=made[kind]())

        def thread(_: Any) -> Any:
            return kit.JSONResponse({"a": 1}, background=made[kind]())

        async def pass_on(request: Any, call_next: Any) -> Any:
            response = await call_next(request)
            response.headers["x-passed"] = "yes"
            return response

        return kit.App(
            routes=[kit.Route("/whole", whole), kit.Route("/stream", stream), kit.Route("/thread", thread)],
            middleware=[kit.Middleware(kit.BaseHTTPMiddleware, dispatch=pass_on)] * layers,
        )


KINDS = ["none", "sync", "async", "several", "empty", "failing", "failing in the middle"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/whole", "/stream", "/thread"])
@pytest.mark.parametrize("layers", [0, 1, 2])
def test_in_process(kind: str, path: str, layers: int) -> None:
    told = Told()
    theirs, ours = both(lambda kit: told.app(kit, kind, layers), "GET", path)
    assert ours == theirs
    assert told.stories[0] == told.stories[1]


@pytest.mark.parametrize("kind", ["several", "failing"])
@pytest.mark.parametrize("layers", [0, 1])
def test_over_a_socket(kind: str, layers: int) -> None:
    told = Told()
    theirs, ours = over_sockets(lambda kit: told.app(kit, kind, layers), request("GET", "/whole"))
    assert ours == theirs
    assert ours[0][::2] == (200, b"quack")
    assert told.stories[0] == told.stories[1]
